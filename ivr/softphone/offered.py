"""Which keys a menu offers, and when: people press one as soon as they hear it, not when the menu is over (U-03)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivr.softphone.spoken import WORDS_PER_S
from ivr.softphone.tape import Utterance

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star", "pound")
_NAMES = dict(zip("0123456789*#", _WORDS, strict=True))
_KEYS = {name: key for key, name in _NAMES.items()}

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_OFFER = re.compile(rf"(.+), (?:press )?({'|'.join(_WORDS)})[.!]")


def offers(said: Sequence[Utterance]) -> dict[str, str]:
    """Key to what is said of it: "For spelling, press star." is `*`: `for spelling`. In the order of the menu."""
    sentences = [sentence for utterance in said for sentence in _SENTENCE.split(utterance.text)]
    found = [offer for offer in map(_OFFER.fullmatch, sentences) if offer]
    return {_KEYS[key]: words[:1].lower() + words[1:] for words, key in (offer.groups() for offer in found)}


def offered_after(said: Sequence[Utterance], key: str) -> float | None:
    """Seconds from the beginning until "press one" (or ", one.", the shorter way) has been heard; None if it is not."""
    offer = re.compile(rf"(?:press|,) {_NAMES[key]}(?=[.,!?]|$)", re.IGNORECASE)
    for utterance in said:
        found = offer.search(utterance.text)
        if found:
            words = len(utterance.text[: found.end()].split())
            pauses = sum(pause.ms for pause in utterance.pauses if pause.after < words and pause.ms >= 500)
            return utterance.starts + words / WORDS_PER_S + pauses / 1000
    return None
