"""Coverage: which outcomes of a flow's steps no scripted call takes."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.proof.explore import Graph, Way
from ivr.proof.rules_view import Calls


def uncovered(graph: Graph, taken: Iterable[tuple[str, str]]) -> list[Way]:
    """A way to each (step, outcome) that can happen and is not among those taken, in the order of the flow."""
    was_taken = frozenset(taken)
    order = {name: place for place, name in enumerate(graph.flow.steps)}
    ways = [way for outcome, way in graph.outcomes().items() if outcome not in was_taken]
    return sorted(ways, key=lambda way: order[graph.step_name(way.source)])


def taking(calls: Calls, way: Way) -> list[Way]:
    """The call from the start that takes a way: the plainest call to its beginning, then the way itself."""
    return [*calls.path(way.source), way]
