"""The other leg of a dial: rings, is answered or not, hears its whisper, and is joined to the caller or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ivr.softphone.fields import ProviderHabits
from ivr.softphone.gathering import take_key, time_out
from ivr.softphone.leg import Leg, new_sid
from ivr.softphone.state import Callee, DialWait, GatherWait, LegState

Representative = Literal["answers", "no_answer", "busy", "failed", "declines", "silent"]
"""What somebody called does: answers and takes the call with the key of the whisper; lets it ring; is engaged; cannot
be reached; answers and hangs up in the whisper; answers and presses nothing (an answering machine)."""

REPRESENTATIVES: tuple[Representative, ...] = get_args(Representative)

ANSWERS_AFTER_S = 6.0
RINGS_LONGER_S = 5.0
"""The provider rings about five seconds longer than told (provider's Dial page)."""

MOST_ASKED = 10
"""Gathers a representative listens to before hanging up."""

_STATUS = {"no_answer": "no-answer", "busy": "busy", "failed": "failed"}
_UNREACHED_S = {"busy": 3.0, "failed": 1.0}


@dataclass(frozen=True, slots=True)
class Rung:
    """How ringing one callee ended.

    Args:
        status: value of ``DialCallStatus``.
        joined: the two parties were connected.
        seconds: length of the callee's leg from answer, None when it was never answered.
    """

    sid: str
    status: str
    joined: bool
    seconds: int | None = None


def ring(leg: Leg, wait: DialWait, does: Sequence[Representative], key: str) -> Rung:
    """Ring the callees of a dial, who do as told in their order; those left over let it ring.

    Rung together, the first who answers wins, whatever comes of the whisper; rung one by one, the first too.
    """
    doing: list[Representative] = list(does)
    while len(doing) < len(wait.callees):
        doing.append("no_answer")
    doing = doing[: len(wait.callees)]
    if wait.one_by_one:
        for callee, one in zip(wait.callees, doing, strict=True):
            rung = _ring_one(leg, wait, callee, one, key)
            if rung.seconds is not None:
                break
        return rung
    for callee, one in zip(wait.callees, doing, strict=True):
        if one not in _STATUS:
            return _ring_one(leg, wait, callee, one, key)
    slowest: Representative = "busy" if "busy" in doing else "failed"
    return _ring_one(leg, wait, wait.callees[0], "no_answer" if "no_answer" in doing else slowest, key)


def go_on(leg: Leg, wait: DialWait, rung: Rung) -> None:
    """The dial is over: its action learns how; without one, the document goes on."""
    leg.state.waiting = None
    if wait.action:
        leg.load(wait.action, wait.method, result_fields(rung, leg.asker.habits))
    else:
        leg.proceed()


def result_fields(rung: Rung, habits: ProviderHabits) -> dict[str, str]:
    """What a dial's action is told (provider's Dial page)."""
    fields = {"DialCallStatus": rung.status, "DialCallSid": rung.sid}
    if rung.seconds is not None:
        fields["DialCallDuration"] = str(rung.seconds)
    if habits.dial_bridged:
        fields["DialBridged"] = "true" if rung.joined else "false"
    return fields


def _ring_one(leg: Leg, wait: DialWait, callee: Callee, does: Representative, key: str) -> Rung:
    """Ring one callee of the caller's leg; the clock moves on by what it takes."""
    sid = new_sid()
    if does in _STATUS:
        leg.tape.pass_time(_UNREACHED_S.get(does, wait.ring_s + RINGS_LONGER_S))
        leg.tape.note("representative", {"no_answer": "(no answer)", "busy": "(busy)"}.get(does, "(unreachable)"))
        return Rung(sid, _STATUS[does], joined=False)
    leg.tape.pass_time(ANSWERS_AFTER_S)
    leg.tape.note("representative", "(answers)")
    answered = leg.tape.elapsed
    joined = does != "declines"
    if callee.url:
        joined = _whisper(leg, wait, callee, sid, does, key)
    elif does == "declines":
        leg.tape.note("representative", "(hangs up)")
    return Rung(sid, "completed", joined, max(1, round(leg.tape.elapsed - answered)))


def _whisper(leg: Leg, wait: DialWait, callee: Callee, sid: str, does: Representative, key: str) -> bool:
    """Play the callee's own documents on the callee's leg; True when they run out, which joins the two."""
    state = LegState(
        sid=sid,
        parent_sid=leg.state.sid,
        caller=wait.caller_id,
        dialled=callee.number,
        direction="outbound-dial",
        status="in-progress",
    )
    other = Leg(state, leg.tape, leg.asker, leg.account_sid)
    other.load(callee.url, callee.method)
    for _ in range(MOST_ASKED):
        wait_now = state.waiting
        if not isinstance(wait_now, GatherWait) or does == "declines":
            break
        if does == "answers":
            take_key(other, wait_now, key, wait_now.began + wait_now.speech_s)
        if state.waiting is wait_now:
            time_out(other, wait_now)
    if state.over == "ran_out":
        return True
    if not state.over:
        leg.tape.note("representative", "(hangs up)")
    return False
