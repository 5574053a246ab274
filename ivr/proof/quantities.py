"""Quantities: for every ending of a call, the fewest and the most keys, seconds of speech and menus."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final, Literal

from ivr.flow.release import Flow, Release
from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.proof.quantities_turns import LABEL, Ending, Turn, Turns, depths, ending_at
from ivr.proof.spoken_seconds import Speeches
from ivr.steps.dial import DialStep

Measure = Literal["keys", "heard_s", "interrupting_s", "menus"]
MEASURES: Final[tuple[Measure, ...]] = ("keys", "heard_s", "interrupting_s", "menus")
"""Keys pressed; seconds for a caller who hears everything; for one who presses at once; menus answered."""


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
