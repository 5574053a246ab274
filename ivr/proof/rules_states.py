"""The states of a graph as rules look at them: by step, by facts, and who may follow whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ivr.flow.holds import ANYWHERE, Hours
from ivr.flow.release import Flow
from ivr.proof.explore import MISHAPS, Graph, Way
from ivr.steps import Step
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep

Places = tuple[int, ...]
"""Some of a state's ways, by their places among them."""


class States:
    """The states of a graph, and what is asked of them again and again."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.flow: Flow = graph.flow
        self._facts: dict[int, Mapping[str, str]] = {}
        self._chosen: dict[object, Places] = {}

    @cached_property
    def names(self) -> Sequence[str]:
        """State to the step it stands at."""
        return [self.graph.step_name(state) for state in range(len(self.graph))]

    @cached_property
    def by_step(self) -> Mapping[str, Sequence[int]]:
        """Step to its states."""
        found: dict[str, list[int]] = {name: [] for name in self.flow.steps}
        for state, name in enumerate(self.names):
            found[name].append(state)
        return found

    @cached_property
    def numbers(self) -> Sequence[int]:
        """State to its facts as one number."""
        return [self.graph.facts_number(state) for state in range(len(self.graph))]

    @cached_property
    def shapes(self) -> Sequence[int]:
        """State to a number that states share whose ways are the same and lead to the same steps."""
        return [self.graph.shape(state) for state in range(len(self.graph))]

    @cached_property
    def waits_at(self) -> bytes:
        """State to 1 where a call waits, else 0."""
        waits = {name: step.waits for name, step in self.flow.steps.items()}
        return bytes(waits[name] for name in self.names)

    @cached_property
    def following(self) -> Sequence[tuple[int, ...]]:
        """State to the states that follow it."""
        return [tuple(self.graph.targets(state)) for state in range(len(self.graph))]

    def facts(self, state: int) -> Mapping[str, str]:
        """The facts of a state."""
        number = self.numbers[state]
        found = self._facts.get(number)
        if found is None:
            found = self._facts[number] = self.graph.facts(state)
        return found

    def chosen(self, state: int, what: object, choose: Callable[[list[Way]], Iterable[Way]]) -> Places:
        """Places of some of a state's ways. `choose` is asked once for all states whose ways are alike."""
        key = (what, self.shapes[state])
        found = self._chosen.get(key)
        if found is None:
            ways = list(self.graph.ways(state))
            found = self._chosen[key] = tuple(ways.index(way) for way in choose(ways))
        return found

    def states(self, steps: Collection[str], facts: Mapping[str, Sequence[str]]) -> Iterator[int]:
        """The states of steps, with these facts only."""
        known: dict[int, bool] = {}
        numbers = self.numbers
        for step in steps:
            for state in self.by_step[step]:
                if facts:
                    number = numbers[state]
                    fits = known.get(number)
                    if fits is None:
                        fits = known[number] = matches(self.facts(state), facts)
                    if not fits:
                        continue
                yield state

    def steps(self, names: Collection[str], but: Collection[str] = ()) -> list[str]:
        """The steps that names and words such as `every_menu` stand for, in the flow's order."""
        return [
            name
            for name, step in self.flow.steps.items()
            if name not in but and self.by_step[name] and (name in names or any(_is(step, word) for word in names))
        ]

    def walks(self, state: int, hours: Hours | None, wanted: str | None = None) -> Places:
        """The ways from a state where nobody is waited for, as the hours (and the outcome wanted there) allow."""

        def choose(ways: list[Way]) -> Iterator[Way]:
            for way in ways:
                standing = way.meeting.standing
                if wanted in (None, way.outcome) and (hours is None or not standing or fits_hours(way, hours)):
                    yield way

        return self.chosen(state, ("walks", hours, wanted), choose)

    def onward(self, path: list[Way], state: int) -> list[Way]:
        """A path led on to where the call waits next."""
        path = list(path)
        while not self.graph.step(state).waits:
            known = next((way.meeting.standing for way in reversed(path) if way.meeting.standing), "")
            ways = [way for way in self.graph.ways(state) if way.outcome not in MISHAPS]
            way = next((way for way in ways if way.meeting.standing in ("", known)), ways[0])
            path.append(way)
            state = way.target
        return path


def matches(facts: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether each fact has one of the values."""
    return all(facts[fact] in values for fact, values in wanted.items())


def fits_hours(way: Way, hours: Hours) -> bool:
    """Whether an answer about the hours is the one a rule speaks of."""
    return (way.meeting.standing == "open") == (hours == "open")


def is_from_anywhere(names: Sequence[str]) -> bool:
    """Whether a rule starts everywhere."""
    return ANYWHERE in names


def _is(step: Step, word: str) -> bool:
    match word:
        case "every_step":
            return True
        case "every_menu":
            return isinstance(step, MenuStep)
        case "every_message":
            return isinstance(step, MenuStep) and step.say is not None
        case "every_entry":
            return isinstance(step, CollectStep)
    return False
