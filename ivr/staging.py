"""Applications over files that are not on the air, made for scripted calls; and the check of a project with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from ivr.answering import app_for
from ivr.brokers import Broker
from ivr.check import Progress, check, publish
from ivr.errors import FileFaults
from ivr.findings import Finding, Report
from ivr.flow.given import with_recording
from ivr.flow.load import load_release, load_to_look_at, read_files
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.log import logger, no_logging
from ivr.proof.garbage import keeping_everything
from ivr.proof.rules_changed import OnAir, nothing_before
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
from ivr.softphone.scripted import Given, MakeApp
from ivr.voice.crowded import WAITS_SINCE
from ivr.wiring import Line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONG_PUBLIC_URL = "https://" + "x" * 56 + ".example.gov"
"""Stands for the public address in a check of address lengths when none is set; longer than most."""

log = logger(__name__)


def publish_files(line: Line, at: datetime) -> None:
    """Check the project's files and put them on the air as the first release. Raises CheckFailed with all findings."""
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
    before: OnAir = nothing_before,
) -> Report:
    """Check files of a project, its sample brokers the cast of the scripted calls; `now`, `before` as for `check`."""

    try:
        cast, given_cast = sample_brokers(project), given_brokers(files)
    except FileFaults as faults:
        return Report([Finding("error", "load", fault) for fault in faults.faults], None)

    def stage(release: Release, given: Release) -> MakeApp:
        return staged(files, release, given, cast, given_cast)

    with no_logging(), keeping_everything():
        return check(files, stage, public_url or LONG_PUBLIC_URL, progress, now, before)


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


def crowded(app: WSGIApplication) -> WSGIApplication:
    """An application whose first request comes too late to be answered in time, as when too many call at once."""
    late = iter([-inf])

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        since = next(late, None)
        if since is None:
            return app(environ, start_response)
        token = WAITS_SINCE.set(since)
        try:
            return app(environ, start_response)
        finally:
            WAITS_SINCE.reset(token)
            # No turn is taken, so the application tells of none.
            environ["ivr.trace"].append({"turn": None, "parts": ["busy"], "steps": [], "at": None, "facts": {}})

    return answer


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
        return crowded(app) if given.crowded else app, BASE_URL, AUTH_TOKEN, ACCOUNT_SID

    def _line_for(self, circumstances: Circumstances) -> tuple[Line, Flask]:
        if circumstances not in self._lines:
            directory, recording, closures = circumstances
            release = load_to_look_at(with_recording(self._files, True)).release if recording else self._release
            line = rehearsal_line(release, self._cast, directory=directory, closures=closures)
            self._lines[circumstances] = (line, app_for(line))
        return self._lines[circumstances]
