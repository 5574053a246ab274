"""Mutants of a release: one slip each, in a wire, the keys of a menu, a fact, or the hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Final, Literal

from pydantic import BaseModel

from ivr.flow.release import Flow, Release
from ivr.flow.wiring import REPEAT, written_wires
from ivr.hours import Calendar, HoursFile
from ivr.steps.menu import MenuStep, Option
from ivr.steps.step import Path, Step

FLOW: Final = "broker_line"
HOUR: Final = 60

Sort = Literal["wire", "control", "head", "keys", "wiring", "fact", "initial", "hours", "holiday"]
SORTS: Final[Mapping[Sort, str]] = {
    "wire": "a wire led to another step, each of all others; keys 0 and 9 menu by menu too",
    "control": "key 0 or 9 led to another step in every menu at once (`config/line.yaml`)",
    "head": "the first step, the step after too many turns, or the one for a fault: another step",
    "keys": "two keys of a menu swapped, with their words",
    "wiring": "two keys of a menu swapped, but not their words",
    "fact": "a fact that is set on a wire: not set, or set to each other value",
    "initial": "a call begins with another value of a fact",
    "hours": "a day of the week opens or closes an hour earlier or later",
    "holiday": "a holiday struck from the list",
}
"""The slips that are made."""

Outcome = tuple[str, str]
"""A step and one of its outcomes."""


@dataclass(frozen=True)
class Mutant:
    """One slip.

    Args:
        change: what was changed, as one would say it.
        edits: step, path in it, and what stands there now.
        head: fields of the flow itself that are changed.
        hours: the changed `config/hours.yaml`.
        outcomes: those that may lead elsewhere than before; empty when any turn may.
        passing: steps that a call must pass to notice; empty when any call may.
    """

    sort: Sort
    change: str
    edits: tuple[tuple[str, Path, Any], ...] = ()
    head: Mapping[str, Any] = field(default_factory=dict)
    hours: HoursFile | None = None
    outcomes: tuple[Outcome, ...] = ()
    passing: tuple[str, ...] = ()

    def applied(self, release: Release) -> Release:
        """The release with this slip in it, under its own name."""
        if self.hours is not None:
            return replace(release, calendar=Calendar(self.hours))
        flow = release.flows[FLOW]
        steps = dict(flow.steps)
        for name, path, new in self.edits:
            steps[name] = changed(steps[name], path, new)
        return replace(release, flows={**release.flows, FLOW: replace(flow, steps=steps, **self.head)})


def changed(value: Any, path: Path, new: Any) -> Any:
    """A step or a part of it with something else at a path."""
    if not path:
        return new
    if isinstance(value, BaseModel):
        name = next(name for name, field in type(value).model_fields.items() if (field.alias or name) == path[0])
        return value.model_copy(update={name: changed(getattr(value, name), path[1:], new)})
    return {**value, path[0]: changed(value[path[0]], path[1:], new)}


def mutants(release: Release, hours: HoursFile) -> list[Mutant]:
    """Every mutant of a release, always in the same order."""
    flow = release.flows[FLOW]
    return [
        *crossed_wires(flow),
        *crossed_controls(flow, release.defaults.controls),
        *other_heads(flow),
        *swapped_keys(flow),
        *changed_facts(flow),
        *other_beginnings(flow),
        *moved_hours(hours),
        *struck_holidays(hours),
    ]


def crossed_wires(flow: Flow) -> Iterator[Mutant]:
    """Each wire of each step, led to each other step of the flow."""
    for name, step in flow.steps.items():
        for wire in written_wires(step):
            for other in flow.steps if wire.go is not None else ():
                if other != wire.go:
                    where = ".".join((name, *map(str, wire.path)))
                    change = f"{where}: {other} instead of {wire.go}"
                    edit = (name, (*wire.path, "go"), other)
                    yield Mutant("wire", change, (edit,), outcomes=((name, outcome_at(step, wire.path)),))


def outcome_at(step: Step, path: Path) -> str:
    """The outcome whose wire stands at a path of a step."""
    if not path:
        return "next"
    if path[0] == "lengths":
        return f"entered_{path[1]}"
    if path[0] == "options" and isinstance(step, MenuStep):
        return key_outcome(step, str(path[1]))
    return str(path[-1])


def key_outcome(step: MenuStep, key: str) -> str:
    """The outcome of a key of a menu."""
    return "repeat" if step.options[key].go == REPEAT else key


def crossed_controls(flow: Flow, controls: Mapping[str, str]) -> Iterator[Mutant]:
    """Keys 0 and 9, in every menu where they do what they do everywhere."""
    for key, go in controls.items():
        menus = [
            name
            for name, step in flow.steps.items()
            if isinstance(step, MenuStep) and key in step.options and step.options[key].go == go
        ]
        for other in flow.steps:
            if other != go:
                edits = tuple((name, ("options", key, "go"), other) for name in menus)
                outcomes = tuple((name, key) for name in menus)
                yield Mutant("control", f"key {key} everywhere: {other} instead of {go}", edits, outcomes=outcomes)


def other_heads(flow: Flow) -> Iterator[Mutant]:
    """The steps that the flow itself names."""
    for name, passing in (("start", ()), ("on_error", (flow.on_error,)), ("worn_out", (flow.worn_out,))):
        there = getattr(flow, name)
        for other in flow.steps:
            if there is not None and other != there:
                passed = tuple(step for step in passing if step)
                yield Mutant("head", f"{name}: {other} instead of {there}", head={name: other}, passing=passed)


def swapped_keys(flow: Flow) -> Iterator[Mutant]:
    """Each pair of keys of each menu: the whole lines, then only where they lead."""
    for name, step in flow.steps.items():
        if not isinstance(step, MenuStep):
            continue
        for one, other in combinations(step.options, 2):
            first, second = step.options[one], step.options[other]
            outcomes = tuple((name, key_outcome(step, key)) for key in (one, other))
            lines = {**step.options, one: second, other: first}
            edits: list[tuple[str, Path, Any]] = [(name, ("options",), lines)]
            if one in step.again and other in step.again:
                edits.append((name, ("again",), {**step.again, one: step.again[other], other: step.again[one]}))
            if lines != step.options:
                change = f"{name}: keys {one} and {other} swapped, with their words"
                yield Mutant("keys", change, tuple(edits), outcomes=outcomes, passing=(name,))
            wiring = {**step.options, one: led_as(first, second), other: led_as(second, first)}
            if wiring not in (step.options, lines):
                change = f"{name}: keys {one} and {other} swapped, but not their words"
                yield Mutant("wiring", change, ((name, ("options",), wiring),), outcomes=outcomes)


def led_as(option: Option, other: Option) -> Option:
    """An option with its own words that leads where another does."""
    return option.model_copy(update={"go": other.go, "set": other.set})


def changed_facts(flow: Flow) -> Iterator[Mutant]:
    """Each fact that a wire sets: left out, and set to each other value."""
    for name, step in flow.steps.items():
        for wire in written_wires(step):
            where = ".".join((name, *map(str, wire.path)))
            outcomes = ((name, outcome_at(step, wire.path)),)
            for fact, value in wire.set.items():
                rest = {other: kept for other, kept in wire.set.items() if other != fact}
                path = (*wire.path, "set")
                yield Mutant("fact", f"{where}: {fact} not set", ((name, path, rest),), outcomes=outcomes)
                for other in flow.facts[fact]:
                    if other != value:
                        change = f"{where}: {fact} set to {other} instead of {value}"
                        yield Mutant("fact", change, ((name, path, {**wire.set, fact: other}),), outcomes=outcomes)


def other_beginnings(flow: Flow) -> Iterator[Mutant]:
    """Each fact, begun with each other value."""
    for fact, values in flow.facts.items():
        for other in values[1:]:
            facts = {**flow.facts, fact: (other, *(value for value in values if value != other))}
            head = {"facts": facts, "initial_facts": {**flow.initial_facts, fact: other}}
            yield Mutant("initial", f"{fact} begins as {other} instead of {values[0]}", head=head)


def moved_hours(hours: HoursFile) -> Iterator[Mutant]:
    """Each opening and closing of the week, an hour earlier and an hour later."""
    for day in type(hours.weekly).model_fields:
        weekday = getattr(hours.weekly, day)
        for place, interval in enumerate(weekday.hours):
            for end, minutes in (("opens", interval.opens), ("closes", interval.closes)):
                for moved in (-HOUR, HOUR):
                    other = replace(interval, **{end: minutes + moved})
                    intervals = (*weekday.hours[:place], other, *weekday.hours[place + 1 :])
                    week = hours.weekly.model_copy(update={day: weekday.model_copy(update={"hours": intervals})})
                    change = f"{day} is open {other} instead of {interval}"
                    yield Mutant("hours", change, hours=hours.model_copy(update={"weekly": week}))


def struck_holidays(hours: HoursFile) -> Iterator[Mutant]:
    """Each closed day of the calendar, left out."""
    kept = hours.holidays
    for name in kept.closed:
        rest = tuple(other for other in kept.closed if other != name)
        holidays = kept.model_copy(update={"closed": rest})
        yield Mutant("holiday", f"{name} is struck", hours=hours.model_copy(update={"holidays": holidays}))
    for name in kept.other_days:
        days = {other: day for other, day in kept.other_days.items() if other != name}
        holidays = kept.model_copy(update={"other_days": days})
        yield Mutant("holiday", f"{name} is struck", hours=hours.model_copy(update={"holidays": holidays}))
