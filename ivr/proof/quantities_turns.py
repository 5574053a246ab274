"""Turns of a call in the state graph: what the caller does, what is said meanwhile, where it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ivr.proof.example import keyed
from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.proof.spoken_seconds import Said, Speeches, outside
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.end import EndStep
from ivr.steps.menu import MenuStep

LABEL: Final = "label"
USUAL_DIGITS: Final = 8
"""Digits of most brokers' numbers; an entry of no special length counts as one of these, and the key that ends it."""

Ending = tuple[str, str]
"""A step that ends the call or rings representatives, and the label it has there (empty without one)."""


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


def ending_at(graph: Graph, state: int) -> Ending | None:
    """The ending that a state is; None where the call goes on."""
    step = graph.step(state)
    if isinstance(step, DialStep):
        return graph.step_name(state), graph.facts(state).get(LABEL, "")
    if isinstance(step, EndStep) and step.waits:
        return graph.step_name(state), ""
    return None


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
