"""`ivr report`: the static site that shows what the line does and how each rule is shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from ivr.cli.findings import checked_with_progress, project_files, show_findings
from ivr.findings import Report
from ivr.report import write_site
from ivr.wiring import real_clock, settings_here

HOLIDAYS_COME = 10
"""The month from which the days around the turn of the year are asked about."""


def years_ahead(day: date) -> list[int]:
    """The year of a day; towards its end the next one with it."""
    return [day.year, day.year + 1] if day.month >= HOLIDAYS_COME else [day.year]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--date", "made_on", type=click.DateTime(["%Y-%m-%d"]), help="The date on its pages (default: today).")
@click.option(
    "--year",
    type=click.IntRange(2000, 2100),
    help="Whose hours are shown (default: the date's; from October also the next's).",
)
@click.pass_obj
def report(project: Path, folder: Path, made_on: datetime | None, year: int | None) -> None:
    """Check the files here and write a static site about them into FOLDER: for auditors, on screen or on paper."""
    settings = settings_here(project)
    files = project_files(project)
    checked = files if isinstance(files, Report) else checked_with_progress(files, project, settings.public_url)
    show_findings(checked, err=True)
    if checked.release is None or checked.graph is None:
        click.echo("No report: nothing can be shown of files like these.", err=True)
        raise click.exceptions.Exit(1)
    day = (made_on or real_clock().astimezone(checked.release.calendar.zone)).date()
    written = write_site(folder, checked, day, [year] if year else years_ahead(day))
    click.echo(written[0])
    raise click.exceptions.Exit(0 if checked.passes else 1)
