"""What the store did not take, as JSON keeps it in the outbox, and how it is brought there afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ivr.events import Event, TurnRecord
from ivr.store import Letter, Store


def letter_of(record: TurnRecord) -> dict[str, Any]:
    """A turn as JSON has it; `record_of` reads it."""
    return {**asdict(record), "at": record.at.isoformat()}


def record_of(content: Mapping[str, Any]) -> TurnRecord:
    """A turn from JSON."""
    events = tuple(Event(**event) for event in content["events"])
    return TurnRecord(**{**content, "at": _moment(content), "events": events})


def deliver(store: Store, letter: Letter) -> None:
    """Do what the store could not do when the letter was written. Raises StoreUnavailable.

    A turn that was asked twice and came out differently, once before the store and once before the outbox, is kept as
    its caller heard it: that is how it came out the later time, for the earlier answer was lost.
    """
    content = letter.content
    match letter.kind:
        case "turn":
            record = record_of(content)
            kept = store.append(record)
            if kept and kept.events != record.events and kept.at < record.at:
                store.replace(record)
        case "status":
            store.append_status(content["call_sid"], content["status"], content["duration_s"], _moment(content))
        case "note":
            store.note_unconfirmed(content["caller"], content["call_sid"], content["turn"], _moment(content))
        case "forget":
            store.forget_unconfirmed(content["call_sid"], content["turn"])


def _moment(content: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(content["at"])
