"""One leg of a call: reads documents verb by verb until it must wait for somebody, or is over."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from ivr.softphone.asking import Asker, Received
from ivr.softphone.document import Node, parse
from ivr.softphone.fields import standard_fields
from ivr.softphone.spoken import spoken
from ivr.softphone.state import LegState, Queued, QueueWait, Spot
from ivr.softphone.tape import Ear, Pause, Tape, Utterance
from ivr.softphone.twiml_check import Complaint, Place
from ivr.softphone.twiml_speech import MEDIA
from ivr.softphone.waits import dial_wait, gather_wait, record_wait, whole

FETCH_S = 0.2
"""Seconds a document takes to arrive."""

PLAYED_S = 5.0
"""Seconds of a recording, whose real length nobody looks up."""

MOST_LOOPS = 1000

NO_PROVIDER = "0ff0ca11"
"""End of every SID that a softphone makes, so that its calls are known wherever they are kept."""


def new_sid(kind: str = "CA") -> str:
    """A fresh SID: two letters and 32 hex digits, of which the last tell that no provider made it."""
    return kind + secrets.token_hex(12) + NO_PROVIDER


def is_pretended(sid: str) -> bool:
    """Whether a call is a softphone's; of the provider's own one in four thousand million looks so by chance."""
    return sid.endswith(NO_PROVIDER)


class Leg:
    """Runs one leg's documents.

    Args:
        state: where the leg is; changed in place.
        tape: transcript and clock of the whole call.
        account_sid: account the number belongs to.
        fallback: address asked when a document fails; empty for none.
    """

    def __init__(self, state: LegState, tape: Tape, asker: Asker, account_sid: str, fallback: str = "") -> None:
        self.state = state
        self.tape = tape
        self.asker = asker
        self.account_sid = account_sid
        self.fallback = fallback
        self.trace: dict[str, Any] = {}
        self._verbs: list[Node] = parse(state.spot.text.encode("latin-1")).children if state.spot.text else []

    @property
    def ear(self) -> Ear:
        """Who hears this leg's documents."""
        return "representative" if self.state.direction == "outbound-dial" else "caller"

    @property
    def place(self) -> Place:
        """What may stand in the documents."""
        if self.ear == "representative":
            return "whisper"
        return "wait" if self.state.queued else "call"

    def fields(self, method: str = "POST") -> dict[str, str]:
        """Standard fields of a request about this leg now."""
        state = self.state
        return standard_fields(
            call_sid=state.sid,
            account_sid=self.account_sid,
            caller=state.caller,
            dialled=state.dialled,
            status=state.status,
            direction=state.direction,
            parent_sid=state.parent_sid,
            method=method,
        )

    def load(self, url: str, method: str, extra: Mapping[str, str] | None = None) -> None:
        """Ask for a document and read it up to where it waits; on failure the fallback's, then the fixed words."""
        state = self.state
        state.waiting = None
        state.documents += 1
        if state.documents > self.asker.habits.most_documents:
            wrong = f"{state.documents - 1} documents without the caller doing anything: a loop"
            self._complain(Complaint(11200, "error", wrong, url=url))
            state.over = "looped"
            return
        received = self._ask(url, method, extra or {})
        failure = received.failure
        if failure and self.fallback and not state.on_fallback:
            state.on_fallback, state.queued = True, None
            received = self._ask(self.fallback, "POST", {"ErrorCode": str(failure.code), "ErrorUrl": url})
            failure = received.failure
        if failure:
            self.tape.hear(self._words(self.asker.habits.error_words, ""), self.ear)
            state.over = "failed"
            return
        state.status = "in-progress"
        self._turn_to(
            Spot(url=received.url, text=received.body.decode("latin-1"), parts=list(received.parts)),
            received.body,
        )
        self.proceed()

    def _ask(self, url: str, method: str, extra: Mapping[str, str]) -> Received:
        told = len(self.asker.trace)
        received = self.asker.ask(url, method, {**self.fields(method), **extra}, self.place)
        self.tape.pass_time(FETCH_S)
        if self.asker.trace[told:]:
            self.trace = self.asker.trace[-1]
        return received

    def _complain(self, complaint: Complaint) -> None:
        self.asker.own_complaints.append(complaint)

    def _turn_to(self, spot: Spot, body: bytes) -> None:
        self.state.spot = spot
        self._verbs = parse(body).children

    def proceed(self) -> None:
        """Run verbs from where the leg is until it waits or is over. Control that moves elsewhere loads that."""
        state = self.state
        while not state.over and state.waiting is None:
            if state.spot.next >= len(self._verbs):
                if state.queued:
                    state.waiting = QueueWait()
                else:
                    state.over = "ran_out"
                return
            verb = self._verbs[state.spot.next]
            state.spot.next += 1
            self._run(verb)

    def _run(self, verb: Node) -> None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                for said in self._media(verb):
                    self.tape.hear(said, self.ear)
            case "Gather":
                self.state.waiting = gather_wait(verb, self._nested(verb), self.tape.elapsed, self.state.spot.url)
            case "Redirect":
                self.load(self._at(verb.text.strip()), verb.attributes.get("method", "POST"))
            case "Hangup":
                self.state.over = "hung_up"
            case "Leave" if self.state.queued:
                self.leave("leave")
            case "Reject" if self.place == "call":
                self.state.over = "rejected"
            case "Dial" if self.place == "call":
                self.state.waiting = dial_wait(verb, self.state.caller, self.state.spot.url)
            case "Enqueue" if self.place == "call":
                self._enqueue(verb)
            case "Record" if self.place == "call":
                self.state.waiting = record_wait(verb, self.state.spot.url)
            case _:
                pass  # the checker has complained; that the provider skips such a verb is unconfirmed

    def _at(self, url: str) -> str:
        return urljoin(self.state.spot.url, url)

    def _words(self, text: str, part: str) -> Utterance:
        return Utterance(part=part, text=text, seconds=len(text.split()) / 2.5)

    def _media(self, verb: Node) -> list[Utterance]:
        if verb.name == "Pause":
            return [Utterance(seconds=whole(verb, "length", 1), silence=True)]
        loop = whole(verb, "loop", 1, low=0) or MOST_LOOPS
        if verb.name == "Play":
            text = verb.text.strip() or verb.attributes.get("digits", "")
            return [Utterance(text=f"(plays {text})", seconds=PLAYED_S) for _ in range(min(loop, MOST_LOOPS))]
        words = spoken(verb)
        pauses = [Pause(after=after, ms=ms) for after, ms in words.pauses]
        part = self._part(verb)
        said = Utterance(part=part, text=words.text, seconds=words.seconds, pauses=pauses)
        return [said.model_copy() for _ in range(min(loop, MOST_LOOPS))]

    def _nested(self, gather: Node) -> list[Utterance]:
        return [said for child in gather.children if child.name in MEDIA for said in self._media(child)]

    def _part(self, say: Node) -> str:
        """Name of a Say: the names the application told stand in the document's order."""
        says = [node for verb in self._verbs for node in verb.walk() if node.name == "Say"]
        place = next(index for index, node in enumerate(says) if node is say)
        names = self.state.spot.parts
        return names[place] if place < len(names) else ""

    def _enqueue(self, verb: Node) -> None:
        get = verb.attributes.get
        back = self.state.spot.model_copy()
        self.state.queued = Queued(
            name=" ".join(verb.text.split()) or get("workflowSid", ""),
            sid=new_sid("QU"),
            since=self.tape.elapsed,
            wait_url=self._at(get("waitUrl", "")) if get("waitUrl") else "",
            wait_method=get("waitUrlMethod", "POST"),
            action=self._at(get("action", "")) if get("action") else "",
            method=get("method", "POST"),
            back=back,
        )
        self.wait_in_queue()

    def wait_in_queue(self) -> None:
        """Ask once more for what is heard in the queue; without an address the provider's own music plays."""
        queued = self.state.queued
        if queued is None or not queued.wait_url:
            self.tape.hear(Utterance(text="(music)", seconds=PLAYED_S), self.ear)
            self.state.waiting = QueueWait()
            return
        waited = str(int(self.tape.elapsed - queued.since))
        self.load(
            queued.wait_url,
            queued.wait_method,
            {
                "QueuePosition": "1",
                "QueueSid": queued.sid,
                "QueueTime": waited,
                "AvgQueueTime": waited,
                "CurrentQueueSize": "1",
                "MaxQueueSize": "1000",
            },
        )

    def leave(self, result: str) -> None:
        """Leave the queue; its action learns how, without one the first document goes on."""
        queued = self.state.queued
        if queued is None:
            return
        self.state.queued, self.state.waiting = None, None
        waited = str(int(self.tape.elapsed - queued.since))
        if queued.action:
            self.load(
                queued.action, queued.method, {"QueueResult": result, "QueueSid": queued.sid, "QueueTime": waited}
            )
        else:
            self._turn_to(queued.back, queued.back.text.encode("latin-1"))
            self.proceed()
