"""One version of the line, turn by turn, for the comparison of two: what comes in, what is heard, where it leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ivr.call import CallSession, Heard
from ivr.engine import AFRESH, LATE_KEYS, apply
from ivr.flow.release import Flow, Release
from ivr.proof.diff_known import Known
from ivr.proof.diff_values import (
    HOURS_SAID,
    NINE_DIGITS,
    USUAL_ENTRY,
    Answered,
    Comes,
    Leaving,
    Rest,
    Taken,
    Turn,
    as_answered,
    counts_of,
)
from ivr.proof.explore import ON_ERROR, Supposed
from ivr.proof.facts import FactNumbers
from ivr.steps.collect import CollectStep
from ivr.steps.dial import DialStep
from ivr.steps.step import CertificationResult, Meeting, Step
from ivr.verbs import Say


class NotSaid(Exception):
    """A step asks for something that the turn does not say yet: `standing` or `answers`."""


class _World:
    def __init__(self, comes: Comes) -> None:
        self._comes, self._answers = comes, list(comes.answers)
        self.now = Supposed("", None).now

    @property
    def hours(self) -> Mapping[str, str]:
        if not self._comes.standing:
            raise NotSaid("standing")
        return {"standing": self._comes.standing}

    def certification(self, npn: str, looks: int) -> CertificationResult:
        if not self._answers:
            raise NotSaid("answers")
        return self._answers.pop(0)


class _Hours(dict[str, str]):
    """What the hours say on a turn; remembers which of it was spoken."""

    def __init__(self, hours: Mapping[str, str]) -> None:
        super().__init__(hours)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)


class _Facts(dict[str, str]):
    """The facts of a turn under way; remembers which of those it began with were looked at."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        super().__init__(facts)
        self.looked_at: set[str] = set()
        self.new: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self.new:
            self.looked_at.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self[name] if super().__contains__(name) else default

    def note(self, changed: Mapping[str, str]) -> None:
        """Facts set on the way."""
        self.new |= changed
        self.update(changed)


class Version:
    """A flow of a release as the comparison walks it: places and facts by number, each kind of turn taken once."""

    def __init__(
        self,
        release: Release,
        flow: Flow,
        watched: Mapping[str, frozenset[str]],
        hours: Mapping[str, str] = HOURS_SAID,
    ) -> None:
        """`watched`: step to facts that are kept there although this version does not look at them.

        `hours`: what stands for the words about the hours.
        """
        self.release, self.flow, self._hours = release, flow, hours
        self.numbers = FactNumbers(flow, watched)
        self.sessions: list[CallSession] = []
        self._entry_counts_at = steps_that_lead_to_an_entry(flow)
        self._place_of: dict[tuple[object, ...], int] = {}
        self._leavings: dict[tuple[object, ...], Leaving] = {}
        self._rests: dict[tuple[object, ...], Known[Rest]] = {}
        self._values: dict[tuple[str, ...], dict[int, tuple[str, ...]]] = {}
        self.start = self._place(CallSession("", flow.name, flow.start, {}))

    def step(self, place: int) -> Step:
        """The step at which a place is."""
        return self.flow.steps[self.sessions[place].step]

    def told(self, place: int, facts: int, comes: Comes, hours: Mapping[str, str]) -> Answered:
        """What is heard on a turn when the hours say so."""
        return self.told_then(self._left(place, _Facts(self.numbers.facts(facts)), comes), facts, comes, hours)

    def told_then(self, leaving: Leaving, facts: int, comes: Comes, hours: Mapping[str, str]) -> Answered:
        """The same after the first decision of a turn."""
        now = _Facts(self.numbers.facts(facts))
        now.note(leaving.sets)
        return self._turn(leaving, self._rest(leaving, now, comes, hours)).answered

    def may_come(self, place: int) -> tuple[Meeting, ...]:
        """What the step itself tells apart; nothing where the call has no one to wait for."""
        step = self.step(place)
        return step.meets(self.sessions[place]) if step.waits and step.wires() else ()

    def values_of(self, facts: int, names: tuple[str, ...]) -> tuple[str, ...]:
        """The values of some facts."""
        table = self._values.setdefault(names, {})
        found = table.get(facts)
        if found is None:
            named = self.numbers.facts(facts)
            found = table[facts] = tuple(named[name] for name in names)
        return found

    def leaving(self, place: int, facts: int, comes: Comes, seen: set[str]) -> Leaving:
        """The first decision of a turn; adds the facts that it looked at to `seen`."""
        now = _Facts(self.numbers.facts(facts))
        found = self._left(place, now, comes)
        seen |= now.looked_at
        mark = (*counts_of(found.session), found.trail, *sorted(found.sets.items()), found.overfull, found.key)
        return self._leavings.setdefault(mark, found)

    def turn(self, leaving: Leaving, facts: int, comes: Comes, seen: set[str]) -> Turn | str:
        """The whole turn that begins so, or the question that is left open: `standing` or `answers`.

        Decided by the kinds and applied by the engine, as `engine.advance` does; adds the facts looked at to `seen`.
        """
        now = _Facts(self.numbers.facts(facts))
        now.note(leaving.sets)
        try:
            rest = self._known_rest(leaving, now, comes)
        except NotSaid as question:
            return str(question)
        finally:
            seen |= now.looked_at
        return self._turn(leaving, rest)

    def _left(self, place: int, facts: _Facts, comes: Comes) -> Leaving:
        session = self.sessions[place]
        if comes.mishap:
            target = self.flow.on_error if comes.mishap == ON_ERROR else self.flow.worn_out
            trail = (Taken(session.step, (), comes.mishap),)
            after = replace(session, step=target or session.step, **AFRESH)
            return Leaving(after, trail)
        if not session.turn:
            return Leaving(session, ())
        step = self.step(place)
        decision = step.decide(replace(session, facts=facts), comes.meeting.heard, _World(comes))
        after = apply(session, step, decision.outcome, decision.changes)
        return Leaving(
            replace(after, facts={}),
            (Taken(session.step, (), decision.outcome),),
            sets=after.facts,
            stayed=decision.outcome if decision.outcome in step.stays() else None,
            overfull=decision.overfull,
            key=comes.meeting.keys[:1],
            answers_used=0 if step.waits else 1,
        )

    def _turn(self, leaving: Leaving, rest: Rest) -> Turn:
        answered = rest.answered
        if leaving.overfull and any(asked[0] == "keys" for asked in answered.asks):
            answered = replace(answered, asks=(("pause", LATE_KEYS.seconds), *answered.asks))
        session = replace(rest.session, turn=1)
        effect = self.numbers.effect({**leaving.sets, **rest.sets}, session.step)
        return Turn(answered, (*leaving.trail, *rest.trail), self._place(session), effect, rest.is_over, rest.asked)

    def _known_rest(self, leaving: Leaving, facts: _Facts, comes: Comes) -> Rest:
        """The rest of a turn that has left its first step, looked up if one like it was taken before."""
        answers = comes.answers[leaving.answers_used :]
        stays = (leaving.stayed, leaving.key) if leaving.stayed else ()
        known = self._rests.setdefault(
            (*counts_of(self._bare(leaving.session)), comes.standing, answers, *stays), Known[Rest]()
        )
        found = known.find(tuple(facts[name] for name in known.looked_at))
        if found is None:
            inside = _Facts(facts)
            found = self._rest(leaving, inside, comes, self._hours)
            known.look_at(inside.looked_at)
            known.keep(tuple(facts[name] for name in known.looked_at), found)
        return found

    def _rest(self, leaving: Leaving, facts: _Facts, comes: Comes, hours: Mapping[str, str]) -> Rest:
        """Walk on from a first decision until a step waits, connects or ends."""
        world = _World(replace(comes, answers=comes.answers[leaving.answers_used :]))
        session, trail, said = leaving.session, list[Taken](), list[Say]()
        hours = _Hours(hours)
        if leaving.stayed:
            scene = self._scene(facts, session, hours, leaving.key)
            return self._end(self.flow.steps[session.step], session, facts, scene, trail, said, leaving.stayed)
        while True:
            step = self.flow.steps[session.step]
            scene = self._scene(facts, session, hours, "")
            if step.waits:
                return self._end(step, session, facts, scene, trail, said, None)
            says = [say for say in step.spoken(session.step, scene, None) if say.speech]
            said += says
            decision = step.decide(replace(session, facts=facts), Heard(), world)
            trail.append(Taken(session.step, tuple(say.speech.pieces for say in says), decision.outcome))
            session = apply(session, step, decision.outcome, decision.changes)
            facts.note(session.facts)
            session = replace(session, facts={}) if session.facts else session
            if decision.outcome in step.stays():
                return self._end(step, session, facts, scene, trail, said, decision.outcome)

    def _end(
        self,
        step: Step,
        session: CallSession,
        facts: _Facts,
        scene: Mapping[str, Any],
        trail: list[Taken],
        said: list[Say],
        stayed: str | None,
    ) -> Rest:
        """Where a turn stops: what is said there, and what is asked."""
        says = [say for say in step.spoken(session.step, scene, stayed) if say.speech]
        verbs = step.ask(replace(session, facts=facts), (*said, *says), stayed)
        whisper = step.whisper.speak(scene).pieces if isinstance(step, DialStep) else ()
        trail.append(Taken(session.step, tuple(say.speech.pieces for say in says), ""))
        is_over = step.waits and not step.wires()
        asked = frozenset(scene["hours"].asked)
        return Rest(as_answered(verbs, whisper), tuple(trail), session, dict(facts.new), is_over, asked)

    def _scene(self, facts: _Facts, session: CallSession, hours: Mapping[str, str], key: str) -> Mapping[str, Any]:
        return {**self.release.spoken, "hours": hours, "facts": facts, "entry": session.entry, "key": key}

    def _bare(self, session: CallSession) -> CallSession:
        """A session with digits only where they may still be used: nine of them, or the usual number."""
        if session.step not in self._entry_counts_at:
            return replace(session, entry="", looks=0) if session.entry or session.looks else session
        if not session.entry:
            return session
        return replace(session, entry=NINE_DIGITS if len(session.entry) == len(NINE_DIGITS) else USUAL_ENTRY)

    def _place(self, session: CallSession) -> int:
        session = self._bare(session)
        key = counts_of(session)
        found = self._place_of.get(key)
        if found is None:
            found = self._place_of[key] = len(self.sessions)
            self.sessions.append(session)
        return found


def steps_that_lead_to_an_entry(flow: Flow) -> frozenset[str]:
    """Steps from which the digits keyed may still be looked up or read back before others are keyed."""
    counts = {
        name
        for name, step in flow.steps.items()
        if step.kind == "certification" or any("entry" in words.references for words in step.words().values())
    }
    while True:
        more = {
            name
            for name, step in flow.steps.items()
            if name not in counts and any(wire.go in counts for wire in _keeping_the_entry(step))
        }
        if not more:
            return frozenset(counts)
        counts |= more


def _keeping_the_entry(step: Step) -> Iterator[Any]:
    for outcome, wire in step.wires().items():
        if not isinstance(step, CollectStep) or outcome == "gave_up":
            yield wire
