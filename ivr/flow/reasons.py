"""Reasons for a closure: callers hear them as they stand, so what is refused in a flow's words is refused in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.words import Flaw, typed_in

EXAMPLE: Final = "Say only why, in plain words, such as: a power outage."
"""What to do about a reason that cannot be spoken; callers hear from us when the line opens again."""

_NEVER_SPOKEN: Final = re.compile(r"\{\{|\}\}|[{}<>]")


def flaws_of_reason(reason: str) -> Iterator[Flaw]:
    """What is wrong with a reason: braces, markup, numbers, addresses, times, signs. Nothing is filled in for it."""
    if found := _NEVER_SPOKEN.search(reason):
        wrong = f"Callers would hear the {found[0]} as it stands: nothing is filled in here, and markup is not obeyed."
        yield Flaw(wrong, EXAMPLE, found.start())
        return
    for flaw in chain(typed_in(reason), hard_to_speak(reason)):
        yield Flaw(flaw.wrong, EXAMPLE, flaw.offset)
