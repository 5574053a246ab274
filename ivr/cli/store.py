"""`ivr store`: everything of one database brought into another; `retain` is in a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from ivr.cli.bar import ShownProgress
from ivr.cli.retain import retain
from ivr.store import Store
from ivr.store.copying import TableCopied, copy
from ivr.wiring import for_nobody_else


@click.group()
def store() -> None:
    """The database: copy everything from one to another, remove what is older than so many months."""


store.add_command(retain)


@store.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy_command(source: str, target: str) -> None:
    """Copy everything FROM one database TO another, and compare both.

    Each is an address such as postgresql://line@db.example.gov/line, or a SQLite file. TO may be empty, or hold a part
    of the same, as after a copy that was killed: the same command again completes it. Stop the line first, or copy once
    more after stopping it. Passwords: ~/.pgpass or PGPASSWORD.
    """
    with closing(Store(address_of(source, must_exist=True))) as one, closing(Store(address_of(target))) as other:
        click.echo(f"From {one.shown_address}\n  to {other.shown_address}")
        with for_nobody_else(), ShownProgress() as progress:
            tables = copy(one, other, progress)
    show(tables)


def address_of(which: str, *, must_exist: bool = False) -> str:
    """An address; what is none is the path of a SQLite file. Raises UsageError for a file that is not there."""
    if "://" not in which:
        which = f"sqlite:///{Path(which).absolute()}"
    file = which.removeprefix("sqlite:///")
    if must_exist and file != which and "?" not in file and not Path(file).is_file():
        raise click.UsageError(f"There is no file {file} to copy from.")
    return which


def show(tables: Sequence[TableCopied]) -> None:
    """Every table with its rows and the hash that both databases have of it."""
    for table in tables:
        brought = "" if table.brought == table.rows else f", {table.brought:,} of them now"
        click.echo(f"  {table.name:20} {table.rows:>12,} rows{brought}  sha256 {table.sha256[:16]}")
    click.echo("Both hold the same: every table was read again and compared by count and hash.")
