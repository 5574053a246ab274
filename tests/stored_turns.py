"""What tests of the store keep, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ivr.events import Event, TurnRecord

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)
NAME = "abcd" + "0" * 60
OTHER = "abce" + "0" * 60


def turn(number: int, *steps: str, call_sid: str = "CA1", at: datetime = NOON, label: str = "none") -> TurnRecord:
    """A turn that went through these steps."""
    return TurnRecord(
        call_sid=call_sid,
        release=NAME,
        flow="broker_line",
        at=at,
        ms=4.5,
        caller="+*********99",
        events=tuple(Event(number, order, step, "say", "next", "******01", label) for order, step in enumerate(steps)),
    )
