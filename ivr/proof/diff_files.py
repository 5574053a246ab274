"""What two versions' files say otherwise besides the steps of a flow: fixed words, limits, rules, scripted calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.flow.load import desk_of, line_of
from ivr.flow.release import Release
from ivr.flow.rules import RULES_SUFFIX, read_rules
from ivr.yaml_text import Document, read_yaml

CALLS = "flows/calls/"
GIVEN = "flows/calls/given/"
DESK = "config/desk.yaml"
HOURS = "config/hours.yaml"


@dataclass(frozen=True, slots=True)
class FilesChange:
    """Changes that are met on any call or on none.

    Args:
        heard: the voice, and words that no step speaks.
        limits: how long a call may be, how many numbers a caller may try.
        rules, calls: what must hold and what must be heard, changed.
        quiet: no caller can notice these.
    """

    heard: Sequence[str] = ()
    limits: Sequence[str] = ()
    rules: Sequence[str] = ()
    calls: Sequence[str] = ()
    quiet: Sequence[str] = ()


def files_changes(a: Release, b: Release, renamed: Mapping[str, str]) -> FilesChange:
    """Compare them. `renamed`: steps by their old names to their new ones, which is no change by itself."""
    rules, calls = _rules(a, b, renamed), _calls(a, b, renamed)
    return FilesChange(tuple(_heard(a, b)), tuple(_limits(a, b)), tuple(rules), tuple(calls), tuple(_quiet(a, b)))


def _new_names(written: Any, renamed: Mapping[str, str]) -> str:
    """What is written, as one text, with the new names of steps."""
    text = json.dumps(written, sort_keys=True)
    return re.sub(r"[a-z][a-z0-9_/]*", lambda found: renamed.get(found[0], found[0]), text) if renamed else text


def _heard(a: Release, b: Release) -> Iterator[str]:
    one, other = a.voice, b.voice
    for name, before, now in (
        ("voice", one.name, other.name),
        ("language", one.language, other.language),
    ):
        if before != now:
            yield f"The {name} is {now} instead of {before}."
    said_a, said_b = dict(one.says), dict(other.says)
    for name in dict.fromkeys((*said_a, *said_b)):
        if said_a.get(name) != said_b.get(name):
            yield f"{name} is said {said_b.get(name, name)} instead of {said_a.get(name, name)}."
    fixed_a, fixed_b = line_of(a.files).words, line_of(b.files).words
    for when, said, is_rewritten in (
        (
            "a call has lost its place",
            (a.words.start_over, b.words.start_over),
            fixed_a.start_over != fixed_b.start_over,
        ),
        ("nothing else can be said", (a.words.trouble, b.words.trouble), fixed_a.trouble != fixed_b.trouble),
        ("too many call at once", (a.words.busy, b.words.busy), fixed_a.busy != fixed_b.busy),
        (
            "the whole line is gone",
            (a.words.fallback, b.words.fallback),
            fixed_a.when_gone != fixed_b.when_gone,
        ),
    ):
        if said[0] != said[1] and is_rewritten:
            yield f"When {when}, callers hear: {said[1].plain} Before: {said[0].plain}"
        elif said[0] != said[1]:
            yield f"What callers hear when {when} has the new hours and numbers, too."


def _limits(a: Release, b: Release) -> Iterator[str]:
    if a.turns_limit != b.turns_limit:
        yield f"A call is led to the worn_out step after {b.turns_limit} turns instead of {a.turns_limit}."
    if a.entries_per_hour != b.entries_per_hour:
        yield (
            f"After {b.entries_per_hour} unconfirmed numbers from one caller in an hour, instead of "
            f"{a.entries_per_hour}, no number is looked up."
        )


def _otherwise_written(a: Release, b: Release) -> list[str]:
    """Paths of files that are not the same, byte by byte."""
    return [path for path in dict.fromkeys((*a.files, *b.files)) if a.files.get(path) != b.files.get(path)]


def _rules(a: Release, b: Release, renamed: Mapping[str, str]) -> Iterator[str]:
    if not any(path.endswith(RULES_SUFFIX) for path in _otherwise_written(a, b)):
        return
    before, now = read_rules(a.files), read_rules(b.files)
    for number in dict.fromkeys((*before, *now)):
        if number not in now:
            yield f"{number} is gone: {before[number].rule.says}"
        elif number not in before:
            yield f"{number} is new: {now[number].rule.says}"
        elif before[number].rule.says != now[number].rule.says:
            yield f"{number} says: {now[number].rule.says} Before: {before[number].rule.says}"
        elif _new_names(_rule_text(before[number]), renamed) != _new_names(_rule_text(now[number]), {}):
            yield f"{number} is shown or proved otherwise."


def _rule_text(rule: Any) -> Any:
    return rule.document.at(("rules", rule.number))


def _calls(a: Release, b: Release, renamed: Mapping[str, str]) -> Iterator[str]:
    written = [path for path in _otherwise_written(a, b) if path.startswith(CALLS)]
    yield from (f"Played on something else: {path}" for path in written if path.startswith(GIVEN))
    paths = [path for path in written if not path.startswith(GIVEN)]
    before, now = _scripted(a.files, paths), _scripted(b.files, paths)
    for call in dict.fromkeys((*before, *now)):
        if call not in now:
            yield f"Gone: {call}"
        elif call not in before:
            yield f"New: {call}"
        elif _new_names(before[call], renamed) != _new_names(now[call], {}):
            yield f"Changed: {call}"


def _scripted(files: Mapping[str, bytes], paths: Sequence[str]) -> dict[str, Any]:
    """Sentence of each scripted call, to the call as it is written."""
    found: dict[str, Any] = {}
    for path in paths:
        if path in files:
            written = read_yaml(path, files[path]).data
            calls = [call for call in written if isinstance(call, dict)] if isinstance(written, list) else []
            found |= {str(call.get("call", "")): call for call in calls}
    return found


def _quiet(a: Release, b: Release) -> Iterator[str]:
    written = _otherwise_written(a, b)
    if DESK in written and desk_of(a.files).model_copy(update={"desk": {}}) != desk_of(b.files).model_copy(
        update={"desk": {}}
    ):
        yield "config/desk.yaml: what representatives work by."
    for root, file in (("contacts", "config/contacts.yaml"), ("desk", "config/desk.yaml")):
        yield from (f"{file}: {root}.{name}" for name in _otherwise(a.spoken[root], b.spoken[root]))


def is_layout_only(a: Release, b: Release) -> bool:
    """Whether the files differ, but nothing that they say."""
    written = _otherwise_written(a, b)
    return bool(written) and not any(_data(a, path) != _data(b, path) for path in written)


def is_walked_alike(a: Release, b: Release) -> bool:
    """Whether nothing is otherwise that a turn goes by, but for the hours."""
    paths = (
        path
        for path in _otherwise_written(a, b)
        if path != HOURS and not path.startswith(CALLS) and not path.endswith(RULES_SUFFIX)
    )
    return all(_data(a, path) == _data(b, path) for path in paths)


def _otherwise(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *now)):
        one, other = before.get(name), now.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from (f"{name}.{field}" for field in _otherwise(one, other))
        elif one != other or getattr(one, "written", one) != getattr(other, "written", other):
            yield name


def _data(release: Release, path: str) -> Any:
    if path.endswith(".csv"):
        return release.files.get(path)
    return read_yaml(path, release.files[path]).data if path in release.files else None


class SourceLines:
    """Where the steps of a flow stand in a release's files."""

    def __init__(self, release: Release, flow: str) -> None:
        self._files, self._flow = release.files, flow
        self._read: dict[str, Document] = {}

    def place(self, step: str, path: Sequence[str], file: str = "") -> tuple[str, int]:
        """File and line of a place in a step's text (`step` empty: in `file`); the nearest there is, or 0."""
        if not step and file != "flows":
            document = self._document(file)
            return file, document.place(tuple(path))[0] if document.at(tuple(path)[:1]) is not None else 0
        found = self._flow_file(self._flow)
        *uses, name = step.split("/") if step else [""]
        for use in uses:
            flow = self._document(found).at(("steps", use, "flow"))
            found = self._flow_file(str(flow))
        document = self._document(found)
        whole: tuple[str, ...] = ("steps", name, *path) if step else tuple(path)
        is_key = document.at(whole) is not None and isinstance(document.at(whole), dict)
        return found, document.place(whole, key=is_key)[0]

    def _document(self, file: str) -> Document:
        if file not in self._read:
            self._read[file] = read_yaml(file, self._files[file])
        return self._read[file]

    def _flow_file(self, flow: str) -> str:
        candidates = [
            path
            for path in self._files
            if path.startswith("flows/") and not path.startswith(CALLS) and not path.endswith(RULES_SUFFIX)
        ]
        return next(path for path in candidates if self._document(path).at(("flow",)) == flow)
