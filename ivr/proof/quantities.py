"""Quantities: for every ending of a call, the fewest and the most keys, seconds of speech and menus."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final, Literal

from ivr.flow.release import Flow, Release
from ivr.proof.example import keyed
from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.proof.spoken_seconds import Said, Speeches, outside
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.end import EndStep
from ivr.steps.menu import MenuStep

Measure = Literal["keys", "heard_s", "interrupting_s", "menus"]
MEASURES: Final[tuple[Measure, ...]] = ("keys", "heard_s", "interrupting_s", "menus")
"""Keys pressed; seconds for a caller who hears everything; for one who presses at once; menus answered."""

LABEL = "label"
USUAL_DIGITS: Final = 8
"""Digits of most brokers' numbers; an entry of no special length counts as one of these, and the key that ends it."""

Ending = tuple[str, str]
"""A step that ends the call or rings representatives, and the label it has there (empty without one)."""


@dataclass(frozen=True, slots=True)
class Range:
    """The fewest and the most of something. `way`: the turns of a call with the fewest."""

    fewest: float
    most: float
    way: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """One ending and what it takes to come there.

    Args:
        rings: representatives are rung there; otherwise the line hangs up.
    """

    step: str
    label: str
    rings: bool
    ranges: Mapping[Measure, Range]


@dataclass(slots=True)
class Turn:
    """One turn: what the caller does, the steps walked, and what is said.

    Args:
        ways: the ways taken, the caller's first; on the first turn of a call, only what follows.
        first, rest: seconds (least, most) that must be heard to the end, and that a key may interrupt.
    """

    ways: tuple[Way, ...]
    target: int
    keys: int
    menus: int
    first: tuple[float, float]
    rest: tuple[float, float]


def label_watched(flow: Flow) -> dict[str, frozenset[str]]:
    """Step to the facts that must be told apart there, for `explored`: the label wherever representatives are rung."""
    if LABEL not in flow.facts:
        return {}
    return {name: frozenset({LABEL}) for name, step in flow.steps.items() if isinstance(step, DialStep)}


def quantities(graph: Graph, release: Release, year_from: date) -> list[Quantity]:
    """Every ending, in the order of the flow.

    The fewest are over all ways there are, without a fault of ours; the most over those that turn back at most once,
    with every silence and wrong key that the line puts up with. Seconds are the least and the most over the year of
    hours from a date.
    """
    turns = Turns(graph, Speeches(graph, release, year_from))
    endings = endings_of(graph)
    fewest = {measure: shortest(turns, endings, measure) for measure in MEASURES}
    most = longest(turns)
    order = {name: place for place, name in enumerate(graph.flow.steps)}
    found = []
    for step, label in sorted(endings, key=lambda ending: (order[ending[0]], ending[1])):
        ranges = {}
        for measure in MEASURES:
            amount, way = fewest[measure][step, label]
            ranges[measure] = Range(amount, max(amount, most[measure].get((step, label), amount)), way)
        found.append(Quantity(step, label, isinstance(graph.flow.steps[step], DialStep), ranges))
    return found


def endings_of(graph: Graph) -> set[Ending]:
    """Every ending that a call can come to without a fault of ours."""
    found: set[Ending] = set()
    seen = {0}
    waiting = [0]
    while waiting:
        state = waiting.pop()
        ending = ending_at(graph, state)
        if ending:
            found.add(ending)
        for way in graph.ways(state):
            if way.outcome not in MISHAPS and way.target not in seen:
                seen.add(way.target)
                waiting.append(way.target)
    return found


def ending_at(graph: Graph, state: int) -> Ending | None:
    """The ending that a state is; None where the call goes on."""
    step = graph.step(state)
    if isinstance(step, DialStep):
        return graph.step_name(state), graph.facts(state).get(LABEL, "")
    if isinstance(step, EndStep) and step.waits:
        return graph.step_name(state), ""
    return None


Walk = tuple[tuple[Way, ...], int, tuple[Said, ...], bool]
"""Ways, where they end, what is said on them, and whether the call stayed at a step by the last."""


class Turns:
    """The turns that can be taken from each state in which a call waits; worked out when first asked for."""

    def __init__(self, graph: Graph, speeches: Speeches) -> None:
        self.graph, self._speeches = graph, speeches
        self._steps = [graph.step(state) for state in range(len(graph))]
        self._endings = {state: one for state in range(len(graph)) if (one := ending_at(graph, state))}
        self._known: dict[int, list[Turn]] = {}
        self._walks: dict[int, list[Walk]] = {}

    def first(self) -> list[Turn]:
        """The first turn of a call."""
        said = self._speeches.at(0, None, "")
        if self._steps[0].waits:
            return [self._turn((), 0, said, False)]
        return [self._turn(ways, target, said + more, stays) for ways, target, more, stays in self._from(0)]

    def after(self, state: int) -> list[Turn]:
        """The turns from a state, without mishaps."""
        if state not in self._known:
            turns: dict[object, Turn] = {}
            for walk in self._from(state):
                turn = self._turn(*walk)
                # Keys that do the same, such as 1 and 0 of the first menu, are one turn.
                turns.setdefault((turn.target, turn.keys, turn.menus, turn.first, turn.rest), turn)
            self._known[state] = list(turns.values())
        return self._known[state]

    def ending(self, state: int) -> Ending | None:
        """The ending that a state is, if any."""
        return self._endings.get(state)

    def _from(self, state: int) -> list[Walk]:
        """Every walk from a state to the end of the turn."""
        if state not in self._walks:
            self._walks[state] = [
                walk for way in self.graph.ways(state) if way.outcome not in MISHAPS for walk in self._taken(way)
            ]
        return self._walks[state]

    def _taken(self, way: Way) -> Iterator[Walk]:
        """The walks that begin with a way."""
        stays = way.outcome in self._steps[way.source].stays()
        said = self._speeches.at(way.target, way.outcome if stays else None, way.meeting.keys[:1])
        if stays or self._steps[way.target].waits:
            yield (way,), way.target, said, stays
        else:
            for ways, target, more, stayed in self._from(way.target):
                yield (way, *ways), target, said + more, stayed

    def _turn(self, ways: tuple[Way, ...], target: int, said: tuple[Said, ...], stays: bool) -> Turn:
        step = self._steps[target]
        interruptible = step.waits and not isinstance(step, DialStep | EndStep)
        cut = outside(said) if interruptible else len(said)
        keys = self._keys(ways[0]) if ways else 0
        chose = keys > 0 and not stays and isinstance(self._steps[ways[0].source], MenuStep)
        return Turn(ways, target, keys, int(chose), seconds_of(said[:cut]), seconds_of(said[cut:]))

    def _keys(self, way: Way) -> int:
        """Keys that the caller presses: a number's digits, and the key that ends it unless it is full."""
        step = self._steps[way.source]
        if isinstance(step, CollectStep) and way.meeting.keys:
            if way.outcome == "entered" and step.digits[0] <= USUAL_DIGITS < step.digits[1]:
                return USUAL_DIGITS + 1
            return len(keyed(step, self.graph.session(way.source).part, way.meeting, ()))
        return len(way.meeting.keys or way.meeting.finished_on or "")


def seconds_of(said: tuple[Said, ...]) -> tuple[float, float]:
    """Seconds of several utterances, at least and at most."""
    return sum(one.least_s for one in said), sum(one.most_s for one in said)


def shortest(turns: Turns, endings: set[Ending], measure: Measure) -> dict[Ending, tuple[float, tuple[Way, ...]]]:
    """The least of a measure to each ending, and the way: Dijkstra over turns.

    A place is a state and whether the caller will press a key there; what a key may interrupt is heard only by those
    who will not.
    """
    found: dict[Ending, tuple[float, tuple[Way, ...]]] = {}
    by: dict[tuple[int, bool], tuple[tuple[int, bool] | None, Turn]] = {}
    order = count()
    heap: list[tuple[float, int, int, bool, tuple[int, bool] | None, Turn]] = []

    def push(amount: float, turn: Turn, source: tuple[int, bool] | None) -> None:
        for presses in (False, True) if measure == "interrupting_s" else (False,):
            if (turn.target, presses) not in by:
                cost = amount + cost_of(turn, measure, presses)
                heapq.heappush(heap, (cost, next(order), turn.target, presses, source, turn))

    for turn in turns.first():
        push(0.0, turn, None)
    while heap and len(found) < len(endings):
        amount, _, state, presses, source, turn = heapq.heappop(heap)
        if (state, presses) in by:
            continue
        by[state, presses] = (source, turn)
        ending = turns.ending(state)
        if ending and not presses and ending not in found:
            found[ending] = (round(amount, 1), way_to(by, (state, presses)))
        for following in turns.after(state):
            if measure != "interrupting_s" or (following.keys > 0) == presses:
                push(amount, following, (state, presses))
    return found


def cost_of(turn: Turn, measure: Measure, presses: bool) -> float:
    """The least that a turn adds to a measure, when the caller then presses a key at once or does not."""
    match measure:
        case "keys":
            return turn.keys
        case "menus":
            return turn.menus
        case "heard_s":
            return turn.first[0] + turn.rest[0]
        case "interrupting_s":
            return turn.first[0] + (0.0 if presses else turn.rest[0])


def way_to(
    by: Mapping[tuple[int, bool], tuple[tuple[int, bool] | None, Turn]], place: tuple[int, bool]
) -> tuple[Way, ...]:
    """The ways that lead to a place, from the start of the call."""
    found: list[tuple[Way, ...]] = []
    at: tuple[int, bool] | None = place
    while at is not None:
        at, turn = by[at]
        found.append(turn.ways)
    return tuple(way for ways in reversed(found) for way in ways)


def longest(turns: Turns) -> dict[Measure, dict[Ending, float]]:
    """The most of each measure to each ending, over ways that turn back at most once.

    To turn back is to come to a state that could have been reached in as few turns as the one before. Ways without
    it are those of a graph without circles, so the most is exact; once back, a caller goes on in the same manner. An
    ending is never back.
    """
    depth = depths(turns)
    most: dict[Measure, dict[Ending, float]] = {measure: {} for measure in MEASURES}
    amounts: list[dict[int, Amounts]] = [{}, {}]
    by_depth = sorted(depth, key=depth.__getitem__)

    def reached(ending: Ending, at: Amounts) -> None:
        for measure, amount in zip(MEASURES, (at[0], at[1], at[3], at[4]), strict=True):
            most[measure][ending] = max(round(amount, 1), most[measure].get(ending, 0.0))

    def take(turn: Turn, before: Amounts, backs: int) -> None:
        now = added(before, turn)
        if ending := turns.ending(turn.target):
            reached(ending, now)
            for last in turns.after(turn.target):  # after a talk the call is over, however the caller came to it
                if over := turns.ending(last.target):
                    reached(over, added(now, last))
        if backs < len(amounts):
            known = amounts[backs].get(turn.target)
            amounts[backs][turn.target] = now if known is None else larger(known, now)

    for turn in turns.first():
        take(turn, (0.0, 0.0, 0.0, 0.0, 0.0), 0)
    for backs in (0, 1):
        for state in by_depth:
            if state in amounts[backs]:
                for turn in turns.after(state):
                    is_back = depth[turn.target] <= depth[state]
                    if backs + is_back < len(amounts) or turns.ending(turn.target):
                        take(turn, amounts[backs][state], backs + is_back)
    return most


Amounts = tuple[float, float, float, float, float]
"""The measures; seconds of an interrupting caller twice: who presses a key next, and who does not."""


def added(before: Amounts, turn: Turn) -> Amounts:
    """The most there is after one more turn."""
    keys, heard, if_key, if_none, menus = before
    interrupting = (if_key if turn.keys else if_none) + turn.first[1]
    heard += turn.first[1] + turn.rest[1]
    return keys + turn.keys, heard, interrupting, interrupting + turn.rest[1], menus + turn.menus


def larger(one: Amounts, other: Amounts) -> Amounts:
    """The larger of each."""
    a, b = one, other
    return max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]), max(a[4], b[4])


def depths(turns: Turns) -> dict[int, int]:
    """State in which a turn ends, to the fewest turns to it."""
    found = {turn.target: 1 for turn in turns.first()}
    waiting = deque(found)
    while waiting:
        state = waiting.popleft()
        for turn in turns.after(state):
            if turn.target not in found:
                found[turn.target] = found[state] + 1
                waiting.append(turn.target)
    return found
