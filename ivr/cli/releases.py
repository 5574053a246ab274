"""`ivr publish`, `ivr releases`, `ivr rollback`, `ivr watch`: what is on the air."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.app import check_project
from ivr.check import MEANWHILE, CheckFailed, Report
from ivr.check import publish as publish_files
from ivr.cli.findings import checked_with_progress, show_findings
from ivr.errors import FileFaults
from ivr.flow.load import read_files
from ivr.flow.release import release_name
from ivr.store import Store
from ivr.wiring import open_store, real_clock, settings_here

LOOK_EVERY_S = 0.5


@click.command()
@click.option("-m", "--note", default="", help="What changed, for colleagues.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def publish(project: Path, note: str, as_json: bool) -> None:
    """Check flows/ and config/, keep them as a release, and put it on the air."""
    settings = settings_here(project)
    store = open_store(settings)
    report = checked_with_progress(project, settings.public_url)
    if not report.passes:
        show_findings(report)
        click.echo(MEANWHILE, err=True)
        raise click.exceptions.Exit(1)
    files = read_files(project)
    number = publish_files(store, files, report, note, real_clock())
    name = release_name(files)
    if as_json:
        click.echo(json.dumps({"number": number, "name": name, "live": True}))
        return
    show_findings(report)
    click.echo(f"Release {number} ({name[:12]}) is on the air. Calls under way finish on theirs.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def releases(project: Path, as_json: bool) -> None:
    """Every release, newest first, the live one marked."""
    kept = open_store(settings_here(project)).releases()
    if as_json:
        facts = [
            {
                "number": release.number,
                "name": release.name,
                "live": release.is_live,
                "note": release.note,
                "created_at": release.created_at.isoformat(),
            }
            for release in kept
        ]
        click.echo(json.dumps(facts, indent=2))
        return
    if not kept:
        click.echo("No release yet: ivr publish makes the first.")
        return
    table = Table("", "no.", "name", "made (UTC)", "note", box=None, pad_edge=False)
    for release in kept:
        live = "on the air" if release.is_live else ""
        table.add_row(
            live, str(release.number), release.name[:12], f"{release.created_at:%Y-%m-%d %H:%M}", release.note
        )
    Console().print(table)


@click.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("-m", "--note", default="", help="Why, for colleagues.")
@click.pass_obj
def rollback(project: Path, number: int, note: str) -> None:
    """Put release NUMBER back on the air."""
    store = open_store(settings_here(project))
    found = store.find_release(number)
    store.make_live(number, real_clock(), note or f"rollback to {number}")
    click.echo(
        f"Release {number} ({found.name[:12]}) is on the air again. The files in flows/ and config/ are as they were."
    )


@click.command(hidden=True)
@click.pass_obj
def watch(project: Path) -> None:
    """Publish each saved change of flows/ and config/ that passes; say loudly what fails (`ivr serve --watch`)."""
    settings = settings_here(project)
    store = open_store(settings)
    live = store.live()
    seen = live.name if live else ""
    while True:
        time.sleep(LOOK_EVERY_S)
        try:
            files = read_files(project)
        except FileFaults as faults:
            if seen != str(faults):
                seen = str(faults)
                say_loudly(str(faults))
            continue
        name = release_name(files)
        if name == seen:
            continue
        seen = name
        say_what_came_of(check_project(files, project, settings.public_url), store, files)


def say_what_came_of(report: Report, store: Store, files: dict[str, bytes]) -> None:
    """Publish what passes and say so in a line; say loudly what does not."""
    try:
        number = publish_files(store, files, report, "saved", real_clock())
    except CheckFailed:
        show_findings(report)
        say_loudly(MEANWHILE)
        return
    click.secho(f"Saved and on the air: release {number} ({release_name(files)[:12]}).", fg="green", err=True)


def say_loudly(text: str) -> None:
    """In red, with a bell."""
    click.secho(f"\a{text}", fg="red", bold=True, err=True)
