"""Faults of a list that are one fault many times over, as when a column was exported in another format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivr.brokers.csv_file import place_of
from ivr.errors import Fault

EACH_IN_FULL = 3
"""As many faults alike are shown one by one; of more only the first is."""

LINES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """Faults of one sort in one column.

    Args:
        first: the first of them.
        lines: of the others.
    """

    first: Fault
    lines: Sequence[int] = ()

    def __str__(self) -> str:
        if not self.lines:
            return str(self.first)
        named = ", ".join(f"{line}" for line in self.lines[:LINES_NAMED])
        dots = ", ..." if len(self.lines) > LINES_NAMED else ""
        lines = f"{len(self.lines):,} more line{'' if len(self.lines) == 1 else 's'}"
        return f"{self.first}\n  The same in this column on {lines}: {named}{dots}"


def alike(faults: Iterable[Fault]) -> list[Alike]:
    """Faults put together: those that say the same of the same column, whatever value and line they name."""
    groups: dict[tuple[str, str, int], list[Fault]] = {}
    for fault in faults:
        key = (_without_values(fault.wrong), _without_values(fault.remedy), place_of(fault.text, fault.column))
        groups.setdefault(key, []).append(fault)
    found = []
    for group in groups.values():
        if len(group) > EACH_IN_FULL:
            found.append(Alike(group[0], [fault.line for fault in group[1:]]))
        else:
            found += [Alike(fault) for fault in group]
    return sorted(found, key=lambda one: (one.first.line, one.first.column))


def _without_values(sentence: str) -> str:
    return re.sub(r'"[^"]*"|\d[\d,-]*', "", sentence)
