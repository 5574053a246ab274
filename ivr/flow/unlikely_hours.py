"""What config/hours.yaml may say and hardly means: a wrong year, hours in the night. It only warns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from ivr.errors import Fault
from ivr.hours import HoursFile, parse_moment
from ivr.hours.model import ChangedWeek, Week
from ivr.hours.text import DAY_NAMES, EARLY, MIDNIGHT, NOON, Interval, Intervals, clock
from ivr.yaml_text import Document
from ivr.yaml_text.document import Path

YEARS_AHEAD: Final = 3
YEARS_BACK: Final = 1
"""Years from the one that the days are confirmed through. Not from today's: a release loads alike on any day."""


def unlikely(hours: HoursFile, document: Document) -> Iterator[Fault]:
    """Warnings about the exceptions of the file."""
    yield from _wrong_years(hours, document)
    for path, opens in _all_hours(hours):
        for each in opens:
            # From midnight on is the rest of the evening before.
            if 0 < each.opens < EARLY:
                afternoon = Interval(each.opens + NOON, min(each.closes + NOON, MIDNIGHT))
                wrong = f"The line opens at {clock(each.opens)} in the night."
                remedy = f"Hours are on the 24-hour clock; did you mean {afternoon}?"
                yield document.fault(path, wrong, remedy)


def _all_hours(hours: HoursFile) -> Iterator[tuple[Path, Intervals]]:
    """Place and hours of each day of the week, each special date, and each day of an overlay."""
    weeks: list[tuple[Path, Week | ChangedWeek]] = [(("weekly",), hours.weekly)]
    weeks += [(("overlays", place, "hours"), overlay.hours) for place, overlay in enumerate(hours.overlays)]
    for path, week in weeks:
        for name, day in zip(DAY_NAMES, week.days(), strict=True):
            if day:
                yield (*path, name.lower()), day.hours
    for date_, special in hours.special_dates.items():
        yield ("special_dates", str(date_)), special.hours


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
