"""Facts as numbers: all facts of a call in one integer, and those that nobody will look at again forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from ivr.flow.release import Flow
from ivr.steps.step import Step

FACTS = "facts."


class FactNumbers:
    """Numbers the combinations of a flow's facts, the initial one 0, and changes them by table.

    A fact is forgotten (set back to its initial value) at every step from which no way reads it before setting it:
    such states differ in nothing that can ever be noticed, and would only multiply the graph.
    """

    def __init__(self, flow: Flow, watched: Mapping[str, frozenset[str]]) -> None:
        """`watched`: step to facts that rules look at there, which are kept besides those that the flow reads."""
        self.names = tuple(flow.facts)
        self.values = tuple(flow.facts.values())
        self._weights = tuple(prod(len(values) for values in self.values[:place]) for place in range(len(self.names)))
        self.total = prod(len(values) for values in self.values)
        self._place = {name: place for place, name in enumerate(self.names)}
        self._live = live_facts(flow, watched)
        self._changed: dict[tuple[int, int], int] = {}
        self._effects: dict[tuple[tuple[tuple[str, str], ...], str], int] = {}
        self._effect_of: list[tuple[tuple[tuple[int, int], ...], tuple[int, ...]]] = []

    def effect(self, sets: Mapping[str, str], target: str) -> int:
        """A number for: these facts set, then those forgotten that are dead at the target step."""
        key = (tuple(sorted(sets.items())), target)
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = len(self._effect_of)
            changes = tuple((self._place[name], self.values[self._place[name]].index(value)) for name, value in key[0])
            dead = tuple(place for place, name in enumerate(self.names) if name not in self._live[target])
            self._effect_of.append((changes, dead))
        return found

    def after(self, number: int, effect: int) -> int:
        """The combination after an effect."""
        found = self._changed.get((number, effect))
        if found is None:
            changes, dead = self._effect_of[effect]
            found = number
            for place, value in (*changes, *((place, 0) for place in dead)):
                found += (value - self._digit(found, place)) * self._weights[place]
            self._changed[number, effect] = found
        return found

    def values_of(self, number: int, places: Iterable[int]) -> tuple[int, ...]:
        """The values, as indexes, of some facts in a combination."""
        return tuple(self._digit(number, place) for place in places)

    def facts(self, number: int) -> dict[str, str]:
        """A combination in words: fact to value."""
        return {
            name: values[self._digit(number, place)]
            for place, (name, values) in enumerate(zip(self.names, self.values, strict=True))
        }

    def number(self, facts: Mapping[str, str], step: str) -> int:
        """The combination that facts make at a step, dead ones forgotten."""
        return sum(
            self.values[place].index(facts[name]) * self._weights[place]
            for place, name in enumerate(self.names)
            if name in self._live[step]
        )

    def places(self, names: Iterable[str]) -> tuple[int, ...]:
        """Places of facts by name, in order."""
        return tuple(sorted(self._place[name] for name in names))

    def _digit(self, number: int, place: int) -> int:
        return number // self._weights[place] % len(self.values[place])


def live_facts(flow: Flow, watched: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Step to the facts that some way from it reads before it sets them."""
    live = {name: reads(step) | watched.get(name, frozenset()) for name, step in flow.steps.items()}
    leads_to: dict[str, list[tuple[str, frozenset[str]]]] = {name: [] for name in flow.steps}
    for name, step in flow.steps.items():
        for target, sets in ways_out(flow, step):
            leads_to[target].append((name, sets))
    changed: Sequence[str] = list(flow.steps)
    while changed:
        again: set[str] = set()
        for target in changed:
            for source, sets in leads_to[target]:
                more = live[target] - sets - live[source]
                if more:
                    live[source] |= more
                    again.add(source)
        changed = list(again)
    return live


def ways_out(flow: Flow, step: Step) -> Iterable[tuple[str, frozenset[str]]]:
    """Where a step may lead, with the facts set on the way."""
    for wire in step.wires().values():
        yield wire.go, frozenset(wire.set)
    if (step.waits or step.stays()) and step.wires():
        for target in (flow.worn_out, flow.on_error):
            if target is not None:
                yield target, frozenset()


def reads(step: Step) -> frozenset[str]:
    """Facts that a step compares or speaks."""
    compared = {fact for fact, _ in step.compares().values()}
    spoken = {
        reference.removeprefix(FACTS).partition(".")[0]
        for words in step.words().values()
        for reference in words.references
        if reference.startswith(FACTS)
    }
    return frozenset(compared | spoken)
