"""The shipped line: crossing any one wire, or dropping any fact it sets, makes at least one scripted call fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ivr.app import Stage
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.flow.wiring import written_wires
from ivr.log import no_logging
from ivr.rehearsal import sample_brokers
from ivr.softphone.scripted import ScriptedCall, play, read_calls

PROJECT = Path(__file__).parents[1]
FLOW = "broker_line"
SHARE = 9
"""One in so many crossings of a wire is tried here; which ones differs from wire to wire. `EQUIVALENT` is from all."""

AT_ONCE = 2

TOP = "in open hours key 9 comes to the first menu by way of `top`, and these menus are met in open hours only"
CLOSED = "with the line closed, both ask whether it has opened since, and both then go the same way"
EQUIVALENT = {
    "first_menu.options.9.go = first_menu": TOP,
    "not_confirmed.options.9.go = first_menu": TOP,
    "not_confirmed_nine.options.9.go = first_menu": TOP,
    "who_calls.options.9.go = first_menu": TOP,
    "nobody.options.9.go = first_menu": TOP,
    "notice.next.go = top": TOP,
    "closed_now.next.go = top": "with the line closed, `top` comes to the closed menu",
    "closed_again.next.go = top": "with the line closed, `top` comes to the closed menu",
    "closed_menu.options.9.go = closed_menu": "with the line closed, `top` comes to the closed menu",
    "closed_menu.options.0.go = opened_since": CLOSED,
    "closed_menu.options.0.go = report_life_event": CLOSED,
    "closed_menu.options.1.go = opened_since": CLOSED,
    "closed_menu.options.1.go = report_life_event": CLOSED,
    "closed_menu.options.4.go = opened_since": CLOSED,
    "closed_menu.options.4.go = report_life_event": CLOSED,
    "report_life_event.cases.closed.go = opened_since": CLOSED,
    "closed_menu.gave_up.go = still_closed": "with the line closed, `a_person` comes to `still_closed`",
    "opened_since.open.go = representative": "with the line open, `representative` comes to the number entry",
    "still_closed.open.go = a_person": "with the line open, `a_person` says and sets the same",
}
"""Crossings that no caller could tell from the flow as it is, each with the reason."""


@dataclass(frozen=True)
class Mutant:
    """One change of one wire: what stands at a path of a step, and what stands there now."""

    step: str
    path: tuple[str, ...]
    new: Any

    def __str__(self) -> str:
        return f"{self.step}.{'.'.join(self.path)} = {self.new}"


@cache
def shipped() -> tuple[Mapping[str, bytes], Release]:
    files = read_files(PROJECT)
    return files, load_release(files)


@cache
def calls_by_step() -> Mapping[str, list[ScriptedCall]]:
    """Step to the calls that pass it, the shortest first."""
    files, release = shipped()
    stage = Stage(files, sample_brokers(PROJECT), release)
    passing: dict[str, list[ScriptedCall]] = defaultdict(list)
    for call in sorted(read_calls(files), key=lambda call: len(call.script.happens)):
        outcome = play(call, stage.set_for)
        assert outcome.passes, f"{call.name}: {outcome.failures[0]}"
        for step in outcome.steps:
            passing[step].append(call)
    return passing


def changed(value: Any, path: tuple[str, ...], new: Any) -> Any:
    """A step or a part of it with something else at a path."""
    if not path:
        return new
    if isinstance(value, BaseModel):
        name = next(name for name, field in type(value).model_fields.items() if (field.alias or name) == path[0])
        return value.model_copy(update={name: changed(getattr(value, name), path[1:], new)})
    return {**value, path[0]: changed(value[path[0]], path[1:], new)}


def mutants() -> Iterator[Mutant]:
    """A share of all ways to lead a wire to another step of the flow, and every fact it sets dropped."""
    flow = shipped()[1].flows[FLOW]
    for place, (name, step) in enumerate(flow.steps.items()):
        for number, wire in enumerate(written_wires(step)):
            path = tuple(str(part) for part in wire.path)
            if wire.go is not None:
                others = [other for other in flow.steps if other != wire.go]
                yield from (Mutant(name, (*path, "go"), other) for other in others[(place + number) % SHARE :: SHARE])
            for dropped in wire.set:
                kept = {fact: value for fact, value in wire.set.items() if fact != dropped}
                yield Mutant(name, (*path, "set"), kept)


def mutated(mutant: Mutant) -> Release:
    release = shipped()[1]
    flow = release.flows[FLOW]
    step = changed(flow.steps[mutant.step], mutant.path, mutant.new)
    return replace(release, flows={**release.flows, FLOW: replace(flow, steps={**flow.steps, mutant.step: step})})


def is_caught(mutant: Mutant) -> bool:
    files, _ = shipped()
    stage = Stage(files, sample_brokers(PROJECT), mutated(mutant))
    return any(not play(call, stage.set_for).passes for call in calls_by_step()[mutant.step])


def test_every_step_of_the_shipped_flow_is_passed_by_a_scripted_call() -> None:
    _, release = shipped()
    assert [step for step in release.flows[FLOW].steps if step not in calls_by_step()] == []


def survivors(share: int) -> list[str]:
    """The mutants of one share that no scripted call tells from the shipped flow."""
    with no_logging():
        return [str(mutant) for mutant in list(mutants())[share::AT_ONCE] if not is_caught(mutant)]


def test_every_crossed_wire_and_every_fact_not_set_is_caught() -> None:
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        found = [survivor for share in pool.map(survivors, range(AT_ONCE)) for survivor in share]
    assert [survivor for survivor in found if survivor not in EQUIVALENT] == []
