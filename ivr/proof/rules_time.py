"""Rules about how far it is: where silence and wrong keys lead, and what callers reach with so many keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivr.flow.holds import EveryCaller, Reachable
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_view import SAMPLE_MOMENTS, Calls, is_from_anywhere, with_options
from ivr.steps import Step
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.menu import MenuStep

ENTRY_KEYS = 9
"""Keys of a number: eight digits and pound (U-02)."""

NO_NUMBER_KEYS = 2
"""Zero, then pound."""

NEVER = 10**6


@dataclass(slots=True)
class _Onward:
    """What becomes of a caller who goes on so: the most turns and seconds, and the place of the way they are spent on.

    Args:
        lost: the call ends elsewhere, or goes round for ever.
    """

    turns: int = 0
    seconds: float = 0.0
    slow: int | None = None
    long: int | None = None
    lost: Way | bool | None = None


def every_caller(calls: Calls, hold: EveryCaller) -> Iterator[Broken]:
    """Callers who do nothing, or only what is not used, and come elsewhere or too late."""
    graph = calls.graph
    onward = _Doing(calls, hold)
    starts: Sequence[int]
    if is_from_anywhere(hold.start):
        starts = list(calls.states(list(calls.flow.steps), hold.when))
    elif hold.start:
        starts = list(calls.states(calls.steps(hold.start), hold.when))
    else:
        starts = [0]
    if is_from_anywhere(hold.start):
        starts = [state for state in starts if graph.step(state).waits and graph.step(state).wires()]
    found = {state: onward.of(state) for state in starts}
    who = "a silent caller" if hold.who == "stays_silent" else "a caller who presses keys not used"
    where = " or ".join(hold.comes_to) or "an end"
    lost = [state for state in starts if found[state].lost]
    if lost:
        path, at = onward.lost_path(min(lost))
        told = f"{who} never comes to {where}" if at is None else f"{who} ends at {at} instead of {where}"
        yield Broken(
            told, calls.onward(path, path[-1].target if path else 0), at or _last(calls, path), _wire(calls, path)
        )
        return
    turns = max(starts, key=lambda state: found[state].turns, default=None)
    if hold.turns is not None and turns is not None and found[turns].turns > hold.turns:
        path = onward.path(turns, "slow")
        told = f"{who} comes to {where} only after {found[turns].turns} turns"
        yield Broken(told, calls.onward(path, path[-1].target), _last(calls, path), _wire(calls, path))
    slow = max(starts, key=lambda state: found[state].seconds + _begin(calls, hold, state), default=None)
    if hold.within is not None and slow is not None:
        seconds = found[slow].seconds + _begin(calls, hold, slow)
        if seconds > hold.within:
            path = onward.path(slow, "long")
            told = f"{who} comes to {where} only after {seconds:.0f} seconds"
            yield Broken(told, calls.onward(path, path[-1].target), _last(calls, path), _wire(calls, path))


def _begin(calls: Calls, hold: EveryCaller, state: int) -> float:
    """Seconds of the place a caller begins at."""
    return calls.seconds(state, None) + calls.waits(calls.graph.step_name(state))


def _last(calls: Calls, path: Sequence[Way]) -> str:
    return calls.graph.step_name(path[-1].target) if path else calls.flow.start


def _wire(calls: Calls, path: Sequence[Way]) -> tuple[str, str] | None:
    """The last wire of a path that is written: an outcome that stays has none."""
    for way in reversed(path):
        name = calls.graph.step_name(way.source)
        if way.outcome in calls.flow.steps[name].wires():
            return name, way.outcome
    return None


class _Doing:
    """Follows callers who go on in one manner, from any state to where they come to."""

    def __init__(self, calls: Calls, hold: EveryCaller) -> None:
        self._calls, self._hold = calls, hold
        self._known: dict[int, _Onward] = {}
        self._ends = {name for name in calls.flow.steps if self._is_end(name)}

    def of(self, start: int) -> _Onward:
        stack = [(start, False)]
        on_stack: set[int] = set()
        while stack:
            state, is_done = stack.pop()
            if is_done:
                on_stack.discard(state)
                self._known[state] = self._made(state, on_stack)
                continue
            if state in self._known:
                continue
            on_stack.add(state)
            stack.append((state, True))
            if not self._is_there(state):
                following = self._calls.following[state]
                for place in self._places(state):
                    target = following[place]
                    if target not in self._known and target not in on_stack:
                        stack.append((target, False))
        return self._known[start]

    def _is_there(self, state: int) -> bool:
        return self._calls.graph.step_name(state) in self._ends

    def _is_end(self, name: str) -> bool:
        if self._hold.comes_to:
            return name in self._hold.comes_to
        step = self._calls.flow.steps[name]
        return isinstance(step, DialStep) or (step.waits and not step.wires())

    def _made(self, state: int, on_stack: set[int]) -> _Onward:
        if self._is_there(state):
            return _Onward()
        places = self._places(state)
        if not places:
            return _Onward(lost=True)
        found = _Onward()
        graph, following = self._calls.graph, self._calls.following[state]
        waits = graph.step(state).waits
        for place in places:
            target = following[place]
            after = self._known.get(target)
            if after is None or target in on_stack or after.lost:
                return _Onward(lost=graph.way(state, place))
            turns = after.turns + waits
            if turns > found.turns or found.slow is None:
                found.turns, found.slow = turns, place
            if self._hold.within is not None:
                seconds = after.seconds + self._takes(graph.way(state, place))
                if seconds > found.seconds or found.long is None:
                    found.seconds, found.long = seconds, place
        return found

    def _takes(self, way: Way) -> float:
        """Seconds from one state to the next: what is said there, and the wait."""
        calls = self._calls
        stayed = way.outcome if way.outcome in calls.graph.step(way.source).stays() else None
        there = 0.0 if self._is_there(way.target) else calls.waits(calls.graph.step_name(way.target))
        return calls.seconds(way.target, stayed) + there

    def _places(self, state: int) -> tuple[int, ...]:
        calls, hold = self._calls, self._hold
        step = calls.graph.step(state)
        if not step.waits:
            return calls.walks(state, hold.hours)
        return calls.chosen(state, hold.who, lambda ways: self._does(step, ways))

    def _does(self, step: Step, ways: list[Way]) -> list[Way]:
        """What such a caller does at a step that waits."""
        ways = [way for way in ways if way.outcome not in MISHAPS]
        if isinstance(step, DialStep):
            return ways
        wrong = self._hold.who == "presses_unused_keys" and isinstance(step, MenuStep)
        mine = [way for way in ways if way.outcome == ("wrong_key" if wrong else "no_input")]
        if not mine and not wrong:
            mine = [way for way in ways if not way.meeting.keys and way.meeting.finished_on is None]
        mine = mine or [way for way in ways if way.outcome == "gave_up"]
        # Of an entry that is not finished, silence makes a whole one.
        return mine or [way for way in ways if way.outcome not in step.stays()]

    def path(self, start: int, by: str) -> list[Way]:
        """The way on which most turns or seconds are spent."""
        path = self._calls.path(start)
        state = start
        while (place := getattr(self._known[state], by)) is not None:
            path.append(self._calls.graph.way(state, place))
            state = path[-1].target
        return path

    def lost_path(self, start: int) -> tuple[list[Way], str | None]:
        """The way to an end that is none of those meant (its step), or once round a circle (None)."""
        path = self._calls.path(start)
        state, seen = start, {start}
        while not isinstance(way := self._known[state].lost, bool):
            if way is None:
                return path, None
            path.append(way)
            state = way.target
            if state in seen:
                return path, None
            seen.add(state)
        return path, self._calls.graph.step_name(state)


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
                but = (
                    f"{where} is more than {hold.keys} keys from {start}"
                    if hold.keys
                    else f"{start} never leads to {where}"
                )
                yield Broken(but, calls.onward(path, state), name if hold.start else goal[0])
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
        step, wanted = calls.graph.step(state), self._taking.get(calls.graph.step_name(state))

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
