"""Quantities as a picture: for each ending a bar from the fewest to the most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.proof.quantities import Measure, Quantity

STEPS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300)
"""Distances of the lines of a scale."""

MOST_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the scale: how far right, in percent of the longest bar, and what stands above it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One ending; `low` and `high` are percent of the longest bar."""

    ending: str
    low: float
    high: float
    figure: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure of every ending. The same figures stand in the table above it, for those who do not see it."""

    title: str
    marks: Sequence[Mark]
    bars: Sequence[Bar]


def name_of(quantity: Quantity) -> str:
    """An ending in words."""
    if quantity.rings:
        label = quantity.label.replace("_", " ")
        return f"a representative, {label}" if label else "a representative"
    return quantity.step.replace("_", " ")


def chart(quantities: Sequence[Quantity], measure: Measure, unit: str, title: str) -> Chart:
    """One bar an ending.

    Args:
        unit: after the figures of the scale, such as ``s``.
    """
    most = max((quantity.ranges[measure].most for quantity in quantities), default=0) or 1
    return Chart(title, list(_scale(most, unit)), [_bar(quantity, measure, most) for quantity in quantities])


def _bar(quantity: Quantity, measure: Measure, most: float) -> Bar:
    span = quantity.ranges[measure]
    return Bar(name_of(quantity), _part(span.fewest, most), _part(span.most, most), f"{span.fewest:g} to {span.most:g}")


def _part(amount: float, most: float) -> float:
    return round(100 * amount / most, 1)


def _scale(most: float, unit: str) -> Iterator[Mark]:
    step = next((step for step in STEPS if most / step <= MOST_LINES), STEPS[-1])
    for number in range(int(most // step) + 1):
        yield Mark(_part(number * step, most), f"{number * step} {unit}".strip())
