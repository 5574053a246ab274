"""How a call breaks a rule: the way it takes, where it goes wrong, and the line of a file to blame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ivr.errors import Fault
from ivr.flow.project import LINE
from ivr.flow.rules import WrittenRule
from ivr.proof.example import Example, example
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_changed import Before, Changed, Passed, Since
from ivr.proof.rules_deciding import deciding
from ivr.proof.rules_view import Calls
from ivr.steps.menu import MenuStep
from ivr.steps.step import Path
from ivr.steps.use import UseStep
from ivr.yaml_text import Document, read_yaml


@dataclass(frozen=True, slots=True)
class Broken:
    """One way in which a call breaks a rule.

    Args:
        but: what happens, a clause after "but".
        path: the ways the call takes, on to where it waits.
        step: where it goes wrong.
        wire: the wire to blame, as (step, outcome).
        field: or a field of `step`, as a path in its text.
        place: or a place in another file.
        at: the moment, when another than usual.
        hears, hears_not: words that are, or are not, in what is heard last.
        is_missed: the way only shows where a call does not come; what keeps it from there may stand anywhere.
    """

    but: str
    path: Sequence[Way]
    step: str = ""
    wire: tuple[str, str] | None = None
    field: Path | None = None
    place: tuple[str, Path] | None = None
    at: str | None = None
    hears: str = ""
    hears_not: str = ""
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule broken, ready to be told.

    Args:
        rule: the rule, with its place.
        fault: the file and line to blame.
        script: the call that shows it, as in `flows/calls/*.yaml`.
        step: where it goes wrong.
        way: the wires the call takes, each as `file:line  step outcome`.
        deciding: those of them that decided it, the lines to look at where nobody knows what was changed.
        changed: what was changed since another version and led here, as far as that is known; the fault is the first.
        since: the name of that version; empty where there is none to compare with.
    """

    rule: WrittenRule
    fault: Fault
    script: Mapping[str, Any]
    step: str
    but: str
    way: Sequence[str]
    deciding: Sequence[str] = ()
    changed: Sequence[Changed] = ()
    since: str = ""


class Blame:
    """Finds what breaks a rule in the files."""

    def __init__(self, calls: Calls, before: Before | None = None) -> None:
        """`before`: the version in which the rules held, if one is known."""
        self._calls = calls
        self._documents: dict[str, Document] = {}
        self._since = Since(before, self._document) if before else None

    def violation(self, rule: WrittenRule, hold: int, broken: Broken) -> Violation:
        """A broken rule with its place, its call, and the lines it passes."""
        says = rule.rule.says.rstrip(".")
        wrong = f"{rule.number}: {says}; but {broken.but}."
        fault = self._fault(rule, hold, broken, wrong)
        changed = self._changed(rule, broken, fault) if self._since else []
        if changed and self._since and changed[0].document is not rule.document:
            fault = self._fault_of(changed[0], fault, self._since.name)
        return Violation(
            rule,
            fault,
            self._script(rule, broken),
            broken.step,
            broken.but,
            [self._line(way) for way in broken.path],
            [self._line(way) for way in deciding(self._calls, rule.rule.holds[hold].form[1], broken.path)],
            changed,
            self._since.name if self._since else "",
        )

    def _changed(self, rule: WrittenRule, broken: Broken, fault: Fault) -> list[Changed]:
        """What was changed and led here, the likeliest first: what is blamed anyway, else what is nearest the end."""
        since, passed = self._since, [self._passed(way) for way in broken.path]
        if since is None:
            return []
        found: list[Changed] = []
        if broken.place:
            found = list(since.at(self._document(broken.place[0]), broken.place[1])) or since.of_config()
        elif broken.field is not None:
            document, name = self._home(broken.step)
            found = (
                list(since.at(document, ("steps", name, *broken.field)))
                or list(since.at(document, ("steps", name)))
                or since.of_config()
            )
        if broken.is_missed:
            found = since.of_flows(self._calls.release.files)
        found = found or since.on_way(passed) or since.of_flows(self._calls.release.files)
        found.reverse()
        found.sort(key=lambda change: change.place != (fault.file, fault.line))
        return [*found, *since.at(rule.document, ("rules", rule.number, "holds"))]

    def _fault_of(self, change: Changed, fault: Fault, since: str) -> Fault:
        """The fault of a rule, told at what was changed."""
        remedy = fault.remedy.replace("Change this,", f"This has changed since {since}: change it,")
        return change.fault(fault.wrong, remedy)

    def _passed(self, way: Way) -> Passed:
        name = self._calls.names[way.source]
        document, inner = self._home(name)
        wires = [(document, ("steps", inner, *path)) for path in _wired(way.outcome)]
        found = self._wire(name, way.outcome)
        return Passed(document, inner, [*wires, found] if found else wires)

    def _fault(self, rule: WrittenRule, hold: int, broken: Broken, wrong: str) -> Fault:
        remedy = f"Change this, or the rule: {rule.document.file}:{self._line_of(rule, hold)}."
        if broken.place:
            file, path = broken.place
            document = self._document(file)
            # What a list lacks is no fault of its first entry.
            written = document.at(path)
            return document.fault(path, wrong, remedy, key=not written or isinstance(written, list))
        found = None
        if broken.wire:
            found = self._wire(*broken.wire)
        elif broken.field is not None:
            document, name = self._home(broken.step)
            found = (document, ("steps", name, *broken.field))
            line = self._document(LINE)
            default = next((part for part in ("menu", "collect") if line.at((part, *broken.field)) is not None), None)
            if document.at(found[1]) is None and default:
                found = (line, (default, *broken.field))
        if found is None and broken.step:
            document, name = self._home(broken.step)
            found = (document, ("steps", name))
        if found is None:
            remedy = "Change the flow, or this rule."
            return rule.document.fault(("rules", rule.number, "holds", hold), wrong, remedy)
        document, path = found
        on_key = isinstance(document.at(path), (dict, list)) and len(path) <= 2
        return document.fault(path, wrong, remedy, key=on_key, step=broken.step or None)

    def _line_of(self, rule: WrittenRule, hold: int) -> int:
        return rule.document.place(("rules", rule.number, "holds", hold))[0]

    def _script(self, rule: WrittenRule, broken: Broken) -> Mapping[str, Any]:
        calls = self._calls
        made: Example = example(calls.graph, broken.path, calls.release.turns_limit)
        if broken.at and not made.given.get("closures"):
            made = replace(made, at=broken.at)
        last = broken.path[-1].target if broken.path else 0
        ends = calls.graph.step_name(last)
        script = made.script(f"{rule.number} broken: {broken.but}", [], at=ends)
        if broken.hears or broken.hears_not:
            happens = [happening for happening in script["happens"] if happening != {"hangs_up": "yes"}]
            happens += [{"hears_words": broken.hears}] if broken.hears else []
            happens += [{"hears_not": broken.hears_not}] if broken.hears_not else []
            script["happens"] = happens
        return script

    def _line(self, way: Way) -> str:
        name = self._calls.names[way.source]
        found = self._wire(name, way.outcome)
        line = f"{found[0].file}:{found[0].place(found[1])[0]}" if found else ""
        return f"{line}  {name} {way.outcome}".strip()

    def _wire(self, name: str, outcome: str) -> tuple[Document, Path] | None:
        """Where the wire of an outcome is written; None for those that no file wires."""
        if outcome in MISHAPS:
            document = self._document(self._calls.flow.file)
            return document, (outcome,)
        document, inner = self._home(name)
        step = self._calls.flow.steps[name]
        for path in _paths(outcome):
            whole = ("steps", inner, *path)
            if document.at(whole) is not None:
                return document, whole
        line = self._document(LINE)
        controls = ("menu", "controls", outcome)
        return (line, controls) if isinstance(step, MenuStep) and line.at(controls) is not None else None

    def _home(self, name: str) -> tuple[Document, str]:
        """The file of a step, and its name there."""
        document = self._document(self._calls.flow.file)
        prefix = ""
        while name not in (document.at(("steps",)) or {}) and "/" in name:
            user, _, name = name.partition("/")
            prefix += user
            step = self._calls.flow.steps[prefix]
            prefix += "/"
            flow = step.flow if isinstance(step, UseStep) else ""
            document = self._flow_document(flow) or document
        return document, name

    def _flow_document(self, flow: str) -> Document | None:
        files = [file for file in self._calls.release.files if file.startswith("flows/") and file.count("/") == 1]
        for file in files:
            if not file.endswith(".rules.yaml") and self._document(file).at(("flow",)) == flow:
                return self._document(file)
        return None

    def _document(self, file: str) -> Document:
        if file not in self._documents:
            self._documents[file] = read_yaml(file, self._calls.release.files[file])
        return self._documents[file]


def _wired(outcome: str) -> Iterator[Path]:
    """The same, with all that belongs to the wire: a key's words do not."""
    for path in _paths(outcome):
        if path[0] == "options":
            yield from (("options", outcome, part) for part in ("go", "set", "when")) if path[-1] == "go" else ()
        else:
            yield path


def _paths(outcome: str) -> Iterator[Path]:
    """Where a kind may write the wire of an outcome."""
    yield ("options", outcome, "go")
    yield ("options", outcome)
    yield ("cases", outcome)
    yield ("lengths", outcome.removeprefix("entered_"))
    yield ("outcomes", outcome)
    yield (outcome,)
