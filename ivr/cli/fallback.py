"""`ivr fallback`: the document that callers hear when the whole line is gone."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from ivr.errors import FileFaults, SetupError, StoreUnavailable, one_line
from ivr.fallback import Comparison, compared, fallback_document, fallback_faults, standing_elsewhere
from ivr.flow.load import load, read_files
from ivr.flow.release import Release
from ivr.provider import DIFFERS, TIMEOUT_S, document_address
from ivr.wiring import open_store, settings_here


@dataclass(frozen=True, slots=True)
class Spoken:
    """A release, and whose words they are, for a person. `note` tells why they are not those on the air."""

    release: Release
    whose: str
    note: str = ""


def spoken_on_air(project: Path, from_files: bool = False) -> Spoken:
    """The live release, or what the files here would make: when nothing is live, or asked. Raises FileFaults."""
    note = ""
    if not from_files:
        try:
            store = open_store(settings_here(project))
            if (live := store.live()) is not None:
                return Spoken(load(store.release_files(live.number)).release, f"release {live.number}")
            note = "Nothing is on the air yet: these are the words of the files here."
        except StoreUnavailable as trouble:
            note = f"The database does not tell what is on the air ({trouble}): these are the words of the files here."
        except FileFaults:
            note = "The live release was made for another version: these are the words of the files here."
    loaded = load(read_files(project))
    if faults := list(fallback_faults(loaded.release, loaded.rules)):
        raise FileFaults(faults)
    return Spoken(loaded.release, "the files here", note)


@click.command()
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to FILE.", metavar="FILE"
)
@click.option("--files", "from_files", is_flag=True, help="From the files here, not from what is on the air.")
@click.option("--compare", metavar="FILE|URL", help="Is what stands there older than the words on the air?")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=TIMEOUT_S, help="Seconds to wait for a URL.")
@click.pass_obj
def fallback(project: Path, output: Path | None, from_files: bool, compare: str | None, timeout: float) -> int:
    """What callers hear when the whole line is gone: a TwiML document for a TwiML Bin or any static host.

    It says the words `fallback` of config/line.yaml and ends the call; it connects nobody. Put it where it outlives
    this server, and tell the provider: ivr twilio connect NUMBER --fallback URL. Exit code 3: --compare found it older.
    """
    if output and compare:
        raise click.UsageError("--output writes the document, --compare looks at another. Choose one.")
    spoken = spoken_on_air(project, from_files)
    if spoken.note:
        click.echo(spoken.note, err=True)
    if compare:
        comparison = _compared(project, compare, spoken.release, timeout)
        click.echo(f"{one_line(compare)}: {one_line(comparison.told)}")
        return 0 if comparison.state == "same" else DIFFERS
    document = fallback_document(spoken.release)
    seconds = spoken.release.words.fallback.seconds(spoken.release.voice.words_per_minute)
    if output is None:
        click.echo(document)
    else:
        _write(output, document)
        click.echo(f"{one_line(str(output))}: the words of {spoken.whose}, {seconds:g} seconds.")
        click.echo("Put it on a host that does not go down with this one, as text/xml; or paste it into a TwiML Bin.")
    return 0


def _compared(project: Path, place: str, release: Release, timeout_s: float) -> Comparison:
    """What stands in a file, or behind an address, beside the words of a release."""
    if "://" not in place:
        return compared(Path(place).read_bytes(), release)
    try:
        address = document_address(place)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--compare") from None
    return standing_elsewhere(address, release, settings_here(project), timeout_s)


def _write(path: Path, document: str) -> None:
    """The whole file or nothing; whoever may read others of the folder may read this one, it is no secret."""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(document + "\n")
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
