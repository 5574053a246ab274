"""Rules about what callers can get to: with how many keys, past how many menus, hearing how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ivr.flow.holds import Reachable
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_view import SAMPLE_MOMENTS, Calls, with_options
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep

ENTRY_KEYS = 9
"""Keys of a number: eight digits and pound (U-02)."""

NO_NUMBER_KEYS = 2
"""Zero, then pound."""

NEVER = 10**6
"""More keys than anybody presses."""


def reachable(calls: Calls, hold: Reachable) -> Iterator[Broken]:
    """Places that callers cannot get to, or not so soon."""
    graph = calls.graph
    goals = [(name,) for name in hold.each] if hold.each else [hold.to]
    told: set[str] = set()
    for goal in goals:
        search = _Keys(calls, hold, goal)
        starts: Iterator[int] | list[int] = [0]
        if hold.start:
            starts = calls.states(calls.steps(hold.start, hold.but), hold.when)
        for state in starts:
            name = graph.step_name(state)
            if name in told:
                continue
            where = " or ".join(goal)
            keys = search.fewest(state, hold.keys)
            start = name if hold.start else "the beginning"
            if keys >= NEVER:
                told.add(name)
                path = calls.path(state)
                but = f"{where} cannot be reached from {start} with {hold.keys} key{'s' * (hold.keys != 1)}"
                yield Broken(but, calls.onward(path, state), name if hold.start else goal[0], is_missed=True)
                continue
            if hold.menus is hold.speech is hold.interrupting is None:
                continue
            path = search.path(state)
            for but in _too_long(calls, hold, state, path):
                told.add(name)
                whole = [*calls.path(state), *path]
                at = graph.step_name(whole[-1].target)
                yield Broken(f"{but} on the way from {start} to {at}", calls.onward(whole, whole[-1].target), at)


def _too_long(calls: Calls, hold: Reachable, start: int, path: Sequence[Way]) -> Iterator[str]:
    """What exceeds the rule on a way: menus, seconds of speech."""
    graph = calls.graph
    states = [start, *(way.target for way in path)]
    menus = sum(isinstance(graph.step(state), MenuStep) for state in states[:-1])
    if hold.menus is not None and menus > hold.menus:
        yield f"a caller passes {menus} menus"
    if hold.speech is None and hold.interrupting is None:
        return
    heard = interrupted = 0.0
    for place, state in enumerate(states):
        name, step = graph.step_name(state), graph.step(state)
        key = path[place].meeting.keys if place < len(path) else ""
        option = step.options.get(key) if isinstance(step, MenuStep) else None
        if isinstance(step, MenuStep) and option and option.offer:
            step = with_options(step, key)
        says = step.spoken(name, calls.scene(graph.facts(state), SAMPLE_MOMENTS[0]), None)
        heard += sum(calls.length(say.speech) for say in says)
        interrupted += sum(calls.length(say.speech) for say in says if not say.can_interrupt)
    if hold.speech is not None and heard > hold.speech:
        yield f"a caller hears {heard:.1f} seconds"
    if hold.interrupting is not None and interrupted > hold.interrupting:
        yield f"a caller who interrupts every prompt hears {interrupted:.1f} seconds"


class _Keys:
    """The fewest keys to a place, whatever hours and certification list answer on the way."""

    def __init__(self, calls: Calls, hold: Reachable, goal: Sequence[str]) -> None:
        self._calls, self._hold, self._goal = calls, hold, goal
        self._taking = dict(place.partition(".")[::2] for place in hold.taking)
        self._known: dict[int, tuple[int, int, int | None]] = {}

    def fewest(self, state: int, budget: int) -> int:
        """Keys from a state; NEVER when more than the budget are needed."""
        known = self._known.get(state)
        if known and (known[1] < NEVER or known[0] >= budget):
            return known[1] if known[1] <= budget else NEVER
        graph = self._calls.graph
        if graph.step_name(state) in self._goal:
            self._known[state] = (budget, 0, None)
            return 0
        # While a state is looked at, coming back to it is no way forward.
        self._known[state] = (budget, NEVER, None)
        best: tuple[int, int | None] = (NEVER, None)
        if graph.step(state).waits:
            following = self._calls.following[state]
            for place in self._presses(state):
                cost = self._cost(state, place)
                left = min(budget, best[0]) - cost
                if best[0] <= 1:
                    break
                if left >= 0 and (keys := self.fewest(following[place], left) + cost) < best[0]:
                    best = (keys, place)
        else:
            worst: tuple[int, int | None] = (-1, None)
            following = self._calls.following[state]
            for place in self._calls.walks(state, self._hold.hours, self._taking.get(graph.step_name(state))):
                keys = self.fewest(following[place], budget)
                if keys > worst[0]:
                    worst = (keys, place)
            best = worst if worst[1] is not None else best
        self._known[state] = (budget, min(best[0], NEVER), best[1])
        return min(best[0], NEVER)

    def _presses(self, state: int) -> tuple[int, ...]:
        """The ways that keys lead on."""
        calls = self._calls
        step, wanted = calls.graph.step(state), self._taking.get(calls.names[state])

        def choose(ways: list[Way]) -> Iterator[Way]:
            for way in ways:
                if way.outcome in MISHAPS or way.outcome in step.stays() or wanted not in (None, way.outcome):
                    continue
                if way.meeting.keys and (isinstance(step, CollectStep) or way.outcome == way.meeting.keys):
                    yield way

        return calls.chosen(state, ("presses", wanted), choose)

    def _cost(self, state: int, place: int) -> int:
        graph = self._calls.graph
        if not isinstance(graph.step(state), CollectStep):
            return 1
        return NO_NUMBER_KEYS if graph.way(state, place).outcome == "no_number" else ENTRY_KEYS

    def path(self, state: int) -> list[Way]:
        """The way with the fewest keys, found before."""
        path: list[Way] = []
        while (place := self._known[state][2]) is not None:
            path.append(self._calls.graph.way(state, place))
            state = path[-1].target
        return path
