"""Pydantic's findings in the words of the people who write the files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic_core import ErrorDetails

from ivr.yaml_text.document import Path
from ivr.yaml_text.nearest import nearest

_SHAPES: Final = {
    "string": "text",
    "model": "a table",
    "dict": "a table",
    "dataclass": "a table",
    "mapping": "a table",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "iterable": "a list",
}
_KINDS_OF_VALUE: Final = {
    "int": ("a whole number", "Write it in digits, such as 3."),
    "float": ("a number", "Write it in digits, such as 2.5."),
    "decimal": ("a number", "Write it in digits, such as 2.5."),
    "bool": ("yes or no", "Write yes or no."),
    "date": ("a date", "Write year-month-day, such as 2026-11-26."),
    "time": ("a time of day", "Write hours and minutes, such as 08:00."),
    "datetime": ("a date and time", "Write it as 2026-11-26 08:00."),
}
_BOUNDS: Final = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "string_too_short": ("at least", "min_length"),
    "string_too_long": ("at most", "max_length"),
    "too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
}

_WRITTEN_AS: Final = {
    r"^[0-9*]$": 'The keys of a telephone here are 0 to 9 and "*".',
    r"^[1-9][0-9]?$": "Write how many digits, such as 9.",
    r"^[a-z]{2,3}-[A-Z]{2}$": "Write the language and the country, such as en-US.",
    r"^[PD]-[0-9]{2}$": "Write P- or D- and two digits, such as P-18.",
}
"""What fits a pattern that several files use."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit.

    Args:
        path: where, within what was parsed; for a missing field, its table.
        shape: what was expected, when text, a list or a table stands where another should.
        field: the name of a field that is missing or not known.
        offset: characters into the text.
    """

    path: Path
    wrong: str
    remedy: str
    shape: str = ""
    field: str = ""
    is_missing: bool = False
    on_key: bool = False
    offset: int = 0

    @property
    def name(self) -> str:
        """What the value is called: its key, or its place in a list."""
        return name_of(self.path)

    def saying(self, wrong: str, remedy: str) -> Finding:
        return replace(self, wrong=wrong, remedy=remedy)


def name_of(path: Path) -> str:
    """What a value is called: its key, or its place in a list."""
    if not path:
        return "This"
    if isinstance(path[-1], int):
        of = f' of "{path[-2]}"' if len(path) > 1 else ""
        return f"Entry {path[-1] + 1}{of}"
    return f'"{path[-1]}"'


def listed(words: Iterable[str], joined: str) -> str:
    """``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} {joined} {last}" if most else last


def in_words(details: ErrorDetails, path: Path, on_key: bool) -> Finding:
    """One finding of pydantic in plain English, without knowing the model."""
    kind, context, given = details["type"], details.get("ctx", {}), details["input"]
    name = name_of(path)
    stem = kind.partition("_")[0]
    if kind == "missing":
        field = str(details["loc"][-1])
        return Finding(
            path, f'"{field}" is missing here.', f"Add a line {field}: and its value.", "", field, True, True
        )
    if kind == "extra_forbidden":
        return Finding(
            path, f"{name} is not known here.", "Delete it.", field=str(path[-1] if path else ""), on_key=True
        )
    if kind in ("literal_error", "enum"):
        return _one_of(path, given, re.findall(r"'((?:[^'\\]|\\.)*)'", str(context.get("expected", ""))), on_key)
    if kind == "union_tag_invalid":
        tag = re.sub(r"\W", "", str(context.get("discriminator", "")))
        tags = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
        return _one_of((*path, tag), context.get("tag"), tags, on_key)
    if kind == "union_tag_not_found":
        tag = re.sub(r"\W", "", str(context.get("discriminator", "")))
        if not isinstance(given, dict):
            return Finding(path, f"{name} must be a table.", "Write its fields on lines of their own.", "a table")
        return Finding(path, f'"{tag}" is missing here.', f"Add a line {tag}: and its value.", "", tag, True, True)
    if kind in ("value_error", "assertion_error"):
        return _own_words(path, name, context.get("error"), on_key)
    if kind in _BOUNDS:
        return _bound(path, name, kind, context, given, on_key)
    if kind == "string_pattern_mismatch":
        return _pattern(path, given, str(context.get("pattern", "")), on_key)
    if kind.endswith("_type") and stem in _SHAPES:
        return _shape(path, name, _SHAPES[stem])
    if stem in _KINDS_OF_VALUE:
        what, remedy = _KINDS_OF_VALUE[stem]
        return Finding(path, f"{name} must be {what}.", remedy, on_key=on_key)
    return Finding(path, f"{name} does not fit here.", "Compare it with the documentation of this file.", on_key=on_key)


def _shape(path: Path, name: str, shape: str) -> Finding:
    remedy = {
        "text": "Write it on one line after the colon; use quotes if it has a colon in it.",
        "a list": "Begin each entry on a line of its own with - and a space.",
        "a table": "Write its fields on lines of their own, each as key: value.",
    }[shape]
    return Finding(path, f"{name} must be {shape}.", remedy, shape)


def _one_of(path: Path, given: Any, allowed: list[str], on_key: bool) -> Finding:
    if not isinstance(given, str):
        return _shape(path, name_of(path), "text")
    subject = "A key here" if on_key else name_of(path)
    quoted = [f'"{one}"' for one in allowed]
    must = f"one of {listed(quoted, 'or')}" if len(quoted) > 1 else "".join(quoted)
    meant = nearest(given, allowed)
    remedy = f'Did you mean "{meant}"?' if meant else f"Write {listed(quoted, 'or')}." if quoted else "Change it."
    return Finding(path, f'{subject} must be {must}, not "{given}".', remedy, on_key=on_key)


def _own_words(path: Path, name: str, error: Any, on_key: bool) -> Finding:
    """What our own validators say: ``ValueError(wrong, remedy)``, or an error with `wrong`, `remedy` and `offset`.

    A sentence that begins with "This " gets the value's name in its place.
    """
    arguments = tuple(getattr(error, "args", ()))
    wrong = getattr(error, "wrong", None) or (str(arguments[0]) if arguments else f"{name} does not fit here.")
    remedy = getattr(error, "remedy", None) or (str(arguments[1]) if len(arguments) > 1 else f"Change {name}.")
    if wrong.startswith("This ") and path:
        wrong = f"{name}{wrong.removeprefix('This')}"
    return Finding(path, wrong, remedy, on_key=on_key, offset=getattr(error, "offset", None) or 0)


def _bound(path: Path, name: str, kind: str, context: dict[str, Any], given: Any, on_key: bool) -> Finding:
    words, key = _BOUNDS[kind]
    limit = context.get(key)
    if kind.startswith("string"):
        if not given:
            return Finding(path, f"{name} is empty.", "Write something after the colon.", on_key=on_key)
        return Finding(path, f"{name} must have {words} {limit} characters.", "Change its length.", on_key=on_key)
    if kind.startswith("too"):
        if not given:
            return Finding(path, f"{name} has no entries.", "Write at least one.", on_key=on_key)
        return Finding(path, f"{name} must have {words} {limit} entries.", "Add or take out entries.", on_key=on_key)
    limit = f"{limit:g}" if isinstance(limit, (int, float)) else limit
    return Finding(path, f"{name} must be {words} {limit}.", f"Write a number that is {words} {limit}.", on_key=on_key)


def _pattern(path: Path, given: Any, pattern: str, on_key: bool) -> Finding:
    if choices := re.fullmatch(r"\^?\(?(?:\?:)?([\w*#-]+(?:\|[\w*#-]+)+)\)?\$?", pattern):
        return _one_of(path, given, choices[1].split("|"), on_key)
    wrong = f'The key "{given}" cannot stand here.' if on_key else f'{name_of(path)} cannot be "{given}".'
    remedy = _WRITTEN_AS.get(pattern, "Compare it with its neighbours, or with the reference of this file.")
    return Finding(path, wrong, remedy, on_key=on_key)
