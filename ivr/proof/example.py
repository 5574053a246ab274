"""A way through the graph as a call that a person can read and the softphone can play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ivr.proof.explore import ON_ERROR, WORN_OUT, Graph, Way
from ivr.steps.certification import CertificationStep
from ivr.steps.collect import CollectStep
from ivr.steps.step import Meeting

SLOT: Final = timedelta(minutes=15)
"""The pretended clock is moved on by so much when the line is to open or close during a call."""

FIRST_SLOT: Final = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - on the line's own clock, whatever its zone
OPEN_AT: Final = "Tue 2026-11-24 10:00"
CLOSED_AT: Final = "Tue 2026-11-24 19:00"

ANSWERS: Final[Mapping[tuple[str, ...], str]] = {
    ("certified",): "1",
    ("not_confirmed",): "2",
    ("unavailable",): "3",
    ("slow",): "4",
    ("slow", "certified"): "5",
    ("slow", "not_confirmed"): "6",
    ("slow", "unavailable"): "7",
    ("slow", "slow"): "4",
}
"""What the rehearsed directory `by_number` answers to a number, look by look, and the last digit that tells it so."""


@dataclass(slots=True)
class Turn:
    """One turn of a call: what the caller does (None on the first, and while a look-up is slow), then what follows."""

    action: Way | None
    walked: list[Way] = field(default_factory=list)

    @property
    def standing(self) -> str:
        """How the hours stood, if a step asked; else empty."""
        return next((way.meeting.standing for way in self.walked if way.meeting.standing), "")


@dataclass(frozen=True, slots=True)
class Example:
    """A call in the terms of `flows/calls/*.yaml`, as far as what the caller does and meets.

    Args:
        at: the moment it begins, as it is written there.
        given: circumstances, ready to be written.
        happens: what the caller and the representatives do, in order.
    """

    at: str
    given: Mapping[str, Any]
    happens: Sequence[Mapping[str, Any]]

    def script(self, call: str, rules: Iterable[str] = (), **ends: Any) -> dict[str, Any]:
        """The whole scripted call, ready to be written as YAML."""
        written: dict[str, Any] = {"call": call}
        if rules := list(rules):
            written["rules"] = rules
        written["at"] = self.at
        if self.given:
            written["given"] = dict(self.given)
        written["happens"] = [dict(happening) for happening in self.happens] or [{"hangs_up": "yes"}]
        written["ends"] = {name: value for name, value in ends.items() if value}
        return written


def example(graph: Graph, path: Sequence[Way], turns_limit: int) -> Example:
    """The call that takes a way from the start of the graph."""
    turns = turns_of(graph, path)
    at, closures, clocks = pretended_hours([turn.standing for turn in turns])
    happens: list[dict[str, Any]] = []
    for number, turn in enumerate(turns):
        if number in clocks:
            happens.append({"clock": clocks[number]})
        if turn.action is not None:
            happens.extend(acted(graph, turns, number, turns_limit))
    given: dict[str, Any] = {}
    if any(isinstance(graph.step(way.source), CertificationStep) for way in path):
        given["directory"] = "by_number"
    if closures:
        given["closures"] = closures
    return Example(at, given, happens)


def turns_of(graph: Graph, path: Sequence[Way]) -> list[Turn]:
    """A way cut into turns."""
    turns = [Turn(None)]
    for way in path:
        step = graph.step(way.source)
        if step.waits:
            turns.append(Turn(way))
        else:
            turns[-1].walked.append(way)
            if way.outcome in step.stays():
                turns.append(Turn(None))
    return turns


def acted(graph: Graph, turns: Sequence[Turn], number: int, turns_limit: int) -> list[dict[str, Any]]:
    """What happens at the beginning of a turn."""
    action = turns[number].action
    if action is None:
        return []
    meeting = action.meeting
    if action.outcome == ON_ERROR:
        return [{"fault": "yes"}]
    if action.outcome == WORN_OUT:
        return [{"presses": "*"}] * (turns_limit - number)
    if meeting.talked is not None:
        return [{"representative": "answers" if meeting.talked else "no_answer"}]
    if meeting.finished_on:
        return [{"presses": meeting.finished_on}]
    if not meeting.keys:
        return [{"stays_silent": "yes"}]
    step = graph.step(action.source)
    if isinstance(step, CollectStep):
        return [{"presses": keyed(step, graph.session(action.source).part, meeting, answers(graph, turns, number))}]
    return [{"presses": meeting.keys}]


def answers(graph: Graph, turns: Sequence[Turn], number: int) -> tuple[str, ...]:
    """What the directory answers to the entry made on a turn, look by look."""
    found: list[str] = []
    for place, turn in enumerate(turns[number:]):
        if place and turn.action is not None and isinstance(graph.step(turn.action.source), CollectStep):
            if graph.session(turn.action.source).part:
                continue
            break
        found += [way.meeting.certification for way in turn.walked if way.meeting.certification]
        if found and found[-1] != "slow":
            break
    return tuple(found)


def keyed(step: CollectStep, part: str, meeting: Meeting, answered: tuple[str, ...]) -> str:
    """The keys of an entry: its last digit tells the rehearsed directory what to answer."""
    most = step.digits[1]
    keys = meeting.keys
    if keys in ("*", "0"):
        return keys if keys == "*" else "0#"
    keys = keys[:-1] + ANSWERS.get(answered, "2")
    return keys if len(part) + len(keys) >= most else f"{keys}#"


def pretended_hours(standings: Sequence[str]) -> tuple[str, list[dict[str, str]], dict[int, str]]:
    """A moment, closures and jumps of the clock under which the hours stand so on each turn ("" for any).

    Returns the first moment, the closures, and turn number to the moment the clock jumps to before it.
    """
    asked = [standing for standing in standings if standing]
    if all(standing == "open" for standing in asked):
        return OPEN_AT, [], {}
    if "open" not in asked:
        return CLOSED_AT, [], {}
    clocks: dict[int, str] = {}
    closures: list[dict[str, str]] = []
    slot = FIRST_SLOT
    now = ""
    for number, standing in enumerate(standings):
        if not standing or standing == now:
            continue
        if now:
            slot += 2 * SLOT
            clocks[number] = written(slot)
        if standing != "open":
            closures.append({"starts": written(slot - SLOT / 3), "until": written(slot + SLOT), "reason": "a drill"})
        now = standing
    return OPEN_AT, closures, clocks


def written(moment: datetime) -> str:
    """A moment as scripted calls have it."""
    return f"{moment:%a %Y-%m-%d %H:%M}"
