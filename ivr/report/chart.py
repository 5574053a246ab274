"""Quantities as a picture: for each ending a bar from the fewest to the most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ivr.proof.quantities import Measure, Quantity

WIDTH: Final = 880
LEFT: Final = 250
RIGHT: Final = 70
ROW: Final = 30
TOP: Final = 30
STEPS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300)
"""Distances of the lines of a scale."""


def name_of(quantity: Quantity) -> str:
    """An ending in words."""
    if quantity.rings:
        label = quantity.label.replace("_", " ")
        return f"a representative, {label}" if label else "a representative"
    return quantity.step.replace("_", " ")


def range_svg(quantities: Sequence[Quantity], measure: Measure, unit: str, title: str) -> str:
    """One bar an ending, in SVG.

    Args:
        unit: after the figures, such as ``s``.
        title: for those who do not see it; the same figures stand in the table.
    """
    most = max((quantity.ranges[measure].most for quantity in quantities), default=0) or 1
    height = TOP + ROW * len(quantities) + 8
    head = (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{escape(title)}">'
    )
    parts = [head]
    parts += _scale(most, height, unit)
    for number, quantity in enumerate(quantities):
        span = quantity.ranges[measure]
        middle = TOP + ROW * number + ROW // 2
        low, high = _x(span.fewest, most), _x(span.most, most)
        parts.append(f'<text class="ending" x="{LEFT - 14}" y="{middle + 4}">{escape(name_of(quantity))}</text>')
        parts.append(f'<rect class="span" x="{low}" y="{middle - 6}" width="{max(high - low, 2)}" height="12" rx="6"/>')
        parts.append(f'<circle class="fewest" cx="{low}" cy="{middle}" r="7"/>')
        parts.append(f'<text class="figure" x="{high + 12}" y="{middle + 4}">{span.fewest:g} to {span.most:g}</text>')
    return "\n".join([*parts, "</svg>"])


def _x(amount: float, most: float) -> int:
    return round(LEFT + (WIDTH - LEFT - RIGHT - 40) * amount / most)


def _scale(most: float, height: int, unit: str) -> Iterator[str]:
    step = next((step for step in STEPS if most / step <= 8), STEPS[-1])
    for number in range(int(most // step) + 1):
        x = _x(number * step, most)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{height - 4}"/>'
        yield f'<text class="grid" x="{x}" y="{TOP - 12}">{number * step} {unit}</text>'
