"""The graph as rules look at it: states by step, who may follow whom, and what is said at each step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ivr.flow.holds import ANYWHERE, Hours
from ivr.flow.lengths import SAMPLE_ENTRY
from ivr.flow.release import Flow, Release
from ivr.hours import parse_moment
from ivr.prompts import Words
from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.proof.facts import reads
from ivr.steps import Step
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.menu import MenuStep
from ivr.verbs import Say, Speech

SAMPLE_MOMENTS = (
    "Tue 2026-11-17 10:00",  # open, and nothing to announce
    "Tue 2026-11-17 19:00",  # closed, open again tomorrow
    "Tue 2026-11-24 10:00",  # open, with a notice
    "Tue 2026-11-17 16:55",  # about to close
    "Wed 2026-11-18 08:30",  # before the late opening
    "Fri 2026-11-13 19:00",  # closed until Monday
    "Wed 2026-11-11 10:00",  # a holiday
    "Thu 2026-12-24 19:00",  # closed over holidays
)
"""Moments at which everything that words say of the hours is heard in one form or another."""

Places = tuple[int, ...]
"""Some of a state's ways, by their places among them."""

HOURS: tuple[Hours, ...] = ("open", "closed")

NEVER = 10**9
"""Later than any turn."""


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


class Calls:
    """Every call of a flow, for rules to look at."""

    def __init__(self, release: Release, graph: Graph) -> None:
        self.release, self.graph = release, graph
        self.flow: Flow = graph.flow
        self.voice = release.voice
        self._facts: dict[int, Mapping[str, str]] = {}
        self._chosen: dict[object, Places] = {}
        self._walks: dict[Hours, Walk] = {}
        self._heard: dict[tuple[str, str | None], list[Heard]] = {}
        self._seconds: dict[tuple[str, str | None, tuple[str, ...]], float] = {}

    @cached_property
    def by_step(self) -> Mapping[str, Sequence[int]]:
        """Step to its states."""
        found: dict[str, list[int]] = {name: [] for name in self.flow.steps}
        name = self.graph.step_name
        for state in range(len(self.graph)):
            found[name(state)].append(state)
        return found

    @cached_property
    def waits_at(self) -> bytes:
        """State to 1 where a call waits, else 0."""
        waits = {name: step.waits for name, step in self.flow.steps.items()}
        return bytes(waits[self.graph.step_name(state)] for state in range(len(self.graph)))

    @cached_property
    def reads(self) -> Mapping[str, Sequence[str]]:
        """Step to the facts that it compares or speaks."""
        return {name: sorted(reads(step)) for name, step in self.flow.steps.items()}

    @cached_property
    def following(self) -> Sequence[tuple[int, ...]]:
        """State to the states that follow it."""
        return [tuple(self.graph.targets(state)) for state in range(len(self.graph))]

    def path(self, state: int) -> list[Way]:
        """The way to a state that is easiest to follow: with the line open all through the call, else closed."""
        for hours in HOURS:
            if hours not in self._walks:
                self._walks[hours] = Walk(self, (), hours, ())
                self._walks[hours].all()
            if state in self._walks[hours]:
                return self._walks[hours].back(state)
        return self.graph.path(state)

    def shortest(self, name: str) -> list[Way]:
        """The way to a step, on to where the call waits there or next."""
        path = min((self.path(state) for state in self.by_step[name][:50]), key=len, default=[])
        return self.onward(path, path[-1].target if path else 0)

    def steps(self, names: Collection[str], but: Collection[str] = ()) -> list[str]:
        """The steps that names and words such as `every_menu` stand for, in the flow's order."""
        return [
            name
            for name, step in self.flow.steps.items()
            if name not in but and self.by_step[name] and (name in names or any(_is(step, word) for word in names))
        ]

    def states(self, steps: Collection[str], facts: Mapping[str, Sequence[str]]) -> Iterator[int]:
        """The states of steps, with these facts only."""
        for step in steps:
            for state in self.by_step[step]:
                if not facts or matches(self.facts(state), facts):
                    yield state

    def facts(self, state: int) -> Mapping[str, str]:
        """The facts of a state."""
        number = self.graph.facts_number(state)
        found = self._facts.get(number)
        if found is None:
            found = self._facts[number] = self.graph.facts(state)
        return found

    def chosen(self, state: int, what: object, choose: Callable[[list[Way]], Iterable[Way]]) -> Places:
        """Places of some of a state's ways. `choose` is asked once for all states whose ways are alike."""
        key = (what, self.graph.shape(state))
        found = self._chosen.get(key)
        if found is None:
            ways = list(self.graph.ways(state))
            found = self._chosen[key] = tuple(ways.index(way) for way in choose(ways))
        return found

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
        for state in self.by_step[name]:
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
        asked: dict[int, str] = {}
        walking: list[int] = []
        for name, step in self.flow.steps.items():
            for wire in step.wires().values() if step.waits and self.by_step[name] else ():
                found[wire.go].add("")
            if not step.waits:
                walking += self.by_step[name]
        for state in walking:
            for way in self.graph.ways(state):
                if way.meeting.standing:
                    asked[way.target] = way.meeting.standing
        told = list(asked)
        for state in told:
            if not self.graph.step(state).waits:
                for follower in self.following[state]:
                    if follower not in asked:
                        asked[follower] = asked[state]
                        told.append(follower)
        for state in walking:
            for way in self.graph.ways(state):
                found[self.graph.step_name(way.target)].add(way.meeting.standing or asked.get(state, ""))
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

    def walks(self, state: int, hours: Hours | None, wanted: str | None = None) -> Places:
        """The ways from a state where nobody is waited for, as the hours (and the outcome wanted there) allow."""

        def choose(ways: list[Way]) -> Iterator[Way]:
            for way in ways:
                standing = way.meeting.standing
                if wanted in (None, way.outcome) and (hours is None or not standing or fits_hours(way, hours)):
                    yield way

        return self.chosen(state, ("walks", hours, wanted), choose)

    def onward(self, path: list[Way], state: int) -> list[Way]:
        """A path led on to where the call waits next."""
        path = list(path)
        while not self.graph.step(state).waits:
            known = next((way.meeting.standing for way in reversed(path) if way.meeting.standing), "")
            ways = [way for way in self.graph.ways(state) if way.outcome not in MISHAPS]
            way = next((way for way in ways if way.meeting.standing in ("", known)), ways[0])
            path.append(way)
            state = way.target
        return path

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


class Walk:
    """Walks from states, the fewest turns first, and remembers by which ways it came.

    Args:
        turn: state to the turn on which it is come to.
        came_by: state that the walk began with, to the way it was come by, where that is known.
    """

    def __init__(
        self, calls: Calls, avoided: Collection[str], hours: Hours | None, mishaps: Collection[str] = MISHAPS
    ) -> None:
        """`avoided`: steps and outcomes (`first_menu.1`) not taken; `mishaps`: those that may befall a call."""
        self._calls, self._hours, self._mishaps = calls, hours, mishaps
        self._avoided = frozenset(state for name in avoided for state in calls.by_step.get(name, ()))
        self._outcomes = frozenset(name for name in avoided if name not in calls.by_step)
        self._looked_at = frozenset(
            state
            for name, step in calls.flow.steps.items()
            if (hours and step.kind == "hours")
            or (len(mishaps) < len(MISHAPS) and step.waits)
            or any(one.startswith(f"{name}.") for one in self._outcomes)
            for state in calls.by_step[name]
        )
        self.turn: dict[int, int] = {}
        self.came_by: dict[int, Way] = {}
        self._source: dict[int, int] = {}

    def __contains__(self, state: int) -> bool:
        return state in self._source

    def all(self) -> Mapping[int, int]:
        """Every state that is come to from the beginning of a call, and on which turn."""
        self.first([(0, 0)], ())
        return self.turn

    def first(self, starts: Iterable[tuple[int, int]], wanted: Container[int]) -> int | None:
        """The first of the wanted states that is come to; None if none is. `starts`: states, each with its turn."""
        following, waits = self._calls.following, self._calls.waits_at
        turns: dict[int, list[int]] = {}
        for state, turn in starts:
            if state not in self._avoided and turn < self.turn.get(state, NEVER):
                self.turn[state], self._source[state] = turn, -1
                turns.setdefault(turn, []).append(state)
        turn = min(turns, default=0)
        while now := turns.pop(turn, None):
            for state in now:
                if self.turn[state] < turn:
                    continue
                if state in wanted:
                    return state
                targets = following[state]
                if state in self._looked_at:
                    targets = tuple(way.target for way in self._ways(state))
                later = turn + waits[state]
                for target in targets:
                    if later < self.turn.get(target, NEVER) and target not in self._avoided:
                        self.turn[target], self._source[target] = later, state
                        (turns.setdefault(later, []) if later > turn else now).append(target)
            turn = min(turns, default=0)
        return None

    def _ways(self, state: int) -> Iterator[Way]:
        name = self._calls.graph.step_name(state)
        for way in self._calls.graph.ways(state):
            if self._hours and way.meeting.standing and not fits_hours(way, self._hours):
                continue
            if way.outcome in MISHAPS and way.outcome not in self._mishaps:
                continue
            if f"{name}.{way.outcome}" not in self._outcomes:
                yield way

    def back(self, state: int) -> list[Way]:
        """The ways to a state from where the walk began, with the way it began by, if that is known."""
        path: list[Way] = []
        while (source := self._source[state]) >= 0:
            ways = [way for way in self._ways(source) if way.target == state]
            path.append(min(ways, key=lambda way: (way.outcome in MISHAPS, way.outcome)))
            state = source
        if state in self.came_by:
            path.append(self.came_by[state])
        return path[::-1]


def matches(facts: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether each fact has one of the values."""
    return all(facts[fact] in values for fact, values in wanted.items())


def fits(standing: str, asked: str) -> bool:
    """Whether a moment's standing gives that outcome of an `hours` step; any does where nobody asked."""
    return not asked or asked == standing or (asked == "closed" and standing != "open")


def fits_hours(way: Way, hours: Hours) -> bool:
    """Whether an answer about the hours is the one a rule speaks of."""
    return (way.meeting.standing == "open") == (hours == "open")


def is_from_anywhere(names: Sequence[str]) -> bool:
    """Whether a rule starts everywhere."""
    return ANYWHERE in names


def _is(step: Step, word: str) -> bool:
    match word:
        case "every_step":
            return True
        case "every_menu":
            return isinstance(step, MenuStep)
        case "every_message":
            return isinstance(step, MenuStep) and step.say is not None
        case "every_entry":
            return isinstance(step, CollectStep)
    return False


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
