"""The flow in words: each step with what is said there, how long it takes, and where every outcome leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ivr.findings import Report
from ivr.hours import Calendar
from ivr.proof.explore import Graph
from ivr.proof.facts import reads
from ivr.steps.dial import DialStep
from ivr.steps.step import Step

AFTER = {
    None: "On coming here",
    "no_input": "After silence",
    "wrong_key": "After a key that is not used",
}
"""Outcome that kept the call at the step, to when its words are heard."""

CLOSED_WORDS = ("hours.next_opening", "hours.because")
MOST_FORMS = 4
"""Forms of one step's words that are shown; facts tell them apart."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words as they are heard.

    Args:
        when: in which case.
        seconds: estimated.
    """

    when: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Leads:
    """One outcome: where it leads, and the facts it sets; `to` is empty where the call stays."""

    outcome: str
    to: str
    sets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StepText:
    """A step for people."""

    name: str
    kind: str
    does: str
    spoken: Sequence[Spoken]
    leads: Sequence[Leads]
    rules: Sequence[str]


def outcome_words(outcome: str) -> str:
    """An outcome as people call it: ``key 1``, ``star``, ``no input``."""
    if outcome.isdigit():
        return f"key {outcome}"
    return "star" if outcome == "*" else outcome.replace("_", " ")


def leads_of(step: Step) -> list[Leads]:
    """Every outcome of a step, those that stay last."""
    led = [Leads(outcome_words(outcome), wire.go, wire.set) for outcome, wire in step.wires().items()]
    return [*led, *(Leads(outcome_words(outcome), "", {}) for outcome in step.stays())]


def step_texts(report: Report, graph: Graph, day: date, rules: Mapping[str, Sequence[str]]) -> list[StepText]:
    """Every step, in the flow's order.

    Args:
        day: words about the hours are those of the first day from here on that is open at ten.
        rules: step to the rules it carries.
    """
    assert report.release is not None
    calendar = report.release.calendar
    moments = usual_moments(calendar, day)
    hours = [calendar.at(moment).words() for moment in moments]
    states: dict[str, list[int]] = {name: [] for name in graph.flow.steps}
    for state in range(len(graph)):
        states[graph.step_name(state)].append(state)
    pace = report.release.voice.words_per_minute
    return [
        StepText(
            name,
            step.kind,
            (type(step).__doc__ or "").strip().splitlines()[0].replace("`", ""),
            list(_spoken(graph, name, step, states[name], report.release.spoken, hours, pace)),
            leads_of(step),
            rules.get(name, ()),
        )
        for name, step in graph.flow.steps.items()
    ]


def usual_moments(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    """Ten in the morning and seven in the evening of the first day from a date on that is open at ten."""
    for number in range(60):
        morning = datetime.combine(day + timedelta(days=number), time(10), calendar.zone)
        if calendar.at(morning).open:
            return morning, morning.replace(hour=19)
    morning = datetime.combine(day, time(10), calendar.zone)
    return morning, morning.replace(hour=19)


def _spoken(
    graph: Graph,
    name: str,
    step: Step,
    states: Sequence[int],
    spoken: Mapping[str, Any],
    hours: Sequence[Mapping[str, str]],
    pace: int,
) -> Iterator[Spoken]:
    """Each form of a step's words, as far as the facts that it looks at tell them apart."""
    closed = any(one in CLOSED_WORDS for words in step.words().values() for one in words.references)
    looked_at = sorted(reads(step))
    forms: dict[tuple[str, ...], int] = {}
    for state in states:
        forms.setdefault(tuple(graph.facts(state)[fact] for fact in looked_at), state)
    heard: dict[tuple[str | None, str], Spoken] = {}
    for values, state in list(forms.items())[:MOST_FORMS]:
        facts = graph.facts(state)
        scene = {
            **spoken,
            "hours": hours[1 if closed else 0],
            "facts": facts,
            "entry": graph.session(state).entry,
            "key": "",
        }
        known = " and ".join(
            f"{fact} is {value.replace('_', ' ')}" for fact, value in zip(looked_at, values, strict=True)
        )
        where = f", {known}" if len(forms) > 1 and known else ""
        for after in (None, *(stay for stay in step.stays() if stay in AFTER)):
            speech = [say.speech for say in step.spoken(name, scene, after) if say.speech]
            text = " ".join(one.plain for one in speech)
            if text:
                seconds = sum(one.seconds(pace) for one in speech)
                heard.setdefault((after, text), Spoken(f"{AFTER[after]}{where}", text, seconds))
        if isinstance(step, DialStep):
            whisper = step.whisper.speak(scene)
            said = Spoken(f"Only the representative hears{where}", whisper.plain, whisper.seconds(pace))
            heard.setdefault(("whisper", whisper.plain), said)
    yield from heard.values()
