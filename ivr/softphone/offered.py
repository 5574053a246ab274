"""When a key is offered: people press it as soon as they hear it, not when the menu is over (U-03)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivr.softphone.spoken import WORDS_PER_S
from ivr.softphone.tape import Utterance

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star", "pound")
_NAMES = dict(zip("0123456789*#", _WORDS, strict=True))


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
