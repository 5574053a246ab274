"""Long walks through a graph of calls that between them take every way of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.steps.step import Meeting

Mark = tuple[tuple[object, ...], Meeting, str]
"""A place (step and counts, without facts), what comes to it, and the outcome."""

MOST_WAYS = 45
"""Ways of one walk: fewer turns than after which a call is worn out."""

MOST_CHANGES = 8
"""Times that the line opens or closes during one walk: a quarter of an hour each, and a day has so many."""


def mark_of(graph: Graph, way: Way) -> Mark:
    """What is told apart: not every combination of facts that the same thing happens with."""
    session = graph.session(way.source)
    counts = (session.silences, session.wrong_keys, session.tries, session.looks, session.leg, session.stray_pound)
    place = (session.step, *counts, bool(session.part), graph.standing(way.source))
    return place, way.meeting, way.outcome


def marks(graph: Graph) -> dict[Mark, Way]:
    """Every mark with the first way found that has it."""
    found: dict[Mark, Way] = {}
    for state in range(len(graph)):
        for way in graph.ways(state):
            found.setdefault(mark_of(graph, way), way)
    return found


class Walker:
    """Walks from the start, always on to the nearest way not yet taken."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.left = {mark for mark in marks(graph) if mark[2] not in MISHAPS}
        self._marks: dict[int, list[tuple[Way, Mark]]] = {}

    def walks(self) -> Iterator[list[Way]]:
        """Walks until none would take anything new; whoever asks may put marks back into `left` in between."""
        while walk := self._walk():
            yield walk

    def _walk(self) -> list[Way]:
        walk: list[Way] = []
        state = 0
        while True:
            on = self._to_something_new(state, MOST_WAYS - len(walk), changes(walk))
            if not on:
                return walk
            walk += on
            self.left -= {mark_of(self.graph, way) for way in on}
            state = on[-1].target

    def _to_something_new(self, state: int, most: int, changed: int) -> list[Way]:
        came: dict[int, Way | None] = {state: None}
        depth = {state: 0}
        waiting = deque([state])
        while waiting:
            here = waiting.popleft()
            if depth[here] >= most:
                continue
            for way, mark in self._ways(here):
                if mark in self.left:
                    path = [way]
                    while (before := came[path[-1].source]) is not None:
                        path.append(before)
                    if changed + changes(path) > MOST_CHANGES:
                        continue
                    return path[::-1]
                if way.target not in came:
                    came[way.target] = way
                    depth[way.target] = depth[here] + 1
                    waiting.append(way.target)
        return []

    def _ways(self, state: int) -> list[tuple[Way, Mark]]:
        found = self._marks.get(state)
        if found is None:
            ways = [way for way in self.graph.ways(state) if way.outcome not in MISHAPS]
            found = self._marks[state] = [(way, mark_of(self.graph, way)) for way in ways]
        return found


def changes(walk: Sequence[Way]) -> int:
    """How often the hours are asked on a walk: no more than they can change."""
    return sum(bool(way.meeting.standing) for way in walk)
