"""Findings of a check, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from ivr.errors import FileFaults
from ivr.findings import Finding, Report
from ivr.flow.load import read_files
from ivr.proof.rules_changed import OnAir, nothing_before
from ivr.softphone.suggested import as_yaml
from ivr.staging import check_project
from ivr.store import Store
from ivr.wiring import real_clock

NOT_PROVED: Final[Mapping[str, tuple[str, ...]]] = {
    "more shown by scripted calls": ("calls",),
    "kept by desk, queue or owner": ("desk", "queue", "owner"),
    "not shown": ("not shown",),
}
"""Words after a number of rules that are not proved, to how these are shown."""


def project_files(project: Path) -> dict[str, bytes] | Report:
    """The files of a project as they are now, or a report of why they cannot be read."""
    try:
        return read_files(project)
    except FileFaults as faults:
        return Report([Finding("error", "load", fault) for fault in faults.faults], None)


def checked_with_progress(
    files: Mapping[str, bytes], project: Path, public_url: str | None, before: OnAir = nothing_before
) -> Report:
    """Check a project's files, with a bar on standard error while it takes long."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("Playing scripted calls"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not Console(stderr=True).is_terminal,
    )
    with bar:
        task = bar.add_task("calls", total=None)
        return check_project(
            files,
            project,
            public_url,
            lambda done, total: bar.update(task, completed=done, total=total),
            real_clock(),
            before,
        )


def show_findings(report: Report, every_call: bool = False, *, err: bool = False) -> None:
    """Every finding in full, errors in red; then one line of what was looked at.

    Args:
        every_call: show each scripted call that goes otherwise in full; else the first, and only the names of the
            others: one wrong wire can lead a hundred calls astray. Likewise each rule that some call breaks; else one
            call for each line to blame.
        err: on standard error, where a command's output is something else, or where it logs.
    """
    first = next((finding.about for finding in report.findings if finding.about), "")
    named = []
    told: set[tuple[str, int]] = set()
    for finding in report.findings:
        if finding.about != first and finding.about and not every_call:
            named.append(finding)
            continue
        is_error = finding.level == "error"
        click.secho(f"{finding.level.upper()}  {finding.fault}", fg="red" if is_error else "yellow", err=err)
        place = (finding.fault.file, finding.fault.line)
        if finding.kind == "proof" and place in told and not every_call:
            click.echo("    The same line as above; its call: ivr check --all\n", err=err)
            continue
        told.add(place)
        for line in finding.call:
            click.echo(f"    {line}", err=err)
        if finding.script:
            click.echo("    The same as a scripted call:", err=err)
            for line in as_yaml(finding.script).splitlines():
                click.echo(f"      {line}", err=err)
        click.echo(err=err)
    if named:
        _name_calls(named, err)
    errors = sum(finding.level == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    if report.release is None:
        click.secho(
            f"{counted(errors, 'mistake')} in the files; scripted calls are played when they are mended.",
            fg="red",
            err=err,
        )
        return
    if report.proved and report.graph:
        click.echo(
            f"{len(report.proved)} of {counted(len(report.shown), 'rule')} proved on every possible call, "
            f"{len(report.graph):,} places in all{_not_proved(report)}.",
            err=err,
        )
    verdict = "nothing is wrong" if not report.findings else f"{errors} wrong, {warnings} to look at"
    click.secho(
        f"{counted(report.calls_played, 'scripted call')} played, "
        f"{counted(len(report.rules_shown), 'rule')} shown by them{_proved_too(report)}: {verdict}.",
        fg="red" if errors else "green",
        err=err,
    )
    if report.uncovered:
        click.echo(
            f"{counted(len(report.uncovered), 'outcome')} of steps taken by no scripted call; "
            "`ivr check --suggest` writes one for each.",
            err=err,
        )


def _not_proved(report: Report) -> str:
    """The rules that are not proved, by what shows or keeps them: ``; 17 more shown by scripted calls``."""
    numbers = {words: sum(how in ways for how in report.shown.values()) for words, ways in NOT_PROVED.items()}
    return "".join(f"; {number} {words}" for words, number in numbers.items() if number)


def _proved_too(report: Report) -> str:
    """How many of the rules that calls show are proved as well; nothing where none is."""
    both = len(report.shown_twice)
    return f", {both} of those proved as well" if both else ""


def _name_calls(findings: Sequence[Finding], err: bool) -> None:
    """The scripted calls of these findings, a line each with its place; a call with several only once."""
    names = dict.fromkeys(f"{finding.fault.file}  {finding.about}" for finding in findings)
    click.secho(f"{counted(len(names), 'more call')} of flows/calls/ went otherwise as well:", fg="red", err=err)
    for name in names:
        click.echo(f"  {name}", err=err)
    click.echo("Mend the one above and look again: one slip often is behind all. In full: ivr check --all\n", err=err)


def meanwhile(store: Store) -> str:
    """What callers hear while an edit is not fit to go on the air."""
    live = store.live()
    if live is None:
        return "Nothing is on the air yet; mend this first."
    return f"Callers meanwhile: release {live.number} goes on answering; nothing of this edit is on the air."


def counted(number: int, what: str) -> str:
    """``1 mistake``, ``2 mistakes``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def findings_as_json(report: Report) -> str:
    """The report for programs."""
    return json.dumps(
        {
            "passes": report.passes,
            "release": report.release.name if report.release else None,
            "calls_played": report.calls_played,
            "rules_shown": list(report.rules_shown),
            "rules": dict(report.shown),
            "findings": [finding.as_json() for finding in report.findings],
        },
        indent=2,
    )
