"""Whether anybody on the telephone could ever tell a mutant from the line as it is: decided exactly.

Two releases are walked side by side, turn by turn, with everything that may come to either. Wherever both stand at the
same place with the same facts they need not be followed: from there they differ only by taking a changed wire once
more, and every taking of a changed wire, from every state that a call can be in, is a pair to begin with. So the walk
is short, and when it ends without a difference there is none: its pairs, with all equal ones, are a bisimulation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from ivr.call import CallSession, Heard
from ivr.engine import Answer, WalkedTooFar, advance, advance_from, apply, whisper
from ivr.flow.release import Flow, Release
from ivr.hours import HOURS_WORDS
from ivr.proof.explore import Graph, Supposed, explored
from ivr.proof.facts import live_facts
from ivr.steps.hours import HoursStep
from ivr.steps.step import CertificationResult
from ivr.verbs import Dial, Gather, Say, Verb
from mutants.making import FLOW, Mutant

TURN: Final = 5
"""Any turn but the first and those after which a call is worn out."""

MOST_PAIRS: Final = 20_000
RESULTS: Final[tuple[CertificationResult, ...]] = ("certified", "not_confirmed", "unavailable", "slow")

Pair = tuple[CallSession, CallSession]
Taking = Callable[["Tried"], Answer]


class CannotTell(Exception):
    """There are too many pairs to be followed."""


@dataclass
class Tried:
    """A world in which the hours and the directory are supposed; it notes what was asked."""

    standing: str
    answer: CertificationResult
    now: datetime = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    asked: set[str] = field(default_factory=set)

    @property
    def hours(self) -> Mapping[str, str]:
        """A sign for each of the words about the hours, the same whatever the moment."""
        return Hours(self.standing, self.asked)

    def certification(self, npn: str, looks: int) -> CertificationResult:
        """What is supposed."""
        self.asked.add("directory")
        return self.answer


class Hours(dict[str, str]):
    """Words about the hours that note when the standing is looked at."""

    def __init__(self, standing: str, asked: set[str]) -> None:
        super().__init__({name: f"<{name} {standing}>" for name in HOURS_WORDS}, standing=standing)
        self._asked = asked

    def __getitem__(self, name: str) -> str:
        if name == "standing":
            self._asked.add("hours")
        return super().__getitem__(name)


def is_equivalent(release: Release, mutant: Mutant) -> bool:
    """No call is heard, asked or connected otherwise. Raises CannotTell."""
    return Comparison(release, mutant).finds_nothing()


class Comparison:
    """The line as it is, and a mutant of it, side by side."""

    def __init__(self, release: Release, mutant: Mutant) -> None:
        self.a, self.b, self.mutant = release, mutant.applied(release), mutant
        self.flow_a, self.flow_b = self.a.flows[FLOW], self.b.flows[FLOW]
        live = live_facts(self.flow_a, {}), live_facts(self.flow_b, {})
        self.live = {name: live[0][name] | live[1][name] for name in self.flow_a.steps}
        self.standings = tuple(
            dict.fromkeys(
                outcome
                for flow in (self.flow_a, self.flow_b)
                for step in flow.steps.values()
                if isinstance(step, HoursStep)
                for outcome in step.wires()
            )
        )
        self.seen: set[Hashable] = set()
        self.waiting: list[Pair] = []

    def finds_nothing(self) -> bool:
        """See `is_equivalent`."""
        graph = explored(self.flow_a, self.live)
        if self.mutant.hours is not None or not self._say_the_same(graph):
            return False
        try:
            if not all(self._follows(*answers) for answers in self._beginnings(graph)):
                return False
            while self.waiting:
                if not all(self._follows(*answers) for answers in self._turns_of(*self.waiting.pop())):
                    return False
        except WalkedTooFar:
            return False
        return True

    def _say_the_same(self, graph: Graph) -> bool:
        """Changed steps have the same words wherever a call can stand there."""
        names = {name for name, _, _ in self.mutant.edits}
        for state in range(len(graph)):
            name = graph.step_name(state)
            if name in names:
                session = graph.session(state)
                scene = {**self.a.spoken, "hours": Hours("open", set()), "facts": session.facts, "entry": "", "key": ""}
                for after in (None, "no_input"):
                    words = [flow.steps[name].spoken(name, scene, after) for flow in (self.flow_a, self.flow_b)]
                    if words[0] != words[1]:
                        return False
        return True

    def _beginnings(self, graph: Graph) -> Iterator[tuple[Answer, Answer]]:
        """Every turn in which the two may part, from every state that a call can be in."""
        for name in self.mutant.head:
            if name in ("on_error", "worn_out"):
                yield from self._mishaps(graph, name)
            else:
                begun = [
                    CallSession(release.name, FLOW, flow.start, flow.initial_facts, TURN)
                    for release, flow in ((self.a, self.flow_a), (self.b, self.flow_b))
                ]
                yield from self._entering(begun[0], begun[1], self.standings)
        touched = set(self.mutant.outcomes)
        for state in range(len(graph)):
            name = graph.step_name(state)
            step, session = graph.step(state), self._at(graph, state)
            for way in graph.ways(state):
                if (name, way.outcome) not in touched:
                    continue
                if step.waits:
                    yield from self._turns(session, session, way.meeting.heard)
                    continue
                supposed = Supposed(way.meeting.standing, way.meeting.certification)
                decision = step.decide(session, way.meeting.heard, supposed)
                one, other = (
                    apply(session, flow.steps[name], decision.outcome, decision.changes)
                    for flow in (self.flow_a, self.flow_b)
                )
                known = way.meeting.standing or graph.standing(state)
                yield from self._entering(one, other, (known,) if known else self.standings)

    def _mishaps(self, graph: Graph, name: str) -> Iterator[tuple[Answer, Answer]]:
        for state in range(len(graph)):
            if graph.step(state).waits and not is_over(self.flow_a, graph.session(state)):
                session = self._at(graph, state)
                yield from self._mishap(session, session, name)

    def _mishap(self, one: CallSession, other: CallSession, name: str) -> Iterator[tuple[Answer, Answer]]:
        """A fault of ours, or too many turns, befalls a call."""
        led = [
            replace(session, step=getattr(flow, name) or session.step, silences=0, wrong_keys=0, leg=0, part="")
            for session, flow in ((one, self.flow_a), (other, self.flow_b))
        ]
        yield from self._entering(led[0], led[1], self.standings)

    def _at(self, graph: Graph, state: int) -> CallSession:
        session = graph.session(state)
        return replace(session, release=self.a.name, flow=FLOW, turn=TURN)

    def _entering(self, one: CallSession, other: CallSession, standings: tuple[str, ...]) -> Iterator[Any]:
        """The rest of a turn, from a step that is just come to."""
        mark = ("entering", self._mark(one), self._mark(other), standings)
        if mark not in self.seen:
            self.seen.add(mark)
            yield from both(
                lambda world: advance_from(self.a, one, one.step, world),
                lambda world: advance_from(self.b, other, other.step, world),
                standings,
            )

    def _turns_of(self, one: CallSession, other: CallSession) -> Iterator[tuple[Answer, Answer]]:
        """Every next turn of a call that stands at two places at once."""
        met = [
            meeting.heard
            for session, flow in ((one, self.flow_a), (other, self.flow_b))
            for meeting in flow.steps[session.step].meets(session)
        ]
        for heard in dict.fromkeys(met):
            yield from self._turns(one, other, heard)
        for name in ("on_error", "worn_out"):
            yield from self._mishap(one, other, name)

    def _turns(self, one: CallSession, other: CallSession, heard: Heard) -> Iterator[tuple[Answer, Answer]]:
        mark = ("turn", self._mark(one), self._mark(other), heard)
        if mark not in self.seen:
            self.seen.add(mark)
            yield from both(
                lambda world: advance(self.a, one, heard, world),
                lambda world: advance(self.b, other, heard, world),
                self.standings,
            )

    def _follows(self, one: Answer, other: Answer) -> bool:
        """Whether two answers are noticed alike; what they lead to is followed later, unless it is one place."""
        if noticed(self.a, one) != noticed(self.b, other):
            return False
        after = replace(one.session, turn=TURN), replace(other.session, turn=TURN)
        marks = self._mark(after[0]), self._mark(after[1])
        over = is_over(self.flow_a, after[0])
        if over or marks[0] == marks[1] or marks in self.seen:
            return over == is_over(self.flow_b, after[1])
        self.seen.add(marks)
        self.waiting.append(after)
        if len(self.seen) > MOST_PAIRS:
            raise CannotTell
        return True

    def _mark(self, session: CallSession) -> Hashable:
        """All of a session that can matter from here on, in either version."""
        kept = tuple(sorted((fact, session.facts[fact]) for fact in self.live[session.step]))
        counts = (session.silences, session.wrong_keys, session.tries, session.looks, session.leg, session.stray_pound)
        return session.step, counts, session.entry, session.part, kept


def is_over(flow: Flow, session: CallSession) -> bool:
    """The call stands at an end."""
    step = flow.steps[session.step]
    return step.waits and not step.wires()


def both(one: Taking, other: Taking, standings: tuple[str, ...]) -> Iterator[tuple[Answer, Answer]]:
    """The same turn in both versions, with every answer of the hours and the directory that either asks for."""
    for standing in standings:
        asked: set[str] = set()
        for result in RESULTS:
            worlds = Tried(standing, result, asked=asked), Tried(standing, result, asked=asked)
            yield one(worlds[0]), other(worlds[1])
            if "directory" not in asked:
                break
        if "hours" not in asked:
            break


def noticed(release: Release, answer: Answer) -> Hashable:
    """All that a caller hears and is asked, and what a representative is told, without the names of our steps."""
    told: Hashable = ()
    if any(isinstance(verb, Dial) for verb in answer.verbs):
        told = whisper(release, answer.session, Tried("open", "slow")), answer.session.facts.get("label")
    return tuple(unnamed(verb) for verb in answer.verbs), told


def unnamed(verb: Verb) -> Hashable:
    """A verb without names of steps in it."""
    if isinstance(verb, Say):
        return verb.speech, verb.can_interrupt
    if isinstance(verb, Gather):
        return replace(verb, said=()), tuple(unnamed(say) for say in verb.said)
    return verb
