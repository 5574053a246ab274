"""The hours of a year as twelve calendars, with the reason of every day that is not a usual one."""

from __future__ import annotations

import calendar as months_of
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ivr.hours import Calendar, Day, Interval

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Cell:
    """One date of a calendar.

    Args:
        hours: ``8–5``, or empty when closed.
        sort: usual, closed (as every week), or changed (by something else than the usual week).
    """

    day: int
    hours: str
    spoken: str
    sort: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Days in a row that something other than the usual week decides."""

    days: str
    hours: str
    reason: str


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar: weeks of seven cells, None outside the month."""

    name: str
    weeks: Sequence[Sequence[Cell | None]]
    reasons: Sequence[Reason]


def months(hours: Calendar, year: int) -> list[Month]:
    """The twelve months of a year, and why each unusual day is so."""
    days = {day.date: day for day in hours.year(year)}
    found = []
    for month in range(1, 13):
        weeks = months_of.Calendar().monthdatescalendar(year, month)
        own = [day for at, day in days.items() if at.month == month]
        unusual = [day for day in own if day.rule != "weekly"]
        found.append(
            Month(
                f"{months_of.month_name[month]} {year}",
                [[_cell(days[at]) if at.month == month else None for at in week] for week in weeks],
                [_reason(list(group)) for _, group in groupby(unusual, lambda day: (day.reason, _hours(day)))],
            )
        )
    return found


def usual_week(hours: Calendar, year: int) -> list[Reason]:
    """The weekday's hours as the usual week has them, with its reason."""
    found = []
    for number, name in enumerate(months_of.day_name):
        day = next((day for day in hours.year(year) if day.rule == "weekly" and day.date.weekday() == number), None)
        if day:
            found.append(Reason(name, _hours(day) or "closed", day.reason))
    return found


def _cell(day: Day) -> Cell:
    sort = "changed" if day.rule != "weekly" else "usual" if day.open else "closed"
    return Cell(day.date.day, _hours(day), _hours(day) or "closed", sort)


def _reason(days: Sequence[Day]) -> Reason:
    return Reason(_dates([day.date for day in days]), _hours(days[0]) or "closed", days[0].reason)


def _dates(dates: Sequence[date]) -> str:
    first, last = dates[0], dates[-1]
    if len(dates) == 1:
        return f"{first:%a} {first.day}"
    if (last - first).days == len(dates) - 1:
        return f"{first:%a} {first.day} to {last:%a} {last.day}"
    return ", ".join(f"{one:%a} {one.day}" for one in dates)


def _hours(day: Day) -> str:
    return ", ".join(_interval(one) for one in day.open)


def _interval(interval: Interval) -> str:
    return f"{_clock(interval.opens)}–{_clock(interval.closes)}"


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    twelve = (hour - 1) % 12 + 1
    return f"{twelve}:{minute:02}" if minute else str(twelve)
