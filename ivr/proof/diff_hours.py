"""The hours of two versions compared: days that are open otherwise, and what callers are told about the hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from ivr.call import Heard
from ivr.engine import advance, begin
from ivr.flow.release import Release
from ivr.hours import Day, Interval
from ivr.hours.text import clock
from ivr.proof.diff_moments import Moments
from ivr.steps.step import CertificationResult
from ivr.verbs import Gather, Say

WORDS: Final = {
    "weekly": "The usual hours are",
    "zone": "The time zone is",
    "because": "Why the line is closed is",
    "notice": "The sentence about changes ahead is",
    "ahead": "The sentence about changes ahead, told with the hours, is",
    "next_opening": "The next opening is",
    "closes": "The closing time is",
}
"""Words about the hours, those first that are written in the file."""


@dataclass(frozen=True, slots=True)
class DayChange:
    """A date with other hours, or other reasons for them. `open` and `closed`: minutes of the day open, closed now."""

    before: Day
    now: Day

    @property
    def opened(self) -> list[Interval]:
        """When the line is open instead of closed."""
        return _without(self.now.open, self.before.open)

    @property
    def closed(self) -> list[Interval]:
        """When the line is closed instead of open."""
        return _without(self.before.open, self.now.open)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"date": self.now.date.isoformat(), "before": self.before.as_json(), "now": self.now.as_json()}


@dataclass(frozen=True, slots=True)
class DaysChange:
    """Dates that differ in the same way.

    Args:
        before, now: what a caller hears at the first moment that differs.
    """

    days: Sequence[DayChange]
    before: str
    now: str

    @property
    def sentence(self) -> str:
        """When, and what the line is then."""
        first, last = self.days[0].now, self.days[-1].now
        when = f"On {first.date:%a %Y-%m-%d}"
        if len(self.days) > 1:
            names = {f"{day.now.date:%A}s" for day in self.days}
            which = next(iter(names)) if len(names) == 1 else "days"
            when = f"On {len(self.days)} {which} from {first.date} to {last.date}"
        parts = [
            f"from {clock(one.opens)} to {clock(one.closes)} the line is {state}"
            for spans, state in (
                (self.days[0].opened, "open instead of closed"),
                (self.days[0].closed, "closed instead of open"),
            )
            for one in spans
        ] or ["the line is closed for another reason"]
        before, now = self.days[0].before.reason, first.reason
        because = f"{now}; before: {before}" if before != now else now
        return f"{when} {', and '.join(parts)} ({because})."


@dataclass(frozen=True, slots=True)
class TimesChange:
    """One of the words about the hours that is said otherwise, although the line stands the same then.

    Args:
        spans: from when until when, in the line's zone, the end not included.
        before, now: what it is at the first of these moments.
    """

    word: str
    spans: Sequence[tuple[datetime, datetime]]
    before: str
    now: str

    @property
    def sentence(self) -> str:
        """What is said otherwise."""
        return f"{WORDS[self.word]} said otherwise"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "word": f"hours.{self.word}",
            "first": {"before": self.before, "now": self.now},
            "spans": [[starts.isoformat(), until.isoformat()] for starts, until in self.spans],
        }


@dataclass(frozen=True, slots=True)
class HoursChange:
    """What `config/hours.yaml` says otherwise, for a year.

    Args:
        days: dates with other hours; `alike`: the same, those together that differ in the same way.
        told: what callers are told otherwise.
        quiet: the file differs in something that is not noticed in that year.
    """

    days: Sequence[DayChange] = ()
    alike: Sequence[DaysChange] = ()
    told: Sequence[TimesChange] = ()
    quiet: Sequence[str] = ()

    @property
    def is_heard(self) -> bool:
        """Some caller of that year can notice it."""
        return bool(self.days or self.told)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"days": [day.as_json() for day in self.days], "told": [told.as_json() for told in self.told]}


def hours_change(a: Release, b: Release, moments: Moments) -> HoursChange:
    """Compare the hours of two releases in the year from a moment on."""
    one, other = a.calendar, b.calendar
    if one.file == other.file:
        return HoursChange()
    days = [
        DayChange(before, now)
        for before, now in moments.days
        if before.open != now.open or moments.closed_as(before) != moments.closed_as(now)
    ]
    told = _told(b, moments)
    quiet = [] if days or told else ["config/hours.yaml: nothing that is noticed in the coming year."]
    if one.file.confirmed_through != other.file.confirmed_through:
        quiet.append(f"The hours are confirmed through {other.file.confirmed_through}.")
    return HoursChange(days, _alike(a, b, days), told, quiet)


def _alike(a: Release, b: Release, days: Sequence[DayChange]) -> list[DaysChange]:
    found: dict[object, list[DayChange]] = {}
    for day in days:
        mark = (day.before.open, day.now.open, day.before.reason, day.now.reason)
        found.setdefault(mark, []).append(day)
    said = []
    for group in found.values():
        first = group[0]
        minutes = min((interval.opens for interval in (*first.opened, *first.closed)), default=0)
        at = datetime.combine(first.now.date, time(), b.calendar.zone) + timedelta(minutes=minutes)
        said.append(DaysChange(group, first_words(a, at), first_words(b, at)))
    return said


@dataclass(frozen=True, slots=True)
class _Moment:
    now: datetime
    hours: Mapping[str, str]

    def certification(self, npn: str, looks: int) -> CertificationResult:
        return "slow"


def first_words(release: Release, at: datetime) -> str:
    """What a caller hears who calls at a moment, until something is asked."""
    session = begin(release, release.other_numbers, at)
    answer = advance(release, session, Heard(), _Moment(at, release.calendar.at(at).words()))
    said = [one for verb in answer.verbs for one in (verb.said if isinstance(verb, Gather) else (verb,))]
    return " ".join(one.speech.plain for one in said if isinstance(one, Say))


def _told(b: Release, moments: Moments) -> list[TimesChange]:
    """The words about the hours that steps speak and that are others, although the line stands the same."""
    spoken_in = steps_that_speak(b)
    said = []
    for word in WORDS:
        times = moments.times(moments.said_otherwise(word)) if spoken_in.get(word) else None
        if times and times.spans:
            first = next(span for span in moments.spans if span.a[word] != span.b[word])
            said.append(TimesChange(word, times.spans, first.a[word], first.b[word]))
    return said


def steps_that_speak(release: Release) -> dict[str, list[str]]:
    """Word about the hours to the steps whose words have it."""
    found: dict[str, list[str]] = {}
    for flow in release.flows.values():
        for name, step in flow.steps.items():
            for words in step.words().values():
                for reference in words.references:
                    root, _, word = reference.partition(".")
                    if root == "hours" and name not in found.setdefault(word, []):
                        found[word].append(name)
    return found


def _without(intervals: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """The parts of some intervals that lie in none of the others."""
    left = list(intervals)
    for other in others:
        left = [
            Interval(opens, closes)
            for one in left
            for opens, closes in ((one.opens, min(one.closes, other.opens)), (max(one.opens, other.closes), one.closes))
            if opens < closes
        ]
    return left
