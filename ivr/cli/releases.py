"""`ivr releases`, `ivr rollback`: what is on the air, what was, and getting it or its files back."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, tzinfo
from pathlib import Path, PurePosixPath

import click

from ivr.cli.moments import calendar_on_air
from ivr.errors import FileFaults, SetupError, one_line
from ivr.flow.load import load_release
from ivr.store import Store, StoredRelease
from ivr.wiring import open_store, real_clock, settings_here


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--files",
    type=(click.IntRange(min=1), click.Path(path_type=Path)),
    metavar="NUMBER FOLDER",
    help="Write the files of release NUMBER into FOLDER, which is empty or not there yet.",
)
@click.pass_obj
def releases(project: Path, as_json: bool, files: tuple[int, Path] | None) -> None:
    """Every release, newest first, the live one marked."""
    store = open_store(settings_here(project))
    if files and as_json:
        raise click.UsageError("--json is for the list of releases. Leave out --json, or --files.")
    if files:
        _give_files(store, *files)
        return
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


def _give_files(store: Store, number: int, folder: Path) -> None:
    """Write a release's files as they were published, and say how to go on. Raises SetupError; nothing is replaced."""
    release, files = store.find_release(number), store.release_files(number)
    shown = one_line(str(folder))
    if any(PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts for path in files):
        raise SetupError(f"Release {number} has files outside its folder, so none is written.")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SetupError(f"{shown} is not an empty folder. Name one that is empty or not there yet.")
        for path, content in sorted(files.items()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    except OSError as error:
        raise SetupError(f"The files cannot be written to {shown}: {error.strerror}.") from error
    click.echo(f"The {len(files)} files of release {number} ({release.name[:12]}) are in {shown}.")
    click.echo(f"  check them        ivr --project {shlex.quote(str(folder))} check")
    click.echo("  take them over    copy what you want over flows/ and config/ here, then ivr check")
    click.echo("  to callers        ivr publish")
    click.echo("Callers notice nothing until then. The certification list is no part of a release.")


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
