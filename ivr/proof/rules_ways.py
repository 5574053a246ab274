"""Rules about where calls go: never there, a key's one meaning, steps on one turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

from ivr.flow.holds import Hours, Key, Never, OneTurn
from ivr.proof.explore import MISHAPS, ON_ERROR, Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_states import matches
from ivr.proof.rules_view import Calls
from ivr.proof.rules_walk import HOURS, NEVER, Walk

NOT_USED = ("wrong_key", "gave_up")
"""Outcomes of a key that does nothing."""


def never(calls: Calls, hold: Never) -> Iterator[Broken]:
    """Calls that come where the rule says they never do."""
    graph = calls.graph
    steps = [name for name, step in calls.flow.steps.items() if name in hold.reach or step.kind in hold.kind]
    bad = {
        state
        for state in calls.states(steps, hold.when)
        if not (hold.unless and matches(graph.facts(state), hold.unless))
    }
    if not bad:
        return
    if not (hold.after or hold.without or hold.hours):
        path: list[Way] | None = min((calls.path(state) for state in sorted(bad)[:50]), key=len)
    else:
        path = _Search(calls, hold, bad, hold.hours).path()
        if path:
            # A call on which the hours change, or something fails, is harder to follow than one on which nothing does.
            ways = product(((), (ON_ERROR,)), (hold.hours,) if hold.hours else (*HOURS, None))
            plainer = (_Search(calls, hold, bad, hours, mishaps).path() for mishaps, hours in ways)
            path = next((found for found in plainer if found), path)
    if path is None:
        return
    step = graph.step_name(path[-1].target) if path else calls.flow.start
    wire = _blamed(calls, hold, path)
    yield Broken(_told(hold, step), calls.onward(path, path[-1].target if path else 0), step, wire)


def _told(hold: Never, step: str) -> str:
    told = f"a call comes to {step}"
    if hold.when:
        told += " with " + ", ".join(f"{fact} {' or '.join(values)}" for fact, values in hold.when.items())
    if hold.after:
        told += f" after {' or '.join(hold.after)}"
    if hold.hours:
        told += f" while the line is {hold.hours}"
    if hold.without:
        told += f" without {' or '.join(hold.without)}"
    return told


def _blamed(calls: Calls, hold: Never, path: list[Way]) -> tuple[str, str] | None:
    """The wire most likely meant: the call itself lists all that it takes."""
    if not path:
        return None
    named = [(calls.names[way.source], way.outcome) for way in path]
    event = next((place for place in range(len(path) - 1, -1, -1) if _is_after(calls, hold, path[place])), None)
    for name, outcome in reversed(named):
        wire = calls.flow.steps[name].wires().get(outcome)
        if wire and any(wire.set.get(fact) in values for fact, values in hold.when.items()):
            return name, outcome
    if hold.when and event is not None:
        # Nothing set the fact since, so what begins there should have.
        return named[event]
    if hold.without:
        for place in range(len(path) - 1, -1, -1):
            if _can_still(calls, path[place].source, hold):
                return named[place]
    since = range(0 if event is None else event + 1, len(path))
    if hold.hours:
        chosen = [place for place in since if path[place].meeting.standing]
    elif hold.reach:
        chosen = [place for place in since if len(calls.flow.steps[named[place][0]].wires()) > 1]
    else:
        chosen = [place for place in since if calls.waits_at[path[place].source]]
    return named[chosen[-1] if chosen else min(since, default=-1)]


def _is_after(calls: Calls, hold: Never, way: Way) -> bool:
    """Whether a way is what a rule speaks of with `after`."""
    return f"{calls.names[way.source]}.{way.outcome}" in hold.after or calls.names[way.target] in hold.after


def _can_still(calls: Calls, start: int, hold: Never) -> bool:
    """Whether a call at a state can still pass one of `without` before it is where it must not be."""
    seen, waiting = {start}, [start]
    for state in waiting:
        name = calls.names[state]
        if name in hold.without:
            return True
        if name in hold.reach or calls.flow.steps[name].kind in hold.kind:
            continue
        new = [target for target in calls.following[state] if target not in seen]
        seen.update(new)
        waiting += new
    return False


class _Search:
    """Looks for a bad state where what a call has been at before matters, or how the hours stand all through it."""

    def __init__(
        self,
        calls: Calls,
        hold: Never,
        bad: Collection[int],
        hours: Hours | None,
        mishaps: Collection[str] = MISHAPS,
    ) -> None:
        self._calls, self._hold, self._bad, self._hours, self._mishaps = calls, hold, frozenset(bad), hours, mishaps

    def path(self) -> list[Way] | None:
        """The fewest steps to a bad state; None if no call comes there."""
        hold, calls = self._hold, self._calls
        whole = Walk(calls, hold.without, self._hours, self._mishaps)
        if not hold.after:
            found = whole.first([(0, 0)], self._bad)
            return None if found is None else whole.back(found)
        is_limited = hold.without or self._hours or self._mishaps != MISHAPS
        before = whole.all() if is_limited else None
        walk = Walk(calls, (*hold.until, *hold.without), self._hours, self._mishaps)
        starts: list[tuple[int, int]] = []
        for place in hold.after:
            name, _, outcome = place.partition(".")
            for state in calls.by_step[name]:
                turn = before[state] if before is not None else 0
                if turn == NEVER:
                    continue
                if not outcome:
                    starts.append((state, turn))
                for way in calls.graph.ways(state) if outcome else ():
                    if way.outcome == outcome:
                        walk.came_by.setdefault(way.target, way)
                        starts.append((way.target, turn + 1))
        found = walk.first(starts, self._bad)
        if found is None:
            return None
        path = walk.back(found)
        start = path[0].source if path else found
        return [*(whole.back(start) if before is not None else calls.path(start)), *path]


def key(calls: Calls, hold: Key) -> Iterator[Broken]:
    """States where a key leads elsewhere, or nowhere."""
    graph = calls.graph
    seen: set[tuple[str, int]] = set()
    good: set[int] = set()
    told: set[str] = set()
    right: set[str] = set()

    def pressing(ways: list[Way]) -> list[Way]:
        return [way for way in ways if way.meeting.keys == hold.press and way.outcome not in NOT_USED]

    shapes = calls.shapes
    right_shapes: set[int] = set()
    for state in calls.states(calls.steps(hold.at, hold.but), hold.when):
        if shapes[state] in right_shapes:
            continue
        name = calls.names[state]
        if name in told:
            continue
        place = calls.chosen(state, ("key", hold.press), pressing)
        if not place:
            told.add(name)
            path = [*calls.path(state), *(way for way in graph.ways(state) if way.meeting.keys == hold.press)]
            yield Broken(f"key {hold.press} does nothing at {name}", calls.onward(path, path[-1].target), name)
            continue
        target = calls.following[state][place[0]]
        at = calls.names[target]
        if calls.waits_at[target] and not hold.passing and (at if at != name else "same") in hold.comes_to:
            right_shapes.add(shapes[state])
            continue
        if (name, target) not in seen and target not in good:
            seen.add((name, target))
            if broken := _leads_elsewhere(calls, hold, name, graph.way(state, place[0]), right):
                told.add(name)
                yield broken
            elif "same" not in hold.comes_to:
                good.add(target)


def _leads_elsewhere(calls: Calls, hold: Key, name: str, way: Way, right: set[str]) -> Broken | None:
    """How a key leads elsewhere. `right`: steps passed by keys that lead where they should; grows."""
    graph = calls.graph
    waiting: list[list[Way]] = [[way]]
    for walked in waiting:
        state = walked[-1].target
        if graph.step(state).waits:
            at = graph.step_name(state)
            passed = {graph.step_name(each.target) for each in walked}
            comes = at in hold.comes_to or ("same" in hold.comes_to and at == name)
            if comes and (not hold.passing or passed & set(hold.passing)):
                right |= passed
                continue
            told = f"key {hold.press} at {name} leads to {at}"
            if comes:
                told += f" without {' or '.join(hold.passing)}"
            wrong = next((each for each in walked if calls.names[each.target] not in right), walked[-1])
            path = [*calls.path(way.source), *walked]
            return Broken(told, path, at, (calls.names[wrong.source], wrong.outcome))
        for each in (graph.way(state, place) for place in calls.walks(state, hold.hours)):
            known = next((before.meeting.standing for before in walked if before.meeting.standing), "")
            if each.meeting.standing in ("", known) or not known:
                waiting.append([*walked, each])
    return None


def one_turn(calls: Calls, hold: OneTurn) -> Iterator[Broken]:
    """The longest walk without waiting, if it is longer than the rule says."""
    longest: dict[int, tuple[int, int | None]] = {}
    following, waits_at = calls.following, calls.waits_at
    walking = [state for name, step in calls.flow.steps.items() if not step.waits for state in calls.by_step[name]]
    for first in walking:
        stack = [first]
        while stack:
            state = stack[-1]
            if state in longest:
                stack.pop()
                continue
            places, targets = _leaving(calls, state), following[state]
            unknown = [
                targets[place] for place in places if targets[place] not in longest and not waits_at[targets[place]]
            ]
            if unknown:
                stack += unknown
                continue
            stack.pop()
            longest[state] = max(
                ((1 + longest.get(targets[place], (1, None))[0], place) for place in places),
                key=lambda found: found[0],
                default=(1, None),
            )
    state = max(walking, key=lambda state: longest[state][0], default=0)
    if walking and longest[state][0] > hold.steps:
        path = calls.path(state)
        while (onward := longest.get(state, (0, None))[1]) is not None:
            path.append(calls.graph.way(state, onward))
            state = path[-1].target
        told = f"{longest[path[-1].source][0]} steps follow one another"
        yield Broken(told, path, calls.names[state])


def _leaving(calls: Calls, state: int) -> tuple[int, ...]:
    """Places of the ways that leave the step where a state stands."""
    stays = calls.flow.steps[calls.names[state]].stays()
    return calls.chosen(state, "leaving", lambda ways: [way for way in ways if way.outcome not in stays])
