"""What is wrong with flows that can be read, each mistake with its place and remedy; no check stops at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ivr.errors import Fault
from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.layout import all_used, circle_of_uses, uses
from ivr.flow.model import FlowFile
from ivr.flow.text import FlowText
from ivr.flow.wiring import REPEAT, written_wires
from ivr.flow.words import flaws
from ivr.steps.end import EndStep
from ivr.steps.step import Path, Step
from ivr.yaml_text import nearest

Facts = Mapping[str, tuple[str, ...]]


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The remedy for a word that is not known."""
    meant = nearest(word, known)
    return f'Did you mean "{meant}"?' if meant else otherwise


def head_faults(text: FlowText) -> Iterator[Fault]:
    """Steps that the head names and the flow does not have."""
    if not text.head:
        return
    named: list[tuple[Path, str | None]] = [
        (("start",), text.head.start),
        (("on_error",), text.head.on_error),
        (("worn_out",), text.head.worn_out),
        *((("controls", key), step) for key, step in (text.head.controls or {}).items()),
    ]
    for path, step in named:
        if step is not None and step not in text.names:
            yield text.document.fault(path, *_no_step(step, text))


def _no_step(go: str, text: FlowText) -> tuple[str, str]:
    if not go:
        return "This leads nowhere: the name of a step is missing.", "Write the name of the step that comes next."
    if go == REPEAT:
        return 'Only a menu\'s key can lead to "repeat".', "Write the name of the step that comes next."
    if moved := _too_far_left(go, text):
        return f'There is no step called "{go}".', moved
    remedy = did_you_mean(go, text.names, f'Add a step "{go}", or lead to one that there is.')
    return f'There is no step called "{go}".', remedy


def _too_far_left(go: str, text: FlowText) -> str:
    """The remedy where a step begins in the column of `steps:`, so that it and those after it are none; else empty."""
    for key, value in text.document.data.items():
        if key not in FlowFile.model_fields and isinstance(value, dict) and (key == go or go in value):
            line = text.document.place((key,), key=True)[0]
            return f"Line {line} begins too far left for a step: move {key}: to the right, where the other steps begin."
    return ""


def wire_faults(text: FlowText) -> Iterator[Fault]:
    """Wires to steps that the flow does not have."""
    for name, step in text.steps.items():
        for wire in written_wires(step):
            if wire.go is not None and wire.go not in text.names:
                yield text.fault(name, text.wire_path(name, wire.path), *_no_step(wire.go, text))


def fact_faults(text: FlowText, facts: Facts) -> Iterator[Fault]:
    """Facts and values that are set or compared and not declared."""
    for name, step in text.steps.items():
        for wire in written_wires(step):
            for fact, value in wire.set.items():
                yield from _fact_fault(text, name, (*wire.path, "set", fact), fact, (value,), facts, key=True)
        told = set()
        for path, (fact, values) in step.compares().items():
            if fact in facts or fact not in told:
                told.add(fact)
                yield from _fact_fault(text, name, path, fact, values, facts, key=path[-1] == fact or "cases" in path)


def _fact_fault(
    text: FlowText, name: str, path: Path, fact: str, values: tuple[str, ...], facts: Facts, key: bool
) -> Iterator[Fault]:
    if fact not in facts:
        remedy = did_you_mean(fact, facts, f"Declare it under facts: with its values, such as {fact}: [no, yes].")
        yield text.fault(name, path, f'There is no fact called "{fact}".', remedy, on_key=key)
        return
    for value in values:
        if value not in facts[fact]:
            remedy = did_you_mean(value, facts[fact], f"Its values are {', '.join(facts[fact])}.")
            on_key = "cases" in path
            yield text.fault(name, path, f'The fact "{fact}" has no value "{value}".', remedy, on_key=on_key)


def words_faults(text: FlowText, known: Mapping[str, Collection[Any]], unread: Collection[str]) -> Iterator[Fault]:
    """What is wrong with the words of each step."""
    for name, step in text.steps.items():
        for field, words in step.words().items():
            path = tuple(field.split("."))
            for flaw in flaws(words, known, unread):
                yield text.fault(name, path, flaw.wrong, flaw.remedy, offset=flaw.offset)


def words_warnings(text: FlowText) -> Iterator[Fault]:
    """Warnings: words of a step that a voice does not speak well."""
    for name, step in text.steps.items():
        for field, words in step.words().items():
            for flaw in hard_to_speak(words.source):
                yield text.fault(name, tuple(field.split(".")), flaw.wrong, flaw.remedy, offset=flaw.offset)


def step_faults(text: FlowText, name: str, step: Step, facts: Facts) -> Iterator[tuple[Fault, bool]]:
    """What the kind finds wrong with a completed step, and outcomes that lead nowhere; True where it only warns."""
    for mistake in step.mistakes(facts):
        yield text.fault(name, mistake.path, mistake.wrong, mistake.remedy, on_key=mistake.on_key), mistake.warns
    for outcome in step.unwired(facts):
        wrong = f'The outcome "{outcome}" of this step leads nowhere.'
        remedy = f'Say which step comes next when it is "{outcome}".'
        yield text.fault(name, _outcome_path(text, name, outcome), wrong, remedy, on_key=True), False


def _outcome_path(text: FlowText, name: str, outcome: str) -> Path:
    written = text.document.at(("steps", name))
    return next(
        ((field, outcome) for field, value in written.items() if isinstance(value, dict) and outcome in value), ()
    )


def use_faults(text: FlowText, flows: Mapping[str, FlowText], dialled: Collection[str]) -> Iterator[Fault]:
    """Sub-flows that go round, answer numbers themselves, or come back by ways that do not fit."""
    for name, step in uses(text):
        used = flows.get(step.flow)
        if used is None:
            continue
        if step.flow in dialled:
            wrong = f'The flow "{step.flow}" answers a number itself, so it cannot be used by another.'
            yield text.fault(
                name, ("flow",), wrong, "Move what both need into a flow of its own, and use that in both."
            )
        ways = {inner.way_back for inner in used.steps.values() if isinstance(inner, EndStep) and inner.way_back}
        for outcome in step.outcomes:
            if outcome not in ways and used.is_whole:
                wrong = f'The flow "{step.flow}" never ends as "{outcome}".'
                remedy = did_you_mean(
                    outcome, ways, f"Its ends are {', '.join(sorted(ways))}." if ways else "Delete it."
                )
                yield text.fault(name, ("outcomes", outcome), wrong, remedy, on_key=True)
        for way in sorted(ways - set(step.outcomes)):
            wrong = f'The flow "{step.flow}" can end as "{way}", which leads nowhere here.'
            yield text.fault(
                name, ("outcomes",), wrong, f"Add a line {way}: and the step that comes next.", on_key=True
            )
    if text.head and (circle := circle_of_uses(text.head.flow, flows)):
        name = next((name for name, step in uses(text) if step.flow == circle[1]), "")
        wrong = f"Flows use one another in a circle: {' -> '.join(circle)}."
        yield text.fault(name, ("flow",), wrong, "Take one of these uses out; lead to a step instead.")


def missing_flows(text: FlowText, flows: Collection[str]) -> Iterator[Fault]:
    """Uses of flows that are not there."""
    for name, step in uses(text):
        if step.flow not in flows:
            remedy = did_you_mean(step.flow, flows, "Add the flow, in a file of its own in flows/.")
            yield text.fault(name, ("flow",), f'There is no flow called "{step.flow}".', remedy)


def end_faults(text: FlowText, is_dialled: bool, is_used: bool) -> Iterator[Fault]:
    """Ends that do not fit the flow's part: one that answers a number ends the call, one that is used comes back."""
    for name, step in text.steps.items():
        if not isinstance(step, EndStep):
            continue
        if step.way_back is not None and is_dialled:
            wrong = "This flow answers a number, so its ends end the call; as is for flows that others use."
            yield text.fault(name, ("as",), wrong, "Delete the line.", on_key=True)
        if step.way_back is None and is_used and not is_dialled:
            wrong = "This flow is used by another, and this end does not say how to come back to it."
            yield text.fault(
                name, (), wrong, "Add a line as: with a name, and wire that name where the flow is used.", on_key=True
            )
    if is_used and not is_dialled and text.head:
        for field in ("on_error", "worn_out"):
            if getattr(text.head, field) is not None:
                wrong = f"{field} has a meaning only in a flow that answers a number."
                yield text.document.fault((field,), wrong, "Delete the line.", key=True)


def unread_facts(main: FlowText, flows: Mapping[str, FlowText]) -> Iterator[Fault]:
    """Warnings: facts that no step looks at and no words speak. `label` is what a call carries into the queue."""
    texts = [main, *all_used(main, flows).values()]
    read = {"label"}
    for text in texts:
        for step in text.steps.values():
            read |= {fact for fact, _ in step.compares().values()}
            read |= {
                reference.partition(".")[2]
                for words in step.words().values()
                for reference in words.references
                if reference.startswith("facts.")
            }
    for text in texts:
        for fact in text.head.facts if text.head else ():
            if fact not in read:
                wrong = f'No step looks at the fact "{fact}", and no words speak it.'
                yield text.document.fault(("facts", fact), wrong, "Use it, or delete it.", key=True)
