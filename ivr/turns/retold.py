"""A call told again from what was kept of it: the steps it took, and the words of its release that go with them.

Words are not kept. They are spoken anew by the release the call was on, in the circumstances that the steps taken leave
no doubt of; what was keyed is known by its last two digits only, and nothing else of it is told. How far they were
heard is not kept either: it is told by how long they last and when the next turn came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, zip_longest
from math import inf
from types import MappingProxyType
from typing import Any, Literal

from ivr import engine
from ivr.call import Changes
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.steps.dial import DialStep
from ivr.steps.step import Step, outside_gather
from ivr.store import LoggedEvent
from ivr.verbs import Say

UNSAID = ("say", "set")
"""Kinds with one way on: that a call took it tells nobody anything."""

ASKS_FOR_KEYS = ("menu", "collect")
"""Kinds whose words a key cuts short."""

Who = Literal["line", "caller", "step", "whisper"]
Heard = Literal["whole", "part", "none"]
KnownClosures = Callable[[datetime], Sequence[Closure]]
"""Closures as they were known at a moment."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a transcript.

    Args:
        at_s: seconds since the call began; for words, when they began if every part before them was heard out.
        who: whoever speaks or keys; `step` for what the line decided by itself.
        text: words, keys with all but the last two starred, or an outcome.
        step: the step it belongs to.
        heard: how far the caller can have heard words before the next turn came, at the voice's words a minute.
    """

    at_s: float
    who: Who
    text: str
    step: str
    heard: Heard = "whole"


def none_known(_: datetime) -> Sequence[Closure]:
    """No closure is known at any moment."""
    return ()


def retell(
    release: Release | None,
    events: Sequence[LoggedEvent],
    closures_at: KnownClosures = none_known,
    ended: datetime | None = None,
) -> Iterator[Told]:
    """A call line by line.

    Args:
        release: the one the call was on; None when it cannot be had, then only keys and steps are told.
        events: of one call, in order.
        ended: when the provider said that it was over; None when it did not.
    """
    if not events:
        return
    began = events[0].at
    telling = _Telling(release, events[0], closures_at) if release else None
    turns = [list(turn) for _, turn in groupby(events, key=lambda event: event.turn)]
    for turn, following in zip_longest(turns, turns[1:]):
        next_at = following[0].at if following else ended
        lines = list(_said_on(turn, telling))
        at_s = _seconds(began, turn[0].at)
        next_s = _seconds(began, next_at) if next_at else None
        whole = _heard_to_the_end(lines, turn) if following else 0
        told = _timed(lines, at_s, next_s, whole, release.voice.words_per_minute if release else 1)
        yield from sorted(told, key=lambda line: line.at_s)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line before it has its second; `say` is what was spoken, for words to the caller."""

    who: Who
    text: str
    step: str
    say: Say | None = None


def _said_on(turn: Sequence[LoggedEvent], telling: _Telling | None) -> Iterator[_Line]:
    for place, event in enumerate(turn):
        came_here = place > 0 or telling is None or not telling.was_asked(event)
        if telling and came_here:
            yield from telling.words(event)
        if event.outcome and event.kind not in UNSAID:
            yield _decided(event, is_answer=not came_here or (telling is None and place == 0))
        if event.outcome and telling:
            telling.goes_on(event)


def _timed(lines: Sequence[_Line], at_s: float, next_s: float | None, whole: int, rate: int) -> Iterator[Told]:
    """The lines of a turn with their seconds: one utterance follows another, what was decided was decided at once.

    Args:
        next_s: when the next turn came, or the end of the call; None when neither is known.
        whole: how many utterances nothing but the end of the call could cut short.
        rate: words a minute.
    """
    latest = inf if next_s is None else next_s
    ends_s, spoken = at_s, 0
    for line in lines:
        if line.say is None:
            yield Told(at_s if line.who in ("caller", "step") else min(ends_s, latest), line.who, line.text, line.step)
            continue
        begins_s, ends_s = ends_s, round(ends_s + line.say.speech.seconds(rate), 3)
        spoken += 1
        heard: Heard = "whole" if spoken <= whole or ends_s <= latest else "part" if begins_s < latest else "none"
        yield Told(min(begins_s, latest), line.who, line.text, line.step, heard)


def _seconds(began: datetime, at: datetime) -> float:
    return round((at - began).total_seconds(), 3)


def _heard_to_the_end(lines: Sequence[_Line], turn: Sequence[LoggedEvent]) -> int:
    """How many of a turn's utterances no key cuts short: all, unless it ends by asking for keys (D-12)."""
    says = tuple(line.say for line in lines if line.say)
    return len(outside_gather(says)[0] if turn[-1].kind in ASKS_FOR_KEYS else says)


def _decided(event: LoggedEvent, *, is_answer: bool) -> _Line:
    """What came in and what it came to."""
    if is_answer and event.kind in ASKS_FOR_KEYS:
        keyed = event.input or "(nothing)"
        came_to = "" if event.outcome == event.input else f"  ({event.outcome.replace('_', ' ')})"
        return _Line("caller", f"{keyed}{came_to}", event.step)
    return _Line("step", event.outcome.replace("_", " "), event.step)


class _Telling:
    """The call as it went on: enough of its session to speak each step's words."""

    def __init__(self, release: Release, first: LoggedEvent, closures_at: KnownClosures) -> None:
        self._release, self._closures_at = release, closures_at
        self._hours: tuple[datetime, Mapping[str, str]] | None = None
        self._session = engine.begin(release, first.flow, first.at)
        self._stayed: str | None = None
        self._keyed = ""

    def was_asked(self, event: LoggedEvent) -> bool:
        """Whether a turn begins with what was answered at the step where the last one ended."""
        step = self._step(event)
        is_answer = bool(event.outcome) and step is not None and step.waits and event.step == self._session.step
        self._stayed, self._keyed = None, event.input if is_answer else ""
        return is_answer

    def words(self, event: LoggedEvent) -> Iterator[_Line]:
        """What a step says as the call comes to it."""
        self._session = replace(self._session, step=event.step)
        if (step := self._step(event)) is None:
            return
        scenes = [self._scene(event.at, filling) for filling in "12"]
        spoken = [step.spoken(event.step, scene, self._stayed) for scene in scenes]
        for says in zip(*spoken, strict=True):
            if says[0].speech:
                yield _Line("line", _what_is_known(*(say.speech.plain for say in says)), event.step, says[0])
        if isinstance(step, DialStep) and not event.outcome:
            whispered = _what_is_known(*(step.whisper.speak(scene).plain for scene in scenes))
            yield _Line("whisper", whispered, event.step)

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
        if self._hours is None or self._hours[0] != at:
            self._hours = at, self._release.calendar.at(at, self._closures_at(at)).words()
        entry = self._session.entry.replace("*", filling)
        about = {
            "hours": self._hours[1],
            "facts": self._session.facts,
            "entry": entry,
            "key": self._keyed[:1].strip("*"),
        }
        return MappingProxyType({**self._release.spoken, **about})


def _what_is_known(one: str, other: str) -> str:
    """The words that are the same whatever the digits were that nobody kept; a star for each of the rest."""
    pairs = zip(one.split(), other.split(), strict=False)
    return " ".join(first if first == second else f"*{',' if first.endswith(',') else ''}" for first, second in pairs)
