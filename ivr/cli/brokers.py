"""`ivr brokers`: the certification list, brought in and looked up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ivr.brokers import (
    ImportReport,
    RowFaults,
    TableDirectory,
    alike,
    import_brokers,
    is_certified,
    normal_npn,
    standing_reason,
)
from ivr.cli.moments import calendar_on_air, today_on_air
from ivr.errors import FileFaults, one_line
from ivr.wiring import open_store, real_clock, settings_here

FAULTS_SHOWN = 50
COUNTS = ("rows", "added", "changed", "unchanged", "removed", "skipped", "certified_before", "certified")


@click.group()
def brokers() -> None:
    """The certification list: import a file, look one broker up."""


@brokers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-bad", is_flag=True, help="Leave out rows with faults instead of refusing the file.")
@click.option("--if-empty", is_flag=True, help="Do nothing when a list has been imported before.")
@click.option(
    "--smaller",
    is_flag=True,
    help="Agree to a list a fifth smaller, or with a fifth fewer certified today, or to losing rows without an NPN.",
)
@click.option("--replace-all", is_flag=True, help="Agree to a file that removes more than half of the list.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def import_file(
    project: Path, file: Path, skip_bad: bool, if_empty: bool, smaller: bool, replace_all: bool, as_json: bool
) -> None:
    """Replace the list by FILE (CSV): all of it or nothing."""
    store = open_store(settings_here(project))
    if if_empty and (updated := TableDirectory(store.engine).updated_at()):
        words = f"The list of {updated:%Y-%m-%d %H:%M} UTC is there already; nothing was imported."
        click.echo(json.dumps({"imported": False}) if as_json else words)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not Console(stderr=True).is_terminal,
    )
    with bar:
        task = bar.add_task(f"Reading {one_line(file.name)}", total=None)
        try:
            report = import_brokers(
                store.engine,
                file.read_bytes(),
                file=one_line(str(file)),
                at=real_clock(),
                today=today_on_air(store, project),
                skip_bad=skip_bad,
                smaller=smaller,
                replace_all=replace_all,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        except FileFaults as faults:
            bar.stop()
            _show_faults(faults, as_json)
            raise click.exceptions.Exit(1) from None
    _show_report(report, file, as_json)


def _show_faults(faults: FileFaults, as_json: bool) -> None:
    if as_json:
        facts = {"imported": False, "faults": [str(fault) for fault in faults.faults]}
        click.echo(json.dumps(facts, indent=2))
        return
    groups = alike(faults.faults)
    for group in groups[:FAULTS_SHOWN]:
        click.echo(f"{group}\n", err=True)
    more = len(groups) - FAULTS_SHOWN
    if more > 0:
        click.echo(f"... and {more:,} more.\n", err=True)
    skipping = " To take the good rows and leave these out: --skip-bad" if isinstance(faults, RowFaults) else ""
    click.echo(
        f"Nothing was imported: {len(faults.faults):,} to mend. "
        f"The list is as it was, and callers notice nothing.{skipping}",
        err=True,
    )


def _show_report(report: ImportReport, file: Path, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Any] = {"imported": True}
        facts |= {name: getattr(report, name) for name in COUNTS}
        facts.update(sha256=report.sha256, at=report.at.isoformat(), faults=[str(fault) for fault in report.faults])
        click.echo(json.dumps(facts, indent=2))
        return
    for group in alike(report.faults)[:FAULTS_SHOWN]:
        click.echo(f"skipped  {group}\n", err=True)
    click.echo(f"{one_line(str(file))}: {report.words()}")
    click.echo(f"Certified today: {report.certified_before:,} before, {report.certified:,} now.")
    if not report.certified:
        click.echo("Nobody on this list is certified today, so nobody who calls can be. Is it an old list?", err=True)


@brokers.command("show")
@click.argument("npn")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def show(project: Path, npn: str, as_json: bool) -> None:
    """What the list says of NPN today, and why it is or is not certified."""
    if not npn.isascii() or not npn.isdigit() or len(npn) > 10 or not normal_npn(npn):
        raise click.BadParameter("a National Producer Number has 1 to 10 digits, not all of them 0.", param_hint="NPN")
    store = open_store(settings_here(project))
    directory = TableDirectory(store.engine)
    zone = calendar_on_air(store, project).zone
    today = real_clock().astimezone(zone).date()
    record = directory.find(npn)
    certified = record is not None and is_certified(record, today)
    updated = directory.updated_at()
    reason = standing_reason(record, today)
    if as_json:
        facts = {"npn": normal_npn(npn), "certified": certified, "reason": reason, "today": today.isoformat()}
        facts["list_updated"] = updated.isoformat() if updated else None
        facts["agency"] = record.agency if record else None
        click.echo(json.dumps(facts, indent=2))
    else:
        click.echo(f"{normal_npn(npn)}  {one_line(record.name) if record else 'not on the list'}")
        click.echo(f"  {'certified' if certified else 'not confirmed'} on {today}: {reason}")
        listed = f"list of {updated.astimezone(zone):%Y-%m-%d %H:%M %Z}" if updated else "no list has been imported yet"
        click.echo(f"  {listed}")
