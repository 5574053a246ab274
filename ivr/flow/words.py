"""What is wrong with words: nothing said, references that lead nowhere, numbers typed in instead of referred to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ivr.prompts import Words, unknown_references

_NUMBER = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_DIGIT_WORD = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"

_TYPED_IN: Final = (
    (
        re.compile(rf"[+(]?\d(?:[\s().-]*\d){{6,}}|\b(?:{_DIGIT_WORD})\b(?:[\s,-]+(?:{_DIGIT_WORD})\b){{6,}}", re.I),
        "A telephone number is typed into the words.",
        "Keep it in config/contacts.yaml and write {{ contacts.NAME.phone }} here.",
    ),
    (
        re.compile(r"[\w.+-]+@[\w-]+\.\w+|\bdot (?:com|org|net|gov|edu|us)\b|\bat [\w ]{1,30} dot \w+", re.I),
        "An email address is typed into the words.",
        "Keep it in config/contacts.yaml and write {{ contacts.NAME.address }} here.",
    ),
    (
        re.compile(
            rf"\b(?:\d{{1,2}}|{_NUMBER})(?::\d\d|[ -](?:fifteen|thirty|forty-five))?"
            r"\s*(?:[ap]\.\s?m\.|[ap]m\b|o'clock\b)"
            rf"|\b\d{{1,2}}:\d\d\b|\b(?:noon|midnight)\b"
            rf"|\b{_DAY}\b[^.]{{0,60}}?\b(?:{_NUMBER}|\d{{1,2}}) (?:to|until|through) (?:{_NUMBER}|\d{{1,2}})\b",
            re.I,
        ),
        "A time of day is typed into the words.",
        "Keep it in config/hours.yaml and write {{ hours.next_opening }} or {{ hours.weekly }} here.",
    ),
)
_IN_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with words, `offset` characters from their start."""

    wrong: str
    remedy: str
    offset: int = 0


def flaws(words: Words, known: Mapping[str, Collection[Any]], unread: Collection[str] = ()) -> Iterator[Flaw]:
    """Everything wrong with words.

    Args:
        known: root to the names that words may refer to there.
        unread: roots whose file could not be read, so that nothing can be said about references to them.
    """
    if not words.source.strip().replace("//", ""):
        yield Flaw("There are no words here.", "Write what callers hear, or delete the line.")
    for reference, meant in unknown_references(words, known):
        root, _, rest = reference.partition(".")
        if root in unread:
            continue
        remedy = f'Did you mean "{meant}"?' if meant else _known_there(root, rest, known)
        yield Flaw(f'There is nothing called "{reference}".', remedy, words.offset_of(reference))
    written = _IN_BRACES.sub(lambda found: "\0" * len(found[0]), words.source)
    for pattern, wrong, remedy in _TYPED_IN:
        if found := pattern.search(written):
            yield Flaw(wrong, remedy, found.start())


def typed_in(text: str) -> Iterator[Flaw]:
    """Numbers, addresses and times in text that is spoken as it stands."""
    for pattern, wrong, remedy in _TYPED_IN:
        if found := pattern.search(text):
            yield Flaw(wrong, remedy, found.start())


_WHERE: Final = {
    "contacts": "Add it to config/contacts.yaml",
    "facts": "Declare it under facts:",
    "desk": "Add it under desk: in config/desk.yaml",
}


def _known_there(root: str, rest: str, known: Mapping[str, Collection[Any]]) -> str:
    there = known.get(root, ())
    inner = rest.partition(".")[0]
    if isinstance(there, Mapping) and inner in there:
        return f"What can be said of {root}.{inner}: {', '.join(there[inner])}."
    if not there:
        return "Delete it: nothing of that sort can be said here."
    names = f"one of {', '.join(there)}"
    return f"{_WHERE[root]}, or write {names}." if root in _WHERE else f"Write {names}."
