"""How what was changed in a file is told: wires, facts, values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.flow.release import Flow
from ivr.prompts.aloud import pieces
from ivr.proof.diff_names import Path
from ivr.steps.step import Defaults, Step
from ivr.verbs import Speech


def wire_path(step: Step, outcome: str) -> Path:
    """Where the wire of an outcome stands in a step's text."""
    if step.kind == "check" and outcome != "else":
        return ("cases", outcome)
    if step.kind == "collect" and outcome.startswith("entered_"):
        return ("lengths", outcome.removeprefix("entered_"))
    if step.kind == "use":
        return ("flow",) if outcome == "enter" else ("outcomes", outcome)
    return (outcome,)


def sets_said(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """How the facts set on a way have changed."""
    said = []
    for fact in dict.fromkeys((*before, *after)):
        if fact not in after:
            said.append(f"no longer sets {fact}: {before[fact]}")
        elif fact not in before:
            said.append(f"now sets {fact}: {after[fact]}")
        elif before[fact] != after[fact]:
            said.append(f"sets {fact}: {after[fact]} instead of {before[fact]}")
    return said


def when_said(table: Mapping[str, tuple[str, ...]]) -> str:
    return " and ".join(f"{fact} is {' or '.join(values)}" for fact, values in table.items()) or "anything is so"


def defaults_of(flow: Flow) -> Defaults | None:
    return next((step._defaults for step in flow.steps.values() if step._defaults), None)


def value_at(table: Any, path: list[str]) -> Any:
    for name in path:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table


def said(value: Any) -> str:
    """What is spoken of a value that words refer to."""
    return Speech(pieces(str(value))).plain or "nothing"


def written(value: Any) -> str:
    value = getattr(value, "written", value)
    if value is None:
        return "not there"
    if isinstance(value, (tuple, list)):
        return ", ".join(written(item) for item in value)
    return str(value)
