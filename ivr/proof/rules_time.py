"""Rules about callers who press nothing, or only keys that are not used: where that leads, and how soon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivr.flow.holds import EveryCaller
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_states import is_from_anywhere
from ivr.proof.rules_view import Calls
from ivr.steps import Step
from ivr.steps.dial import DialStep
from ivr.steps.menu import MenuStep


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
    onward = _Doing(calls, hold)
    starts: Sequence[int]
    if is_from_anywhere(hold.start):
        starts = list(calls.states(list(calls.flow.steps), hold.when))
    elif hold.start:
        starts = list(calls.states(calls.steps(hold.start), hold.when))
    else:
        starts = [0]
    if is_from_anywhere(hold.start):
        asking = {name for name, step in calls.flow.steps.items() if step.waits and step.wires()}
        starts = [state for state in starts if calls.names[state] in asking]
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
    if hold.within is not None and starts:
        slow = max(starts, key=lambda state: found[state].seconds + _begin(calls, hold, state))
        seconds = found[slow].seconds + _begin(calls, hold, slow)
        if seconds > hold.within:
            path = onward.path(slow, "long")
            told = f"{who} comes to {where} only after {seconds:.0f} seconds"
            yield Broken(told, calls.onward(path, path[-1].target), _last(calls, path), _wire(calls, path))


def _begin(calls: Calls, hold: EveryCaller, state: int) -> float:
    """Seconds of the place a caller begins at."""
    return calls.seconds(state, None) + calls.waits(calls.names[state])


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
        self._places_of: dict[int, tuple[int, ...]] = {}
        self._ends = {name for name in calls.flow.steps if self._is_end(name)}

    def of(self, start: int) -> _Onward:
        known, following, names, ends = self._known, self._calls.following, self._calls.names, self._ends
        if start in known:
            return known[start]
        stack = [(start, False)]
        on_stack: set[int] = set()
        while stack:
            state, is_done = stack.pop()
            if is_done:
                on_stack.discard(state)
                known[state] = self._made(state, on_stack)
                continue
            if state in known:
                continue
            on_stack.add(state)
            stack.append((state, True))
            if names[state] not in ends:
                targets = following[state]
                for place in self._places(state):
                    target = targets[place]
                    if target not in known and target not in on_stack:
                        stack.append((target, False))
        return known[start]

    def _is_there(self, state: int) -> bool:
        return self._calls.names[state] in self._ends

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
        waits = self._calls.waits_at[state]
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
        """Places of the ways that such callers may go from a state; the same for all states whose ways are alike."""
        calls, hold = self._calls, self._hold
        shape = calls.shapes[state]
        found = self._places_of.get(shape)
        if found is None:
            step = calls.graph.step(state)
            if step.waits:
                found = calls.chosen(state, hold.who, lambda ways: self._does(step, ways))
            else:
                found = calls.walks(state, hold.hours)
            self._places_of[shape] = found
        return found

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
        return path, self._calls.names[state]
