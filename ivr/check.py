"""What must hold before a release goes live: it loads, its addresses fit, its scripted calls go as written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ivr.address import longest_address
from ivr.errors import BrokerLineError, Fault, FileFaults
from ivr.flow.load import load_release
from ivr.flow.release import Release, release_name
from ivr.flow.rules import caller_facing, read_rules
from ivr.softphone.scripted import MakeApp, Outcome, ScriptedCall, play, read_calls
from ivr.store import Store
from ivr.turns.live import layout_of

LONGEST_ADDRESS = 480
"""Characters of a whole action address, public host included (some of the provider's products cap it at 512)."""

MEANWHILE = "Callers meanwhile: the last good release goes on answering; nothing of this edit is on the air."

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that should be looked at.

    Args:
        kind: which part of the check found it.
        call: for a scripted call that went otherwise, the call as it was heard, line by line.
    """

    level: Literal["error", "warning"]
    kind: Literal["load", "address", "calls", "rules"]
    fault: Fault
    call: Sequence[str] = ()

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
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, and what was looked at."""

    findings: Sequence[Finding]
    release: Release | None
    calls_played: int = 0
    rules_shown: Sequence[str] = field(default=())

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


def check(files: Mapping[str, bytes], make_app: MakeApp, public_url: str, progress: Progress | None = None) -> Report:
    """Check a bundle. `make_app` gives the application that answers a scripted call in its circumstances."""
    try:
        release = load_release(files)
    except FileFaults as faults:
        return Report([Finding("error", "load", fault) for fault in faults.faults], None)
    findings = [*_address_findings(release, public_url)]
    try:
        calls = read_calls(files)
        rules = read_rules(files)
    except FileFaults as faults:
        return Report([*findings, *(Finding("error", "calls", fault) for fault in faults.faults)], release)
    for number, call in enumerate(calls, 1):
        outcome = play(call, make_app)
        findings += _call_findings(call, outcome)
        if progress:
            progress(number, len(calls))
    shown = sorted({rule for call in calls for rule in call.rules})
    findings += caller_rule_findings(rules, calls)
    return Report(findings, release, len(calls), shown)


def publish(store: Store, files: Mapping[str, bytes], report: Report, note: str, at: datetime) -> int:
    """Store a checked bundle and make it live. Returns its number. Raises CheckFailed when the report has an error."""
    if not report.passes:
        raise CheckFailed(report)
    number = store.add_release(release_name(files), files, note, at)
    store.make_live(number, at, note)
    return number
