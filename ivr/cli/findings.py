"""Findings of a check, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ivr.app import check_project
from ivr.check import Report
from ivr.flow.load import read_files


def checked_with_progress(project: Path, public_url: str | None) -> Report:
    """Check a project's files, with a bar on standard error while it takes long. Raises FileFaults."""
    files = read_files(project)
    bar = Progress(
        TextColumn("Playing scripted calls"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("calls", total=None)
        return check_project(
            files, project, public_url, lambda done, total: bar.update(task, completed=done, total=total)
        )


def show_findings(report: Report) -> None:
    """Every finding in full, errors in red; then one line of what was looked at."""
    for finding in report.findings:
        is_error = finding.level == "error"
        click.secho(f"{finding.level.upper()}  {finding.fault}", fg="red" if is_error else "yellow", err=True)
        for line in finding.call:
            click.echo(f"    {line}", err=True)
        click.echo(err=True)
    errors = sum(finding.level == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    if report.release is None:
        click.secho(f"{errors} mistake{'s' * (errors != 1)} in the files.", fg="red", err=True)
        return
    verdict = "nothing is wrong" if not report.findings else f"{errors} wrong, {warnings} to look at"
    click.secho(
        f"{report.calls_played} scripted calls played, {len(report.rules_shown)} rules shown by them: {verdict}.",
        fg="red" if errors else "green",
        err=True,
    )


def findings_as_json(report: Report) -> str:
    """The report for programs."""
    return json.dumps(
        {
            "passes": report.passes,
            "release": report.release.name if report.release else None,
            "calls_played": report.calls_played,
            "rules_shown": list(report.rules_shown),
            "findings": [finding.as_json() for finding in report.findings],
        },
        indent=2,
    )
