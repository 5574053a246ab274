"""What star, zero, nine and pound do at the present step, as the page says it under the keypad."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.softphone.offered import offers
from ivr.softphone.state import GatherWait

Does = tuple[str, str]
"""A key, or keys, and what they do, in a few words."""

IN_A_NUMBER: tuple[Does, ...] = (("*", "starts over"), ("#", "ends the number"), ("0 #", "no number at hand"))
"""D-02, D-03, D-11: there zero and nine are digits."""

CONTROLS = "*09"


def keys_here(wait: GatherWait, facts: Mapping[str, str]) -> tuple[Does, ...]:
    """The keys that are not the present question's own, in the order of a keypad.

    A menu that says what some of them do is taken at its word, and nothing is said of the others; one that says nothing
    of them has them as everywhere (D-11).

    Args:
        facts: of the call; a line that is closed puts nobody through (D-18).
    """
    if wait.finish:
        return IN_A_NUMBER
    offered = offers(wait.said)
    said = tuple((key, offered[key]) for key in CONTROLS if key in offered)
    if said:
        return said
    zero = "next opening" if facts.get("line") == "closed" else "representative"
    return (("*", "repeats"), ("0", zero), ("9", "first menu"))
