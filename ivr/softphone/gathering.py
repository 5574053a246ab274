"""Keys and silence, by the provider's Gather page: barge-in, the clock between keys, the empty result."""

from __future__ import annotations

from math import ceil

from ivr.softphone.leg import Leg, new_sid
from ivr.softphone.state import GatherWait, RecordWait, Waiting
from ivr.softphone.tape import Who


def take_key(leg: Leg, wait: GatherWait, key: str, second: float) -> bool:
    """One key at a second of the call. True when it ended the gather and the next document has been read.

    A key stops what is being said at once, a nested pause too; from there the clock runs anew after every key.
    """
    leg.tape.hear_until(wait.said, wait.began, second, leg.ear)
    wait.said = []
    if not wait.hears_keys:
        return False
    if not wait.pressed:
        wait.pressed_at = second
    wait.pressed += key
    wait.deadline = round(second + wait.timeout_s, 3)
    if wait.finish and key == wait.finish:
        _end(leg, wait, wait.pressed[:-1], key)
        return True
    if wait.most and len(wait.pressed) >= wait.most:
        _end(leg, wait, wait.pressed, "")
        return True
    return False


def time_out(leg: Leg, wait: GatherWait) -> None:
    """Nothing more is pressed until the clock runs out; digits already there are submitted."""
    leg.tape.hear_until(wait.said, wait.began, wait.deadline, leg.ear)
    wait.said = []
    _end(leg, wait, wait.pressed, "")


def hear_out(leg: Leg, wait: GatherWait) -> None:
    """Listen to everything that is said, without a key."""
    if wait.said:
        leg.tape.hear_until(wait.said, wait.began, wait.began + wait.speech_s, leg.ear)
        wait.said = []


def _end(leg: Leg, wait: GatherWait, digits: str, finished_on: str) -> None:
    who: Who = "representative" if leg.ear == "representative" else "caller"
    if wait.pressed:
        leg.tape.note(who, wait.pressed, wait.pressed_at)
    else:
        leg.tape.note(who, "(silence)")
    leg.state.waiting = None
    leg.state.documents = 0 if wait.pressed else leg.state.documents
    leg.tape.new_turn()
    if not digits and not wait.acts_on_empty:
        leg.proceed()
        return
    habits = leg.asker.habits
    fields = {"Digits": digits} if digits or habits.empty_digits == "empty" else {}
    if habits.msg:
        fields["msg"] = "Gather End"
    if habits.finished_on_key:
        fields["FinishedOnKey"] = finished_on
    leg.load(wait.action, wait.method, fields)


def deliver(leg: Leg, keys: list[tuple[float, str]]) -> None:
    """Keys at seconds of the call, in order, each to whatever listens then."""
    keys = list(keys)
    while keys and not leg.state.over:
        wait = leg.state.waiting
        second, key = keys[0]
        if not isinstance(wait, GatherWait):
            _other_key(leg, wait, *keys.pop(0))
        elif second < wait.began and leg.asker.habits.keys_outside == "buffer":
            keys[0] = (wait.began, key)
        elif second < wait.began:
            _lost(leg, *keys.pop(0))
        elif second > wait.deadline:
            time_out(leg, wait)
        else:
            keys.pop(0)
            if take_key(leg, wait, key, second) and keys and keys[0][1] == wait.finish != key:
                _stray(leg, keys)


def _stray(leg: Leg, keys: list[tuple[float, str]]) -> None:
    """A finish key right after `numDigits` ended the gather: dropped, or kept for the next one."""
    second, key = keys.pop(0)
    wait = leg.state.waiting
    if leg.asker.habits.stray_finish == "carry" and isinstance(wait, GatherWait):
        keys.insert(0, (wait.began, key))
    else:
        _lost(leg, second, key)


def _other_key(leg: Leg, wait: Waiting | None, second: float, key: str) -> None:
    if isinstance(wait, RecordWait) and key in wait.finish:
        leg.tape.note("caller", key, second)
        recorded(leg, wait, max(second - leg.tape.elapsed, 1.0), key)
    else:
        _lost(leg, second, key)


def _lost(leg: Leg, second: float, key: str) -> None:
    leg.tape.note("caller", f"{key} (nothing was listening)", second)


def recorded(leg: Leg, wait: RecordWait, seconds: float, key: str) -> None:
    """The caller has spoken for some seconds; `key` ended it, or nothing did."""
    seconds = min(seconds, wait.longest_s)
    leg.tape.pass_time(seconds)
    leg.state.documents = 0
    leg.tape.new_turn()
    account = f"https://api.twilio.com/2010-04-01/Accounts/{leg.account_sid}"
    address = f"{account}/Recordings/{new_sid('RE')}"
    fields = {"RecordingUrl": address, "RecordingDuration": str(ceil(seconds)), "Digits": key}
    leg.load(wait.action, wait.method, fields)
