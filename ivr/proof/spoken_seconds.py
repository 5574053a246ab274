"""How long the line speaks at each state of a graph: the shortest and the longest, over a year of hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ivr.flow.release import Release
from ivr.hours import Calendar
from ivr.proof.explore import Graph
from ivr.proof.facts import reads
from ivr.steps.step import Step
from ivr.verbs import Say

HOURS = "hours."
MOMENTS = (time(10), time(19))
"""Looked at on every day, besides eight minutes before it closes."""

NO_FACTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance, with the seconds it takes at least and at most."""

    least_s: float
    most_s: float
    can_interrupt: bool


class Speeches:
    """What is said on coming to a state, in seconds; each step's words are spoken once for all that they refer to."""

    def __init__(self, graph: Graph, release: Release, year_from: date) -> None:
        self._graph, self._release = graph, release
        self._hours = hours_words(release.calendar, year_from)
        self._reads = {name: tuple(sorted(reads(step))) for name, step in graph.flow.steps.items() if step.words()}
        self._told_apart: dict[int, tuple[str, ...]] = {}
        self._known: dict[tuple[str, str | None, str, tuple[str, ...]], tuple[Said, ...]] = {}

    def at(self, state: int, after: str | None, key: str) -> tuple[Said, ...]:
        """What is said at a state: on coming to its step (`after` None), or on staying there after an outcome.

        Args:
            key: the key that was pressed, which some words say back.
        """
        name = self._graph.step_name(state)
        if name not in self._reads:
            return ()
        told_apart = self._told_apart.get(state)
        if told_apart is None:
            facts = self._graph.facts(state) if self._reads[name] else NO_FACTS
            told_apart = self._told_apart[state] = tuple(facts[fact] for fact in self._reads[name])
        known = self._known.get((name, after, key, told_apart))
        if known is None:
            entry = self._graph.session(state).entry
            known = tuple(self._spoken(name, self._graph.step(state), self._graph.facts(state), after, key, entry))
            self._known[name, after, key, told_apart] = known
        return known

    def _spoken(
        self, name: str, step: Step, facts: Mapping[str, str], after: str | None, key: str, entry: str
    ) -> list[Said]:
        refers = any(one.startswith(HOURS) for words in step.words().values() for one in words.references)
        takes = [
            step.spoken(
                name, {**self._release.spoken, "hours": hours, "facts": facts, "entry": entry, "key": key}, after
            )
            for hours in (self._hours if refers else self._hours[:1])
        ]
        return [self._range(says) for says in zip(*takes, strict=True)]

    def _range(self, says: Sequence[Say]) -> Said:
        seconds = [say.speech.seconds(self._release.voice.words_per_minute) for say in says]
        return Said(min(seconds), max(seconds), says[0].can_interrupt)


def hours_words(calendar: Calendar, year_from: date) -> list[Mapping[str, str]]:
    """Every different set of words about the hours in the year from a date on."""
    found: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for number in range(366):
        day = year_from + timedelta(days=number)
        moments = [datetime.combine(day, one, calendar.zone) for one in MOMENTS]
        closes = calendar.at(moments[0]).closes
        if closes:
            moments.append(closes - timedelta(minutes=8))
        for moment in moments:
            words = calendar.at(moment).words()
            found.setdefault(tuple(sorted(words.items())), words)
    return list(found.values())


def outside(said: Sequence[Said]) -> int:
    """How many of several utterances must be heard to the end: up to the last that cannot be interrupted (D-12)."""
    return max((place + 1 for place, one in enumerate(said) if not one.can_interrupt), default=0)
