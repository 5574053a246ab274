"""A line that was pushed to the left: the parser stumbles over the next one that stands where it should."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

KEY = re.compile(r"\s*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*:(?:\s|$)")


def moved_left(line: int, lines: Sequence[str]) -> tuple[int, int] | None:
    """The line (from 1) that stands further left than its neighbours, and how many spaces belong before it.

    None where no line was moved. Neighbours are alike: steps have fields below them, fields their values beside them.

    Args:
        line: the line below it, from 1, where the parser stopped.
    """
    column = _indent(lines[line - 1])
    number = _before(line, column, lines)
    just_above = _before(number, sys.maxsize, lines) if number else 0
    if not just_above or not KEY.match(lines[number - 1]):
        return None
    indent, inside = _indent(lines[number - 1]), _inside(number, lines)
    if inside is not None and inside <= column:
        return None
    if lines[just_above - 1].rstrip().endswith(":") and _indent(lines[just_above - 1]) == indent:
        # A table that has lost its first entry.
        return number, column
    for above in (_before(number, column + 1, lines), just_above):
        text = lines[above - 1] if above else ""
        if _indent(text) >= column and KEY.match(text) and _inside(above, lines) == inside:
            return number, _indent(text)
    return None


def _before(line: int, column: int, lines: Sequence[str]) -> int:
    """The nearest line above that begins left of a column (from 0); 0 where there is none."""
    return next(
        (number for number in range(line - 1, 0, -1) if _says(lines, number) and _indent(lines[number - 1]) < column), 0
    )


def _inside(line: int, lines: Sequence[str]) -> int | None:
    """The indentation of what stands below a line and belongs to it; None where nothing does."""
    number = next((number for number in range(line + 1, len(lines) + 1) if _says(lines, number)), 0)
    found = _indent(lines[number - 1]) if number else 0
    return found if found > _indent(lines[line - 1]) and not lines[line - 1].partition(": ")[2].strip() else None


def _says(lines: Sequence[str], number: int) -> bool:
    text = lines[number - 1].strip()
    return bool(text) and not text.startswith("#")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
