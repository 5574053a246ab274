"""One browser's call: the softphone taken up, moved on by what the page did, and told as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ivr.console.asked import Done, Key
from ivr.console.keys_here import keys_here
from ivr.console.scripting import as_script, heard, pressed
from ivr.console.sealed import PutAway
from ivr.events import Event
from ivr.softphone import Softphone
from ivr.softphone.call import TALK_S
from ivr.softphone.state import DialWait, GatherWait
from ivr.softphone.tape import Line, Utterance


class Playing:
    """A call on the browser telephone, for the length of one request.

    Args:
        phone: the softphone, fresh or taken up again.
        happened: what was heard and done before, as the lines of a scripted call.
    """

    def __init__(self, phone: Softphone, happened: Sequence[Mapping[str, Any]] = ()) -> None:
        self.phone = phone
        self.happened = [dict(line) for line in happened]
        self._before = len(phone.tape.lines)
        self._spoken_before = _spoken(phone.tape.lines)

    def put_away(self) -> PutAway:
        """The call, to be sealed."""
        return PutAway(state=self.phone.state, happened=self.happened)

    def dial(self) -> None:
        """Ring the line's number."""
        self.phone.dial()
        self._note_heard()

    def go_on(self, done: Done) -> None:
        """Do what the page says was done. On a call that is over nothing happens."""
        if self.phone.is_over:
            return
        ended = self._press(done.keys)
        match done.then:
            case "hang_up":
                self._hang_up(done.at)
            case "ring":
                self.happened.append({"representative": done.representative})
                self.phone.representative(done.representative)
            case "wait" if not ended:
                if not done.keys:
                    self.happened.append({"stays_silent": "yes"})
                self.phone.stay_silent()
        # Lines up to the caller's own are what was heard before, perhaps cut short: the page has shown them.
        if done.then != "ring":
            own = [place for place, line in enumerate(self.phone.tape.lines) if line.who == "caller"]
            self._before = max(self._before, own[-1] + 1 if own else 0)
            self._spoken_before = _spoken(self.phone.tape.lines[: self._before])
        self._note_heard()

    def _press(self, keys: Sequence[Key]) -> bool:
        """Press keys at their seconds; True when they ended what the line was listening to."""
        if not keys:
            return False
        tape = self.phone.tape
        first = self.phone.waiting
        began = first.began - tape.turn_at if isinstance(first, GatherWait) else 0.0
        self.happened.append(pressed("".join(one.key for one in keys), began + keys[0].at))
        for one in keys:
            wait = self.phone.waiting
            if wait is not first or not isinstance(wait, GatherWait):
                return True
            # A browser's timers are late by some milliseconds; the page decided that this key came in time.
            second = min(began + one.at, wait.deadline - tape.turn_at - 0.001)
            self.phone.press(one.key, at_second=second, settle=False)
        return self.phone.waiting is not first

    def _hang_up(self, at: float | None) -> None:
        wait = self.phone.waiting
        since = wait.began - self.phone.tape.turn_at if isinstance(wait, GatherWait) else 0.0
        self.happened.append({"hangs_up": "yes"})
        self.phone.hang_up(None if at is None else since + at)

    def _note_heard(self) -> None:
        parts = heard(self.phone.lines()[self._before :])
        if parts:
            self.happened.append({"hears": parts})

    # What the page shows

    def told(self) -> dict[str, Any]:
        """Everything new since the request came, and where the call is now."""
        phone = self.phone
        wait = phone.waiting
        says = [_line(line) for line in phone.tape.lines[self._before :]]
        if isinstance(wait, GatherWait):
            says += [_pending(said, wait.began) for said in wait.said]
        return {
            "says": says,
            "spoken_s": self._spoken_before,
            "elapsed_s": phone.tape.elapsed,
            "keys": phone.tape.keys,
            "waits": self._waits(),
            "step": phone.step,
            "facts": phone.facts,
            "steps": [_step(event) for entry in phone.trace for event in entry.get("steps", ())],
            "complaints": [str(complaint) for complaint in phone.complaints],
            "ended": self._ended() if phone.is_over else None,
        }

    def _waits(self) -> dict[str, Any] | None:
        wait = self.phone.waiting
        if wait is None:
            return None
        told: dict[str, Any] = {"for": {"gather": "keys", "dial": "ringing"}.get(wait.kind, wait.kind)}
        if isinstance(wait, GatherWait):
            told |= {"began_s": wait.began, "media_s": wait.media_s, "timeout_s": wait.timeout_s}
            told |= {"most": wait.most, "finish": wait.finish, "hears_keys": wait.hears_keys}
            told |= {"keys_here": keys_here(wait, self.phone.facts)}
        elif isinstance(wait, DialWait):
            told |= {"numbers": [callee.number for callee in wait.callees], "ring_s": wait.ring_s}
            told |= {"shows": wait.caller_id}
        return told

    def _ended(self) -> dict[str, Any]:
        phone = self.phone
        return {
            **phone.ended,
            "speech_s": round(phone.speech_s, 1),
            "seconds": round(phone.tape.elapsed, 1),
            "talk_s": round(TALK_S) if phone.ended["by"] == "connected" else 0,
            "script": as_script(phone.state, self.happened, phone.ended),
        }


def _spoken(lines: Sequence[Line]) -> float:
    return round(sum(line.seconds for line in lines if line.to == "caller"), 3)


def _line(line: Line) -> dict[str, Any]:
    """A line that is heard to its end: a key does not stop it."""
    return {**line.model_dump(), "stops": False}


def _pending(said: Utterance, began: float) -> dict[str, Any]:
    """Something said while the line listens: the first key stops it."""
    told = said.model_dump(include={"text", "part", "seconds", "pauses", "silence"})
    return {**told, "at": round(began + said.starts, 3), "who": "line", "to": "caller", "stops": True}


def _step(event: Event) -> dict[str, Any]:
    return {"turn": event.turn, "step": event.step, "kind": event.kind, "outcome": event.outcome, "input": event.input}
