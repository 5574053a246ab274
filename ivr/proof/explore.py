"""The whole state graph of a flow: every place a call can be in, and every way from one to the next."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ivr.call import CallSession
from ivr.engine import AFRESH, apply
from ivr.errors import BrokerLineError
from ivr.flow.release import Flow
from ivr.proof.facts import FactNumbers
from ivr.steps.step import CertificationResult, Meeting, Step

LIMIT: Final = 1_000_000
"""States; beyond them the flow has more facts than it can be proved with."""

TOLD_EVERY: Final = 5_000

Progress = Callable[[int, int], None]
"""Told the states found and the states still to be looked at."""

WORN_OUT, ON_ERROR = "worn_out", "on_error"
MISHAPS = (WORN_OUT, ON_ERROR)
"""Outcomes that may befall a call wherever it waits for its next turn: too many turns, a fault of ours."""

NOBODY_WATCHES: Mapping[str, frozenset[str]] = {}


class TooManyStates(BrokerLineError):
    """The flow can be in more states than are looked at; the text names the facts to blame."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a state to the next.

    Args:
        source, target: states by number.
        meeting: what comes to the step, such as a key.
        outcome: the step's outcome, or `WORN_OUT` or `ON_ERROR`.
    """

    source: int
    meeting: Meeting
    outcome: str
    target: int


Local = tuple[str, int, int, int, int, int, bool, bool, str]
"""What tells states apart besides facts: step, silences, wrong keys, tries, looks, leg, stray pound, part, standing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is, without its facts.

    Args:
        standing: how the hours stand on the turn under way, once a step has asked; empty while the call waits. Within
            one turn the clock stands still, so a second `hours` step is told the same.
    """

    session: CallSession
    standing: str = ""

    @property
    def key(self) -> Local:
        """All that a decision may look at, but not the digits themselves."""
        session = self.session
        return (
            session.step,
            session.silences,
            session.wrong_keys,
            session.tries,
            session.looks,
            session.leg,
            session.stray_pound,
            bool(session.part),
            self.standing,
        )


@dataclass(frozen=True, slots=True)
class _Move:
    """One outcome from a local state: what it meets, where it leads, what it does to the facts."""

    meeting: Meeting
    outcome: str
    target: int
    effect: int


class Graph:
    """Every state of a flow that a call can reach; number 0 is the start.

    A state is a local state (step and counts) with a combination of facts. Ways are kept in flat arrays, and states
    are found by one number each: a flow may have a million of them.
    """

    def __init__(self, flow: Flow, watched: Mapping[str, frozenset[str]] = NOBODY_WATCHES) -> None:
        """`watched`: step to facts that are to be told apart there although the flow itself does not look at them."""
        self.flow = flow
        self.numbers = FactNumbers(flow, watched)
        self._places: list[Place] = []
        self._local_of: dict[Local, int] = {}
        self._moves: list[_LocalMoves] = []
        self._state_of: dict[int, int] = {}
        self._local, self._facts = array("l"), array("q")
        self._first_way, self._way_target = array("l"), array("l")
        self._moves_of: list[list[_Move]] = []
        self._from, self._by = array("l"), array("l")
        self._at_once: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._local)

    @property
    def ways_count(self) -> int:
        """How many ways there are."""
        return len(self._way_target)

    def step_name(self, state: int) -> str:
        """The step that a state stands at."""
        return self._places[self._local[state]].session.step

    def step(self, state: int) -> Step:
        """The step itself."""
        return self.flow.steps[self.step_name(state)]

    def facts(self, state: int) -> dict[str, str]:
        """The facts of a state; those that can never be noticed again have their initial value."""
        return self.numbers.facts(self._facts[state])

    def standing(self, state: int) -> str:
        """How the hours stand on the turn under way, once a step has asked; empty while the call waits."""
        return self._places[self._local[state]].standing

    def facts_number(self, state: int) -> int:
        """The facts of a state as one number: states with the same have the same facts."""
        return self._facts[state]

    def shape(self, state: int) -> int:
        """A number that states share whose ways are the same and lead to the same steps, if with other facts."""
        return id(self._moves_of[state])

    def way(self, state: int, place: int) -> Way:
        """One of the ways from a state, by its place among them."""
        move = self._moves_of[state][place]
        return Way(state, move.meeting, move.outcome, self._way_target[self._first_way[state] + place])

    def session(self, state: int) -> CallSession:
        """A session that stands in a state; digits in it are samples."""
        return replace(self._places[self._local[state]].session, facts=self.facts(state))

    def ways(self, state: int) -> Iterator[Way]:
        """The ways from a state; none where the call has ended."""
        moves = self._moves_of[state]
        first = self._first_way[state]
        for place, move in enumerate(moves):
            yield Way(state, move.meeting, move.outcome, self._way_target[first + place])

    def targets(self, state: int) -> Iterator[int]:
        """The states that follow a state."""
        first = self._first_way[state]
        return iter(self._way_target[first : first + len(self._moves_of[state])])

    def outcomes(self) -> dict[tuple[str, str], Way]:
        """Every (step, outcome) that a call can take, each with the first way found that takes it; no mishaps."""
        found: dict[tuple[str, str], Way] = {}
        seen: set[int] = set()
        for state, moves in enumerate(self._moves_of):
            if id(moves) not in seen:
                seen.add(id(moves))
                for way in self.ways(state):
                    if way.outcome not in MISHAPS:
                        found.setdefault((self.step_name(state), way.outcome), way)
        return found

    def path(self, state: int) -> list[Way]:
        """The shortest way from the start to a state, in order."""
        found: list[Way] = []
        while state:
            source = self._from[state]
            move = self._moves_of[source][self._by[state]]
            found.append(Way(source, move.meeting, move.outcome, state))
            state = source
        return found[::-1]

    def state_of(self, session: CallSession) -> int | None:
        """The state that a live session waits in; None when the graph has no such state."""
        local = self._local_of.get(Place(session).key)
        if local is None:
            return None
        return self._state_of.get(local * self.numbers.total + self.numbers.number(session.facts, session.step))

    def explore(self, progress: Progress | None = None, limit: int = LIMIT) -> None:
        """Walk every way, by the kinds' own `decide` and the engine's own `apply`. Raises TooManyStates."""
        start = CallSession("", self.flow.name, self.flow.start, {})
        waiting: deque[int] = deque()
        mishaps: deque[tuple[int, int, int, int, int]] = deque()
        total = self.numbers.total
        self._found(self._local_number(Place(start)), 0, 0, 0, waiting, limit)
        while waiting or mishaps or self._at_once:
            if not waiting and not self._at_once:
                # What a mishap alone leads to comes last, so that no example needs one that can do without.
                way, local, facts, state, place = mishaps.popleft()
                target = self._state_of.get(local * total + facts)
                if target is None:
                    target = self._found(local, facts, state, place, waiting, limit)
                self._way_target[way] = target
                continue
            state = (self._at_once or waiting).popleft()
            facts = self._facts[state]
            moves = self._moves[self._local[state]].of(facts)
            self._moves_of[state] = moves
            self._first_way[state] = len(self._way_target)
            for place, move in enumerate(moves):
                after = self.numbers.after(facts, move.effect)
                target = self._state_of.get(move.target * total + after)
                if target is None:
                    if move.outcome in MISHAPS:
                        mishaps.append((len(self._way_target), move.target, after, state, place))
                        target = 0
                    else:
                        target = self._found(move.target, after, state, place, waiting, limit)
                self._way_target.append(target)
            if progress and state % TOLD_EVERY == 0:
                progress(len(self), len(waiting))

    def _found(self, local: int, facts: int, source: int, by: int, waiting: deque[int], limit: int) -> int:
        state = len(self)
        if state >= limit:
            raise TooManyStates(too_many(self.flow, limit))
        self._state_of[local * self.numbers.total + facts] = state
        self._local.append(local)
        self._facts.append(facts)
        self._from.append(source)
        self._by.append(by)
        self._first_way.append(0)
        self._moves_of.append([])
        # A step that waits costs the caller a turn; what follows without one is looked at first, so that the first
        # way found to a state is one with the fewest turns (and through what a step names first, such as open hours).
        if self.flow.steps[self._places[local].session.step].waits:
            waiting.append(state)
        else:
            self._at_once.append(state)
        return state

    def _local_number(self, place: Place) -> int:
        key = place.key
        found = self._local_of.get(key)
        if found is None:
            found = self._local_of[key] = len(self._places)
            self._places.append(place)
            self._moves.append(_LocalMoves(self, place))
        return found


class _LocalMoves:
    """The outcomes of a local state, by the facts that its step was seen to look at."""

    def __init__(self, graph: Graph, place: Place) -> None:
        self._graph, self._session, self._standing = graph, place.session, place.standing
        self._looked_at: tuple[int, ...] = ()
        self._known: dict[tuple[int, ...], list[_Move]] = {}

    def of(self, facts: int) -> list[_Move]:
        """The moves from here with a combination of facts."""
        numbers = self._graph.numbers
        found = self._known.get(numbers.values_of(facts, self._looked_at))
        if found is None:
            watched = _Watched(numbers.facts(facts))
            found = list(self._moves(watched))
            looked_at = numbers.places({numbers.names[place] for place in self._looked_at} | watched.looked_at)
            if looked_at != self._looked_at:
                self._looked_at, self._known = looked_at, {}
            self._known[numbers.values_of(facts, looked_at)] = found
        return found

    def _moves(self, facts: _Watched) -> Iterator[_Move]:
        flow = self._graph.flow
        step = flow.steps[self._session.step]
        if step.waits and not step.wires():
            return
        session = replace(self._session, facts=facts)
        seen: set[tuple[str, int, int]] = set()
        meetings = step.meets(session)
        for meeting in meetings:
            if self._standing and meeting.standing not in ("", self._standing):
                continue
            decision = step.decide(session, meeting.heard, Supposed(meeting.standing, meeting.certification))
            after = apply(self._session, step, decision.outcome, decision.changes)
            move = self._move(meeting, decision.outcome, after)
            if (move.outcome, move.target, move.effect) not in seen:
                seen.add((move.outcome, move.target, move.effect))
                yield move
        if not step.waits and not (step.stays() and session.looks):
            return
        # Also while a look-up is slow the call waits for its next turn; and what rings does not wear a call out.
        rings = any(meeting.talked for meeting in meetings)
        for outcome, target in ((WORN_OUT, None if rings else flow.worn_out), (ON_ERROR, flow.on_error)):
            if target is not None:
                after = replace(self._session, step=target, **AFRESH)
                yield self._move(Meeting(), outcome, after)

    def _move(self, meeting: Meeting, outcome: str, after: CallSession) -> _Move:
        effect = self._graph.numbers.effect(after.facts, after.step)
        step = self._graph.flow.steps[self._session.step]
        ends_turn = self._graph.flow.steps[after.step].waits or outcome in step.stays()
        bare = replace(after, facts={}) if after.facts else after
        place = Place(bare, "" if ends_turn else meeting.standing or self._standing)
        return _Move(meeting, outcome, self._graph._local_number(place), effect)


class _Watched(dict[str, str]):
    """Facts that remember which of them were looked at."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        super().__init__(facts)
        self.looked_at: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.looked_at.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """As a dict's."""
        self.looked_at.add(name)
        return super().get(name, default)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A world in which what a meeting says is so."""

    standing: str
    answer: CertificationResult | None
    now: datetime = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)

    @property
    def hours(self) -> Mapping[str, str]:
        """How the hours stand, by supposition."""
        return {"standing": self.standing}

    def certification(self, npn: str, looks: int) -> CertificationResult:
        """What the directory answers, by supposition."""
        if self.answer is None:
            raise LookupError("a step asks the directory and does not say so in `meets`")
        return self.answer


def explored(
    flow: Flow,
    watched: Mapping[str, frozenset[str]] = NOBODY_WATCHES,
    progress: Progress | None = None,
    limit: int = LIMIT,
) -> Graph:
    """The whole graph of a flow. Raises TooManyStates."""
    graph = Graph(flow, watched)
    graph.explore(progress, limit)
    return graph


def too_many(flow: Flow, limit: int) -> str:
    """Which facts make the flow so large, those with the most values first."""
    facts = sorted(flow.facts.items(), key=lambda fact: -len(fact[1]))
    blamed = ", ".join(f"{name} ({len(values)} values)" for name, values in facts[:5])
    return (
        f"The flow {flow.name} can be in more than {limit:,} states, too many to prove anything about it. "
        f"Its facts multiply: {blamed}. Give facts fewer values, or set those back that are no longer needed."
    )
