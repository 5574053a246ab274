"""What a `<Say>` sounds like: SSML to plain words, pauses, and seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ivr.softphone.document import Node

WORDS_PER_S = 2.5
"""150 words a minute (caller-experience targets)."""

_STRENGTHS = {"none": 0, "x-weak": 100, "weak": 200, "medium": 400, "strong": 700, "x-strong": 1000}
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)\Z")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of one `<Say>`.

    Args:
        text: plain words; a break of 300 to 499 ms (inside a number) reads as a comma.
        pauses: each break as (words of `text` spoken before it, milliseconds).
    """

    text: str
    pauses: tuple[tuple[int, int], ...]
    words: int

    @property
    def seconds(self) -> float:
        """Words at 150 a minute and every break of half a second or more; shorter ones are part of speaking."""
        return self.words / WORDS_PER_S + sum(ms for _, ms in self.pauses if ms >= 500) / 1000


def break_ms(node: Node) -> int:
    """Milliseconds of a `<break>`; without a readable time, its strength's usual length."""
    found = _TIME.match(node.attributes.get("time", ""))
    if found:
        return int(float(found[1]) * (1000 if found[2] == "s" else 1))
    return _STRENGTHS.get(node.attributes.get("strength", "medium"), 400)


def _pieces(node: Node) -> Iterator[str | int]:
    """Runs of text, and breaks in milliseconds."""
    for item in node.inside:
        if isinstance(item, str):
            yield item
        elif item.name == "break":
            yield break_ms(item)
        elif item.name == "sub":
            # A transcript shows the name as it is written; how it is said matters to the voice alone.
            yield item.text
        elif item.name == "say-as" and item.attributes.get("interpret-as") in _SINGLE:
            yield " " + " ".join("".join(item.text.split())) + " "
        elif item.name in ("p", "s"):
            yield " "
            yield from _pieces(item)
            yield " "
        else:
            yield from _pieces(item)


_SINGLE = {"characters", "spell-out", "digits", "telephone"}


def spoken(node: Node) -> Spoken:
    """The words of a `<Say>` (or anything that holds text)."""
    shown, counted = "", ""
    pauses: list[tuple[int, int]] = []
    for piece in _pieces(node):
        if isinstance(piece, str):
            shown += piece
            counted += piece
        else:
            shown += ", " if 300 <= piece < 500 else " "
            counted += " "
            pauses.append((len(counted.split()), piece))
    return Spoken(" ".join(shown.split()).replace(" ,", ","), tuple(pauses), len(counted.split()))
