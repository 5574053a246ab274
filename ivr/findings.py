"""What a check comes to: every finding, how each rule is shown, and what was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ivr.errors import BrokerLineError, Fault
from ivr.flow.release import Release
from ivr.proof.explore import Graph, Way
from ivr.proof.rules import Shown
from ivr.proof.rules_changed import Changed
from ivr.softphone.scripted import Outcome
from ivr.softphone.suggested import as_yaml

Kind = Literal["proof", "fallback", "address", "load", "calls", "rules"]
MOST_HARMFUL: Sequence[Kind] = get_args(Kind)
"""Kinds of findings, the worst for callers first; scripted calls after what leads them astray."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that should be looked at.

    Args:
        kind: which part of the check found it.
        call: the call that shows it, as it was heard, line by line: a scripted call that went otherwise, or one that
            breaks a rule.
        script: for a broken rule, that call as it can be kept in `flows/calls/`.
        about: the sentence of the scripted call that went otherwise.
        changed: for a broken rule, what was changed since the version on the air and led there.
    """

    level: Literal["error", "warning"]
    kind: Kind
    fault: Fault
    call: Sequence[str] = ()
    script: Mapping[str, Any] | None = None
    about: str = ""
    changed: Sequence[Changed] = ()

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "level": self.level,
            "kind": self.kind,
            "file": self.fault.file,
            "line": self.fault.line,
            "column": self.fault.column,
            "text": self.fault.text,
            "step": self.fault.step,
            "wrong": self.fault.wrong,
            "remedy": self.fault.remedy,
            "call": list(self.call),
            **({"script": as_yaml(self.script)} if self.script else {}),
            **({"changed": [change.as_json() for change in self.changed]} if self.changed else {}),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, and what was looked at.

    Args:
        outcomes: how each scripted call went.
        graph: every call the flow can make; None when there are too many.
        rules_shown: numbers of the rules that scripted calls name which go as written.
        shown: how each rule is shown, by its number: the proof goes before the calls.
        uncovered: a way to each outcome that no scripted call takes.
    """

    findings: Sequence[Finding]
    release: Release | None
    calls_played: int = 0
    rules_shown: Sequence[str] = field(default=())
    outcomes: Sequence[Outcome] = ()
    graph: Graph | None = None
    uncovered: Sequence[Way] = ()
    shown: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def proved(self) -> frozenset[str]:
        """Numbers of the rules that are decided on every possible call."""
        return frozenset(number for number, how in self.shown.items() if how == "proved")

    @property
    def named_by_calls(self) -> frozenset[str]:
        """Numbers of the rules that scripted calls name which go as written, proved as well or not."""
        return frozenset(self.rules_shown) & self.shown.keys()

    @property
    def shown_twice(self) -> frozenset[str]:
        """Those of them that are proved as well."""
        return self.proved & self.named_by_calls

    @property
    def passes(self) -> bool:
        """No error among the findings; warnings do not stop a release."""
        return all(finding.level != "error" for finding in self.findings)


class CheckFailed(BrokerLineError):
    """The files were not published; the report says why."""

    def __init__(self, report: Report) -> None:
        self.report = report
        errors = sum(finding.level == "error" for finding in report.findings)
        super().__init__(f"{errors} finding{'s' if errors != 1 else ''}; not published")


def harm(finding: Finding) -> tuple[bool, int]:
    """What findings are told by, the most harmful first: a broken rule before what no caller would notice."""
    return finding.level != "error", MOST_HARMFUL.index(finding.kind)
