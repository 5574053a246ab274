"""What config/hours.yaml may say and hardly means: a wrong year, a reason that no voice speaks. It only warns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from ivr.errors import Fault
from ivr.flow.reasons import flaws_of_reason
from ivr.hours import HoursFile, parse_moment
from ivr.yaml_text import Document
from ivr.yaml_text.document import Path

YEARS_AHEAD: Final = 3
YEARS_BACK: Final = 1
"""Years from the one that the days are confirmed through. Not from today's: a release loads alike on any day."""


def unlikely(hours: HoursFile, document: Document) -> Iterator[Fault]:
    """Warnings about the exceptions of the file."""
    yield from _wrong_years(hours, document)
    for place, closure in enumerate(hours.closures):
        for flaw in flaws_of_reason(closure.reason):
            yield document.fault(("closures", place, "reason"), flaw.wrong, flaw.remedy, offset=flaw.offset)


def _wrong_years(hours: HoursFile, document: Document) -> Iterator[Fault]:
    """Special dates, overlays and closures whose last day lies years from the days that staff have checked."""
    confirmed = hours.confirmed_through
    for path, name, last, is_key in _last_days(hours):
        if last.year > confirmed.year + YEARS_AHEAD:
            remedy = "Check the year."
        elif last.year < confirmed.year - YEARS_BACK:
            remedy = "Check the year; if it is long over, delete it."
        else:
            continue
        wrong = f"{name} lies in {last.year}, and the days are confirmed through {confirmed.year}."
        yield document.fault(path, wrong, remedy, key=is_key)


def _last_days(hours: HoursFile) -> Iterator[tuple[Path, str, date, bool]]:
    """Place, name and last day of each exception, and whether the day is a key of the file."""
    for day in hours.special_dates:
        yield ("special_dates", str(day)), "This date", day, True
    for place, overlay in enumerate(hours.overlays):
        yield ("overlays", place, "last_day"), "The last day", overlay.last_day, False
    for place, closure in enumerate(hours.closures):
        until = parse_moment(closure.until, ZoneInfo(hours.zone)).date()
        yield ("closures", place, "until"), "The end of the closure", until, False
