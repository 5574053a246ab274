"""The flow as a picture: an outline from top to bottom, each step under the one that first leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, Literal

from ivr.flow.release import Flow
from ivr.report.steps import outcome_words
from ivr.steps.step import Step

DEEPEST: Final = 40
"""Lists within lists; what would stand further in stands in that column. Browsers stop at some 250."""

SORTS: Final[Mapping[str, str]] = {
    "menu": "asks",
    "collect": "asks",
    "say": "says",
    "dial": "rings",
    "end": "ends",
}
"""Kind to its colour; every other kind decides without the caller."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Outcomes that lead elsewhere than to a step drawn below."""

    label: str
    to: str


@dataclass(slots=True)
class Box:
    """A step as it is drawn. What is how wide is left to the browser, which knows its letters.

    Args:
        label: the outcomes that lead here from the step above.
        depth: lists it stands in, besides the outermost.
        joins: hangs from the step above by a line to the right (`branches`), stands alone right below it (`follows`),
            or begins.
        opens: the next box stands in a list of its own below this one.
        closes: lists that end after it.
        rail: the line of the step above passes it, on its way to a later box of the same list.
    """

    name: str
    kind: str
    label: str
    depth: int
    chips: Sequence[Chip]
    parent: Box | None
    joins: Literal["begins", "follows", "branches"] = "begins"
    opens: bool = False
    closes: int = 0
    rail: bool = False

    @property
    def sort(self) -> str:
        """Its colour."""
        return SORTS.get(self.kind, "decides")


def outline(flow: Flow) -> list[Box]:
    """The boxes from top to bottom, each with the lines that lead to it and the lists that begin and end there."""
    boxes = list(laid_out(flow))
    for box, following in zip(boxes, [*boxes[1:], None], strict=True):
        deeper = (following.depth if following else 0) - box.depth
        box.opens, box.closes = deeper > 0, max(-deeper, 0)
    hanging: dict[int, bool] = {}
    for box in reversed(boxes):
        box.rail = hanging.get(box.depth, False)
        hanging = {depth: hangs for depth, hangs in hanging.items() if depth <= box.depth}
        hanging[box.depth] = box.rail or box.joins == "branches"
    return boxes


def laid_out(flow: Flow) -> Iterator[Box]:
    """The boxes from top to bottom. A step that alone follows another stands right below it; others are indented."""
    parents, chips = tree(flow)
    children: dict[str, list[str]] = {name: [] for name in flow.steps}
    for name, (above, _) in parents.items():
        if above:
            children[above].append(name)
    tops = [name for name, (above, _) in parents.items() if not above]
    waiting: list[tuple[str, int, Box | None]] = [(name, 0, None) for name in reversed(tops)]
    while waiting:
        name, depth, parent = waiting.pop()
        box = Box(name, flow.steps[name].kind, parents[name][1], depth, chips[name], parent)
        if parent:
            box.joins = "branches" if depth > parent.depth else "follows"
        yield box
        inner = depth if len(children[name]) == 1 else min(depth + 1, DEEPEST)
        waiting += [(child, inner, box) for child in reversed(children[name])]


def tree(flow: Flow) -> tuple[dict[str, tuple[str, str]], dict[str, list[Chip]]]:
    """Step to the step it is drawn under, with the outcomes that lead there; and all other outcomes of each step.

    What stands first in the flow's file takes the steps it leads to, so that the picture reads as the file does.
    """
    order = {name: place for place, name in enumerate(flow.steps)}
    parents: dict[str, tuple[str, str]] = {}
    chips: dict[str, list[Chip]] = {}
    waiting: list[tuple[int, str]] = []
    while len(chips) < len(flow.steps):
        if not waiting:
            root, label = next(root for root in roots(flow) if root[0] not in parents)
            parents[root] = ("", label)
            waiting = [(order[root], root)]
        _, name = heappop(waiting)
        chips[name] = []
        for target, label in by_target(flow.steps[name]).items():
            if target in parents:
                chips[name].append(Chip(label, target))
            else:
                parents[target] = (name, label)
                heappush(waiting, (order[target], target))
    return parents, chips


def roots(flow: Flow) -> Iterator[tuple[str, str]]:
    """Steps that nothing drawn may lead to, with what does."""
    yield flow.start, ""
    if flow.on_error:
        yield flow.on_error, "a fault of ours"
    if flow.worn_out:
        yield flow.worn_out, "too many turns"
    yield from ((name, "") for name in flow.steps)


def by_target(step: Step) -> dict[str, str]:
    """The steps that a step leads to, each with the outcomes that lead there."""
    found: dict[str, list[str]] = {}
    for outcome, way in step.wires().items():
        found.setdefault(way.go, []).append(outcome_words(outcome))
    return {target: ", ".join(outcomes) for target, outcomes in found.items()}
