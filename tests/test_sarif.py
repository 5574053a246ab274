"""Findings as SARIF: the structure that code hosts require, and the place of each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import CliRunner
from projects import edit, tiny_project

from ivr.cli import group
from ivr.cli.sarif import as_sarif
from ivr.errors import Fault
from ivr.findings import Finding, Report

ESSENTIAL: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": {"required": ["text"]},
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message", "ruleId", "level", "locations"],
                            "properties": {
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"], "properties": {"text": {"minLength": 1}}},
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "required": ["uri"],
                                                        "properties": {"uri": {"pattern": r"^[^\\ ]+$"}},
                                                    },
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the standard requires of the parts we write (OASIS, SARIF 2.1.0)."""


def log_of(*findings: Finding) -> Any:
    """The one run of a log with these findings, its structure checked."""
    log = json.loads(as_sarif(Report(findings, None)))
    jsonschema.validate(log, ESSENTIAL)
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def test_no_finding_is_an_empty_run() -> None:
    run = log_of()
    assert run["results"] == []
    assert run["tool"]["driver"]["name"] == "ivr check"


def test_a_finding_has_its_file_line_column_and_what_to_do() -> None:
    text = "    gave_up: nobody"
    fault = Fault("flows/tiny.yaml", 23, 14, text, "There is no step nobody.", "Name another.", "first_menu")
    (result,) = log_of(Finding("error", "load", fault))["results"]
    assert result["ruleId"] == "load"
    assert result["message"]["text"] == "There is no step nobody. Name another."
    assert result["properties"] == {"step": "first_menu"}
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "flows/tiny.yaml", "uriBaseId": "PROJECT"}
    assert location["physicalLocation"]["region"] == {"startLine": 23, "startColumn": 14, "snippet": {"text": text}}


def test_a_finding_of_a_rule_has_the_rules_number_and_a_call_is_told_line_by_line() -> None:
    rule = Fault("flows/tiny.rules.yaml", 3, 3, "P-13: ...", "No scripted call shows P-13.", "Add one.")
    call = Fault("flows/calls/a.yaml", 9, 5, "- hears: []", "Expected nothing; D-01 was heard.", "Change the flow.")
    run = log_of(Finding("error", "rules", rule), Finding("warning", "calls", call, ["0:00  Line  Hello."]))
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("P-13", "error"), ("calls", "warning")]
    assert run["results"][1]["message"]["text"].endswith("Change the flow.\n0:00  Line  Hello.")


def test_a_finding_about_a_whole_file_has_no_line() -> None:
    run = log_of(Finding("error", "address", Fault("flows", 0, 0, "", "Too long.", "Shorten it.")))
    assert "region" not in run["results"][0]["locations"][0]["physicalLocation"]


def test_check_writes_the_log_whether_it_passes_or_not(tmp_path: Path) -> None:
    project, log = tiny_project(tmp_path), tmp_path / "check.sarif"
    runner = CliRunner()
    assert runner.invoke(group, ["--project", str(project), "check", "--sarif", str(log)]).exit_code == 0
    jsonschema.validate(json.loads(log.read_text()), ESSENTIAL)
    edit(project, "flows/tiny.yaml", "gave_up: unchecked", "gave_up: nobody")
    assert runner.invoke(group, ["--project", str(project), "check", "--sarif", str(log)]).exit_code == 1
    written = json.loads(log.read_text())
    jsonschema.validate(written, ESSENTIAL)
    (result,) = written["runs"][0]["results"]
    line = (project / "flows/tiny.yaml").read_text().splitlines().index("    gave_up: nobody") + 1
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line
