"""One turn of a call: from a session and what was heard to the next session and what to tell the provider. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from ivr.call import CallSession, Changes, Heard
from ivr.errors import BrokerLineError
from ivr.events import Event, masked
from ivr.flow.release import Flow, Release
from ivr.steps.dial import DialStep
from ivr.steps.step import Step, World
from ivr.verbs import Gather, Pause, Say, Speech, Verb

STEP_LIMIT = 100
"""Steps on one turn; a fuse only, since load-time checks allow no circle without a caller's key in it."""


AFRESH: Final[Mapping[str, Any]] = MappingProxyType({"silences": 0, "wrong_keys": 0, "leg": 0, "looks": 0, "part": ""})
"""What a call forgets when it is led elsewhere from wherever it stands: counts and halves of what was under way."""

LATE_KEYS = Pause(2)
"""After a full entry: keys that were already on their way go nowhere, instead of answering the next question (D-12)."""


class WalkedTooFar(BrokerLineError):
    """A turn met the step limit: the flow goes round without asking anybody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn comes to.

    Args:
        session: where the call is now.
        verbs: what to tell the provider, in order.
        events: steps taken, in order; the last one is where the call waits or ended.
        parts: names of what is spoken, one for each `Say`, in order.
    """

    session: CallSession
    verbs: tuple[Verb, ...]
    events: tuple[Event, ...]
    parts: tuple[str, ...]


def begin(release: Release, flow_name: str, moment: datetime) -> CallSession:
    """A session before its first turn. `moment` needs a zone; it is kept rounded down to the hour."""
    flow = release.flows[flow_name]
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return CallSession(
        release=release.name, flow=flow_name, step=flow.start, facts=flow.initial_facts, began=int(hour.timestamp())
    )


def advance(release: Release, session: CallSession, heard: Heard, world: World) -> Answer:
    """Take one turn: decide the waiting step by what was heard, then walk until a step waits, connects or ends."""
    return _Walk(release, session, heard, world).take()


def advance_from(
    release: Release, session: CallSession, step: str, world: World, first: tuple[Say, ...] = ()
) -> Answer:
    """Take one turn that enters `step` whatever was heard, saying `first` before it (D-23; a lost place)."""
    walk = _Walk(release, replace(session, step=step, **AFRESH), Heard(), world)
    walk.said.extend(first)
    return walk.enter()


def whisper(release: Release, session: CallSession, world: World) -> Speech | None:
    """What the representative hears before taking the call; None when the session does not stand at a dial."""
    step = release.flows[session.flow].steps[session.step]
    if not isinstance(step, DialStep):
        return None
    return step.whisper.speak(scene(release, session, world))


def scene(release: Release, session: CallSession, world: World) -> Mapping[str, Any]:
    """What words may refer to at this point of a call."""
    return {**release.spoken, "hours": world.hours, "facts": session.facts, "entry": session.entry}


class _Walk:
    """A turn in the making: the session as it changes, what was said, what happened."""

    def __init__(self, release: Release, session: CallSession, heard: Heard, world: World) -> None:
        self.release, self.world, self.heard = release, world, heard
        self.flow: Flow = release.flows[session.flow]
        self.session = replace(session, turn=session.turn + 1)
        self.said: list[Say] = []
        self.events: list[Event] = []
        self.overfull = False

    def take(self) -> Answer:
        if self.session.turn == 1:
            return self.enter()
        if self.session.turn % self.release.turns_limit == 0 and self.flow.worn_out and not self.heard.dialled:
            self.session = replace(self.session, step=self.flow.worn_out, **AFRESH)
            return self.enter()
        step = self.flow.steps[self.session.step]
        return self._go(step, self._decide(step, self.heard))

    def enter(self) -> Answer:
        return self._go(self.flow.steps[self.session.step], None)

    def _go(self, step: Step, stayed: str | None) -> Answer:
        """Walk on from a decided step; `stayed` is the outcome that kept the call there, None if it went on."""
        if stayed is None:
            step = self.flow.steps[self.session.step]
        for _ in range(STEP_LIMIT):
            name = self.session.step
            self.said.extend(say for say in step.spoken(name, self._scene(), stayed) if say.speech)
            if step.waits or stayed:
                self._note(name, step, "", "")
                verbs = step.ask(self.session, tuple(self.said), stayed)
                if self.overfull and any(isinstance(verb, Gather) for verb in verbs):
                    verbs = (LATE_KEYS, *verbs)
                return Answer(self.session, verbs, tuple(self.events), tuple(say.part for say in self.said))
            stayed = self._decide(step, Heard())
            step = self.flow.steps[self.session.step]
        raise WalkedTooFar(f"more than {STEP_LIMIT} steps on one turn, at {self.session.step}")

    def _decide(self, step: Step, heard: Heard) -> str | None:
        """Let the step decide and apply its outcome. Returns the outcome if the call stays, else None."""
        name = self.session.step
        decision = step.decide(self.session, heard, self.world)
        self.session = apply(self.session, step, decision.outcome, decision.changes)
        self.overfull |= decision.overfull
        self._note(name, step, decision.outcome, masked(heard.keys))
        return decision.outcome if decision.outcome in step.stays() else None

    def _scene(self) -> Mapping[str, Any]:
        return {**scene(self.release, self.session, self.world), "key": self.heard.keys[:1]}

    def _note(self, name: str, step: Step, outcome: str, keyed: str) -> None:
        label = self.session.facts.get("label", "")
        order = len(self.events)
        self.events.append(Event(self.session.turn, order, name, step.kind, outcome, keyed, label))


def apply(session: CallSession, step: Step, outcome: str, changes: Changes) -> CallSession:
    """The session after an outcome: what the step found out, counts, facts set on the wire, the next place."""
    found: dict[str, Any] = {
        name: value for name in Changes.__dataclass_fields__ if (value := getattr(changes, name)) is not None
    }
    if outcome in step.stays():
        return replace(session, **found, **_counted(session, outcome))
    wire = step.wire(outcome)
    facts = MappingProxyType({**session.facts, **wire.set}) if wire.set else session.facts
    return replace(session, **found, step=wire.go, facts=facts, silences=0, wrong_keys=0)


def _counted(session: CallSession, outcome: str) -> dict[str, Any]:
    """Silences and wrong keys are counted apart; a good key clears both (D-09, D-10)."""
    match outcome:
        case "no_input":
            return {"silences": session.silences + 1}
        case "wrong_key":
            return {"wrong_keys": session.wrong_keys + 1}
        case "repeat":
            return {"silences": 0, "wrong_keys": 0}
        case _:
            return {}
