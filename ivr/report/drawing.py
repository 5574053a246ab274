"""The flow as a picture: an outline from top to bottom, each step under the one that first leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from html import escape
from typing import Final

from ivr.flow.release import Flow
from ivr.report.steps import outcome_words
from ivr.steps.step import Step

WIDTH: Final = 900
INDENT: Final = 26
ROW: Final = 26
"""Height of a line of a box; what can be clicked is as high, for fingers."""

GAP: Final = 12
PAD: Final = 7
NAME_PX: Final = 7.6
CHIP_PX: Final = 6.3
"""Width of a letter, generously."""

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
    """A step as it is drawn."""

    name: str
    kind: str
    label: str
    x: int
    chips: Sequence[Chip]
    parent: Box | None
    y: int = 0
    height: int = 0

    @property
    def middle(self) -> int:
        """Where a wire comes in."""
        return self.y + PAD + ROW // 2


def flow_svg(flow: Flow) -> str:
    """The drawing, in SVG; every name leads to `#step-NAME` on the same page."""
    boxes = list(laid_out(flow))
    height = boxes[-1].y + boxes[-1].height + GAP
    head = (
        f'<svg class="flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="group" aria-label="The flow {escape(flow.name)}, from its first step down">'
    )
    parts = [head]
    parts += [f'<path class="wire" d="{wire(box)}"/>' for box in boxes if box.parent]
    parts += [part for box in boxes for part in drawn(box)]
    return "\n".join([*parts, "</svg>"])


def laid_out(flow: Flow) -> Iterator[Box]:
    """The boxes from top to bottom. A step that alone follows another stands right below it; others are indented."""
    parents, chips = tree(flow)
    children: dict[str, list[str]] = {name: [] for name in flow.steps}
    for name, (above, _) in parents.items():
        if above:
            children[above].append(name)
    y = GAP
    tops = [name for name, (above, _) in parents.items() if not above]
    waiting: list[tuple[str, int, Box | None]] = [(name, 0, None) for name in reversed(tops)]
    while waiting:
        name, x, parent = waiting.pop()
        step = flow.steps[name]
        box = Box(name, step.kind, parents[name][1], x, chips[name], parent, y)
        box.height = PAD * 2 + ROW * (1 + len(chip_rows(box)))
        y += box.height + GAP
        yield box
        inner = x if len(children[name]) == 1 else x + INDENT
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


def chip_rows(box: Box) -> list[list[tuple[Chip, int, int]]]:
    """Chips in lines as wide as the box: each with its x and width."""
    rows: list[list[tuple[Chip, int, int]]] = []
    x = WIDTH
    for chip in box.chips:
        width = int((len(chip.label) + len(chip.to) + 3) * CHIP_PX) + 14
        if x + width > WIDTH - 12:
            rows.append([])
            x = box.x + 14
        rows[-1].append((chip, x, width))
        x += width + 8
    return rows


def wire(box: Box) -> str:
    """The line from the step above: straight down, or down and to the right."""
    assert box.parent is not None
    start = box.parent.y + box.parent.height
    if box.x == box.parent.x:
        return f"M{box.x + 12} {start}V{box.y}"
    return f"M{box.parent.x + 12} {start}V{box.middle}H{box.x}"


def drawn(box: Box) -> Iterator[str]:
    """A box with its label, name, kind and chips."""
    sort = SORTS.get(box.kind, "decides")
    width = WIDTH - box.x - 4
    yield f'<rect class="box {sort}" x="{box.x}" y="{box.y}" width="{width}" height="{box.height}" rx="6"/>'
    yield f'<rect class="stripe {sort}" x="{box.x}" y="{box.y}" width="4" height="{box.height}" rx="2"/>'
    x, base = box.x + 14, box.middle + 5
    if box.label:
        wide = int(len(box.label) * CHIP_PX) + 12
        yield f'<rect class="outcome" x="{x}" y="{box.y + PAD + 2}" width="{wide}" height="{ROW - 4}" rx="4"/>'
        yield f'<text class="outcome" x="{x + 6}" y="{base - 1}">{escape(box.label)}</text>'
        x += wide + 10
    name = box.name.replace("_", " ")
    long = int(len(name) * NAME_PX) + 8
    yield (
        f'<a href="#step-{box.name}"><rect class="link" x="{x - 4}" y="{box.y + PAD}" width="{long}" height="{ROW}"/>'
        f'<text class="name" x="{x}" y="{base}">{escape(name)}</text></a>'
    )
    yield f'<text class="kind" x="{x + long + 4}" y="{base}">{escape(box.kind)}</text>'
    for number, row in enumerate(chip_rows(box), 1):
        top = box.y + PAD + number * ROW
        for chip, left, wide in row:
            yield (
                f'<a href="#step-{chip.to}"><rect class="chip" x="{left}" y="{top + 1}" width="{wide}" '
                f'height="{ROW - 2}" rx="5"/><text class="chip" x="{left + 7}" y="{top + 17}">{escape(chip.label)} '
                f'<tspan class="to">→ {escape(chip.to.replace("_", " "))}</tspan></text></a>'
            )
