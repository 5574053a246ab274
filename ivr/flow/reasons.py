"""Words of config/ that callers hear as they stand, such as reasons for a closure: what a flow's words may not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.words import Flaw, typed_in

EXAMPLE: Final = "Say only why, in plain words, such as: a power outage."
"""What to do about a reason that cannot be spoken; callers hear from us when the line opens again."""

_NEVER_SPOKEN: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|[{}<>]|(?<!:)//")


def template_mark(text: str, remedy: str = EXAMPLE) -> Flaw | None:
    """Braces, markup, the sign for a pause: they mean something in a flow's words, and nothing here."""
    if found := _NEVER_SPOKEN.search(text):
        wrong = f"Callers would hear the {found[0]} as it stands: nothing is filled in here, and markup is not obeyed."
        return Flaw(wrong, remedy, found.start())
    return None


def flaws_of_plain(text: str, remedy: str) -> Iterator[Flaw]:
    """Numbers, addresses, times and signs in words that nothing is filled into; a mark alone is told where one is."""
    if not template_mark(text):
        for flaw in chain(typed_in(text), hard_to_speak(text)):
            yield Flaw(flaw.wrong, remedy, flaw.offset)


def flaws_of_reason(reason: str) -> Iterator[Flaw]:
    """What is wrong with a reason: braces, markup, numbers, addresses, times, signs. Nothing is filled in for it."""
    if mark := template_mark(reason):
        yield mark
    yield from flaws_of_plain(reason, EXAMPLE)
