"""Findings as SARIF 2.1.0, which code hosts show beside the line that is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ivr import __version__
from ivr.findings import Finding, Report
from ivr.proof.rules_changed import Changed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULE_NUMBER = re.compile(r"\b[PDU]-\d\d\b")

KINDS = {
    "load": "The files load.",
    "address": "The address of every call is short enough for the provider.",
    "calls": "Every scripted call goes as written.",
    "rules": "Every rule that callers hear is shown by a scripted call.",
    "proof": "What must hold on every call holds.",
    "fallback": "What callers hear when the whole line is gone keeps the rules.",
}
"""Findings that are of no rule of the policy, by their kind."""


def as_sarif(report: Report) -> str:
    """The report as a SARIF log of one run."""
    found = [(rule_of(finding), finding) for finding in report.findings]
    rules = list(dict.fromkeys(rule for rule, _ in found))
    run = {
        "tool": {
            "driver": {
                "name": "ivr check",
                "version": __version__,
                "rules": [{"id": rule, "shortDescription": {"text": described(rule)}} for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"PROJECT": {"description": {"text": "The folder that holds flows/ and config/."}}},
        "results": [result(rule, rules, finding) for rule, finding in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def rule_of(finding: Finding) -> str:
    """The number of the rule that a finding is of, or names first, else its kind."""
    if finding.script and finding.script.get("rules"):
        return str(finding.script["rules"][0])
    named = RULE_NUMBER.search(finding.fault.wrong) if finding.kind in ("rules", "proof", "fallback") else None
    return named[0] if named else finding.kind


def described(rule: str) -> str:
    """What a rule of the log is about."""
    return KINDS.get(rule, f"Rule {rule} of the policy holds.")


def result(rule: str, rules: Sequence[str], finding: Finding) -> dict[str, Any]:
    """One finding: what is wrong, what to do, where, and the call as it was heard."""
    fault = finding.fault
    text = " ".join((fault.wrong, fault.remedy))
    place: dict[str, Any] = {"artifactLocation": {"uri": fault.file, "uriBaseId": "PROJECT"}}
    if fault.line:
        place["region"] = {"startLine": fault.line, "startColumn": fault.column, "snippet": {"text": fault.text}}
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": finding.level,
        "message": {"text": "\n".join([text, *finding.call])},
        "locations": [{"physicalLocation": place}],
        **({"relatedLocations": [related(change) for change in finding.changed]} if finding.changed else {}),
        **({"properties": {"step": fault.step}} if fault.step else {}),
    }


def related(change: Changed) -> dict[str, Any]:
    """A line that was changed and led to a finding."""
    file, line = change.place
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": file, "uriBaseId": "PROJECT"},
            "region": {"startLine": line},
        },
        "message": {"text": str(change)},
    }
