"""A plot with two logarithmic axes, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 420, 330
LEFT, RIGHT, TOP, BOTTOM = 62, 26, 44, 46
COLOURS = ("#1f5fa8", "#a8481f")
MARKS = ("circle", "square")


@dataclass(frozen=True)
class Curve:
    """A line with a name, and its points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One plot.

    Args:
        limit: a value not to be passed, with what it is called; or None.
    """

    title: str
    across: str
    up: str
    curves: Sequence[Curve]
    limit: tuple[float, str] | None = None


class _Scale:
    """Values to places, by powers of ten."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = floor(log10(min(values)) + 1e-9), ceil(log10(max(values)) - 1e-9)
        self.high = max(self.high, self.low + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """Where a value stands."""
        part = (log10(value) - self.low) / (self.high - self.low)
        return round(self._start + part * (self._end - self._start), 1)

    def powers(self) -> list[float]:
        """Where lines are drawn."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def plot(title: str, panels: Sequence[Panel]) -> str:
    """The whole picture: panels side by side."""
    width = WIDTH * len(panels)
    look = 'role="img" font-family="system-ui, sans-serif" font-size="12" fill="#222"'
    size = f'viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate({place * WIDTH} 0)">', *_drawn(panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(panel: Panel) -> list[str]:
    points = [point for curve in panel.curves for point in curve.points]
    across = _Scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Scale([*(y for _, y in points), *([panel.limit[0]] if panel.limit else [])], HEIGHT - BOTTOM, TOP)
    foot, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<text x="{LEFT}" y="20" font-size="14" font-weight="600">{escape(panel.title)}</text>']
    for value in across.powers():
        x = across.at(value)
        parts.append(f'<path d="M{x} {TOP}V{foot}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{foot + 17}" text-anchor="middle">{value:,.0f}</text>')
    for value in up.powers():
        y = up.at(value)
        parts.append(f'<path d="M{LEFT} {y}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:,g}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(panel.across)}</text>')
    parts.append(
        f'<text transform="translate(14 {(TOP + foot) / 2}) rotate(-90)" text-anchor="middle">{escape(panel.up)}</text>'
    )
    if panel.limit:
        y = up.at(panel.limit[0])
        parts.append(f'<path d="M{LEFT} {y}H{right}" stroke="#555" stroke-dasharray="5 4"/>')
        parts.append(f'<text x="{LEFT + 6}" y="{y - 5}" fill="#555">{escape(panel.limit[1])}</text>')
    for place, curve in enumerate(panel.curves):
        parts += _curve(curve, place, across, up)
    return parts


def _curve(curve: Curve, place: int, across: _Scale, up: _Scale) -> list[str]:
    colour, mark = COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]
    at = [(across.at(x), up.at(y)) for x, y in curve.points]
    way = "L".join(f"{x} {y}" for x, y in at)
    parts = [f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for x, y in at:
        if mark == "circle":
            parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
        else:
            parts.append(f'<rect x="{x - 3.5}" y="{y - 3.5}" width="7" height="7" fill="{colour}"/>')
    # Lines rise: above and to the left of one there is room for its name, or below and to the right.
    x, y = at[len(at) // 2]
    beside = f'x="{x - 9}" y="{y - 9}" text-anchor="end"' if place == 0 else f'x="{x + 10}" y="{y + 17}"'
    parts.append(f'<text {beside} fill="{colour}">{escape(curve.name)}</text>')
    return parts
