"""A turn that the provider asks again, its first answer lost: the caller hears what was kept, whatever is true now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ivr import engine
from ivr.call import CallSession, Heard
from ivr.engine import Answer
from ivr.events import TurnRecord
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.steps.step import CertificationResult

_FOUND: Mapping[str, CertificationResult] = {
    "certified": "certified",
    "not_confirmed": "not_confirmed",
    "out_of_tries": "not_confirmed",
    "slow": "slow",
}
"""Outcome of a certification step to what the look-up had come to; any other is `unavailable`."""


class WorldAsKept:
    """The world in which a turn was taken before: its moment, and what its look-ups came to."""

    def __init__(self, release: Release, kept: TurnRecord, closures: Sequence[Closure]) -> None:
        self.now: datetime = kept.at.astimezone(release.calendar.zone)
        self.hours: Mapping[str, str] = release.calendar.at(kept.at, closures).words()
        self._outcomes = [event.outcome for event in kept.events if event.kind == "certification" and event.outcome]

    def certification(self, npn: str, looks: int) -> CertificationResult:
        """What the look-up came to before."""
        return _FOUND.get(self._outcomes.pop(0) if self._outcomes else "", "unavailable")


def answered_before(
    release: Release, session: CallSession, heard: Heard, kept: TurnRecord, closures: Sequence[Closure]
) -> Answer | None:
    """The answer that a turn got before; None when the same keys do not lead there again.

    Args:
        session: where the call was before the turn; a first turn begins as it did.
        release: of the turn as it was kept; a first turn may have met another than is on the air now.
        closures: as they were known at the moment of the turn.
    """
    if session.turn == 0:
        session = engine.begin(release, kept.flow, kept.at)
    answer = engine.advance(release, session, heard, WorldAsKept(release, kept, closures))
    return answer if answer.events == kept.events else None
