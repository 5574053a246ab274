"""The graph as rules look at it: states by step, who may follow whom, and what is said at each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ivr.flow.holds import Hours
from ivr.flow.lengths import SAMPLE_ENTRY
from ivr.flow.release import Release
from ivr.hours import Day, parse_moment
from ivr.prompts import Words
from ivr.proof.explore import Graph, Way
from ivr.proof.facts import reads
from ivr.proof.rules_states import States
from ivr.proof.rules_walk import HOURS, Walk
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.menu import MenuStep
from ivr.verbs import Say, Speech

SAMPLE_MOMENTS = (
    "Tue 2026-11-17 10:00",  # open, and nothing to announce
    "Tue 2026-11-17 19:00",  # closed, open again tomorrow
    "Tue 2026-11-24 10:00",  # open, with a notice
    "Tue 2026-11-17 16:55",  # about to close
    "Tue 2026-11-24 16:55",  # about to close, with a notice
    "Wed 2026-11-18 08:30",  # before the late opening
    "Wed 2026-11-25 08:30",  # the same, with a notice
    "Fri 2026-11-13 19:00",  # closed until Monday
    "Wed 2026-11-11 10:00",  # a holiday
    "Thu 2026-12-24 19:00",  # closed over holidays
)
"""Moments at which everything that words say of the hours is heard in one form or another."""


YEARS = (2026, 2027)
FIRST_DAY = date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said at a step, in one of its forms.

    Args:
        after: the outcome that kept the call at the step; None on entering it.
        facts: facts that the words look at.
        moment: written as in scripted calls.
    """

    step: str
    after: str | None
    facts: Mapping[str, str]
    moment: str
    says: tuple[Say, ...]

    @property
    def speech(self) -> Speech:
        """All of it."""
        return sum((say.speech for say in self.says), Speech())


class Calls(States):
    """Every call of a flow, for rules to look at: its states, and what is said there."""

    def __init__(self, release: Release, graph: Graph) -> None:
        super().__init__(graph)
        self.release = release
        self.voice = release.voice
        self._walks: dict[Hours, Walk] = {}
        self._heard: dict[tuple[str, str | None], list[Heard]] = {}
        self._seconds: dict[tuple[str, str | None, tuple[str, ...]], float] = {}

    @cached_property
    def reads(self) -> Mapping[str, Sequence[str]]:
        """Step to the facts that it compares or speaks."""
        return {name: sorted(reads(step)) for name, step in self.flow.steps.items()}

    def path(self, state: int) -> list[Way]:
        """The way to a state that is easiest to follow: with the line open all through the call, else closed."""
        for hours in HOURS:
            if state in self._walk(hours):
                return self._walk(hours).back(state)
        return self.graph.path(state)

    def _walk(self, hours: Hours) -> Walk:
        if hours not in self._walks:
            self._walks[hours] = Walk(self, (), hours, ())
            self._walks[hours].all()
        return self._walks[hours]

    def shortest(self, name: str) -> list[Way]:
        """The way to a step, on to where the call waits there or next."""
        states = self.by_step[name][:50]
        for hours in HOURS:
            if found := [state for state in states if state in self._walk(hours)]:
                states = found
                break
        path = min((self.path(state) for state in states), key=len, default=[])
        return self.onward(path, path[-1].target if path else 0)

    @cached_property
    def days(self) -> Sequence[Day]:
        """Every day of two years, those that are nearest to the sample moments first."""
        days = [day for year in YEARS for day in self.release.calendar.year(year)]
        return sorted(days, key=lambda day: (day.date < FIRST_DAY, day.date))

    @cached_property
    def moments(self) -> Mapping[str, Mapping[str, str]]:
        """Sample moment to what words say of the hours then."""
        calendar = self.release.calendar
        return {text: calendar.at(parse_moment(text, calendar.zone)).words() for text in SAMPLE_MOMENTS}

    def scene(self, facts: Mapping[str, str], moment: str) -> Mapping[str, Any]:
        """What words may refer to."""
        known = {**self.flow.initial_facts, **facts}
        hours = self.moments[moment]
        return {**self.release.spoken, "hours": hours, "facts": known, "entry": SAMPLE_ENTRY, "key": ""}

    def text(self, words: Words, moment: str = SAMPLE_MOMENTS[0]) -> str:
        """Words of a rule as they would be spoken."""
        return words.speak(self.scene({}, moment)).plain

    def heard(self, name: str, after: str | None = None) -> list[Heard]:
        """Everything that may be said at a step, over the facts and moments that its words tell apart."""
        found = self._heard.get((name, after))
        if found is None:
            found = self._heard[name, after] = list(self._forms(name, after))
        return found

    def heard_always(self, name: str) -> Iterator[Heard]:
        """The same, on entering and on staying."""
        for after in (None, *self.flow.steps[name].stays()):
            yield from self.heard(name, after)

    def _forms(self, name: str, after: str | None) -> Iterator[Heard]:
        step = self.flow.steps[name]
        looks_at = self.reads[name]
        speaks_of_hours = any(ref.startswith("hours.") for words in step.words().values() for ref in words.references)
        standings = self._standings[name]
        told: set[tuple[Say, ...]] = set()
        for values in self._values(name, looks_at):
            facts = dict(zip(looks_at, values, strict=True))
            for moment, hours in self.moments.items():
                if not any(fits(hours["standing"], standing) for standing in standings):
                    continue
                says = step.spoken(name, self.scene(facts, moment), after)
                if says not in told:
                    told.add(says)
                    yield Heard(name, after, facts, moment, says)
                if not speaks_of_hours:
                    break

    def _values(self, name: str, looks_at: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """The combinations of some facts that the states of a step have."""
        if not looks_at:
            return [()] if self.by_step[name] else []
        found: dict[tuple[str, ...], None] = {}
        of_a_kind = {self.numbers[state]: state for state in reversed(self.by_step[name])}
        for state in sorted(of_a_kind.values()):
            facts = self.facts(state)
            found[tuple(facts[fact] for fact in looks_at)] = None
        return list(found)

    @cached_property
    def _standings(self) -> Mapping[str, frozenset[str]]:
        """Step to how the hours may stand when a call comes to it; empty where nobody asked on that turn."""
        found: dict[str, set[str]] = {name: set() for name in self.flow.steps}
        found[self.flow.start].add("")
        for target in (self.flow.on_error, self.flow.worn_out):
            if target:
                found[target].add("")
        for name, step in self.flow.steps.items():
            for wire in step.wires().values() if step.waits and self.by_step[name] else ():
                found[wire.go].add("")
            for state in () if step.waits else self.by_step[name]:
                standing = self.graph.standing(state)
                for way in self.graph.ways(state):
                    found[self.names[way.target]].add(way.meeting.standing or standing)
        return {name: frozenset(standings) for name, standings in found.items()}

    def seconds(self, state: int, after: str | None) -> float:
        """Seconds of what is said on entering a state, the longest form that its facts allow."""
        name = self.graph.step_name(state)
        looks_at = self.reads[name]
        facts = self.facts(state) if looks_at else {}
        key = (name, after, tuple(facts[fact] for fact in looks_at))
        found = self._seconds.get(key)
        if found is None:
            forms = [form for form in self.heard(name, after) if all(facts[f] == v for f, v in form.facts.items())]
            found = max((self.length(form.speech) for form in forms), default=0.0)
            self._seconds[key] = found
        return found

    def length(self, speech: Speech) -> float:
        """Seconds of speech in the line's voice."""
        return speech.seconds(self.voice.words_per_minute)

    def waits(self, name: str) -> float:
        """Seconds that a caller who does nothing waits at a step."""
        step = self.flow.steps[name]
        if isinstance(step, MenuStep):
            return step.wait or 0
        if isinstance(step, CollectStep):
            return step.first_digit or 0
        if isinstance(step, DialStep):
            return step.team.ring_s if step.team else 0
        return 0

    def sample(self, heard: Heard) -> list[Way]:
        """The way to hear something."""
        states = [
            state
            for state in self.by_step[heard.step]
            if all(self.facts(state)[fact] == value for fact, value in heard.facts.items())
        ]
        wanted = self.moments[heard.moment]["standing"]
        paths = [self.path(state) for state in states[:40]]
        paths.sort(key=lambda path: (not _stands(path, wanted), len(path)))
        return paths[0]


def fits(standing: str, asked: str) -> bool:
    """Whether a moment's standing gives that outcome of an `hours` step; any does where nobody asked."""
    return not asked or asked == standing or (asked == "closed" and standing != "open")


def _stands(path: Sequence[Way], standing: str) -> bool:
    """Whether the hours stand so all along a way."""
    return all(fits(standing, way.meeting.standing) for way in path)


def with_options(step: MenuStep, upto: str) -> MenuStep:
    """A menu that stops once a key has been offered."""
    kept: dict[str, Any] = {}
    for key, option in step.options.items():
        kept[key] = option
        if key == upto:
            break
    return step.model_copy(update={"options": kept})
