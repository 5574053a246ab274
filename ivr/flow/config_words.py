"""Words of config/contacts.yaml and config/hours.yaml, looked at as the words of a flow are; each at its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from ivr.errors import Fault
from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.reasons import EXAMPLE, flaws_of_plain, template_mark
from ivr.flow.words import Flaw, typed_in
from ivr.hours import HoursFile
from ivr.prompts import ContactsFile
from ivr.yaml_text import Document
from ivr.yaml_text.document import Path

AS_SAID: Final = "Write the words as they are to be said; numbers and addresses have lines of their own here."
ONLY_WHAT: Final = "Say only what it is, in plain words, such as: open enrollment."

_SIGNS: Final = {"at": "@", "dot": ".", "dash": "-", "hyphen": "-", "underscore": "_", "plus": "+"}
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# fmt: off
_NAMES: Final = ("ay", "bee", "cee", "dee", "ee", "ef", "gee", "aitch", "eye", "jay", "kay", "el", "em",
    "en", "oh", "pee", "cue", "ar", "es", "tee", "you", "vee", "doubleu", "ex", "why", "zee")
# fmt: on
_LETTERS: Final = dict(zip(_NAMES, ascii_lowercase, strict=True))


def words_of_contacts(contacts: ContactsFile, document: Document) -> Iterator[tuple[Fault, bool]]:
    """What is wrong with what contacts are called, and with how addresses are said; True where it only warns."""
    for name, contact in contacts.contacts.items():
        for field in ("name", "page", "says"):
            path = ("contacts", name, field)
            # An address that is said in words is what `says` is for.
            yield from _flaws(document, path, AS_SAID, is_address=field == "says")
        if contact.address and contact.says and not says_address(contact.says, contact.address):
            wrong = f'Callers hear "{contact.says}", and the address is {contact.address}: one of them has changed.'
            remedy = f"Write says: as {contact.address} is said; or leave says: out, and the address is read as it is."
            yield document.fault(("contacts", name, "says"), wrong, remedy), True


def words_of_hours(hours: HoursFile, document: Document) -> Iterator[tuple[Fault, bool]]:
    """What is wrong with names and reasons that callers hear; True where it only warns."""
    yield from _flaws(document, ("zone_says",), AS_SAID)
    weeks: list[Path] = [("weekly",), *(("overlays", place, "hours") for place in range(len(hours.overlays)))]
    for week in weeks:
        for day in document.at(week) or ():
            yield from _flaws(document, (*week, day, "opens_later"), EXAMPLE)
    for name in hours.holidays.other_days:
        yield from _flaws(document, ("holidays", "other_days", name), ONLY_WHAT, key=name)
    for written in document.at(("special_dates",)) or ():
        yield from _flaws(document, ("special_dates", written, "name"), ONLY_WHAT)
    for place in range(len(hours.overlays)):
        yield from _flaws(document, ("overlays", place, "name"), ONLY_WHAT)
    for place in range(len(hours.closures)):
        yield from _flaws(document, ("closures", place, "reason"), EXAMPLE)


def refused_in_plain(text: str) -> Iterator[Flaw]:
    """What is refused in a sentence that nothing is filled into."""
    if mark := template_mark(text, AS_SAID):
        yield mark
    yield from typed_in(text)


def _flaws(
    document: Document, path: Path, remedy: str, *, key: str = "", is_address: bool = False
) -> Iterator[tuple[Fault, bool]]:
    """Of a text, or of a `key` that callers hear: marks are refused, the rest is warned of."""
    text = key or document.at(path)
    if not isinstance(text, str):
        return
    if mark := template_mark(text, remedy):
        yield _fault(document, path, mark, bool(key)), False
    found = hard_to_speak(text) if is_address else flaws_of_plain(text, remedy)
    for flaw in found:
        yield _fault(document, path, Flaw(flaw.wrong, remedy, flaw.offset), bool(key)), True


def _fault(document: Document, path: Path, flaw: Flaw, on_key: bool) -> Fault:
    return document.fault(path, flaw.wrong, flaw.remedy, key=on_key, offset=flaw.offset)


def says_address(says: str, address: str) -> bool:
    """Whether words spell out an e-mail address: letter by letter, by the letters' names, or as whole words."""
    words = re.sub(r"double[\s-]u\b", "doubleu", says.casefold())
    words = re.sub(r"[^a-z0-9\s]", " ", words)
    parts = [_SIGNS.get(word, str(_DIGITS.index(word)) if word in _DIGITS else word) for word in words.split()]
    wanted = re.sub(r"[\s']", "", address.casefold())
    return wanted in ("".join(parts), "".join(_LETTERS.get(part, part) for part in parts))
