"""`ivr serve`: answer calls."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import click

from ivr.cli.handed import handed_over
from ivr.cli.moments import calendar_of, calendar_on_air, moment_from
from ivr.cli.server import Server, prepare_metrics, take_address
from ivr.cli.typed import command_here
from ivr.errors import BrokerLineError, FileFaults, NeighbourError, SetupError, StoreUnavailable
from ivr.flow.load import read_files
from ivr.flow.release import release_name
from ivr.hours import Calendar, Standing
from ivr.log import set_up_logging
from ivr.settings import Settings
from ivr.starting import keep_for_good, publish_first
from ivr.turns import NothingLive
from ivr.wiring import Line, clock_from, line_for, open_store, real_clock, settings_here


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that answer calls."
)
@click.option("--watch", is_flag=True, help="Publish each saved change of flows/ and config/ that passes the check.")
@click.option(
    "--at", "at", metavar="MOMENT", help='Rehearse: run the line\'s clock from MOMENT, such as "2026-12-25 10:00".'
)
@click.pass_obj
def serve(project: Path, host: str, port: int, workers: int, watch: bool, at: str | None) -> None:
    """Answer calls over HTTP. On the first start, the files are checked and published."""
    # Before the settings, of which some things are told in the log: a name that is none, what is made for development.
    set_up_logging(production=os.environ.get("IVR_ENV", "").strip() == "production")
    settings = settings_here(project)
    if at and settings.is_production:
        raise SetupError("--at: rehearsing another moment is refused when IVR_ENV=production.")
    handed = handed_over()
    host, port = handed.getsockname()[:2] if handed else (host, port)
    listening = handed or take_address(host, port)
    prepare_metrics(settings, port)
    # The metrics library decides at its import whether several processes share figures, so the application only now.
    from ivr.answering import app_for

    moment = moment_from(at, calendar_here(settings), "--at") if at else None
    line = line_for(settings, clock_from(moment) if moment else real_clock)
    put_first_on_air(line)
    make_ready(line)
    app = app_for(line)
    say_what_is_here(line, f"http://{shown_host(host)}:{port}", watch=watch)
    if moment:
        click.secho(f"  Rehearsal: the line's clock says {moment:%A, %B %-d, %Y, %H:%M} and runs on.", fg="yellow")
    with watching(project) if watch else nobody_watching():
        keep_for_good()
        Server(app, listening, workers, line.begin_work, turns_wait=line.turns_wait).run()


def calendar_here(settings: Settings) -> Calendar:
    """The hours on the air; those of the files when the store does not answer. Raises FileFaults."""
    try:
        return calendar_on_air(open_store(settings), settings.project)
    except NeighbourError:
        return calendar_of(settings.project)


def put_first_on_air(line: Line) -> None:
    """On the very first start, check and publish the files; ends the start with every finding when they fail."""
    try:
        if line.steady.live() is not None:
            return
    except StoreUnavailable as trouble:
        click.secho(f"The store does not answer: {trouble} Calls are answered without it.", fg="red", err=True)
        return
    click.echo("First start: checking flows/ and config/, and putting them on the air ...")
    try:
        publish_first(line, real_clock())
    except BrokerLineError as failed:
        tell_findings(failed)


def tell_findings(failed: BrokerLineError) -> NoReturn:
    """End the start with every finding of a check that failed; raises anything else as it is."""
    # Only now: most first starts have nothing to tell, and what the check brings along would stay in every worker.
    from ivr.cli.findings import show_findings
    from ivr.findings import CheckFailed

    if not isinstance(failed, CheckFailed):
        raise failed
    show_findings(failed.report, err=True)
    click.echo("Nothing is on the air yet, so nothing is answered. Mend this, then start again.", err=True)
    raise click.exceptions.Exit(1) from None


def make_ready(line: Line) -> None:
    """Load the live release before workers are forked, so that no caller waits for it.

    Without the store there may be none; callers then hear a fixed sentence until it answers. Raises SetupError when
    the store answers and has nothing to put on the air.
    """
    try:
        line.releases.current()
    except NothingLive as trouble:
        if line.steady.condition().trouble:
            click.secho(
                "No release is kept on this disk: callers hear a fixed sentence until the store answers.", err=True
            )
            return
        raise SetupError(f"{trouble}\n\nPut the files of this project on the air instead: ivr publish") from trouble


def shown_host(host: str) -> str:
    """A host as it stands in an address that one can click on this machine."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def say_what_is_here(line: Line, address: str, *, watch: bool) -> None:
    """The first words on the terminal: what answers, whether it is open, and what to do next."""
    now = now_at(line)
    click.secho(f"Broker Line, {release_here(line)}, on {address}", bold=True)
    if now:
        click.echo(f"  Now it is                {now.moment:%A, %B %-d, %Y, %H:%M}: {in_short(now)}")
    if not line.settings.is_production:
        opens = now.next_opening if now and not now.open else None
        when = f'--at "{opens:%a %Y-%m-%d %H:%M}"' if opens else f"--url {address}"
        click.echo(f"  Call it in a browser     {address}/phone   (press 1, then 99900001 and pound)")
        click.echo(f'  Call it in a terminal    {command_here()} call {when} --keys "1 99900001#"')
    public = line.settings.public_url or "https://YOUR-HOST"
    click.echo(f"  At the provider          let the number's voice URL be {public}/voice (POST)")
    click.echo("  End it                   Ctrl-C")
    with suppress(StoreUnavailable):
        say_if_files_differ(line, watch=watch)


def now_at(line: Line) -> Standing | None:
    """Whether the line is open now; None while no release can be had."""
    try:
        calendar = line.releases.current().release.calendar
    except NothingLive:
        return None
    return calendar.at(line.clock(), line.releases.closures(line.clock()))


def release_here(line: Line) -> str:
    """Which release answers, in words."""
    try:
        live = line.steady.live()
        return f"release {live.number} ({live.name[:12]})" if live else "no release"
    except StoreUnavailable:
        return "without its store"


def say_if_files_differ(line: Line, *, watch: bool) -> None:
    """A hint that the files on disk are not what callers hear. Raises StoreUnavailable."""
    live = line.steady.live()
    if live and (files := files_here(line.settings.project)) != live.name:
        is_taken = watch and not any(files == kept.name for kept in line.store.releases())
        what_then = "they are checked now" if is_taken else f"{command_here()} check, then publish"
        click.secho(
            f"  The files in flows/ and config/ differ from release {live.number}, which callers hear: {what_then}.",
            fg="yellow",
        )


def in_short(standing: Standing) -> str:
    """``open until 17:00``, or why it is closed, and until when."""
    if standing.open:
        return f"open until {standing.closes:%H:%M}" if standing.closes else "open"
    opens = f"; opens {standing.next_opening:%a %Y-%m-%d %H:%M}" if standing.next_opening else ""
    return f"{standing.reason}{opens}"


def files_here(project: Path) -> str:
    """The name of the release that the files on disk would be; empty when they cannot be read."""
    try:
        return release_name(read_files(project))
    except FileFaults:
        return ""


@contextmanager
def watching(project: Path) -> Iterator[None]:
    """Another process that publishes saved changes, ended with this one; it ends by itself if this one is killed."""
    words = [sys.executable, "-m", "ivr", "--project", str(project), "watch", "--server", str(os.getpid())]
    watcher = subprocess.Popen(words)
    try:
        yield
    finally:
        watcher.terminate()
        watcher.wait()


@contextmanager
def nobody_watching() -> Iterator[None]:
    """For a server that goes on with the release it has until someone publishes."""
    yield
