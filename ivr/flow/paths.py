"""Questions about a laid-out flow as a graph: what is reached, what can end, what goes round by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from ivr.steps.check import CheckStep
from ivr.steps.collect import CollectStep
from ivr.steps.step import Step

MOST_STATES = 200_000
"""Combinations of step and facts that are looked at; beyond them a circle counts as one."""

Steps = Mapping[str, Step]
Facts = Mapping[str, tuple[str, ...]]
State = tuple[str, tuple[str, ...]]


def reached(steps: Steps, starts: Iterable[str]) -> set[str]:
    """Every step that some call can come to, from the starts on."""
    return _closure({name: [wire.go for wire in step.wires().values()] for name, step in steps.items()}, starts)


def unending(steps: Steps) -> set[str]:
    """Every step from which no wire, however long followed, comes to an end of the call."""
    backwards: dict[str, list[str]] = {name: [] for name in steps}
    for name, step in steps.items():
        for wire in step.wires().values():
            backwards[wire.go].append(name)
    ends = [name for name, step in steps.items() if step.waits and not step.wires()]
    return set(steps) - _closure(backwards, ends)


def _closure(ways: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(ways[name])
    return found


def entryless(steps: Steps, starts: Iterable[str]) -> set[str]:
    """Every step that some call can come to without having keyed a number."""
    ways = {
        name: [
            wire.go
            for outcome, wire in step.wires().items()
            if not (isinstance(step, CollectStep) and outcome.startswith("entered"))
        ]
        for name, step in steps.items()
    }
    # "No number" clears what was keyed before.
    cleared = [step.no_number.go for step in steps.values() if isinstance(step, CollectStep)]
    return _closure(ways, [*starts, *cleared])


def circles(steps: Steps, facts: Facts) -> Iterator[tuple[str, ...]]:
    """Ways that lead back to their beginning although the caller does nothing, each as the steps on it, in order.

    Facts are followed: a circle that a `check` leaves after a round is none. One is told for each knot of steps.
    """
    ways = {name: _silent_ways(step) for name, step in steps.items()}
    for knot in knots(ways):
        if circle := _lasting_circle({name: steps[name] for name in knot}, facts):
            yield circle


def knots(ways: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Names that can come back to themselves, each with all that are on the way: the strongly connected components.

    Tarjan's algorithm, without recursion: time grows with the ways. All stand in the order of `ways`.
    """
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_names: list[str] = []
    is_open: set[str] = set()
    place = {name: number for number, name in enumerate(ways)}
    found: list[list[str]] = []
    for first in ways:
        if first in order:
            continue
        walk = [(first, iter(ways[first]))]
        order[first] = lowest[first] = len(order)
        open_names.append(first)
        is_open.add(first)
        while walk:
            name, going = walk[-1]
            for go in going:
                if go not in order:
                    order[go] = lowest[go] = len(order)
                    open_names.append(go)
                    is_open.add(go)
                    walk.append((go, iter(ways[go])))
                    break
                if go in is_open:
                    lowest[name] = min(lowest[name], order[go])
            else:
                walk.pop()
                if walk:
                    lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    knot: list[str] = []
                    while not knot or knot[-1] != name:
                        knot.append(open_names.pop())
                    is_open.difference_update(knot)
                    if len(knot) > 1 or name in ways[name]:
                        found.append(sorted(knot, key=place.__getitem__))
    return sorted(found, key=lambda knot: place[knot[0]])


def _silent_ways(step: Step) -> list[str]:
    """Where a call goes from here when the caller does nothing."""
    return [wire.go for outcome, wire in step.wires().items() if not step.waits or outcome in step.silent_outcomes]


def _lasting_circle(knot: Steps, facts: Facts) -> tuple[str, ...] | None:
    """A circle within the knot that no change of facts ends; None if every round changes a fact that leads out."""
    looked_at = sorted({step.fact for step in knot.values() if isinstance(step, CheckStep)} & set(facts))
    if len(knot) * prod(len(facts[fact]) for fact in looked_at) > MOST_STATES:
        looked_at = []
    ways: dict[State, set[State]] = {}
    for values in product(*(facts[fact] for fact in looked_at)):
        known = dict(zip(looked_at, values, strict=True))
        for name, step in knot.items():
            ways[name, values] = {
                (go, tuple((known | sets)[fact] for fact in looked_at))
                for go, sets in _silent_moves(step, known)
                if go in knot
            }
    lasting = _never_stopping(ways)
    return _round(lasting) if lasting else None


def _never_stopping(ways: Mapping[State, set[State]]) -> dict[State, set[State]]:
    """The ways without every state whose ways all come to a stop."""
    led_from: dict[State, list[State]] = {}
    for state, goes in ways.items():
        for go in goes:
            led_from.setdefault(go, []).append(state)
    left = {state: set(goes) for state, goes in ways.items()}
    stopping = [state for state, goes in left.items() if not goes]
    while stopping:
        state = stopping.pop()
        del left[state]
        for source in led_from.get(state, ()):
            left[source].discard(state)
            if not left[source]:
                stopping.append(source)
    return left


def _silent_moves(step: Step, known: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Next steps with the facts set on the way, when the caller does nothing and these facts are known."""
    only = None
    if isinstance(step, CheckStep) and step.fact in known:
        only = known[step.fact] if known[step.fact] in step.cases else "else"
    for outcome, wire in step.wires().items():
        if only in (None, outcome) and (not step.waits or outcome in step.silent_outcomes):
            yield wire.go, {fact: value for fact, value in wire.set.items() if fact in known}


def _round(ways: Mapping[State, set[State]]) -> tuple[str, ...]:
    """The steps of one circle, where every state has a way on."""
    state = next(iter(ways))
    passed: dict[State, int] = {}
    while state not in passed:
        passed[state] = len(passed)
        state = min(ways[state])
    return tuple(name for name, _ in list(passed)[passed[state] :])
