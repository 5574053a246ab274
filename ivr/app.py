"""The WSGI application: `create_app()` for any server, and applications for rehearsals of files not yet published."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from ivr.brokers import Broker
from ivr.check import Finding, Progress, Report, check, publish
from ivr.console import phone_routes
from ivr.errors import FileFaults, StoreUnavailable
from ivr.flow.given import with_recording
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.log import logger, no_logging, set_up_logging
from ivr.rehearsal import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BASE_URL,
    DirectoryState,
    given_brokers,
    rehearsal_line,
    sample_brokers,
    set_scene,
)
from ivr.settings import Settings
from ivr.softphone.scripted import Given, MakeApp
from ivr.turns import Reply
from ivr.voice.guarded import guard
from ivr.voice.health import health_routes
from ivr.voice.metrics import count_turn
from ivr.voice.routes import voice_routes
from ivr.wiring import Line, line_for, real_clock, settings_here

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LONGEST_BODY = 64 * 1024
"""Bytes of a request; the provider's own are a few hundred."""

LONG_PUBLIC_URL = "https://" + "x" * 56 + ".example.gov"
"""Stands for the public address in a check of address lengths when none is set; longer than most."""

log = logger(__name__)


def create_app() -> Flask:
    """The line of `IVR_PROJECT` (default: the current folder), by this process's environment. Raises SetupError."""
    settings = settings_here(Path(os.environ.get("IVR_PROJECT", ".")))
    set_up_logging(production=settings.is_production)
    line = line_for(settings)
    try:
        publish_first(line, real_clock())
    except StoreUnavailable as trouble:
        log.error("starting without the store", trouble=str(trouble))
    return app_for(line)


def app_for(line: Line) -> Flask:
    """The application of a line: voice, health, and in development the browser telephone."""
    app = Flask("ivr", static_folder=None)
    token = line.settings.metrics_token
    figures_token = token.get_secret_value() if token else None
    guard(app, LONGEST_BODY, figures_token, figures_open=not line.settings.is_production)
    explains, counts = not line.settings.is_production, counting(line.settings)
    routes = voice_routes(line.turns, line.verifier, line.steady, line.clock, explains=explains, counts=counts)
    app.register_blueprint(routes)
    app.register_blueprint(health_routes(line.releases, line.steady, line.directory, line.clock))
    if line.background:
        app.before_request(line.begin_work)
    if not line.settings.is_production:
        app.register_blueprint(
            phone_routes(
                auth_token=line.settings.auth_tokens[0].get_secret_value(),
                account_sid=line.settings.account_sid,
                public_url=line.settings.public_url,
                clock=lambda: now_at_the_line(line),
            )
        )
    return app


def counting(settings: Settings) -> Callable[[Reply], object]:
    """What is done with each turn of a real caller: counted, and a span made of it where spans are sent. SetupError."""
    if settings.traces_url is None:
        return count_turn
    from ivr.voice.tracing import spans_to

    spans = spans_to(settings.traces_url, real_clock)

    def count_and_trace(reply: Reply) -> None:
        count_turn(reply)
        spans.note(reply)

    return count_and_trace


def now_at_the_line(line: Line) -> datetime:
    """Now by the line's clock, in the zone of its hours. Raises NothingLive."""
    return line.clock().astimezone(line.releases.current().release.calendar.zone)


def publish_first(line: Line, at: datetime) -> None:
    """On the very first start, check and publish the project's files.

    Raises CheckFailed with every finding, and StoreUnavailable: whether this is the first start is not known.
    """
    if line.steady.live() is not None:
        return
    files = read_files(line.settings.project)
    report = check_project(files, line.settings.project, line.settings.public_url)
    number = publish(line.store, files, report, "first start", at)
    log.info("the files were published", number=number)


def check_project(
    files: Mapping[str, bytes],
    project: Path,
    public_url: str | None,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Report:
    """Check files of a project, with its sample brokers as the cast of the scripted calls; `now` as for `check`."""

    try:
        cast, given_cast = sample_brokers(project), given_brokers(files)
    except FileFaults as faults:
        return Report([Finding("error", "load", fault) for fault in faults.faults], None)

    def stage(release: Release, given: Release) -> MakeApp:
        return staged(files, release, given, cast, given_cast)

    with no_logging(), keeping_everything():
        return check(files, stage, public_url or LONG_PUBLIC_URL, progress, now)


def staged(
    files: Mapping[str, bytes],
    release: Release,
    given: Release,
    cast: Sequence[Broker],
    given_cast: Sequence[Broker] | None,
) -> MakeApp:
    """Applications for scripted calls, each on what it says: config/ as it is, or what is given for calls.

    Args:
        given: the release that calls are played on (`given_release`).
        given_cast: its brokers; None when those of config/ serve for both.
    """
    real = Stage(files, cast, release)
    calls = Stage(given.files, cast if given_cast is None else given_cast, given)
    return lambda circumstances: (real if circumstances.config == "real" else calls).set_for(circumstances)


@contextmanager
def keeping_everything() -> Iterator[None]:
    """Let Python look for no garbage: a check makes a million small objects and keeps nearly all of them.

    Each look at all of them takes a tenth of a second, and there would be a dozen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


Circumstances = tuple[DirectoryState, bool, tuple[Closure, ...]]
"""What a rehearsed line cannot change between calls: its directory, recording, closures."""


class Stage:
    """Applications for scripted calls over one set of files, each made once and cleared between calls."""

    def __init__(self, files: Mapping[str, bytes], cast: Sequence[Broker], release: Release | None = None) -> None:
        """Files that load; `release` when they are loaded already, or another than they make is to answer."""
        self._files, self._cast = files, cast
        self._release = release or load_release(files)
        self._lines: dict[Circumstances, tuple[Line, Flask]] = {}

    def set_for(self, given: Given) -> tuple[WSGIApplication, str, str, str]:
        """The application for a call's circumstances, its address, and what requests to it are signed with."""
        line, app = self._line_for((given.directory, given.recording, given.closures))
        set_scene(line, unconfirmed_entries=given.unconfirmed_entries, caller=given.caller, at=given.at)
        return app, BASE_URL, AUTH_TOKEN, ACCOUNT_SID

    def _line_for(self, circumstances: Circumstances) -> tuple[Line, Flask]:
        if circumstances not in self._lines:
            directory, recording, closures = circumstances
            release = load_release(with_recording(self._files, True)) if recording else self._release
            line = rehearsal_line(release, self._cast, directory=directory, closures=closures)
            self._lines[circumstances] = (line, app_for(line))
        return self._lines[circumstances]
