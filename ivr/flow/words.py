"""What is wrong with words: nothing said, references that lead nowhere, numbers typed in instead of referred to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ivr.hours import HOURS_WORDS
from ivr.prompts import Words, unknown_references
from ivr.yaml_text import nearest

USUAL_HOURS: Final = ("weekly", "zone")
"""What can be said of the hours without knowing the moment."""

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
    """Everything wrong with words of a call.

    Args:
        known: root to the names that words may refer to there.
        unread: roots whose file could not be read, so that nothing can be said about references to them.
    """
    for reference, _ in unknown_references(words, known):
        root, _, rest = reference.partition(".")
        if root not in unread:
            remedy = _remedy(root, rest, known.get(root, ()))
            yield Flaw(f'There is nothing called "{reference}".', remedy, words.offset_of(reference))
    yield from typed_in(words.source)


def flaws_of_fixed(words: Words, known: Mapping[str, Collection[Any]], unread: Collection[str] = ()) -> Iterator[Flaw]:
    """Everything wrong with words that are made when a release is loaded, and so must hold on any call."""
    for reference in sorted(words.references):
        root, _, rest = reference.partition(".")
        if root in ("facts", "entry") or (root == "hours" and rest in HOURS_WORDS and rest not in USUAL_HOURS):
            wrong = f'"{reference}" differs from call to call, and these words are the same on every call.'
            remedy = (
                f"Of the hours, {{{{ hours.{USUAL_HOURS[0]} }}}} can be said here."
                if root == "hours"
                else "Leave it out."
            )
            yield Flaw(wrong, remedy, words.offset_of(reference))
            known = {**known, root: (*known.get(root, ()), rest)}
    yield from flaws(words, known, unread)


def typed_in(text: str) -> Iterator[Flaw]:
    """Numbers, addresses and times that stand in the text itself."""
    written = _IN_BRACES.sub(lambda found: "\0" * len(found[0]), text)
    for pattern, wrong, remedy in _TYPED_IN:
        if found := pattern.search(written):
            yield Flaw(wrong, remedy, found.start())


_WHERE: Final = {
    "contacts": "add it to config/contacts.yaml",
    "facts": "declare it under facts:",
    "desk": "add it under desk: in config/desk.yaml",
}


def _remedy(root: str, rest: str, there: Collection[Any]) -> str:
    """What to write instead of a reference that leads nowhere; `there` is what its root knows."""
    first, _, field = rest.partition(".")
    if isinstance(there, Mapping) and first in there:
        names, before = list(there[first]), f"{root}.{first}"
        wanted = field
    else:
        names, before, wanted = list(there), root, first
    if meant := nearest(wanted, names):
        return f'Did you mean "{before}.{meant}{f".{field}" if before == root and field else ""}"?'
    if not names:
        return "Leave it out: nothing of that sort can be said here."
    known = f"Write {before}. and one of {', '.join(names)}"
    return f"{known}; or {_WHERE[root]}." if root in _WHERE else f"{known}."
