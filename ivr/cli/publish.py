"""`ivr publish`: what passes its check goes on the air."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ivr.check import publish as publish_files
from ivr.cli.findings import checked_with_progress, findings_as_json, meanwhile, project_files, show_findings
from ivr.cli.headlines import show_headlines
from ivr.cli.since import live
from ivr.errors import one_line
from ivr.findings import Report
from ivr.flow.release import release_name
from ivr.store import Store
from ivr.wiring import open_store, real_clock, settings_here


@click.command()
@click.option("-m", "--note", default="", help="What changed, for colleagues.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def publish(project: Path, note: str, as_json: bool) -> None:
    """Check flows/ and config/, keep them as a release, and put it on the air."""
    settings = settings_here(project)
    store = open_store(settings)
    files = project_files(project)
    report = files
    if not isinstance(report, Report):
        report = checked_with_progress(report, project, settings.public_url, lambda: live(store))
    if isinstance(files, Report) or not report.passes:
        _refuse(report, store, as_json)
        return
    before = store.live()
    number = publish_files(store, files, report, one_line(note), real_clock())
    name = release_name(files)
    is_new = before is None or before.name != name
    if as_json:
        click.echo(json.dumps({"number": number, "name": name, "live": True, "changed": is_new}))
        return
    show_findings(report)
    if is_new:
        click.echo(f"Release {number} ({name[:12]}) is on the air for new calls. Calls under way finish on theirs.")
        if before and report.release:
            show_headlines(before.number, store.release_files(before.number), report.release)
    else:
        click.echo(f"Nothing has changed: the files are release {number} ({name[:12]}), which is on the air already.")


def _refuse(report: Report, store: Store, as_json: bool) -> None:
    """Say why the files are not published, and end with exit code 1."""
    if as_json:
        click.echo(findings_as_json(report))
    else:
        show_findings(report)
        click.echo(f"Not published. {meanwhile(store)}")
    raise click.exceptions.Exit(1)
