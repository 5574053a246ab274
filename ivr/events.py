"""What happened on a call, as values fit for a log: no full number, no digits but a menu's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.log import masked, masked_text

__all__ = ["Event", "TurnRecord", "masked", "masked_caller", "masked_text"]


@dataclass(frozen=True, slots=True)
class Event:
    """One step taken on a turn.

    Args:
        turn: the turn it happened on, from 1; `order`: its place within the turn, from 0.
        outcome: the step's outcome; for the step that now waits or ends, the empty text.
        input: what was keyed, masked (D-26); empty when nothing was.
        label: the value of the fact `label` after the step, if the flow has one.
    """

    turn: int
    order: int
    step: str
    kind: str
    outcome: str
    input: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One answered turn, as the store appends it.

    Args:
        at: the moment of the turn, with zone.
        ms: milliseconds from the request to the answer.
        caller: the calling number, masked.
        began: the hour in which the call began, as its session carries it (seconds since the epoch); 0 when that is not
            known, and the moment of the turn stands for it.
    """

    call_sid: str
    release: str
    flow: str
    at: datetime
    ms: float
    caller: str
    events: tuple[Event, ...]
    began: int = 0


def masked_caller(caller: str) -> str:
    """A calling number for a log: its last two digits, or what sort of caller it is when it is no number."""
    if caller[:1] == "+" and caller[1:].isascii() and caller[1:].isdigit() and 6 <= len(caller) <= 16:
        return "+" + masked(caller[1:])
    kind = caller.partition(":")[0].lower()
    if kind in ("client", "sip", "sips"):
        return kind
    return "other" if any(letter.isdigit() for letter in caller) else "withheld"
