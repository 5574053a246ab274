"""How numbers, addresses and names are read aloud (caller-experience, section 2): the words themselves, so that every
voice says the same.

Pauses inside what is spoken travel as private marks in the text. Only this module writes them, and whatever comes
from a file or a caller is `cleaned` of them first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import phonenumbers

from ivr.verbs import Break

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SIGNS: Final = {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus", "/": "slash", "'": "apostrophe"}
_KEYS: Final = {"*": "star", "#": "pound", **{str(number): word for number, word in enumerate(_DIGITS)}}

BETWEEN_PHONE_GROUPS_MS: Final = 400
BETWEEN_PHONE_DIGITS_MS: Final = 100
"""Slows a number that is written down to about 120 words a minute."""

BETWEEN_LETTERS_MS: Final = 150
BETWEEN_ENTRY_GROUPS_MS: Final = 300
AROUND_A_SPELLED_NAME_MS: Final = 150


class Spoken(str):
    """Text that is ready to be spoken, with marks for its pauses, and as it is `written` for filters to speak anew."""

    written: str

    def __new__(cls, text: str, written: str) -> Spoken:
        made = super().__new__(cls, text)
        made.written = written
        return made


def cleaned(text: str) -> str:
    """Text from outside without marks, control characters and what cannot be seen; spaces made single."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(_visible(character) for character in text).split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc" or character.isspace():
        return " "
    return "" if category.startswith("C") else character


def pieces(text: str) -> tuple[str | Break, ...]:
    """Marked text as runs of text and breaks."""
    parts = _MARK.split(text)
    return tuple(part if index % 2 == 0 else Break(int(part)) for index, part in enumerate(parts) if part)


def _written(value: str) -> str:
    return value.written if isinstance(value, Spoken) else cleaned(value)


def _paused(groups: Iterable[str], ms: int) -> str:
    return f"{_OPEN}{ms}{_CLOSE}".join(groups)


def key_word(key: str) -> str:
    """The word for a key: ``1`` is "one", ``0`` "zero", ``*`` "star", ``#`` "pound"."""
    return _KEYS.get(key) or digits(key)


def digits(value: str) -> Spoken:
    """Each digit a word, never a quantity; what is no digit stays."""
    text = _written(value)
    return Spoken(" ".join(_DIGITS[int(one)] if one in "0123456789" else one for one in text if one != " "), text)


def _slowly(number: str) -> str:
    """Each digit a word, with a little time to write it down."""
    return _paused((digits(digit) for digit in number), BETWEEN_PHONE_DIGITS_MS)


def groups(value: str) -> Spoken:
    """An entry in threes from the left; of a nine-digit one, which may be a consumer's, only the last two (D-26)."""
    text = re.sub(r"[^0-9]", "", _written(value))
    if len(text) == 9:
        return Spoken(f"ending in {digits(text[-2:])}", text[-2:])
    threes = [digits(text[start : start + 3]) for start in range(0, len(text), 3)]
    return Spoken(_paused(threes, BETWEEN_ENTRY_GROUPS_MS), text)


def phone(value: str) -> Spoken:
    """A telephone number in its groups: "six five one, four three one, two six seven zero"; toll-free 800 as "eight
    hundred". A number that cannot be read as one is spoken digit by digit."""
    text = _written(value)
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return digits(text)
    national = str(number.national_number)
    if number.country_code == 1 and len(national) == 10:
        area, exchange, line = national[:3], national[3:6], national[6:]
        first = f"{digits(area[0])} hundred" if area.endswith("00") else _slowly(area)
        return Spoken(_paused((first, _slowly(exchange), _slowly(line)), BETWEEN_PHONE_GROUPS_MS), text)
    if number.country_code == 1:
        return digits(text)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    country, *rest = re.findall(r"[0-9]+", written)
    spoken_groups = (f"plus {digits(country)}", *(_slowly(group) for group in rest))
    return Spoken(_paused(spoken_groups, BETWEEN_PHONE_GROUPS_MS), text)


def email(value: str, says: str | None = None) -> Spoken:
    """An e-mail address: "brokers at M N sure dot org".

    Args:
        says: how it is said, where spelling does not tell; between "at" and the first "dot" stands the domain's name.
    """
    text = _written(value)
    said = cleaned(says) if says else _said_as_written(text)
    found = re.fullmatch(r"(.*\bat) (.+?) (dot .+)", said)
    return Spoken(_paused(found.groups() if found else (said,), AROUND_A_SPELLED_NAME_MS), text)


def _said_as_written(text: str) -> str:
    words = re.findall(r"[^\W\d_]+|\d|[^\w\s]|_", text)
    return " ".join(_SIGNS.get(word, _DIGITS[int(word)] if word in "0123456789" else word) for word in words)


def spelled(value: str) -> Spoken:
    """Letter by letter: "b r o k e r s, at, m n s u r e, dot, o r g"."""
    text = _written(value)
    runs = re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", text)
    return Spoken(", ".join(_SIGNS.get(run) or _letters(run) for run in runs), text)


def _letters(run: str) -> str:
    return _paused((_DIGITS[int(one)] if one in "0123456789" else one for one in run), BETWEEN_LETTERS_MS)


def spoken(value: str) -> Spoken:
    """A value of a fact as words: ``certification_only`` is "certification only"."""
    text = _written(value)
    return Spoken(" ".join(text.replace("_", " ").split()), text)


def count(value: str) -> Spoken:
    """A whole number below a hundred as a word: ``3`` is "three"; anything else stays."""
    text = _written(value)
    if not re.fullmatch(r"[0-9]{1,2}", text):
        return Spoken(text, text)
    number = int(text)
    if number < 10:
        word = _DIGITS[number]
    elif number < 20:
        word = _TEENS[number - 10]
    else:
        word = _TENS[number // 10] + (f"-{_DIGITS[number % 10]}" if number % 10 else "")
    return Spoken(word, text)


FILTERS: Final[Mapping[str, Callable[[str], Spoken]]] = MappingProxyType(
    {
        "count": count,
        "digits": digits,
        "email": email,
        "groups": groups,
        "phone": phone,
        "spelled": spelled,
        "spoken": spoken,
    }
)
"""What may stand after a bar in words: ``{{ entry | groups }}``."""
