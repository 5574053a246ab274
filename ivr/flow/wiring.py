"""Where the wires of a step stand in its text, whatever its kind: every value that says `go` or `set` is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from ivr.steps.step import Path, Step, Wire

REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Written:
    """One wire, or one table of facts to set, as a step's text has it.

    Args:
        path: where it stands in the step's text.
        go: the step it leads to; None where only facts are set, and where a menu's key does what keys do everywhere.
    """

    path: Path
    go: str | None
    set: Mapping[str, str]


def written_wires(step: Step) -> Iterator[Written]:
    """Every wire of a step as it was written, before defaults are filled in."""
    for name, field in type(step).model_fields.items():
        value = getattr(step, name)
        path = (field.alias or name,)
        if name == "set" and isinstance(value, Mapping):
            yield Written((), None, value)
        else:
            yield from _inside(value, path)


def _inside(value: object, path: Path) -> Iterator[Written]:
    if isinstance(value, BaseModel):
        go, facts = getattr(value, "go", None), getattr(value, "set", {})
        if go is not None or facts:
            # Only a menu's key may say `repeat`; a wire of that name would lead to a step, and none can have it.
            repeats = go == REPEAT and not isinstance(value, Wire)
            yield Written(path, None if repeats else go, facts)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _inside(item, (*path, key))
