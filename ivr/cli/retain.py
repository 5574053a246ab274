"""`ivr store retain`: what happened on calls of long ago is removed for good (D-37)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ivr.cli.bar import ShownProgress
from ivr.errors import SetupError
from ivr.store import Store
from ivr.store.months import later, month_at, start_of
from ivr.store.retention import Old, forget, old
from ivr.wiring import for_nobody_else, open_store, real_clock, settings_here

MOST_MONTHS = 600


@click.command("retain")
@click.option(
    "--months",
    type=click.IntRange(1, MOST_MONTHS),
    required=True,
    help="Whole months to keep before this one, such as 13.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, as for a job that runs every month.")
@click.pass_obj
def retain(project: Path, months: int, dry_run: bool, yes: bool) -> None:
    """Keep what happened on calls of this month and the MONTHS before it; remove what is older, for good.

    A call belongs to the month in which it began, in UTC. Releases, closures and the certification list stay. The line
    goes on answering meanwhile.
    """
    before = later(month_at(int(real_clock().timestamp())), -months)
    with for_nobody_else(), closing(open_store(settings_here(project))) as store:
        found = old(store, before)
        show(store, found)
        if not found.rows:
            return
        refuse_what_must_be_a_mistake(found)
        if dry_run:
            click.echo("Nothing was removed.")
            return
        if not yes:
            click.confirm("Remove this for good?", abort=True)
        with ShownProgress() as progress:
            removed = forget(store, found, progress)
        click.echo(f"Removed {removed:,} rows.")


def show(store: Store, found: Old) -> None:
    """What stays and what goes."""
    click.echo(store.shown_address)
    click.echo(f"  stays: calls that began in {named(found.before)} or later (UTC)")
    if not found.rows:
        click.echo("  goes:  nothing; there is nothing older.")
        return
    click.echo("  goes:")
    for month, rows in found.events.items():
        click.echo(f"    {rows:>14,}  events of calls that began in {named(month)}")
    for rows, what in ((found.statuses, "words of the provider on calls"), (found.entries, "unconfirmed entries")):
        if rows:
            click.echo(f"    {rows:>14,}  {what}")


def refuse_what_must_be_a_mistake(found: Old) -> None:
    """Nothing newer at all: rather than a line that nobody called for so long, a wrong clock. Raises SetupError."""
    if found.events and not found.has_newer:
        raise SetupError(
            f"No call began in {named(found.before)} or later: everything would go. Is this machine's clock right? "
            "Nothing was removed."
        )


def named(month: int) -> str:
    """A month as people write it."""
    return f"{start_of(month):%B %Y}" if 1 <= month % 100 <= 12 and month >= 190001 else "an unknown month"
