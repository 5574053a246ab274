"""What words about the hours say on an ordinary evening: for sentences that must hold at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ivr.flow.words import USUAL_HOURS
from ivr.hours import Calendar, HoursFile

ORDINARY_EVENING: Final = datetime(2001, 2, 7, 1, tzinfo=UTC)
"""A Tuesday evening in Minnesota with no holiday near; any moment would do for words that always hold."""


def ordinary_hours(hours: HoursFile) -> Mapping[str, str]:
    """All that words say of the hours that evening, without the file's exceptions."""
    usual = hours.model_copy(update={"overlays": (), "special_dates": {}, "closures": ()})
    return Calendar(usual).at(ORDINARY_EVENING).words()


def usual_hours(hours: HoursFile) -> dict[str, str]:
    """Words about the hours that hold at any moment, for sentences made when a release is loaded."""
    said = ordinary_hours(hours)
    return {name: said[name] for name in USUAL_HOURS}
