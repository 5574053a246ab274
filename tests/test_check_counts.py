"""The figures under a check: each says which rules it counts, for two of them may be alike by chance."""

from __future__ import annotations

import pytest
from tiny_line import tiny_files

from ivr.cli.findings import show_findings
from ivr.findings import Report
from ivr.flow.load import load_release
from ivr.proof.explore import explored
from ivr.proof.rules import Shown

RELEASE = load_release(tiny_files())
GRAPH = explored(RELEASE.flows["tiny"])


def told(report: Report, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show_findings(report)
    return capsys.readouterr().out.replace(f"{len(GRAPH):,} places", "all places").splitlines()


def test_rules_that_are_proved_and_those_that_calls_show_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    shown: dict[str, Shown] = {"P-01": "proved", "P-02": "proved", "P-03": "calls"}
    shown |= {"P-04": "desk", "D-01": "queue", "D-02": "owner"}
    report = Report([], RELEASE, 9, ["P-01", "P-03"], graph=GRAPH, shown=shown)
    assert report.proved == {"P-01", "P-02"}
    assert report.named_by_calls == {"P-01", "P-03"}
    proved, played = told(report, capsys)
    assert proved == (
        "2 of 6 rules proved on every possible call, all places in all; 1 more shown by scripted calls; "
        "3 kept by desk, queue or owner."
    )
    assert played == ("9 scripted calls played, 2 rules shown by them, 1 of those proved as well: nothing is wrong.")


def test_a_rule_that_nothing_shows_is_counted_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report([], RELEASE, 1, ["P-02"], graph=GRAPH, shown={"P-01": "proved", "P-02": "not shown"})
    assert told(report, capsys) == [
        "1 of 2 rules proved on every possible call, all places in all; 1 not shown.",
        "1 scripted call played, 1 rule shown by them: nothing is wrong.",
    ]
