"""A call told again from what was kept of it: the steps it took, and the words of its release that go with them.

Words are not kept. They are spoken anew by the release the call was on, in the circumstances that the steps taken leave
no doubt of; what was keyed is known by its last two digits only, and nothing else of it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any, Literal

from ivr import engine
from ivr.call import Changes
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.steps.dial import DialStep
from ivr.steps.step import Step
from ivr.store import LoggedEvent

UNSAID = ("say", "set")
"""Kinds with one way on: that a call took it tells nobody anything."""

Who = Literal["line", "caller", "step", "whisper"]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a transcript.

    Args:
        at_s: seconds since the call began.
        who: whoever speaks or keys; `step` for what the line decided by itself.
        text: words, keys with all but the last two starred, or an outcome.
        step: the step it belongs to.
    """

    at_s: float
    who: Who
    text: str
    step: str


def retell(release: Release | None, events: Sequence[LoggedEvent], closures: Sequence[Closure] = ()) -> Iterator[Told]:
    """A call line by line.

    Args:
        release: the one the call was on; None when it cannot be had, then only keys and steps are told.
        events: of one call, in order.
        closures: as they are known now.
    """
    if not events:
        return
    began = events[0].at
    telling = _Telling(release, events[0], closures) if release else None
    for _, turn in groupby(events, key=lambda event: event.turn):
        for place, event in enumerate(turn):
            at = (event.at - began).total_seconds()
            came_here = place > 0 or telling is None or not telling.was_asked(event)
            if telling and came_here:
                yield from (Told(at, who, text, event.step) for who, text in telling.words(event))
            if event.outcome and event.kind not in UNSAID:
                yield _decided(event, at, is_answer=not came_here or (telling is None and place == 0))
            if event.outcome and telling:
                telling.goes_on(event)


def _decided(event: LoggedEvent, at: float, *, is_answer: bool) -> Told:
    """What came in and what it came to."""
    if is_answer and event.kind == "dial":
        return Told(at, "step", event.outcome.replace("_", " "), event.step)
    if is_answer and event.kind in ("menu", "collect"):
        keyed = event.input or "(nothing)"
        came_to = "" if event.outcome == event.input else f"  ({event.outcome.replace('_', ' ')})"
        return Told(at, "caller", f"{keyed}{came_to}", event.step)
    return Told(at, "step", event.outcome.replace("_", " "), event.step)


class _Telling:
    """The call as it went on: enough of its session to speak each step's words."""

    def __init__(self, release: Release, first: LoggedEvent, closures: Sequence[Closure]) -> None:
        self._release, self._closures = release, closures
        self._session = engine.begin(release, first.flow, first.at)
        self._stayed: str | None = None
        self._keyed = ""

    def was_asked(self, event: LoggedEvent) -> bool:
        """Whether a turn begins with what was answered at the step where the last one ended."""
        step = self._step(event)
        is_answer = bool(event.outcome) and step is not None and step.waits and event.step == self._session.step
        self._stayed, self._keyed = None, event.input if is_answer else ""
        return is_answer

    def words(self, event: LoggedEvent) -> Iterator[tuple[Who, str]]:
        """What a step says as the call comes to it."""
        self._session = replace(self._session, step=event.step)
        if (step := self._step(event)) is None:
            return
        scenes = [self._scene(event.at, filling) for filling in "12"]
        spoken = [step.spoken(event.step, scene, self._stayed) for scene in scenes]
        for says in zip(*spoken, strict=True):
            if says[0].speech:
                yield "line", _what_is_known(*(say.speech.plain for say in says))
        if isinstance(step, DialStep) and not event.outcome:
            yield "whisper", _what_is_known(*(step.whisper.speak(scene).plain for scene in scenes))

    def goes_on(self, event: LoggedEvent) -> None:
        """Apply an outcome, as the engine did."""
        if (step := self._step(event)) is None:
            return
        found = Changes(entry=event.input) if event.kind == "collect" and event.input else Changes()
        try:
            self._session = engine.apply(self._session, step, event.outcome, found)
        except KeyError:
            return
        self._stayed = event.outcome if event.outcome in step.stays() else None

    def _step(self, event: LoggedEvent) -> Step | None:
        return self._release.flows[self._session.flow].steps.get(event.step)

    def _scene(self, at: datetime, filling: str) -> Mapping[str, Any]:
        """What words refer to; digits that were not kept stand filled in."""
        hours = self._release.calendar.at(at, self._closures).words()
        entry = self._session.entry.replace("*", filling)
        about = {"hours": hours, "facts": self._session.facts, "entry": entry, "key": self._keyed[:1].strip("*")}
        return MappingProxyType({**self._release.spoken, **about})


def _what_is_known(one: str, other: str) -> str:
    """The words that are the same whatever the digits were that nobody kept; a star for each of the rest."""
    pairs = zip(one.split(), other.split(), strict=False)
    return " ".join(first if first == second else f"*{',' if first.endswith(',') else ''}" for first, second in pairs)
