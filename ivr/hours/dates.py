"""Minnesota's holidays by the `holidays` library, and dates that come back each year by a rule of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from types import MappingProxyType

from dateutil.rrule import rrulestr
from holidays import country_holidays

from ivr.hours.text import DAY_NAMES, MONTH_NAMES, Misread, nearest_of

OBSERVED = " (observed)"
NOT_OF_THE_STATE = "Days that the state's list lacks go under other_days."

# Names that operators know, for names that the library gives.
_ALSO_CALLED = {
    "Presidents Day": "Washington's and Lincoln's Birthday",
    "Juneteenth": "Juneteenth National Independence Day",
}
# Names that lack a word; they are understood, and the full name is told.
_SHORTENED = {
    "Martin Luther King Day": "Martin Luther King Jr. Day",
    "Thanksgiving": "Thanksgiving Day",
    "Christmas": "Christmas Day",
}


@cache
def holidays_of(year: int) -> Mapping[date, tuple[str, bool]]:
    """Minnesota's holidays with a date in `year`: date to the library's name, and whether the day is the observed one.

    A fixed date on a Sunday is observed on Monday too, on a Saturday on Friday too (Minn. Stat. 645.44, subd. 5); so
    31 December may be a holiday of the next year.
    """
    found = country_holidays("US", subdiv="MN", years=year, expand=False, language="en_US")
    return MappingProxyType(
        {day: (name.removesuffix(OBSERVED), name.endswith(OBSERVED)) for day, name in sorted(found.items())}
    )


@cache
def known_holidays() -> tuple[str, ...]:
    """Every name as it should stand in the file: the library's, and the shorter ones that operators know."""
    names = {name for name, _ in holidays_of(2026).values()}
    return tuple(sorted(names | {short for short, name in _ALSO_CALLED.items() if name in names}))


@cache
def holiday_name(name: str) -> str:
    """A holiday as the file should name it, for a name of another apostrophe, other capitals or without its "Day".

    Raises:
        Misread: no such holiday; says the nearest name.
    """
    plain = _plain(name)
    for known in (*known_holidays(), *_SHORTENED):
        if _plain(known) == plain:
            return _SHORTENED.get(known, known)
    meant = nearest_of(name, (*known_holidays(), *_SHORTENED))
    remedy = f"Did you mean {_SHORTENED.get(meant, meant)}?" if meant else NOT_OF_THE_STATE
    raise Misread(f'"{name}" is not a holiday of Minnesota.', remedy)


def library_name(name: str) -> str:
    """The library's name for a holiday as the file names it; raises as `holiday_name` does."""
    known = holiday_name(name)
    return _ALSO_CALLED.get(known, known)


def is_holiday(name: str) -> bool:
    """Whether the state's list has it, by any of its names."""
    return _known_as(name) != name.casefold()


def same_holiday(name: str, other: str) -> bool:
    """Whether two names are of one holiday; names that the state's list lacks must be alike but for capitals."""
    return _known_as(name) == _known_as(other)


@cache
def _known_as(name: str) -> str:
    try:
        return library_name(name)
    except Misread:
        return name.casefold()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z ]", "", name.lower())


_ORDER = {"first": "+1", "second": "+2", "third": "+3", "fourth": "+4", "last": "-1"}
_EVERY = re.compile(r"(?:the )?(?P<order>\w+) (?P<day>\w+) (?:of|in) (?P<month>\w+)", re.IGNORECASE)
_EACH = re.compile(r"(?P<month>[A-Za-z]+) (?P<number>\d{1,2})")
_RULE = re.compile(r"FREQ=(?:YEARLY|MONTHLY|WEEKLY|DAILY)(?:;[A-Z]{2,12}=[0-9A-Z+,-]{1,200})*")
LONGEST_RULE = 300
SHOWN = 60
EVERY_REMEDY = 'Write it as "fourth Thursday of November" or "December 24".'


def rule_of(every: str) -> str:
    """A yearly recurrence in plain words as the text of a recurrence rule. Misread says how to write it."""
    if match := _EVERY.fullmatch(every.strip()):
        order = _one_of(match["order"], tuple(_ORDER))
        day = _one_of(match["day"], DAY_NAMES)
        month = _one_of(match["month"], MONTH_NAMES)
        return f"FREQ=YEARLY;BYMONTH={MONTH_NAMES.index(month) + 1};BYDAY={_ORDER[order]}{day[:2].upper()}"
    if match := _EACH.fullmatch(every.strip()):
        place, number = MONTH_NAMES.index(_one_of(match["month"], MONTH_NAMES)) + 1, int(match["number"])
        try:
            date(2028, place, number)
        except ValueError:
            raise Misread(f'"{every}" is not in the calendar.', "Check the month and the day.") from None
        return f"FREQ=YEARLY;BYMONTH={place};BYMONTHDAY={number}"
    raise Misread(f'"{every}" is not a day that comes back each year.', EVERY_REMEDY)


def _one_of(word: str, known: tuple[str, ...]) -> str:
    for name in known:
        if name.lower() == word.lower():
            return name
    meant = nearest_of(word, known)
    raise Misread(f'"{word}" is not known here.', f"Did you mean {meant}?" if meant else EVERY_REMEDY)


def check_rule(rule: str) -> str:
    """The rule itself when dateutil reads it and it yields days one by one.

    Raises:
        Misread: not a rule, or one finer than days.
    """
    if len(rule) > LONGEST_RULE or not _RULE.fullmatch(rule):
        raise Misread(
            f'"{rule[:SHOWN]}" is not a recurrence rule.', "Start it with FREQ=YEARLY, or use every in plain words."
        )
    if finer := re.search("BY(HOUR|MINUTE|SECOND)", rule):
        raise Misread(f"{finer[0]} has no place here: a day is open or closed as a whole.", f"Take {finer[0]} out.")
    if "UNTIL" in rule:
        raise Misread("A rule here has no last day.", "Take UNTIL out, and strike the entry when it is over.")
    if re.search("DTSTART|COUNT|INTERVAL", rule) or not re.search(r"\bBY", rule):
        raise Misread(
            "A rule like this counts from a first day, and a calendar has none.",
            "Name the days with BYMONTH, BYMONTHDAY or BYDAY, without DTSTART, COUNT and INTERVAL.",
        )
    try:
        recurrences(rule, 0, 2028)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as fault:
        raise Misread(
            f'"{rule}" is not a recurrence rule: {fault}.', "Correct it, or use every in plain words."
        ) from fault
    return rule


@cache
def recurrences(rule: str, days_after: int, year: int) -> frozenset[date]:
    """The dates in `year` that lie `days_after` days after an occurrence of the rule."""
    shift = timedelta(days=days_after)
    first, last = date(year, 1, 1) - shift, date(year, 12, 31) - shift
    begins = datetime(first.year, 1, 1)  # noqa: DTZ001 (dates only: rules of dateutil run on naive days)
    # Without an end, a rule for a date that never comes (30 February) would be followed to the year 9999.
    found = rrulestr(f"{rule};UNTIL={last.year}1231T235959", dtstart=begins).between(
        datetime(first.year, first.month, first.day),  # noqa: DTZ001
        datetime(last.year, last.month, last.day, 23, 59),  # noqa: DTZ001
        inc=True,
    )
    return frozenset(each.date() + shift for each in found)
