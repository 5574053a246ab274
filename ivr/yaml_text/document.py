"""One YAML file, read: its tables, lists and text, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.errors import Fault
from ivr.yaml_text.unseen import UNSEEN

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

Place = tuple[int, int]
"""Line and column, from 1."""


def value_in(data: Any, part: str | int) -> Any:
    """The value at a key of a table or an index of a list; None if there is none."""
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
        return data[part]
    return None


@dataclass(frozen=True)
class Document:
    """One file, read.

    Args:
        file: path as the operator knows it.
        data: dicts with text keys, lists, and text exactly as written; a value left out is the empty text.
        lines: the file's lines without their ends.
        places: path to where its key and its value stand.
    """

    file: str
    data: Any
    lines: tuple[str, ...]
    places: Mapping[Path, tuple[Place, Place]] = field(default_factory=dict, repr=False, compare=False)

    def place(self, path: Sequence[str | int], key: bool = False) -> Place:
        """Line and column, from 1, of the value at `path` (or of its key); the nearest parent's if there is none."""
        whole = tuple(path)
        for length in range(len(whole), -1, -1):
            if found := self.places.get(whole[:length]):
                # What is missing is missing from the table that has the parent's name.
                return found[0] if key or length < len(whole) else found[1]
        return (1, 1)

    def at(self, path: Sequence[str | int]) -> Any:
        """The value at `path`; None if there is none."""
        value = self.data
        for part in path:
            value = value_in(value, part)
        return value

    def fault(
        self,
        path: Sequence[str | int],
        wrong: str,
        remedy: str,
        *,
        key: bool = False,
        step: str | None = None,
        offset: int = 0,
    ) -> Fault:
        """A fault at the value at `path` (or its key); `offset` characters into a text."""
        line, column = self.place(path, key)
        if offset and not key:
            line, column = self._inside(path, line, column, offset)
        return self.fault_on(line, column, wrong, remedy, step=step)

    def fault_on(self, line: int, column: int, wrong: str, remedy: str, *, step: str | None = None) -> Fault:
        """A fault at a line and column, both from 1."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Fault(self.file, line, column, UNSEEN.sub(" ", text), wrong, remedy, step)

    def _inside(self, path: Sequence[str | int], line: int, column: int, offset: int) -> Place:
        """Where the character at `offset` of a text stands; folded lines and quotes move it, so it is looked for."""
        value = self.at(path)
        if not isinstance(value, str) or not 0 < offset < len(value):
            return line, column
        found = re.match(r"\s*(\S{1,24})", value[offset:])
        if not found:
            return line, column
        times = value.count(found[1], 0, offset)
        for number in range(line, len(self.lines) + 1):
            text = self.lines[number - 1]
            start = column - 1 if number == line else 0
            while (at := text.find(found[1], start)) >= 0:
                if not times:
                    return number, at + 1
                times, start = times - 1, at + 1
        return line, column
