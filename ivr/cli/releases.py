"""`ivr releases`, `ivr rollback`: what is on the air, what was, and putting it back."""

from __future__ import annotations

import json
from datetime import UTC, tzinfo
from pathlib import Path

import click

from ivr.cli.moments import calendar_on_air
from ivr.errors import FileFaults, SetupError, one_line
from ivr.flow.load import load_release
from ivr.store import Store, StoredRelease
from ivr.wiring import open_store, real_clock, settings_here


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def releases(project: Path, as_json: bool) -> None:
    """Every release, newest first, the live one marked."""
    store = open_store(settings_here(project))
    kept = store.releases()
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
    elif kept:
        _show_releases(kept, _zone(store, project))
    else:
        click.echo("No release yet: ivr publish makes the first.")


def _show_releases(kept: tuple[StoredRelease, ...], zone: tzinfo) -> None:
    click.secho(f"{'':13}{'no.':>4}  {'name':14}{'made':26}note", dim=True)
    for release in kept:
        made = f"{release.created_at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
        live = "on the air" if release.is_live else ""
        row = f"{live:13}{release.number:4}  {release.name[:12]:14}{made:26}{one_line(release.note)}"
        click.secho(row.rstrip(), bold=release.is_live)


def _zone(store: Store, project: Path) -> tzinfo:
    """The line's zone; UTC when neither the live release nor the files can tell."""
    try:
        return calendar_on_air(store, project).zone
    except FileFaults:
        return UTC


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="NUMBER")
@click.option("-m", "--note", default="", help="Why, for colleagues.")
@click.pass_obj
def rollback(project: Path, number: int, note: str) -> None:
    """Put release NUMBER back on the air."""
    store = open_store(settings_here(project))
    found = store.find_release(number)
    if found.is_live:
        click.echo(f"Nothing has changed: release {number} ({found.name[:12]}) is on the air already.")
        return
    try:
        load_release(store.release_files(number))
    except FileFaults as faults:
        raise SetupError(
            f"{faults}\n\nRelease {number} was made for another version of the program, which these lines are not for: "
            "it is not put on the air, and nothing has changed for callers."
        ) from faults
    store.make_live(number, real_clock(), one_line(note) or f"rollback to {number}")
    click.echo(f"Release {number} ({found.name[:12]}) is on the air for new calls. Calls under way finish on theirs.")
    click.echo("The files in flows/ and config/ are as they were: mend them before the next ivr publish.")
