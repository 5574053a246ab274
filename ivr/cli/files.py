"""`ivr schema`: JSON Schemas for editors, and the reference of kinds."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.flow.schema import kinds_reference, write_schemas
from ivr.softphone.scripted import ScriptedCalls


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--kinds", type=click.Path(dir_okay=False, path_type=Path), help="Write the reference of kinds here, too."
)
def schema(folder: Path, kinds: Path | None) -> None:
    """Write JSON Schemas of every file that operations edit into FOLDER, for editors that complete and check."""
    for path in write_schemas(folder, calls=ScriptedCalls):
        click.echo(path)
    if kinds:
        kinds.write_text(kinds_reference(), encoding="utf-8")
        click.echo(kinds)
