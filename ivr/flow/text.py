"""A flow as it was written: its head, its steps one by one, and where each stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ivr.errors import Fault, FileFaults
from ivr.flow.model import FlowFile
from ivr.steps import KINDS, Step
from ivr.steps.step import Path
from ivr.yaml_text import Document, nearest, parse

T = TypeVar("T")


@dataclass(frozen=True)
class FlowText:
    """One flow file, read.

    Args:
        head: everything but the steps; None when it could not be read.
        steps: the steps that could be read, in the file's order.
        names: every step's name, also of those that could not be read.
    """

    document: Document
    head: FlowFile | None
    steps: Mapping[str, Step]
    names: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Head and every step could be read, so that what leads where is known."""
        return self.head is not None and len(self.steps) == len(self.names)

    def fault(self, step: str, path: Path, wrong: str, remedy: str, *, on_key: bool = False, offset: int = 0) -> Fault:
        """A fault at a place within a step's text."""
        return self.document.fault(("steps", step, *path), wrong, remedy, key=on_key, step=step, offset=offset)

    def wire_path(self, step: str, path: Path) -> Path:
        """Where the step's name of a wire stands: a wire may be written as the name alone."""
        return (*path, "go") if isinstance(self.document.at(("steps", step, *path)), dict) else path


class Findings:
    """Faults and warnings as they are found, so that all of them can be told at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def read(self, reading: Callable[[], T]) -> T | None:
        """What a reading makes, or None with its faults kept."""
        try:
            return reading()
        except FileFaults as found:
            self.faults.extend(found.faults)
            return None


def read_flow(document: Document, findings: Findings) -> FlowText:
    """Type a flow's document: its head as one, each step by the model of its kind."""
    head = findings.read(lambda: parse(FlowFile, document))
    written = document.at(("steps",))
    texts: Mapping[str, Any] = written if isinstance(written, dict) else {}
    steps = {name: step for name, text in texts.items() if (step := _read_step(document, name, text, findings))}
    return FlowText(document, head, steps, tuple(texts))


def _read_step(document: Document, name: str, text: Any, findings: Findings) -> Step | None:
    at = ("steps", name)
    if not isinstance(text, dict):
        wrong = f'The step "{name}" must be a table that begins with its kind.'
        findings.faults.append(
            document.fault(at, wrong, "Write kind: and its fields on lines of their own.", step=name)
        )
        return None
    if "kind" not in text:
        wrong, remedy = f'The step "{name}" does not say its kind.', f"Add a line kind: with one of {_kinds()}."
        if meant := nearest("kind", [key for key in text if key not in ("kind",)]):
            remedy = f'Did you mean "kind" by "{meant}"? The kinds are {_kinds()}.'
        findings.faults.append(document.fault(at, wrong, remedy, key=True, step=name))
        return None
    kind = text["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        meant = nearest(kind, KINDS) if isinstance(kind, str) else None
        remedy = f'Did you mean "{meant}"?' if meant else f"The kinds are {_kinds()}."
        wrong = f'There is no kind of step called "{kind}".' if isinstance(kind, str) else "A kind is one word."
        findings.faults.append(document.fault((*at, "kind"), wrong, remedy, step=name))
        return None
    model = KINDS[kind]
    return findings.read(lambda: parse(model, document, at=at, step=name))


def _kinds() -> str:
    return ", ".join(sorted(KINDS))
