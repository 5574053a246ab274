"""From a verified request to the document that answers it; what happened is appended afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ivr import engine
from ivr.address import ASK_AGAIN, AddressKeys, Layout, seal, unseal
from ivr.brokers import Directory
from ivr.call import CallSession, Heard, IncomingCall
from ivr.engine import Answer
from ivr.errors import SessionUnreadable, StoreUnavailable
from ivr.events import TurnRecord, masked_caller
from ivr.hours import Closure
from ivr.log import logger
from ivr.steps.dial import DialStep
from ivr.turns.asked_again import answered_before
from ivr.turns.live import LiveReleases, NothingLive, Ready
from ivr.turns.steady import SteadyStore
from ivr.turns.world import LiveWorld
from ivr.twiml import Addresses, document, empty_document, hang_up_document, whisper_document
from ivr.verbs import GoOn, HangUp, Pause, Say

BREATH_S = 2
"""Seconds between the sentence for who must wait and the next try."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a webhook.

    Args:
        document: TwiML.
        answer: what the engine came to, for rehearsals and metrics; None for fixed documents.
        milliseconds: from the request to this answer.
    """

    document: str
    answer: Answer | None = None
    milliseconds: float = 0.0


class Turns:
    """Answers webhooks. Holds no call: everything a call needs comes in with it."""

    def __init__(
        self,
        *,
        releases: LiveReleases,
        store: SteadyStore,
        directory: Directory,
        keys: AddressKeys,
        secrets: Sequence[bytes],
    ) -> None:
        """`secrets`: what calling numbers are hashed with for lock-outs, newest first; old ones still count."""
        self._releases, self._store, self._directory, self._keys = releases, store, directory, keys
        self._secrets = secrets

    def begin(self, call: IncomingCall, moment: datetime, base: str) -> Reply:
        """The first turn of a call. `base` is the address at which the provider reaches us."""
        started = time.perf_counter()
        ready = self._releases.current()
        session = engine.begin(ready.release, ready.release.flow_for(call.dialled), moment)
        return self._take(ready, session, call, Heard(), moment, base, started)

    def go_on(self, call: IncomingCall, token: str, heard: Heard, moment: datetime, base: str) -> Reply:
        """A later turn. A token that cannot be read leads back to the start of the flow, with a sentence."""
        started = time.perf_counter()
        try:
            ready, session = self._place(call.call_sid, token, moment)
        except SessionUnreadable as trouble:
            log.warning("a call lost its place and starts again", trouble=str(trouble))
            return self._start_over(call, moment, base, started)
        return self._take(ready, session, call, heard, moment, base, started)

    def ask_again(self, call: IncomingCall, token: str | None, moment: datetime, base: str) -> Reply:
        """After the provider got no answer of ours: the same place once more, since keys are not told again.

        No apology: the caller hears the question twice. How a dial ended is not told again either; that, and a call
        whose place is not known, goes the way of every other fault.
        """
        started = time.perf_counter()
        try:
            ready, session = self._place(call.call_sid, token or "", moment)
        except SessionUnreadable:
            return self.recover(call, token, moment, base)
        if isinstance(ready.release.flows[session.flow].steps[session.step], DialStep):
            return self.recover(call, token, moment, base)
        session = self._after_what_is_kept(session, call)
        world = self._world(ready, call, session.turn + 1, moment)
        try:
            answer = engine.advance_from(ready.release, session, session.step, world)
            return self._reply(ready, answer, call, moment, base, started)
        except Exception:
            log.exception("asking again failed", step=session.step, turn=session.turn + 1)
            return self._trouble(ready, session, call, moment, base, started)

    def recover(self, call: IncomingCall, token: str | None, moment: datetime, base: str) -> Reply:
        """After the provider failed to get or run a document: the flow's `on_error` step, from the last known place."""
        started = time.perf_counter()
        try:
            ready, session = self._place(call.call_sid, token or "", moment)
        except SessionUnreadable:
            ready = self._releases.current()
            session = engine.begin(ready.release, ready.release.flow_for(call.dialled), moment)
        return self._trouble(ready, self._after_what_is_kept(session, call), call, moment, base, started)

    def whisper(self, call_sid: str, token: str, moment: datetime, base: str) -> str:
        """What a representative hears; a call that cannot be read drops this leg, and the next number rings."""
        try:
            ready, session = self._place(call_sid, token, moment)
        except SessionUnreadable as trouble:
            log.warning("a whisper for a call that cannot be read", trouble=str(trouble))
            return hang_up_document()
        world = self._world(ready, IncomingCall(call_sid, "", ""), session.turn, moment)
        speech = engine.whisper(ready.release, session, world)
        if speech is None:
            return hang_up_document()
        return whisper_document(speech, f"{base}/voice/taken?s={token}{ASK_AGAIN}", ready.release.voice)

    def taken(self, keys: str) -> str:
        """The representative's key: 1 takes the call, anything else drops this leg."""
        return empty_document() if keys[:1] == "1" else hang_up_document()

    def come_again(self, address: str) -> str:
        """A short true sentence for who must wait, and then the same question again; keys just pressed are forgotten.

        `address` is that of the place where the call is, without anything that was keyed. Raises NothingLive.
        """
        ready = self._releases.current()
        verbs = (Say("busy", ready.release.words.busy), Pause(BREATH_S), GoOn())
        return document(verbs, Addresses(address + ASK_AGAIN, "", ""), ready.release.voice)

    def last_resort(self) -> Reply:
        """The fixed sentence, when a release can be had; a plainer one of our own when none can (D-23)."""
        try:
            ready = self._releases.current()
        except NothingLive:
            return Reply(LAST_WORDS)
        verbs = (Say("trouble", ready.release.words.trouble), HangUp())
        return Reply(document(verbs, Addresses("", "", ""), ready.release.voice))

    def _place(self, call_sid: str, token: str, moment: datetime) -> tuple[Ready, CallSession]:
        found: list[Ready] = []

        def layout_of(prefix: bytes) -> Layout | None:
            ready = self._releases.named(prefix)
            found.extend([ready] if ready else [])
            return ready.layout if ready else None

        session = unseal(token, call_sid, self._keys, layout_of, moment)
        return found[0], session

    def _start_over(self, call: IncomingCall, moment: datetime, base: str, started: float) -> Reply:
        ready = self._releases.current()
        session = engine.begin(ready.release, ready.release.flow_for(call.dialled), moment)
        session = self._after_what_is_kept(session, call)
        world = self._world(ready, call, session.turn + 1, moment)
        first = (Say("start_over", ready.release.words.start_over),)
        answer = engine.advance_from(ready.release, session, session.step, world, first)
        return self._reply(ready, answer, call, moment, base, started)

    def _take(
        self,
        ready: Ready,
        session: CallSession,
        call: IncomingCall,
        heard: Heard,
        moment: datetime,
        base: str,
        started: float,
    ) -> Reply:
        world = self._world(ready, call, session.turn + 1, moment)
        try:
            answer = engine.advance(ready.release, session, heard, world)
            return self._reply(ready, answer, call, moment, base, started, asked_with=(session, heard))
        except Exception:
            # Whatever went wrong, a caller hears words and a way to a person, never an error voice (D-23).
            log.exception("a turn failed", step=session.step, turn=session.turn + 1)
            return self._trouble(ready, session, call, moment, base, started)

    def _trouble(
        self, ready: Ready, session: CallSession, call: IncomingCall, moment: datetime, base: str, started: float
    ) -> Reply:
        step = ready.release.flows[session.flow].on_error
        if step is None:
            return self.last_resort()
        try:
            world = self._world(ready, call, session.turn + 1, moment)
            answer = engine.advance_from(ready.release, session, step, world)
            return self._reply(ready, answer, call, moment, base, started)
        except Exception:
            log.exception("the step for errors failed too", step=step)
            return self.last_resort()

    def _after_what_is_kept(self, session: CallSession, call: IncomingCall) -> CallSession:
        """The session with its turns numbered on from the last that was kept, so that none is taken for a repeat."""
        return replace(session, turn=max(session.turn, self._store.last_turn(call.call_sid)))

    def _world(self, ready: Ready, call: IncomingCall, turn: int, moment: datetime) -> LiveWorld:
        return LiveWorld(
            release=ready.release,
            call=call,
            turn=turn,
            moment=moment,
            closures=self._releases.closures(moment),
            directory=self._directory,
            store=self._store,
            secrets=self._secrets,
        )

    def _reply(
        self,
        ready: Ready,
        answer: Answer,
        call: IncomingCall,
        moment: datetime,
        base: str,
        started: float,
        asked_with: tuple[CallSession, Heard] | None = None,
    ) -> Reply:
        """The document for an answer, once what happened is kept.

        A turn that was kept before is being asked again: it gets the answer that was kept, if `asked_with` leads there.
        """
        text = self._document(ready, answer, call, base)
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        if kept := self._keep(self._store.append, ready, answer, call, moment, milliseconds):
            if asked_with and (before := self._answer_before(ready, *asked_with, kept, moment)):
                ready, answer = before
                text = self._document(ready, answer, call, base)
            self._keep(self._store.replace, ready, answer, call, moment, milliseconds)
        self._tell(answer, milliseconds)
        return Reply(text, answer, milliseconds)

    def _answer_before(
        self, ready: Ready, session: CallSession, heard: Heard, kept: TurnRecord, moment: datetime
    ) -> tuple[Ready, Answer] | None:
        """The answer that a turn got before, with its release; None when that cannot be had."""
        if session.turn == 0:
            ready = self._releases.named(bytes.fromhex(kept.release)[:8]) or ready
        try:
            answer = answered_before(ready.release, session, heard, kept, self._closures_known_at(kept.at))
        except Exception:
            log.exception("a turn that was kept cannot be taken again", turn=session.turn + 1)
            return None
        return (ready, answer) if answer else None

    def _closures_known_at(self, moment: datetime) -> Sequence[Closure]:
        """Closures as a turn met them; as they are known now, while the store cannot be asked."""
        try:
            return self._store.closures_known_at(moment)
        except StoreUnavailable:
            return self._releases.closures(moment)

    def _document(self, ready: Ready, answer: Answer, call: IncomingCall, base: str) -> str:
        token = seal(answer.session, call.call_sid, self._keys, ready.layout)
        addresses = Addresses(
            turn=f"{base}/voice/turn?s={token}{ASK_AGAIN}",
            dialled=f"{base}/voice/dialled?s={token}{ASK_AGAIN}",
            whisper=f"{base}/voice/whisper?s={token}{ASK_AGAIN}",
            own_number=call.dialled,
        )
        return document(answer.verbs, addresses, ready.release.voice)

    def _tell(self, answer: Answer, milliseconds: float) -> None:
        *taken, now = answer.events
        log.info(
            "turn",
            turn=answer.session.turn,
            step=now.step,
            outcomes=" ".join(f"{event.step}:{event.outcome}" for event in taken),
            keyed=next((event.input for event in taken if event.input), ""),
            ms=milliseconds,
        )
        if any(event.kind == "dial" and event.outcome == "no_answer" for event in taken):
            log.warning("no representative took the call: is anybody there?")

    def _keep(
        self,
        keep: Callable[[TurnRecord], TurnRecord | None],
        ready: Ready,
        answer: Answer,
        call: IncomingCall,
        moment: datetime,
        milliseconds: float,
    ) -> TurnRecord | None:
        """Keep what happened. Returns the turn as it was kept before, if it was."""
        record = TurnRecord(
            call_sid=call.call_sid,
            release=ready.release.name,
            flow=answer.session.flow,
            at=moment,
            ms=milliseconds,
            caller=masked_caller(call.caller),
            events=answer.events,
            began=answer.session.began,
        )
        try:
            return keep(record)
        except StoreUnavailable as trouble:
            log.error("events of a turn were not kept", turn=answer.session.turn, trouble=str(trouble))
            return None


LAST_WORDS = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Say>The MNsure Broker Line can\'t take your call right now. '
    "Please call again in a few minutes.</Say><Hangup /></Response>"
)
"""Spoken only when no release can be had at all, so there are no words of the operators to speak."""
