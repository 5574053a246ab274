"""Values of one call: where it is (the session), what just came in (what was heard), who calls whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """Who calls whom, as the provider says.

    Args:
        call_sid: the caller's leg; constant for the whole call.
        caller: E.164 text, or the provider's word for a withheld number. Never verifies anyone (D-27).
        dialled: the number of ours that was called, E.164 text.
    """

    call_sid: str
    caller: str
    dialled: str


@dataclass(frozen=True, slots=True)
class CallSession:
    """Where a call is. It travels in the action address, so everything in it is small.

    Args:
        release: content hash of the release the call began on, and finishes on.
        flow, step: the place. In a sub-flow the step's name is ``use_step/inner_step``.
        facts: every fact that the flow declares, with its value now.
        turn: turns answered so far; 0 before the first.
        began: whole seconds since the epoch, rounded down to the hour, so that a repeated first webhook agrees.
        silences, wrong_keys: counts within the present step (D-09, D-10); a good key clears both.
        entry: digits keyed at the last `collect`, without leading zeros; held in memory and address only (D-26).
        part: digits of an entry that is not finished (star at a full entry, D-02).
        tries: unconfirmed entries on this call (D-05, D-27).
        looks: look-ups tried for the present entry without an answer (D-22).
        leg: which of the representatives' numbers rings, from 0.
        stray_pound: an entry was just taken, so a pound sign more than needed may still be on its way.
    """

    release: str
    flow: str
    step: str
    facts: Mapping[str, str] = field(default_factory=dict)
    turn: int = 0
    began: int = 0
    silences: int = 0
    wrong_keys: int = 0
    entry: str = ""
    part: str = ""
    tries: int = 0
    looks: int = 0
    leg: int = 0
    stray_pound: bool = False


DialStatus = Literal["completed", "answered", "busy", "no-answer", "failed", "canceled"]

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""The provider's words for a call that has ended."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came in with a turn.

    Args:
        keys: ``Digits`` of the provider, only ``0-9``, ``*`` and ``#``; empty for silence.
        finished_on: ``FinishedOnKey`` when the provider sent it (undocumented), else None (D-03).
        dialled: result of a dial that just ended; None on other turns.
        talked: the caller and a representative were joined (``DialBridged``; without it, a completed leg that lasted).
    """

    keys: str = ""
    finished_on: str | None = None
    dialled: DialStatus | None = None
    talked: bool = False


SILENCE = Heard()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step found out besides its outcome; None leaves the session's value as it is."""

    entry: str | None = None
    part: str | None = None
    tries: int | None = None
    looks: int | None = None
    leg: int | None = None
    stray_pound: bool | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One outcome of a step, by name, and what the step found out.

    Args:
        overfull: the entry was ended by its last digit, so more keys may be on their way; they must not answer the
            next question (D-12).
    """

    outcome: str
    changes: Changes = field(default_factory=Changes)
    overfull: bool = False
