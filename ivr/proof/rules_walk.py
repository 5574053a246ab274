"""Walks over the states of a graph: what is come to while some steps, answers and mishaps are left out."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence

from ivr.flow.holds import Hours
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_states import States, fits_hours

HOURS: tuple[Hours, ...] = ("open", "closed")

NEVER = 10**9
"""Later than any turn."""


class Walk:
    """Walks from states, the fewest turns first, and remembers by which ways it came.

    Args:
        turn: state to the turn on which it is come to.
        came_by: state that the walk began with, to the way it was come by, where that is known.
    """

    def __init__(
        self, calls: States, avoided: Collection[str], hours: Hours | None, mishaps: Collection[str] = MISHAPS
    ) -> None:
        """`avoided`: steps and outcomes (`first_menu.1`) not taken; `mishaps`: those that may befall a call."""
        self._calls, self._hours, self._mishaps = calls, hours, mishaps
        self._avoided = frozenset(state for name in avoided for state in calls.by_step.get(name, ()))
        self._outcomes = frozenset(name for name in avoided if name not in calls.by_step)
        self._looked_at = frozenset(
            state
            for name, step in calls.flow.steps.items()
            if (hours and step.kind == "hours")
            # A fault may also befall a call that stands at a step which takes more than one turn, a slow look-up.
            or (len(mishaps) < len(MISHAPS) and (step.waits or step.stays()))
            or any(one.startswith(f"{name}.") for one in self._outcomes)
            for state in calls.by_step[name]
        )
        self.turn = [NEVER] * len(calls.names)
        self.came_by: dict[int, Way] = {}
        self._source = [-1] * len(calls.names)

    def __contains__(self, state: int) -> bool:
        return self.turn[state] < NEVER

    def all(self) -> Sequence[int]:
        """State to the turn on which it is come to from the beginning of a call; NEVER where it is not."""
        self.first([(0, 0)], ())
        return self.turn

    def first(self, starts: Iterable[tuple[int, int]], wanted: Container[int]) -> int | None:
        """The first of the wanted states that is come to; None if none is. `starts`: states, each with its turn."""
        following, waits = self._calls.following, self._calls.waits_at
        times, source, avoided = self.turn, self._source, self._avoided
        turns: dict[int, list[int]] = {}
        for state, turn in starts:
            if state not in self._avoided and turn < self.turn[state]:
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
                    if later < times[target] and target not in avoided:
                        times[target], source[target] = later, state
                        (turns.setdefault(later, []) if later > turn else now).append(target)
            turn = min(turns, default=0)
        return None

    def _ways(self, state: int) -> Iterator[Way]:
        name = self._calls.names[state]
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
