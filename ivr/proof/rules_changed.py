"""What was changed on the way of a call that breaks a rule, since another version: the lines to look at first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ivr.errors import Fault, FileFaults
from ivr.flow.project import CALLS, CONTACTS, DESK, HOURS, LINE
from ivr.flow.rules import RULES_SUFFIX
from ivr.steps.step import Path
from ivr.yaml_text import Document, read_yaml

WORDS: Final = ("say", "offer", "again", "whisper", "meanwhile")
"""Fields of a step that callers hear, and that lead nowhere."""

MOST_LETTERS: Final = 60
"""Of what stood in a place before."""

ORDER: Final = "the order"
"""Stands for the order of a table's keys, or of a list."""


@dataclass(frozen=True, slots=True)
class Before:
    """The version to compare with.

    Args:
        name: for people, such as "release 3, on the air".
        files: path to content, as `ivr.flow.load.read_files` gives them.
    """

    name: str
    files: Mapping[str, bytes]


OnAir = Callable[[], Before | None]
"""Gives the version to compare with, when it is needed."""


def nothing_before() -> Before | None:
    """There is nothing to compare with."""
    return None


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that stands in a file otherwise than before.

    Args:
        path: where; for what was taken out, where it stood.
        before: what stood there; None where nothing did.
        is_gone: it was taken out, and the nearest that still stands is shown.
    """

    document: Document
    path: Path
    before: str | None
    is_gone: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """File and line, as the file is now."""
        return self.document.file, self.fault("", "").line

    def fault(self, wrong: str, remedy: str) -> Fault:
        """A fault there; of words, at the first that are others."""
        step = str(self.path[1]) if len(self.path) > 1 and self.path[0] == "steps" else None
        now, offset = self.document.at(self.path), 0
        if isinstance(now, str) and self.before and not self.is_gone:
            offset = _differs(now, self.before)
        path = (*self.path, "go") if isinstance(now, dict) and "go" in now and not self.is_gone else self.path
        return self.document.fault(path, wrong, remedy, key=self.is_gone, step=step, offset=offset)

    def __str__(self) -> str:
        """In one line, with what it was."""
        file, line = self.place
        text = " ".join(self.document.lines[line - 1].split()) if line else ""
        if self.is_gone:
            return f"{file}:{line}  {text}  (taken out here: {self._was})"
        was = "new" if self.before is None else f"it was: {self._was}"
        return f"{file}:{line}  {text}  ({was})"

    @property
    def _was(self) -> str:
        """What stood there, short; a fact that is set with its name."""
        now, text = self.document.at(self.path), self.before or ""
        if isinstance(now, str) and not self.is_gone and (offset := _differs(now, text)):
            text = f"... {text[offset:]}"
        text = " ".join(text.split())
        text = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rsplit(' ', 1)[0]} ..."
        key = self.path[-1]
        is_named = ("set" in self.path[:-1] or self.is_gone) and key != self.before
        if key == ORDER:
            return f"in this order: {text}"
        return f"{key}: {text}" if is_named else text

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        file, line = self.place
        return {"file": file, "line": line, "path": list(self.path), "before": self.before, "gone": self.is_gone}


@dataclass(frozen=True, slots=True)
class Passed:
    """One wire that a call passes, and the places in files that may write it.

    Args:
        document: the file of its step, where the step is called `step`.
        wires: each a file and a place in it; most of them are not there.
    """

    document: Document
    step: str
    wires: Sequence[tuple[Document, Path]]


class Since:
    """The files as they are now, beside those before."""

    def __init__(self, before: Before, document: Callable[[str], Document]) -> None:
        """`document`: reads a file as it is now."""
        self.name = before.name
        self._files, self._document = before.files, document
        self._old: dict[str, Any] = {}

    def on_way(self, passed: Sequence[Passed]) -> list[Changed]:
        """What is otherwise on a way: its wires; else what else its steps, the flow's head and the line's rules say."""
        wired = [each for each in passed if any(self._wires(each))]
        rest = [change for change in self._of_steps(wired) if not is_words(change.path)]
        return (
            _once([*(change for each in wired for change in self._wires(each)), *rest])
            or _once(change for change in self._of_steps(passed) if not is_words(change.path))
            or _once(change for file in (passed[0].document.file, LINE) if passed for change in self._head(file))
            or _once(self._of_steps(passed))
        )

    def of_flows(self, files: Iterable[str]) -> list[Changed]:
        """What is otherwise in flows: where they lead; else what they say, and what stands in config/."""
        flows = [
            name
            for name in files
            if name.startswith("flows/") and not name.startswith(CALLS) and not name.endswith(RULES_SUFFIX)
        ]
        found = _once(change for name in flows for change in self.at(self._document(name), ()))
        return [change for change in found if not is_words(change.path)] or found or self.of_config()

    def of_config(self) -> list[Changed]:
        """What is otherwise in the files of config/."""
        files = (CONTACTS, DESK, HOURS, LINE)
        return _once(change for file in files for change in self.at(self._document(file), ()))

    def at(self, document: Document, path: Path) -> Iterator[Changed]:
        """What is otherwise at a place and below it; nothing where a file was not there, or cannot be read any more."""
        old = self._before(document.file)
        if old is None:
            return
        place = path[:-1] if path[-1:] == ("go",) else path
        now = dict(leaves(document.at(path), place))
        was = dict(leaves(_value(old, path), place))
        for place, text in now.items():
            if place[-1:] == (ORDER,) and sorted(was.get(place, "").split(", ")) != sorted(text.split(", ")):
                continue
            if was.get(place) != text:
                yield Changed(document, _shown(document, place, text), was.get(place))
        for place, text in was.items():
            if place not in now and place[-1:] != (ORDER,):
                yield Changed(document, place, text, is_gone=True)

    def _wires(self, passed: Passed) -> Iterator[Changed]:
        for document, path in passed.wires:
            yield from self.at(document, path)

    def _of_steps(self, passed: Sequence[Passed]) -> Iterator[Changed]:
        for each in passed:
            yield from self.at(each.document, ("steps", each.step))

    def _head(self, file: str) -> Iterator[Changed]:
        document = self._document(file)
        for key in document.data:
            if key != "steps":
                yield from self.at(document, (key,))

    def _before(self, file: str) -> Any:
        if file not in self._old:
            try:
                self._old[file] = read_yaml(file, self._files[file]).data if file in self._files else None
            except FileFaults:
                self._old[file] = None
        return self._old[file]


def leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in a table, with its place.

    A wire `{go: step}` is the same as its step's name alone; an entry of a list is known by its text, wherever it
    stands. Where the order means something, it is a text, too: a menu's keys, and the values of a fact.
    """
    if isinstance(value, dict):
        if path[-1:] == ("options",):
            yield (*path, ORDER), ", ".join(value)
        for key, item in value.items():
            yield from leaves(item, path if key == "go" else (*path, key))
    elif isinstance(value, list):
        if path[:1] == ("facts",):
            yield (*path, ORDER), ", ".join(map(str, value))
        for place, item in enumerate(value):
            yield from leaves(item, (*path, item if isinstance(item, str) else place))
    elif value is not None:
        yield path, value


def is_words(path: Path) -> bool:
    """Whether a place in a flow holds words only."""
    return any(part in WORDS for part in path[2:])


def _value(data: Any, path: Path) -> Any:
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _shown(document: Document, place: Path, text: str) -> Path:
    """Where a text stands in the file: an entry of a list by its number."""
    entries = document.at(place[:-1])
    return (*place[:-1], entries.index(text)) if isinstance(entries, list) and text in entries else place


def _differs(now: str, before: str) -> int:
    """Where the first word stands that is another."""
    same = next((place for place, (one, other) in enumerate(zip(now, before, strict=False)) if one != other), None)
    return now.rfind(" ", 0, min(len(now), len(before)) if same is None else same) + 1


def _once(changes: Iterable[Changed]) -> list[Changed]:
    return list({(change.document.file, change.path): change for change in changes}.values())
