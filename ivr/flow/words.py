"""What is wrong with words: nothing said, references that lead nowhere, numbers typed in instead of referred to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    unknown = [reference for reference, _ in unknown_references(words, known)]
    for reference in unknown:
        root, _, rest = reference.partition(".")
        if root not in unread:
            remedy = _remedy(root, rest, known.get(root, ()))
            yield Flaw(f'There is nothing called "{reference}".', remedy, words.offset_of(reference))
    yield from _unfit_filters(words, known, unknown)
    yield from typed_in(words.source)


def _unfit_filters(words: Words, known: Mapping[str, Collection[Any]], unknown: Collection[str]) -> Iterator[Flaw]:
    """Filters that would speak nonsense of what they stand after."""
    for reference, name, offset in words.filtered():
        what, fit = _fitting(reference, known)
        if reference not in unknown and what and name not in fit:
            either = " or ".join(f"{{{{ {reference} | {one} }}}}" for one in fit)
            remedy = f"Write {{{{ {reference} }}}} alone{f', or {either}' if fit else ''}."
            yield Flaw(f'The filter "{name}" does not fit {what}.', remedy, offset)


def _fitting(reference: str, known: Mapping[str, Collection[Any]]) -> tuple[str, Sequence[str]]:
    """What a reference is, and the filters that can speak it; an empty text where nothing can be said about it."""
    root, _, rest = reference.partition(".")
    if root == "desk":
        values = known.get(root)
        return _limit(str(values.get(rest, ""))) if isinstance(values, Mapping) else ("", ())
    return _FITTING.get((root, rest.partition(".")[2] if root == "contacts" else ""), ("", ()))


def _limit(value: str) -> tuple[str, Sequence[str]]:
    if re.fullmatch(r"[0-9]{1,2}", value):
        return "a small number", ("count", "digits")
    return ("a long number", ("digits",)) if value.isdigit() else ("words", ("spelled",) if value else ())


_NUMBER_IN_GROUPS: Final = ("a telephone number", ("phone", "digits"))
_FITTING: Final[Mapping[tuple[str, str], tuple[str, Sequence[str]]]] = {
    ("contacts", "phone"): _NUMBER_IN_GROUPS,
    ("contacts", "toll_free"): _NUMBER_IN_GROUPS,
    ("contacts", "fax"): _NUMBER_IN_GROUPS,
    ("contacts", "address"): ("an email address", ("email", "spelled")),
    ("contacts", "name"): ("a name", ("spelled",)),
    ("contacts", "page"): ("the name of a page", ("spelled",)),
    ("facts", ""): ("a fact", ("spoken",)),
    ("hours", ""): ("words about the hours", ()),
    ("line", ""): ("a sentence", ()),
}
"""Root and field of what words refer to: what it is, and the filters that can speak it."""


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


def without_braces(text: str) -> str:
    """Words with NUL for each character of what is filled in, so that places stay."""
    return _IN_BRACES.sub(lambda found: "\0" * len(found[0]), text)


def typed_in(text: str) -> Iterator[Flaw]:
    """Numbers, addresses and times that stand in the text itself."""
    written = without_braces(text)
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
