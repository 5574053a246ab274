"""Every moment of the year to come, as the hours of two versions speak of it: when that makes a difference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from ivr.flow.release import Flow
from ivr.hours import Calendar, Closure, Day, parse_moment

DAYS: Final = 366
SAMPLE_REASON: Final = "a reason of the day"
"""Stands for what staff say when they close the line."""

HUMANE: Final = (time(10), time(12), time(15), time(18), time(7))
"""The times of day at which an example is told, the best first, where any would do."""

MOST_TIMES: Final = 2

Numbers = frozenset[int]
"""Some of the spans of `Moments`, by number."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to the next (not included) both calendars say the same of every moment.

    Args:
        starts, until: in the new version's zone.
        a, b: what they say; see `HOURS_WORDS`.
        is_closure: a sample of staff having closed the line, at whatever moment.
    """

    starts: datetime
    until: datetime
    a: Mapping[str, str]
    b: Mapping[str, str]
    is_closure: bool = False

    def says(self, asked: Collection[str]) -> bool:
        """Whether there is something to say of some words."""
        return any(said[word] for word in asked for said in (self.a, self.b))

    @property
    def example(self) -> datetime:
        """A moment of it, in the middle of the morning if it has one."""
        humane = (datetime.combine(self.starts.date(), hour, self.starts.tzinfo) for hour in HUMANE)
        return next((moment for moment in humane if self.starts <= moment < self.until), self.starts)


@dataclass(frozen=True, slots=True)
class Times:
    """Some moments of the year to come.

    Args:
        spans: from when until when, in order, apart from one another.
        closures: also whenever staff have closed the line.
    """

    spans: tuple[tuple[datetime, datetime], ...]
    closures: bool = False

    def covers(self, moment: datetime) -> bool:
        """Whether a moment is one of them, staff not having closed the line."""
        return any(starts <= moment < until for starts, until in self.spans)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "spans": [[starts.isoformat(), until.isoformat()] for starts, until in self.spans],
            "closures": self.closures,
        }

    @property
    def words(self) -> str:
        """When, as it follows what somebody does."""
        said = [_span_said(*span) for span in self.spans[:MOST_TIMES]]
        more = len(self.spans) - len(said)
        if more:
            said.append(f"{more} more time{'' if more == 1 else 's'} until {self.spans[-1][1]:%Y-%m-%d}")
        if self.closures:
            said.append("whenever staff have closed the line")
        return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def _span_said(starts: datetime, until: datetime) -> str:
    is_whole_days = starts.time() == until.time() == time()
    last = (until - timedelta(days=1)).date() if is_whole_days else until.date()
    if starts.date() == last:
        times = "" if is_whole_days else f" from {starts:%H:%M} to {until:%H:%M}"
        return f"on {starts:%a %Y-%m-%d}{times}"
    if is_whole_days:
        return f"from {starts:%a %Y-%m-%d} through {last:%a %Y-%m-%d}"
    return f"from {starts:%a %Y-%m-%d %H:%M} to {until:%a %Y-%m-%d %H:%M}"


class Moments:
    """The year from a moment on, cut where either calendar begins to say something else.

    Moments at which one version is open and the other closed are left out: all who call then are told of it apart
    (see `HoursChange`).
    """

    def __init__(self, a: Calendar, b: Calendar, now: datetime, wired: Collection[str] = ()) -> None:
        """`now`, with zone. `wired`: standings that an `hours` step tells apart; any other is plainly closed."""
        self.a, self.b, self._wired = a, b, {"open", "closed", *wired}
        self.first = now.astimezone(b.zone).date()
        self._matching: dict[str, Numbers] = {}
        self._by_values: dict[tuple[str, ...], dict[tuple[str, ...], Numbers]] = {}
        self._times: dict[Numbers, Times] = {}

    @cached_property
    def days(self) -> list[tuple[Day, Day]]:
        """Each date of the year in both versions."""
        last = self.first + timedelta(days=DAYS)
        years = range(self.first.year, last.year + 1)
        one, other = ([day for year in years for day in calendar.year(year)] for calendar in (self.a, self.b))
        return [pair for pair in zip(one, other, strict=True) if self.first <= pair[0].date < last]

    @cached_property
    def spans(self) -> list[Span]:
        """All of the year, in order, and a sample of staff having closed the line at the end."""
        found = []
        for starts, until in pairwise(_edges((self.a, self.b), self.days)):
            before, now = self.a.at(starts), self.b.at(starts)
            if before.open == now.open and self.stands(before.words()) == self.stands(now.words()):
                local = starts.astimezone(self.b.zone), until.astimezone(self.b.zone)
                found.append(Span(*local, before.words(), now.words()))
        return [*found, self._closed_by_staff()]

    def stands(self, words: Mapping[str, str]) -> str:
        """How the hours stand for the `hours` steps of both flows."""
        return words["standing"] if words["standing"] in self._wired else "closed"

    def closed_as(self, day: Day) -> str:
        """How the hours stand on a date while the line is closed."""
        standing = {"overlay": "closed", "weekly": "closed"}.get(day.rule, day.rule)
        return standing if standing in self._wired else "closed"

    def matching(self, standing: str) -> Numbers:
        """The spans in which the hours stand so; all of them for no standing."""
        found = self._matching.get(standing)
        if found is None:
            found = self._matching[standing] = frozenset(
                number for number, span in enumerate(self.spans) if standing in ("", self.stands(span.a))
            )
        return found

    def differing(
        self, standing: str, asked: Collection[str], differs: Callable[[Mapping[str, str], Mapping[str, str]], bool]
    ) -> Numbers | None:
        """The spans in which something differs that asks for some words about the hours; None: in all that match.

        `differs` is told what either calendar says.
        """
        matching = self.matching(standing)
        found: set[int] = set()
        for numbers in self._alike(tuple(sorted(asked))).values():
            if mine := numbers & matching:
                span = self.spans[min(mine)]
                if differs(span.a, span.b):
                    found |= mine
        return None if len(found) == len(matching) else frozenset(found)

    def said_otherwise(self, word: str) -> Numbers:
        """The spans in which the two calendars have other words for the same."""
        return frozenset(number for number, span in enumerate(self.spans) if span.a[word] != span.b[word])

    def example(self, standing: str, among: Numbers | None = None) -> Span | None:
        """A span in which the hours stand so, nothing special being announced if that can be had; None: there is none.

        `among`: one of these. When none of them stands so, one that stands otherwise.
        """
        mine = self.matching(standing) if among is None else (among & self.matching(standing)) or among
        spans = [self.spans[number] for number in sorted(mine)]
        return next((span for span in spans if not span.b["notice"] and not span.is_closure), next(iter(spans), None))

    def times(self, numbers: Numbers) -> Times:
        """When they are."""
        found = self._times.get(numbers)
        if found is None:
            spans = [self.spans[number] for number in sorted(numbers)]
            dated = _joined((span.starts, span.until) for span in spans if not span.is_closure)
            found = self._times[numbers] = Times(dated, any(span.is_closure for span in spans))
        return found

    def _alike(self, asked: tuple[str, ...]) -> Mapping[tuple[str, ...], Numbers]:
        """What both calendars say of some words, and how the hours stand, to the spans in which they do."""
        found = self._by_values.get(asked)
        if found is None:
            grouped: dict[tuple[str, ...], set[int]] = {}
            for number, span in enumerate(self.spans):
                values = (self.stands(span.a), *(said[word] for word in asked for said in (span.a, span.b)))
                grouped.setdefault(values, set()).add(number)
            found = self._by_values[asked] = {values: frozenset(numbers) for values, numbers in grouped.items()}
        return found

    def _closed_by_staff(self) -> Span:
        day = next((now.date for before, now in self.days if before.open and now.open), self.first)
        starts = datetime.combine(day, time(), self.b.zone)
        until = starts + timedelta(days=1)
        closure = Closure(starts, until, SAMPLE_REASON)
        at = datetime.combine(day, HUMANE[0], self.b.zone)
        return Span(at, until, self.a.at(at, [closure]).words(), self.b.at(at, [closure]).words(), is_closure=True)


def wired_standings(*flows: Flow) -> tuple[str, ...]:
    """The standings that `hours` steps of some flows tell apart, open first."""
    steps = (step for flow in flows for step in flow.steps.values() if step.kind == "hours")
    return tuple(sorted({"open", "closed", *(outcome for step in steps for outcome in step.wires())}, reverse=True))


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    """Spans in order, those together that meet."""
    found: list[tuple[datetime, datetime]] = []
    for starts, until in spans:
        if found and found[-1][1] == starts:
            found[-1] = (found[-1][0], until)
        else:
            found.append((starts, until))
    return tuple(found)


def _edges(calendars: Sequence[Calendar], days: Sequence[tuple[Day, Day]]) -> list[datetime]:
    """Moments between which both calendars say the same: midnights, openings, closings, and shortly before those."""
    found: set[datetime] = set()
    for side, calendar in enumerate(calendars):
        notice = timedelta(minutes=calendar.file.closing_notice)
        ends = (text for each in calendar.file.closures for text in (each.starts, each.until))
        found |= {parse_moment(text, calendar.zone).astimezone(UTC) for text in ends}
        for pair in days:
            found.add(_midnight(pair[side].date, calendar).astimezone(UTC))
            for interval in pair[side].open:
                for minutes in (interval.opens, interval.closes):
                    wall = _midnight(pair[side].date, calendar) + timedelta(minutes=minutes)
                    found |= {wall.astimezone(UTC), wall.astimezone(UTC) - notice}
    first, last = (_midnight(days[place][1].date, calendars[1]) for place in (0, -1))
    return sorted(moment for moment in found if first <= moment < last + timedelta(days=1))


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(), calendar.zone)
