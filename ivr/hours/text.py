"""Times, hours, dates and moments as people write them, read into values with an answer for each mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MIDNIGHT = 24 * 60
"""Minutes from midnight to midnight on the wall clock."""

NOON = 12 * 60
EARLY = 6 * 60
"""Before it no line opens."""

EARLIEST_YEAR, LATEST_YEAR = 2000, 2199

LONGEST_CLOSURE = timedelta(days=31)
"""A longer closure is a slip of the year or the month more often than it is meant."""

LONGEST_OVERLAY = timedelta(days=366)
"""A longer one, first and last day included, is a slip of the year more often than it is meant."""

MOST_REASON_WORDS = 15
"""Six seconds of reason; callers wait for the next opening, which comes first (U-17), and for the keys after it."""


class Misread(ValueError):
    """Text that is not what it should be: `args` are what is wrong and what to do, a sentence each."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong, remedy)

    def __str__(self) -> str:
        return " ".join(self.args)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Open from `opens` (inclusive) to `closes` (exclusive), both in minutes of the wall clock, 0 to 1440 (D-21)."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{clock(self.opens)}-{clock(self.closes)}"


Intervals = tuple[Interval, ...]
"""Hours of one day, in order, apart from each other; empty when closed."""

CLOSED: Intervals = ()


def clock(minutes: int) -> str:
    """Minutes of the day as ``09:00``; the day's end is ``24:00``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def nearest_of(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, whatever its capitals, or None."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def read_clock(text: str) -> int:
    """``09:00`` as minutes of the day, ``24:00`` included. Misread says how to write it."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if not match or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > MIDNIGHT:
        raise Misread(f'"{text.strip()}" is not a time of day.', "Write 00:00 to 24:00, such as 08:00 or 17:00.")
    return int(match[1]) * 60 + int(match[2])


def read_hours(text: str) -> Intervals:
    """``08:00-12:00, 13:00-17:00`` or ``closed``. Misread says how to write it."""
    if text.strip().lower() == "closed":
        return CLOSED
    written = [_read_interval(part) for part in text.split(",")]
    for one, other in pairwise(written):
        if other.opens < one.opens and other.opens < EARLY:
            raise Misread(f"{other} is in the night, before {one}.", _in_the_afternoon(one, other))
    intervals = sorted(written)
    for one, other in pairwise(intervals):
        if other.opens < one.closes:
            raise Misread(f"{one} and {other} overlap.", "Write each hour once.")
        if other.opens == one.closes:
            raise Misread(f"{one} and {other} meet.", f"Write them as one: {Interval(one.opens, other.closes)}.")
    return tuple(intervals)


def _in_the_afternoon(one: Interval, other: Interval) -> str:
    """What to write for hours that stand behind later ones: an afternoon by the twelve-hour clock, or the order."""
    if one.closes <= other.opens + NOON and other.closes + NOON <= MIDNIGHT:
        meant = Interval(other.opens + NOON, other.closes + NOON)
        return f"Hours are on the 24-hour clock; did you mean {meant}?"
    return f"Write the earlier hours first: {other}, {one}."


def _read_interval(text: str) -> Interval:
    ends = re.split(r"\s*[-–]\s*", text.strip())
    if len(ends) != 2 or not all(re.fullmatch(r"\d{1,2}:\d{2}", end) for end in ends):
        raise Misread(
            f'"{text.strip()}" is not hours.',
            "Write them as 08:00-17:00, several as 08:00-12:00, 13:00-17:00, or write closed.",
        )
    opens, closes = (read_clock(end) for end in ends)
    if closes == opens:
        raise Misread(f"{clock(opens)} is both opening and closing.", "Write closed for a day without hours.")
    if closes < opens:
        raise Misread("This closes before it opens.", _order(opens, closes))
    return Interval(opens, closes)


def _order(opens: int, closes: int) -> str:
    """What to write for a closing before its opening: five o'clock was 17:00, or the two changed places."""
    afternoon = closes + NOON
    if not closes:
        return f"Midnight at the end of a day is 24:00: {clock(opens)}-{clock(MIDNIGHT)}."
    # Who opens at 17:00 knows the 24-hour clock; from 13:00 to 5:00 is an afternoon all the same, never a night.
    if closes >= 60 and opens < afternoon and (opens < NOON + 60 or closes < EARLY):
        return f"Hours are on the 24-hour clock; did you mean {clock(opens)}-{clock(afternoon)}?"
    this_day, next_day = Interval(opens, MIDNIGHT), Interval(0, closes)
    past_midnight = f"write {this_day} on this day and {next_day} on the next"
    if closes < EARLY:
        return f"If the line stays open past midnight, {past_midnight}."
    return f"Write the earlier time first: {Interval(closes, opens)}. To stay open past midnight, {past_midnight}."


def read_date(text: str) -> date:
    """``2026-11-26``. Misread says how to write it, with the date itself if it was written the American way."""
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Misread(f"{text} is not in the calendar.", "Check the month and the day.") from None
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise Misread(f"{text} is too far from today.", f"Write a year from {EARLIEST_YEAR} to {LATEST_YEAR}.")
        return day
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    example = f"{american[3]}-{american[1]:0>2}-{american[2]:0>2}" if american else "2026-11-26"
    raise Misread(f'"{text}" is not a date.', f"Write year, month and day with dashes: {example}.")


MOMENT_REMEDY = 'Write it as "2026-11-24 10:00" or "Tue 2026-11-24 10:00".'

_MOMENT = re.compile(
    r"(?:(?P<weekday>[A-Za-z]{3,9}),?\s+)?(?P<date>\d{4}-\d{2}-\d{2})"
    r"[T\s]+(?P<clock>\d{1,2}:\d{2})(?P<second>:\d{2})?\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?"
)
_TWELVE_HOURS = re.compile(
    r"\b(?P<hour>0?[1-9]|1[0-2])(?::(?P<minute>[0-5]\d))?\s*(?P<half>[ap])\.?m\.?$", re.IGNORECASE
)
_LATER = re.compile(r"(?:(?P<day>today|tomorrow)\s+)?(?P<clock>\d{1,2}:\d{2})", re.IGNORECASE)


def parse_moment(text: str, zone: ZoneInfo, now: datetime | None = None) -> datetime:
    """A moment as typed at the command line, in `zone`.

    Args:
        text: ``Tue 2026-11-24 10:00``, ``2026-12-25 10:00``, ISO with an offset (``2026-12-25T16:00Z``), and with
            `now` also ``17:00``, ``today 17:00``, ``tomorrow 09:00``; each also as ``5pm`` or ``5:30 p.m.``
        zone: where a text without offset is meant, and where the answer stands. A wall-clock time that comes twice
            on the day the clocks go back means the first of the two; an offset (``-06:00``) names the other.
        now: the present moment with its zone; None when only full dates make sense.

    Raises:
        Misread: a ValueError with two sentences for the person who typed it: not a moment, not in the calendar, a
            weekday that is not the date's, a time that the clocks skip.
    """
    text = _TWELVE_HOURS.sub(_by_24_hours, text.strip()) if now is not None else text.strip()
    later = _LATER.fullmatch(text)
    if later and now is not None:
        day = now.astimezone(zone).date() + timedelta(days=(later["day"] or "").lower() == "tomorrow")
        return _on_the_wall(day, later["clock"], zone)
    match = _MOMENT.fullmatch(text)
    if not match:
        raise Misread(f'"{text}" is not a moment.', MOMENT_REMEDY)
    day = read_date(match["date"])
    if match["weekday"]:
        _check_weekday(match["weekday"], day)
    second = int(match["second"][1:]) if match["second"] else 0
    if second > 59:
        raise Misread(f'"{text}" is not a moment.', "A minute has seconds 00 to 59.")
    if not match["offset"]:
        return _on_the_wall(day, match["clock"], zone, second)
    minutes = read_clock(match["clock"])
    written = datetime.combine(day, time()) + timedelta(minutes=minutes, seconds=second)
    try:
        return datetime.fromisoformat(written.isoformat() + match["offset"]).astimezone(zone)
    except ValueError:
        raise Misread(f"{match['offset']} is no offset from UTC.", "Write one such as -06:00, or Z for UTC.") from None


def _by_24_hours(found: re.Match[str]) -> str:
    """``5pm`` as ``17:00``; twelve is the first hour of each half of the day."""
    hour = int(found["hour"]) % 12 + (12 if found["half"] in "pP" else 0)
    return f"{hour:02}:{found['minute'] or '00'}"


def read_reason(text: str) -> str:
    """A reason that callers hear; Misread when they would hear it for too long."""
    if len(text.split()) > MOST_REASON_WORDS:
        raise Misread(
            f"The reason has {len(text.split())} words; callers hear them all before the keys.",
            f"Say it in at most {MOST_REASON_WORDS}.",
        )
    return text


def _check_weekday(word: str, day: date) -> None:
    real = DAY_NAMES[day.weekday()]
    meant = [name for name in DAY_NAMES if name.lower().startswith(word.lower())]
    if not meant:
        raise Misread(f'"{word}" is not a day of the week.', f"{day} is a {real}: write {real[:3]}, or leave it out.")
    if real not in meant:
        raise Misread(f"{day} is a {real}, not a {meant[0]}.", "Correct the day or the date.")


def _on_the_wall(day: date, text: str, zone: ZoneInfo, second: int = 0) -> datetime:
    minutes = read_clock(text)
    moment = instant(day, minutes, zone).astimezone(zone) + timedelta(seconds=second)
    shown = moment.hour * 60 + moment.minute
    if shown != minutes % MIDNIGHT:
        raise Misread(
            f"{clock(minutes)} does not exist on {DAY_NAMES[day.weekday()]} {day}: the clocks go forward past it.",
            f"Write a time before it, or from {clock(shown)} on.",
        )
    return moment


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the wall clock of `zone` first shows `minutes` of `day` or more.

    In the hour that the clocks skip that is the moment they go forward; of two times alike it is the first.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment
    moment = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while _wall(moment, zone) < wall:
        moment += timedelta(minutes=1)
    return moment


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
