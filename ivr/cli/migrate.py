"""`ivr migrate`: the database's tables brought to this version, or back to an earlier one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ivr.errors import SetupError
from ivr.store import REVISION, Store
from ivr.wiring import for_nobody_else, settings_here, store_as_it_is


@click.command()
@click.option("--to", metavar="REVISION", help="A revision such as 0001 (default: the newest).")
@click.option("--back", is_flag=True, help="One revision back, before an earlier version of the program is started.")
@click.option("--show", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Go back without asking.")
@click.pass_obj
def migrate(project: Path, to: str | None, back: bool, show: bool, yes: bool) -> None:
    """Bring the database's tables to this version, or back to an earlier one: the whole way, or not at all.

    A start does it, too, when the database is of an earlier version. Going back may leave out what an earlier version
    could not keep; stop the line first and copy the database.
    """
    if to and back:
        raise click.UsageError("--to and --back both say how far; choose one.")
    with for_nobody_else(), closing(store_as_it_is(settings_here(project))) as store:
        found = store.revision()
        wanted = one_before(found) if back else to or REVISION
        steps = store.steps_to(wanted)
        click.echo(store.shown_address)
        click.echo(f"  is {named(found, store)}{f'; wanted is {wanted}:' if steps else ', as wanted: nothing to do.'}")
        for step in steps:
            click.echo(f"  {'undo' if step.is_back else 'take'} {step.revision}  {step.says}")
        if steps and not show:
            lead(store, wanted, ask=any(step.is_back for step in steps) and not yes)


def lead(store: Store, wanted: str, *, ask: bool) -> None:
    """Lead a database to a revision, after a question where it cannot simply be undone."""
    if ask:
        click.confirm("Is the line stopped, and the database copied?", abort=True)
    store.lead_to(wanted)
    click.echo(f"Done: the database is of revision {wanted}.")
    if wanted != REVISION:
        click.echo("Start the earlier version of the program now; this one would lead the database forward again.")


def one_before(found: str | None) -> str:
    """The revision before the one found. Raises SetupError for the first."""
    if not found or not found.isdecimal() or int(found) < 2:
        raise SetupError("There is no revision before this one.")
    return f"{int(found) - 1:04}"


def named(found: str | None, store: Store) -> str:
    """What a database is, in words."""
    if found:
        return f"of revision {found}"
    return "from before revisions were noted" if store.has_tables() else "empty"
