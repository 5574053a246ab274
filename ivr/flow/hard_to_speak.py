"""Words that a screen shows well and a voice does not: addresses, signs, markup, remarks. They only warn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ivr.flow.words import Flaw, typed_in, without_braces

_HARD: Final = (
    (
        re.compile(r"(?:https?://|\bwww\.)\S*", re.I),
        'The voice would read the address "{}" sign by sign, and nobody can note it.',
        "Say what the page is called; keep that in config/contacts.yaml and write {{ contacts.NAME.page }} here.",
    ),
    (
        re.compile(r"(?<![\w.:/-])(?:[1-9]|1[0-2])\s?[-\N{EN DASH}\N{EM DASH}]\s?(?:[1-9]|1[0-2])(?![\w:/-])"),
        'The voice may read "{}" as a sum or a date, and as hours it stays when the hours change.',
        "Hours: write {{ hours.weekly }}. Anything else: write it in words, such as eight to five.",
    ),
    (
        re.compile(r"(?<![\w.:/-])(?:[1-9]|1[0-2]) (?:to|until|till) (?:[1-9]|1[0-2])(?![\w:/-])", re.I),
        'If "{}" means hours, it stays when the hours change.',
        "Hours: write {{ hours.weekly }}. Anything else: write it in words, such as eight to five.",
    ),
    (
        re.compile(r"</?[a-z][^<>]*>", re.I),
        'The voice would read "{}" aloud: markup is not obeyed here.',
        "Delete it. For a pause write //.",
    ),
    (
        re.compile(r"(?<!\S)#(?=\s)"),
        'The voice would say "number sign" here and read on: within words nothing is a comment.',
        "If it is the key, write: the pound key. A remark to colleagues goes on a line of its own above the words.",
    ),
    (
        re.compile(r"(?<!\S)#(?=[^\W\d])\S+"),
        'The voice would say "number sign" and read "{}" on: within words nothing is a comment.',
        "A remark to colleagues goes on a line of its own above the words.",
    ),
)


def hard_to_speak(text: str) -> Iterator[Flaw]:
    """What a voice would make of words that were written for the eye; each sort once, at its first place.

    Nothing is said of words that are refused anyway.
    """
    if any(typed_in(text)):
        return
    written = without_braces(text)
    for pattern, wrong, remedy in _HARD:
        if found := pattern.search(written):
            yield Flaw(wrong.replace("{}", found[0]), remedy, found.start())
    for place, sign in enumerate(written):
        if unicodedata.category(sign) == "So":
            name = unicodedata.name(sign, "a sign").lower()
            wrong = f'The voice says nothing for "{sign}", or its name: "{name}".'
            yield Flaw(wrong, "Write in words what it is to say, or delete it.", place)
            return
