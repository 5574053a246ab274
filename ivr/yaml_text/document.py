"""Reads one YAML file into tables, lists and text, remembering where each of them stands.

Trusts nothing: the bytes may be anything. Refused with a place and a remedy: what YAML would silently change or
run (anchors, tags, merge keys, a key written twice), and what nobody can see (tabs, control characters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ivr.errors import Fault, FileFaults
from ivr.yaml_text.syntax import explain

MOST_BYTES: Final = 1_000_000
DEEPEST: Final = 20

Path = tuple[str | int, ...]
Place = tuple[int, int]

_LINE_END = re.compile(r"\r\n|\r|\n")
_UNSEEN = re.compile(
    "[\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f\\x7f-\\xa0\\u00ad\\u200b\\u2028\\u2029\\u202a-\\u202e\\u2060-\\u2069\\ufeff"
    "\\ud800-\\udfff\\ue000-\\uf8ff\\ufffe\\uffff\\U000f0000-\\U0010ffff]"
)
_UNSEEN_BUT_LINE_ENDS_AND_TABS = re.compile(_UNSEEN.pattern.replace("\\x00-\\x09", "\\x00-\\x08"))


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
    """

    file: str
    data: Any
    lines: tuple[str, ...]
    _places: Mapping[Path, tuple[Place, Place]] = field(default_factory=dict, repr=False, compare=False)

    def place(self, path: Sequence[str | int], key: bool = False) -> Place:
        """Line and column, from 1, of the value at `path` (or of its key); the nearest parent's if there is none."""
        whole = tuple(path)
        for length in range(len(whole), -1, -1):
            if found := self._places.get(whole[:length]):
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
        return Fault(self.file, line, column, text, wrong, remedy, step)

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


def read_yaml(file: str, content: bytes) -> Document:
    """Read one file.

    Args:
        file: its path as the operator knows it; only shown.
        content: its bytes, UTF-8.

    Raises:
        FileFaults: everything found wrong, at once.
    """
    text = _decoded(file, content)
    lines = tuple(_LINE_END.split(text))
    blank = Document(file, "", lines)
    faults = list(_unseen(blank))
    # Reading goes on with a space in a bad character's place, so that later mistakes are told too.
    builder = _Builder(blank)
    try:
        builder.read(_UNSEEN.sub(" ", "\n".join(lines)))
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        if not faults and not builder.faults_on(_last_line(error)):
            line, column, wrong, remedy = explain(error, lines, builder.last_quoted)
            faults.append(blank.fault_on(line, column, wrong, remedy))
    faults += builder.faults
    if not faults and not builder.places:
        faults.append(blank.fault_on(1, 1, "This file has nothing in it.", "Write what belongs here, or restore it."))
    if faults:
        raise FileFaults(faults)
    return Document(file, builder.data, lines, MappingProxyType(builder.places))


def _decoded(file: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        size = f"This file is {len(content) / 1_000_000:.1f} MB; at most 1 MB is read."
        raise FileFaults([Fault(file, 0, 0, "", size, "Split it, or take out what does not belong here.")])
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        begin = before.rfind(b"\n") + 1
        column = len(content[begin : error.start].decode("utf-8")) + 1
        shown = content[begin:].split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
        wrong = f"This is not UTF-8 text: byte {error.start + 1} of the file is 0x{content[error.start]:02x}."
        remedy = "Save the file as UTF-8 in your editor, then look at this line again."
        raise FileFaults([Fault(file, line, column, shown, wrong, remedy)]) from None


def _unseen(document: Document) -> Iterator[Fault]:
    """One fault a line for tabs and characters that cannot be seen."""
    for number, text in enumerate(document.lines, 1):
        if found := _UNSEEN.search(text):
            wrong, remedy = f"There is an invisible character here (U+{ord(found[0]):04X}).", "Delete it."
            if found[0] == "\t":
                wrong, remedy = "There is a tab here; YAML does not allow tabs.", "Use spaces: two for each level."
            elif found[0] == "\xa0":
                wrong, remedy = "There is a no-break space here, which looks like a space but is none.", "Type a space."
            yield document.fault_on(number, found.start() + 1, wrong, remedy)


def _last_line(error: BaseException) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 0


@dataclass
class _Frame:
    """A table or list that is being read; `key` is the present entry's, `wants_value` whether it has been read."""

    data: dict[str, Any] | list[Any]
    path: Path
    key: str = ""
    key_place: Place = (1, 1)
    wants_value: bool = False


class _Builder:
    """Builds tables and lists from the parser's events; keeps going past mistakes that can be passed over."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: Any = ""
        self.places: dict[Path, tuple[Place, Place]] = {}
        self.faults: list[Fault] = []
        self.last_quoted: tuple[Place, Place] | None = None
        self.frames: list[_Frame] = []
        self.documents = 0
        self.skipped = 0

    def read(self, text: str) -> None:
        """Raises what the parser raises at the first thing that is not YAML at all."""
        for event in YAML(typ="safe", pure=True).parse(text):
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            if self.skipped:
                self.skip(event)
            elif isinstance(event, DocumentStartEvent):
                if event.version or event.tags:
                    self.wrong((1, 1), "A line that begins with % is not used here.", "Delete that line.")
                self.documents += 1
                if self.documents > 1:
                    self.wrong(place, "A second document begins here.", "Keep one; delete the line --- or the line ...")
                    return
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self.frames.pop()
            elif isinstance(event, NodeEvent):
                self.refuse_extras(event, place)
                if len(self.frames) >= DEEPEST and not isinstance(event, (ScalarEvent, AliasEvent)):
                    self.wrong(place, f"This is nested more than {DEEPEST} deep.", "Flatten it.")
                    return
                self.node(event, place)

    def wrong(self, place: Place, wrong: str, remedy: str) -> None:
        self.faults.append(self.document.fault_on(*place, wrong, remedy))

    def faults_on(self, line: int) -> bool:
        """Whether something on that line has been reported, so that a syntax error there is only its echo."""
        return any(fault.line == line for fault in self.faults)

    def refuse_extras(self, event: NodeEvent, place: Place) -> None:
        if isinstance(event, AliasEvent):
            self.wrong(place, "A * outside quotes has a special meaning in YAML (an alias).", 'Put it in quotes: "*".')
        elif event.anchor is not None:
            self.wrong(place, "A & at the start has a special meaning in YAML (an anchor).", "Put the text in quotes.")
        elif getattr(event, "tag", None) is not None:
            self.wrong(place, "A ! at the start has a special meaning in YAML (a tag).", "Put the text in quotes.")

    def node(self, event: NodeEvent, place: Place) -> None:
        frame = self.frames[-1] if self.frames else None
        is_key = frame is not None and isinstance(frame.data, dict) and not frame.wants_value
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            data: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
            if is_key:
                self.refuse_key(place)
                self.skipped = 1
            else:
                self.frames.append(_Frame(data, self.put(data, place)))
            return
        text = event.value if isinstance(event, ScalarEvent) else ""
        if isinstance(event, ScalarEvent):
            quoted = event.style in ("'", '"')
            end = (event.end_mark.line + 1, event.end_mark.column + 1)
            self.last_quoted = (place, end) if quoted else None
            if quoted and (unseen := _UNSEEN_BUT_LINE_ENDS_AND_TABS.search(text)):
                self.wrong(place, f"This text holds an invisible character (U+{ord(unseen[0]):04X}).", "Take it out.")
        if frame is not None and is_key:
            self.key(frame, text, place, plain=isinstance(event, ScalarEvent) and not event.style)
        else:
            self.put(text, place)

    def refuse_key(self, place: Place) -> None:
        line = self.document.lines[place[0] - 1]
        if "{{" in line:
            self.wrong(
                place, "Text that begins with {{ must stand in quotes.", 'Write "{{ ... }} ..." in double quotes.'
            )
        else:
            self.wrong(place, "A key must be a word; here it is a list or a table.", "Write a word before the colon.")

    def skip(self, event: object) -> None:
        """Pass over a key that is a list or a table, to its end; the entry keeps a name that nobody can write."""
        self.skipped += isinstance(event, (MappingStartEvent, SequenceStartEvent))
        self.skipped -= isinstance(event, (MappingEndEvent, SequenceEndEvent))
        if not self.skipped:
            frame = self.frames[-1]
            frame.key, frame.wants_value = f"\0{len(self.faults)}", True

    def key(self, frame: _Frame, text: str, place: Place, plain: bool) -> None:
        frame.key, frame.key_place, frame.wants_value = text, place, True
        if text == "<<" and plain:
            self.wrong(place, "<< (a merge key) is not allowed here.", "Write the entries themselves.")
        elif not text and not self.faults_on(place[0]):
            self.wrong(place, "There is no key before this colon.", "Write a name before it, or delete the line.")
        elif text in frame.data:
            first = self.places[(*frame.path, text)][0][0]
            self.wrong(
                place, f'"{text}" is written twice; the first is on line {first}.', "Keep one, or rename this one."
            )

    def put(self, value: Any, place: Place) -> Path:
        """Put a value where it belongs; its path."""
        if not self.frames:
            self.data = value
            if value != "":
                self.places[()] = (place, place)
            return ()
        frame = self.frames[-1]
        if isinstance(frame.data, list):
            path: Path = (*frame.path, len(frame.data))
            self.places[path] = (place, place)
            frame.data.append(value)
            return path
        path = (*frame.path, frame.key)
        frame.wants_value = False
        if frame.key not in frame.data:
            self.places[path] = (frame.key_place, place)
            frame.data[frame.key] = value
        return path
