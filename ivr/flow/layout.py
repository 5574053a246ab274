"""Sub-flows laid into the flows that use them, so that a call walks one flat flow and never needs a way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.errors import Fault
from ivr.flow.config import LineFile
from ivr.flow.text import FlowText
from ivr.flow.wiring import REPEAT
from ivr.steps.end import EndStep
from ivr.steps.step import Step, Wire
from ivr.steps.use import UseStep

MOST_STEPS = 20_000
"""Steps of a flow with all its sub-flows; far more than anybody can survey, and fewer than an address can name."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One step of a laid-out flow.

    Args:
        step: rewired, and with the line's defaults.
        text, name: where it is written.
    """

    step: Step
    text: FlowText
    name: str


class TooManySteps(Exception):
    """The flow has more than MOST_STEPS steps once its sub-flows are laid in."""


def lay_out(main: FlowText, flows: Mapping[str, FlowText], line: LineFile) -> dict[str, Laid]:
    """Full name to step, in reading order: a sub-flow's steps follow the step that uses it, as `use_step/their_name`.

    Expects flows that could be read whole, whose `use` steps name known flows, and no circle among them.
    """
    laid: dict[str, Laid] = {}
    for name, one in _laid(main, flows, line, "", line.controls(), {}):
        laid[name] = one
        if len(laid) > MOST_STEPS:
            raise TooManySteps
    return laid


def _laid(
    text: FlowText,
    flows: Mapping[str, FlowText],
    line: LineFile,
    prefix: str,
    controls: Mapping[str, str],
    ways_back: Mapping[str, Wire],
) -> Iterator[tuple[str, Laid]]:
    """The steps of one flow under a prefix; `ways_back` is what the using step wired, by `as`."""

    def renamed(go: str) -> str:
        return go if go == REPEAT else prefix + go

    if text.head and text.head.controls is not None:
        controls = {key: prefix + step for key, step in text.head.controls.items()}
    defaults = line.defaults(controls)
    for name, written in text.steps.items():
        step = written.rewired(renamed) if prefix else written
        if isinstance(step, UseStep) and (used := flows[step.flow]).head:
            inner = f"{prefix}{name}/"
            ways = step.outcomes
            yield prefix + name, Laid(step.entered_at(inner + used.head.start), text, name)
            yield from _laid(used, flows, line, inner, controls, ways)
            continue
        if isinstance(step, EndStep) and step.way_back and step.way_back in ways_back:
            step = step.leading_back(ways_back[step.way_back])
        yield prefix + name, Laid(step.completed(defaults), text, name)


def uses(text: FlowText) -> Iterator[tuple[str, UseStep]]:
    """The steps of a flow that use another, by name."""
    return ((name, step) for name, step in text.steps.items() if isinstance(step, UseStep))


def circle_of_uses(name: str, flows: Mapping[str, FlowText]) -> tuple[str, ...] | None:
    """Flows that use one another in a circle through `name`, first and last the same; None if there is none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen = set()
    while ways:
        way = ways.pop()
        for _, step in uses(flows[way[-1]]):
            if step.flow == name:
                return (*way, name)
            if step.flow in flows and step.flow not in seen:
                seen.add(step.flow)
                ways.append((*way, step.flow))
    return None


def all_used(main: FlowText, flows: Mapping[str, FlowText]) -> dict[str, FlowText]:
    """The flows that a flow uses, directly or not, by name."""
    found: dict[str, FlowText] = {}
    waiting = [main]
    while waiting:
        for _, step in uses(waiting.pop()):
            if step.flow in flows and step.flow not in found:
                found[step.flow] = flows[step.flow]
                waiting.append(flows[step.flow])
    return found


def merged_facts(main: FlowText, flows: Mapping[str, FlowText]) -> tuple[dict[str, tuple[str, ...]], list[Fault]]:
    """The facts of a flow and of all it uses; a fact declared in two of them must be declared alike."""
    facts = dict(main.head.facts) if main.head else {}
    faults = []
    for used in all_used(main, flows).values():
        for name, values in used.head.facts.items() if used.head else ():
            known = facts.setdefault(name, values)
            if known != values:
                wrong = f'The fact "{name}" is declared with other values in the flow that uses this one.'
                remedy = f"Write the same values in the same order in both: [{', '.join(known)}]."
                faults.append(used.document.fault(("facts", name), wrong, remedy, key=True))
    return facts, faults
