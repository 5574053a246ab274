"""What callers do: written calls with words that must be heard, and others that wander, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.softphone import Softphone
from ivr.softphone.state import DialWait

LONGEST = 9
"""Things done on a wandering call before its caller hangs up."""


@dataclass(frozen=True, slots=True)
class Script:
    """One sort of call.

    Args:
        does: in order: keys; `-` silence; `!` hangs up; `R` the representative takes the call; `N` nobody answers.
        hears: words that are heard somewhere on the call when nothing is wrong.
    """

    name: str
    does: tuple[str, ...]
    hears: tuple[str, ...] = ()


WRITTEN = (
    Script("certified", ("1", "99900001#", "R"), ("Please enter the broker's National Producer Number", "Connecting")),
    Script("not confirmed", ("1", "99900004#", "2", "R"), ("We couldn't confirm a current certification",)),
    Script("second try", ("1", "99900002#", "1", "99900001#", "R"), ("We couldn't confirm", "Connecting")),
    Script("no number", ("1", "0#", "2", "R"), ("For brokers and their staff",)),
    Script("nobody answers", ("4", "N", "N", "N", "N", "!"), ()),
    Script("secure email", ("2", "1", "2", "*", "*", "!"), ("Those questions are answered by secure email",)),
    Script("forms and hours", ("5", "3", "9", "5", "1", "!"), ("Changes are on Assister Central",)),
    Script("agencies", ("3", "1", "*", "0", "99900001#", "R"), ("We can't help with MinnesotaCare",)),
    Script("silence", ("-", "-", "R"), ("To speak with a representative, press one",)),
    Script("wrong keys", ("7", "8", "1", "99900001#", "R"), ()),
    Script("entry corrected", ("1", "999*", "99900001#", "R"), ("Please enter the broker's National Producer Number",)),
    Script("hangs up at once", ("!",), ("MNsure Broker Line",)),
    Script("hangs up at the number", ("1", "!"), ("Please enter the broker's National Producer Number",)),
)
"""Calls of the shipped line in open hours."""


def do(phone: Softphone, act: str) -> None:
    """One thing a caller, or the representative, does. What makes no sense just now does nothing."""
    match act:
        case "-":
            phone.stay_silent()
        case "!":
            phone.hang_up()
        case "R" | "N":
            if isinstance(phone.waiting, DialWait):
                phone.representative("answers" if act == "R" else "no_answer")
        case keys if not phone.is_over:
            phone.press(keys)


def wandering(seed: int, count: int, phone: Callable[[], Softphone]) -> Sequence[Script]:
    """Scripts found by walking about on a line that works; `phone` gives a telephone to it."""
    chance = random.Random(seed)
    return [_wander(f"wandering {number}", chance, phone()) for number in range(1, count + 1)]


def _wander(name: str, chance: random.Random, phone: Softphone) -> Script:
    phone.dial()
    does: list[str] = []
    while not phone.is_over and len(does) < LONGEST:
        keys = [*"1234590*", "99900001#", "99900003#", "12#", "-"]
        does.append(chance.choice("RRN") if isinstance(phone.waiting, DialWait) else chance.choice(keys))
        do(phone, does[-1])
    if not phone.is_over:
        does.append("!")
    return Script(name, tuple(does))
