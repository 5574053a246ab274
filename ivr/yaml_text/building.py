"""Builds tables, lists and text from the YAML parser's events, and refuses what YAML would silently change or run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ivr.errors import Fault
from ivr.yaml_text.document import Document, Path, Place
from ivr.yaml_text.events import Event
from ivr.yaml_text.slips import QUOTE_THE_STAR, STAR_OUTSIDE_QUOTES, cut_off, words_from
from ivr.yaml_text.unseen import UNSEEN

DEEPEST: Final = 20


@dataclass
class Frame:
    """A table or list that is being read; `key` is the present entry's, `wants_value` whether it has been read.

    Args:
        in_braces: it is a table in { }, whose entries end at commas; False also once a stray comma in it has been told.
    """

    data: dict[str, Any] | list[Any]
    path: Path
    key: str = ""
    key_place: Place = (1, 1)
    after_colon: Place = (1, 1)
    wants_value: bool = False
    in_braces: bool = False


class Builder:
    """Builds tables and lists from the parser's events; keeps going past mistakes that can be passed over."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: Any = ""
        self.places: dict[Path, tuple[Place, Place]] = {}
        self.faults: list[Fault] = []
        self.last_quoted: tuple[Place, Place] | None = None
        self.frames: list[Frame] = []
        self.documents = 0
        self.skipped = 0

    def read(self, events: Iterable[Event]) -> None:
        """Raises what the parser raises at the first thing that is not YAML at all."""
        for event in events:
            if self.skipped:
                self.skip(event)
            elif event.kind == "document":
                if event.has_directives:
                    self.wrong((1, 1), "A line that begins with % is not used here.", "Delete that line.")
                self.documents += 1
                if self.documents > 1:
                    remedy = "Keep one; delete the line --- or the line ..."
                    self.wrong(event.place, "A second document begins here.", remedy)
                    return
            elif event.kind == "end":
                self.frames.pop()
            else:
                self.refuse_extras(event)
                if len(self.frames) >= DEEPEST and event.kind in ("mapping", "sequence"):
                    self.wrong(event.place, f"This is nested more than {DEEPEST} deep.", "Flatten it.")
                    return
                self.node(event)

    def wrong(self, place: Place, wrong: str, remedy: str) -> None:
        self.faults.append(self.document.fault_on(*place, wrong, remedy))

    def faults_on(self, line: int) -> bool:
        """Whether something on that line has been reported, so that a syntax error there is only its echo."""
        return any(fault.line == line for fault in self.faults)

    def refuse_extras(self, event: Event) -> None:
        if event.kind == "alias":
            self.wrong(event.place, STAR_OUTSIDE_QUOTES, QUOTE_THE_STAR)
        elif event.extra == "anchor":
            remedy = "Put the text in quotes."
            self.wrong(event.place, "A & at the start has a special meaning in YAML (an anchor).", remedy)
        elif event.extra == "tag":
            remedy = "Put the text in quotes."
            self.wrong(event.place, "A ! at the start has a special meaning in YAML (a tag).", remedy)

    def node(self, event: Event) -> None:
        place, end, text = event.place, event.end, event.text
        frame = self.frames[-1] if self.frames else None
        is_key = frame is not None and isinstance(frame.data, dict) and not frame.wants_value
        if event.kind in ("mapping", "sequence"):
            data: dict[str, Any] | list[Any] = {} if event.kind == "mapping" else []
            if is_key:
                self.refuse_key(place)
                self.skipped = 1
            else:
                in_braces = event.kind == "mapping" and event.in_brackets
                self.frames.append(Frame(data, self.put(data, place), in_braces=in_braces))
            return
        self.last_quoted = (place, end) if event.style in ("'", '"') else None
        if unseen := UNSEEN.search(text.replace("\t", " ")):
            self.wrong(place, f"This text holds an invisible character (U+{ord(unseen[0]):04X}).", "Take it out.")
        if not event.style and text and (cut := cut_off(self.document.lines, end)):
            self.wrong((end[0], cut[0]), f'All from the # on is a comment: only "{text[-60:]}" is read.', cut[1])
        if frame is not None and is_key:
            frame.after_colon = (end[0], end[1] + 1)
            self.key(frame, text, place, is_plain=not event.style)
        elif frame is not None and isinstance(frame.data, dict) and not text and not event.style:
            # The parser puts a value left out wherever it read on; people look behind the colon.
            self.refuse_comma(frame)
            self.put(text, frame.after_colon)
        else:
            self.put(text, place)

    def refuse_comma(self, frame: Frame) -> None:
        """Tell of words in braces that are an entry of their own, because a comma ended the text before them."""
        line, column = frame.key_place
        if not frame.in_braces or not isinstance(frame.data, dict) or not frame.data or self.faults_on(line):
            return
        before = next(reversed(frame.data))
        row, after = frame.after_colon
        if not isinstance(frame.data[before], str) or self.document.lines[row - 1][after - 2 :].lstrip().startswith(
            ":"
        ):
            return
        began, at = self.places[(*frame.path, before)][1]
        whole = words_from(self.document.lines[line - 1], at) if began == line else ""
        frame.in_braces = False
        comma = self.document.lines[line - 1].rfind(",", 0, column) + 1
        remedy = f'Put double quotes around all of it: "{whole}".' if whole else "Put double quotes around all of it."
        wrong = f'In braces a comma ends the text: only "{frame.data[before]}" is read.'
        self.wrong((line, comma or column), wrong, remedy)

    def refuse_key(self, place: Place) -> None:
        braces = self.document.lines[place[0] - 1].find("{{") + 1
        if braces:
            remedy = "Put double quotes around the whole text."
            self.wrong((place[0], braces), "Text that begins with {{ must stand in quotes.", remedy)
        else:
            self.wrong(place, "A key must be a word; here it is a list or a table.", "Write a word before the colon.")

    def skip(self, event: Event) -> None:
        """Pass over a key that is a list or a table, to its end; the entry keeps a name that nobody can write."""
        self.skipped += event.kind in ("mapping", "sequence")
        self.skipped -= event.kind == "end"
        if not self.skipped:
            frame = self.frames[-1]
            frame.key, frame.wants_value = f"\0{len(self.faults)}", True

    def key(self, frame: Frame, text: str, place: Place, is_plain: bool) -> None:
        frame.key, frame.key_place, frame.wants_value = text, place, True
        if text == "<<" and is_plain:
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
