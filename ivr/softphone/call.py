"""The provider's side of one call: dial a number, hear, press keys, stay silent, be joined, hang up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from typing import Any

from ivr.softphone.asking import Asker, Received
from ivr.softphone.dialling import Representative, Rung, go_on, result_fields, ring
from ivr.softphone.fields import USUAL_HABITS, ProviderHabits
from ivr.softphone.gathering import deliver, hear_out, recorded, time_out
from ivr.softphone.leg import Leg, new_sid
from ivr.softphone.offered import offered_after
from ivr.softphone.state import CallState, DialWait, EndedBy, GatherWait, LegState, QueueWait, RecordWait, Waiting
from ivr.softphone.tape import Line, Tape
from ivr.softphone.transports import Request, Transport
from ivr.softphone.twiml_check import Complaint

CALLER = "+16125550199"
DIALLED = "+18445208695"
KEYS = frozenset("0123456789*#")

REACTION_S = 0.5
"""From the end of the words to the first key."""

KEY_S = 0.4
"""From one key to the next in a number."""

AT_ONCE_S = 0.05
"""From one key to the next when several are hit where one is asked for: the others come while a document travels."""

TALK_S = 60.0
"""How long caller and representative talk."""


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number as it is set up with the provider.

    Args:
        voice, fallback, status: whole addresses; empty for none.
    """

    account_sid: str
    auth_token: str
    voice: str
    fallback: str = ""
    status: str = ""
    voice_method: str = "POST"

    @classmethod
    def at(cls, base_url: str, account_sid: str, auth_token: str) -> Number:
        """A number that points at a server's usual addresses."""
        base = base_url.rstrip("/")
        return cls(account_sid, auth_token, f"{base}/voice", f"{base}/voice/fallback", f"{base}/voice/status")


class Softphone:
    """One call, as a state machine that can be put away and taken up again between any two turns.

    Args:
        transport: how requests travel.
        number: the number called.
        moment: the pretended moment at which the call begins, with zone.
        caller, dialled: E.164 text, or the provider's word for a withheld caller.
        state: a call put away by `put_away`, to go on with; then `moment`, `caller` and `dialled` are not used.
    """

    def __init__(
        self,
        transport: Transport,
        number: Number,
        moment: datetime,
        *,
        caller: str = CALLER,
        dialled: str = DIALLED,
        habits: ProviderHabits = USUAL_HABITS,
        call_sid: str | None = None,
        state: CallState | None = None,
    ) -> None:
        self.number = number
        self.habits = habits
        leg = LegState(sid=call_sid or new_sid(), caller=caller, dialled=dialled, direction="inbound")
        self.state = state or CallState(began=moment, leg=leg)
        self._asker = Asker(
            transport,
            number.auth_token,
            habits,
            self.state.cookies,
            lambda: self.state.moment_after(self.tape.elapsed),
        )
        self._leg = Leg(self.state.leg, self.tape, self._asker, number.account_sid, number.fallback)

    # What can be asked of a call

    @property
    def tape(self) -> Tape:
        """Transcript so far and counters, without what a gather is saying just now."""
        return self.state.tape

    @property
    def waiting(self) -> Waiting | None:
        """What the call waits for; None when it is over."""
        return None if self.is_over else self.state.leg.waiting

    @property
    def is_over(self) -> bool:
        """The call has ended."""
        return bool(self.state.ended_by)

    @property
    def is_connected(self) -> bool:
        """The caller talked with a representative."""
        return self.state.joined

    @property
    def step(self) -> str:
        """The step the call is at; at a joined call, the step that joined it. Empty without a trace."""
        return self.state.joined_at or self.state.step

    @property
    def facts(self) -> dict[str, str]:
        """The call's facts there."""
        return self.state.joined_facts if self.state.joined else self.state.facts

    @property
    def ended(self) -> dict[str, str]:
        """Where and by whom the call ended, and its label; `by` is empty while it lasts."""
        return {"at": self.step, "by": self.state.ended_by, "label": self.facts.get("label", "")}

    @property
    def speech_s(self) -> float:
        """Seconds of speech the caller heard or is hearing."""
        return round(sum(line.seconds for line in self.lines() if line.to == "caller"), 3)

    @property
    def complaints(self) -> list[Complaint]:
        """Everything the provider's debugger would show, since the call was begun or taken up."""
        return [one for received in self._asker.received for one in received.complaints] + self._asker.own_complaints

    @property
    def received(self) -> list[Received]:
        """Every answer, whispers included, since the call was begun or taken up."""
        return self._asker.received

    @property
    def requests(self) -> list[Request]:
        """Every request, as sent."""
        return self._asker.requests

    @property
    def trace(self) -> list[dict[str, Any]]:
        """What an application in this process told of its turns."""
        return self._asker.trace

    def lines(self) -> list[Line]:
        """The transcript, with what a gather is saying just now as if heard to the end."""
        wait = self.waiting
        if not isinstance(wait, GatherWait) or not wait.said:
            return list(self.tape.lines)
        # Lines are never changed once they are on the tape, so a list of its own is copy enough.
        pending = self.tape.model_copy(update={"lines": list(self.tape.lines)})
        pending.hear_until(wait.said, wait.began, wait.began + wait.media_s, self._leg.ear)
        return pending.lines

    def turn_lines(self) -> list[Line]:
        """The lines since the last key press, silence or answer of a representative."""
        return self.lines()[self.tape.turn_line :]

    def put_away(self) -> dict[str, Any]:
        """The whole call as something that can be written as JSON; `CallState.model_validate` reads it."""
        return self.state.model_dump(mode="json")

    # What a caller does

    def dial(self) -> None:
        """Ring the number and listen."""
        self._leg.load(self.number.voice, self.number.voice_method)
        self._settle()

    def press(self, keys: str, at_second: float | None = None, *, settle: bool = True) -> None:
        """Press keys, one after another: as a number is keyed, or all at once where the line asks for a single key.

        Args:
            keys: of ``0-9*#``. Raises ValueError for others.
            at_second: seconds after the line began its present words; None: as people do, a little after the key was
                offered ("press one"), and for an entry or a key not offered after the last word.
            settle: then wait until an entry without its finish key is taken.
        """
        if not keys or set(keys) - KEYS:
            raise ValueError(f"keys are 0-9, * and #, not {keys!r}")
        first = self._first_key(keys, at_second)
        self.tape.keys += len(keys) if not self.is_over else 0
        wait = self.waiting
        pace = AT_ONCE_S if isinstance(wait, GatherWait) and wait.most == 1 else KEY_S
        deliver(self._leg, [(first + place * pace, key) for place, key in enumerate(keys)])
        wait = self.waiting
        if settle and isinstance(wait, GatherWait) and wait.pressed:
            time_out(self._leg, wait)
        self._settle()

    def stay_silent(self) -> None:
        """Do nothing until the line, or the ringing, gives up waiting."""
        wait = self.waiting
        match wait:
            case GatherWait():
                time_out(self._leg, wait)
            case DialWait():
                self.representative("no_answer")
            case RecordWait():
                recorded(self._leg, wait, wait.silence_s or wait.longest_s, "")
            case QueueWait():
                self._leg.state.documents = 0
                self.tape.new_turn()
                self._leg.wait_in_queue()
            case None:
                pass
        self._settle()

    def wait(self, seconds: float) -> None:
        """Do nothing for some seconds after the end of the words, or after the last key; then go on as it stands."""
        wait = self.waiting
        if isinstance(wait, GatherWait):
            since = (
                wait.deadline - wait.timeout_s if wait.pressed else max(wait.began + wait.speech_s, self.tape.elapsed)
            )
            if since + seconds > wait.deadline:
                time_out(self._leg, wait)
            else:
                hear_out(self._leg, wait)
                self.tape.pass_until(since + seconds)
        elif wait is not None:
            self.tape.pass_time(seconds)
        self._settle()

    def clock_jumps(self, seconds: float) -> None:
        """So much later nothing has happened yet: a rehearsal's way to an opening or closing that is far off."""
        wait = self.waiting
        if isinstance(wait, GatherWait):
            wait.began += seconds
            wait.deadline += seconds
            wait.pressed_at += seconds
        self.tape.pass_time(seconds)
        self.tape.turn_at += seconds

    def hang_up(self, at_second: float | None = None) -> None:
        """Put the receiver down; None: after the words. Keys not yet submitted are lost (provider's Gather page)."""
        wait = self.waiting
        if self.is_over:
            return
        if isinstance(wait, GatherWait):
            end = wait.began + wait.speech_s if at_second is None else self.tape.turn_at + at_second
            self.tape.hear_until(wait.said, wait.began, max(end, self.tape.elapsed), self._leg.ear)
            if wait.pressed:
                self.tape.note("caller", wait.pressed, wait.pressed_at)
        self.tape.note("caller", "(hangs up)")
        self._leg.state.status = "completed"
        if isinstance(wait, DialWait) and wait.action and self.habits.dial_action_after_hang_up:
            canceled = result_fields(Rung(new_sid(), "canceled", joined=False), self.habits)
            self._asker.ask(wait.action, wait.method, {**self._leg.fields(wait.method), **canceled}, "call")
        self._end("caller")

    def representative(
        self, does: Representative | Sequence[Representative], *, key: str = "1", talks_s: float = TALK_S
    ) -> None:
        """What the telephone that rings does: one for all of a dial, or one for each, in order.

        Someone who takes the call talks for `talks_s` seconds and hangs up. In a queue, ``answers`` takes the caller.
        """
        wait = self.waiting
        if isinstance(wait, QueueWait | GatherWait) and self.state.leg.queued and does == "answers":
            self._join(talks_s)
            self._leg.leave("bridged")
        elif isinstance(wait, DialWait):
            self.tape.new_turn()
            self._leg.state.documents = 0
            rung = ring(self._leg, wait, [does] * len(wait.callees) if isinstance(does, str) else does, key)
            if rung.joined:
                self._join(talks_s)
                rung = replace(rung, seconds=(rung.seconds or 0) + round(talks_s))
            go_on(self._leg, wait, rung)
        self._settle()

    def garble_next_answer(self) -> None:
        """Our next answer comes to the provider as no document, who then asks the fallback."""
        self._asker.garbles_next = True

    # How it goes on

    def _first_key(self, keys: str, at_second: float | None) -> float:
        if at_second is not None:
            return self.tape.turn_at + at_second
        wait = self.waiting
        if not isinstance(wait, GatherWait):
            return self.tape.elapsed
        offered = offered_after(wait.said, keys) if len(keys) == 1 else None
        after = wait.began + (wait.speech_s if offered is None else offered) + REACTION_S
        return min(after if wait.said else self.tape.elapsed, wait.deadline - 0.1)

    def _join(self, talks_s: float) -> None:
        self._note_place()
        if not self.state.joined:
            self.state.joined_at, self.state.joined_facts = self.state.step, dict(self.state.facts)
        self.state.joined = True
        self.tape.note("representative", "(talks with the caller)", to="caller")
        self.tape.pass_time(talks_s)

    def _note_place(self) -> None:
        told = self._leg.trace
        if told:
            self.state.step = str(told.get("at") or self.state.step)
            facts = {str(name): str(value) for name, value in dict(told.get("facts", {})).items()}
            self.state.facts = facts or self.state.facts

    def _settle(self) -> None:
        """Note where the call is now, and end it if its documents have."""
        self._note_place()
        over = self._leg.state.over
        if not over or self.is_over:
            return
        if over in ("failed", "looped"):
            self._end("error")
        else:
            self._end("connected" if self.state.joined else "hang_up")

    def _end(self, by: EndedBy) -> None:
        self.state.ended_by = by
        self._leg.state.waiting = None
        if not self.number.status:
            return
        self._leg.state.status = "busy" if self._leg.state.over == "rejected" else "completed"
        seconds = ceil(self.tape.elapsed)
        fields = self._leg.fields() | {
            "CallDuration": str(seconds),
            "Duration": str(ceil(seconds / 60)),
            "Timestamp": format_datetime(self.state.moment_after(self.tape.elapsed).astimezone(UTC)),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": "0",
        }
        self._asker.own_complaints.extend(self._asker.tell(self.number.status, fields))
