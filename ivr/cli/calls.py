"""`ivr check` and `ivr call`: is everything right, and how does it sound."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.check import MEANWHILE
from ivr.cli.findings import checked_with_progress, findings_as_json, show_findings
from ivr.wiring import settings_here


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def check(project: Path, as_json: bool) -> None:
    """Check flows/ and config/: every mistake at once, then every scripted call, played through the application."""
    report = checked_with_progress(project, settings_here(project).public_url)
    if as_json:
        click.echo(findings_as_json(report))
    else:
        show_findings(report)
        if not report.passes:
            click.echo(MEANWHILE, err=True)
    raise click.exceptions.Exit(0 if report.passes else 1)
