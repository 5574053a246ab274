"""How time and memory grow with a flow: up to five thousand steps; writes docs/growth.svg and docs/growth.md."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

from bench.grown import Grown
from bench.plot import Curve, Panel, plot
from ivr.proof.explore import LIMIT

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
SIZES = (100, 300, 1_000, 2_500, 5_000)

MOST_S = 60
MOST_MB = 1024
STEEPEST = 1.35
"""Of the exponent of time against states, from one size to the next: 1 is linear, 2 quadratic."""


def measured() -> list[Grown]:
    """Every size in a process of its own, so that none uses another's memory."""
    found = []
    for size in SIZES:
        command = [sys.executable, "-m", "bench.grown", str(size)]
        there: dict[str, Any] = {"cwd": TESTS.parent, "env": {"PYTHONPATH": str(TESTS)}}
        answer = subprocess.run(command, capture_output=True, text=True, check=False, **there)
        assert answer.returncode == 0, answer.stderr
        found.append(Grown(**json.loads(answer.stdout)))
        print(f"\n{found[-1]}", end="")
    return found


def test_time_and_memory_grow_with_the_flow() -> None:
    found = measured()
    DOCS.mkdir(exist_ok=True)
    (DOCS / "growth.svg").write_text(picture(found))
    (DOCS / "growth.md").write_text(page(found))
    largest = found[-1]
    assert largest.load_s + largest.explore_s < MOST_S
    assert largest.peak_mb < MOST_MB
    assert all(
        exponent(one.states, other.states, one.explore_s, other.explore_s) < STEEPEST for one, other in pairs(found)
    )
    for one, other in pairs(found):
        assert exponent(one.states, other.states, one.explore_s, other.explore_s) < STEEPEST
        assert exponent(one.steps, other.steps, one.load_s, other.load_s) < STEEPEST


def pairs(found: Sequence[Grown]) -> list[tuple[Grown, Grown]]:
    """Each size with the next, from a thousand steps on: before, fixed costs hide the slope."""
    return [(one, other) for one, other in pairwise(found) if one.steps >= 1_000]


def exponent(x: float, more_x: float, y: float, more_y: float) -> float:
    """The power of x with which y grows."""
    return log(more_y / y) / log(more_x / x)


def picture(found: Sequence[Grown]) -> str:
    """Seconds and memory against steps."""
    seconds = [
        Curve("exploration", [(one.steps, one.explore_s) for one in found]),
        Curve("load and lint", [(one.steps, one.load_s) for one in found]),
    ]
    memory = [Curve("whole process", [(one.steps, one.peak_mb) for one in found])]
    return plot(
        "Time and memory against the steps of a flow",
        [
            Panel("Time", "steps of the flow", "seconds of one core", seconds, (MOST_S, f"{MOST_S} s")),
            Panel("Memory", "steps of the flow", "megabytes at the peak", memory, (MOST_MB, "1 GB")),
        ],
    )


def page(found: Sequence[Grown]) -> str:
    """docs/growth.md."""
    lines = [
        "# Growth: what a larger flow costs",
        "",
        "Synthetic flows (`tests/bench/synthetic.py`): a core like the shipped line's, with a number entry, a look-up",
        "and a team that is rung, and as many departments as it takes, each a flow of its own with menus, messages,",
        "number entries, branches on hours and facts. Each is loaded and linted as `ivr check` does it, then every",
        "call through it is explored. `make bench` measures again and writes this page and its picture; seconds are",
        "those of one core.",
        "",
        "| steps | load and lint | states | ways | exploration | states a second | memory at the peak |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        figures = (
            f"{one.steps:,}",
            f"{one.load_s:.2f} s",
            f"{one.states:,}",
            f"{one.ways:,}",
            f"{one.explore_s:.2f} s",
            f"{one.states / one.explore_s:,.0f}",
            f"{one.peak_mb:.0f} MB",
        )
        lines.append(f"| {' | '.join(figures)} |")
    one, other = found[SIZES.index(1_000)], found[-1]
    exploring = exponent(one.states, other.states, one.explore_s, other.explore_s)
    loading = exponent(one.steps, other.steps, one.load_s, other.load_s)
    lines += [
        "",
        "![Time and memory against steps, both axes logarithmic](growth.svg)",
        "",
        f"From 1,000 to 5,000 steps, exploration grows with states to the power of {exploring:.2f}, load and lint with",
        f"steps to the power of {loading:.2f}; 1 would be linear.",
        "",
        f"What bounds a flow is not its steps but the facts that multiply with them: beyond {LIMIT:,} states the",
        "exploration stops and names the facts to blame.",
    ]
    return "\n".join(lines) + "\n"
