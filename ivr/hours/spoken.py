"""Times, dates and days of the week in the words a caller hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ivr.hours.text import DAY_NAMES, MIDNIGHT, MONTH_NAMES, Interval, Intervals

# fmt: off
_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth",
    "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
    "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth")
# fmt: on


def number(value: int) -> str:
    """0 to 59: ``nine``, ``forty-five``."""
    if value < 20:
        return _SMALL[value]
    ten, one = divmod(value, 10)
    return _TENS[ten] + (f"-{_SMALL[one]}" if one else "")


def ordinal(value: int) -> str:
    """1 to 31: ``fourth``, ``twenty-sixth``."""
    if value <= 20:
        return _ORDINALS[value - 1]
    return "thirtieth" if value == 30 else f"{_TENS[value // 10]}-{_ORDINALS[value % 10 - 1]}"


def time_of_day(minutes: int) -> str:
    """``nine a.m.``, ``eight thirty a.m.``, ``five oh five p.m.``, ``noon``, ``midnight``."""
    if minutes % MIDNIGHT == 0:
        return "midnight"
    if minutes == MIDNIGHT // 2:
        return "noon"
    return f"{_without_half(minutes)} {'a.m.' if minutes < MIDNIGHT // 2 else 'p.m.'}"


def _without_half(minutes: int) -> str:
    if minutes in (0, MIDNIGHT // 2, MIDNIGHT):
        return time_of_day(minutes)
    hour, minute = (minutes // 60 - 1) % 12 + 1, minutes % 60
    if minute == 0:
        return number(hour)
    return f"{number(hour)} {'oh ' if minute < 10 else ''}{number(minute)}"


def moment_of_day(moment: datetime) -> str:
    """The wall clock of a moment: ``nine a.m.``"""
    return time_of_day(moment.hour * 60 + moment.minute)


def hours(intervals: Intervals) -> str:
    """``eight to five``; with a.m. and p.m. where the bare numbers could be taken for the other half of the day."""
    return listed([_interval(each) for each in intervals])


def _interval(interval: Interval) -> str:
    noon = MIDNIGHT // 2
    if 0 < interval.opens < noon <= interval.closes < MIDNIGHT:
        return f"{_without_half(interval.opens)} to {_without_half(interval.closes)}"
    return f"{time_of_day(interval.opens)} to {time_of_day(interval.closes)}"


def week(weekly: Sequence[Intervals]) -> str:
    """Seven days from Monday as ``Monday, Tuesday and Thursday, eight to five. Wednesday, nine to five.``

    Days alike are named together, in the order of the first; days without hours are left out.
    """
    alike: dict[Intervals, list[str]] = {}
    for name, intervals in zip(DAY_NAMES, weekly, strict=True):
        if intervals:
            alike.setdefault(intervals, []).append(name)
    return " ".join(sentence(f"{listed(names)}, {hours(intervals)}") for intervals, names in alike.items())


def listed(words: Sequence[str]) -> str:
    """``Monday, Tuesday and Thursday``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(words: str) -> str:
    """Ends with exactly one mark, also after ``p.m.``"""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def weekday(day: date) -> str:
    """``Wednesday``."""
    return DAY_NAMES[day.weekday()]


def full_date(day: date) -> str:
    """``Monday, January fourth``."""
    return f"{weekday(day)}, {MONTH_NAMES[day.month - 1]} {ordinal(day.day)}"


def opening(opens: datetime, today: date) -> str:
    """When the line opens, so that it fits after "open": ``tomorrow, Wednesday, at nine a.m.`` (U-17, D-18).

    Args:
        opens: in the line's zone.
        today: the day on which it is said. Up to six days ahead the weekday is enough, later the date is added.
    """
    at, days = f"at {moment_of_day(opens)}", (opens.date() - today).days
    if days == 0:
        return f"today {at}"
    if days == 1:
        return f"tomorrow, {weekday(opens)}, {at}"
    if days <= 6:
        return f"{weekday(opens)} {at}"
    return f"{full_date(opens)}, {at}"


ZONES: Mapping[str, str] = {
    "America/New_York": "Eastern time",
    "America/Chicago": "Central time",
    "America/Denver": "Mountain time",
    "America/Los_Angeles": "Pacific time",
}
"""What callers hear for a zone, unless the file says it otherwise."""
