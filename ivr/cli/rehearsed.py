"""A softphone on the files as they are, closed as staff have closed the line (`ivr close`), and said so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from ivr.cli.moments import moment_from
from ivr.errors import SetupError, StoreUnavailable
from ivr.flow.load import load_release, read_files
from ivr.hours import Calendar, Closure
from ivr.rehearsal import sample_brokers
from ivr.softphone import InProcess, Number, Softphone
from ivr.softphone.scripted import Given
from ivr.staging import Stage
from ivr.wiring import settings_here, store_as_it_is

SQLITE_FILE = "sqlite:///"


def at_files(project: Path, at: str | None, caller: str, dialled: str, *, as_usual: bool = False) -> Softphone:
    """A softphone on the project's files, with its sample brokers; says when a closure decides. Raises FileFaults.

    Args:
        as_usual: leave out what `ivr close` has declared.
    """
    files = read_files(project)
    release = load_release(files)
    moment = moment_from(at, release.calendar, "--at")
    closures = () if as_usual else declared(project, moment)
    if told := closed_by(release.calendar, moment, closures):
        click.echo(told, err=True)
    stage = Stage(files, sample_brokers(project), release)
    app, base, token, account = stage.set_for(Given(at=moment, caller=caller, closures=tuple(closures)))
    return Softphone(InProcess(app, base), Number.at(base, account, token), moment, caller=caller, dialled=dialled)


def declared(project: Path, moment: datetime) -> Sequence[Closure]:
    """Closures by `ivr close` that are in force at a moment; none, and that is said, where they cannot be asked for."""
    try:
        settings = settings_here(project)
        database = settings.database_url.get_secret_value()
        if database.startswith(SQLITE_FILE) and not Path(database.removeprefix(SQLITE_FILE)).exists():
            return ()
        with closing(store_as_it_is(settings)) as store:
            found = store.closures_since(moment) if store.has_tables() else ()
    except (SetupError, StoreUnavailable) as trouble:
        click.echo(f"Whether the line is closed by `ivr close` is not known here: {trouble}", err=True)
        return ()
    return [closure for closure in found if closure.starts <= moment]


def closed_by(calendar: Calendar, moment: datetime, closures: Sequence[Closure]) -> str:
    """A sentence when the line is closed by a closure at a moment, and whose it is; empty when it is not."""
    standing = calendar.at(moment, closures)
    if standing.rule != "closure":
        return ""
    if calendar.at(moment).rule == "closure":
        return f"Closed at this moment by a closure in config/hours.yaml: {standing.reason}."
    until = max(closure.until for closure in closures).astimezone(calendar.zone)
    return (
        f"Closed at this moment by `ivr close`, until {until:%A, %B %-d, %H:%M}, and so it is on this call. "
        "To call as if it were not: --as-usual"
    )
