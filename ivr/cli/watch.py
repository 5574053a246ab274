"""`ivr serve --watch`: each saved change that passes the check goes on the air, what fails is said loudly."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import click

from ivr.check import publish as publish_files
from ivr.cli.findings import meanwhile, project_files, show_findings
from ivr.cli.headlines import show_headlines
from ivr.cli.since import live
from ivr.errors import NeighbourError, visible
from ivr.findings import Report
from ivr.flow.release import release_name
from ivr.staging import check_project
from ivr.store import NoSuchRelease, Store
from ivr.wiring import open_store, real_clock, settings_here

LOOK_EVERY_S = 0.5


@click.command(hidden=True)
@click.option("--server", type=int, help="Process id of the server that this watches for; without it, end.")
@click.pass_obj
def watch(project: Path, server: int | None) -> None:
    """Publish each saved change of flows/ and config/ that passes; say loudly what fails."""
    settings = settings_here(project)
    watcher: Watcher | None = None
    while server is None or os.getppid() == server:
        try:
            watcher = watcher or Watcher(open_store(settings), project, settings.public_url)
            watcher.look()
        except NeighbourError as trouble:
            say_loudly(f"{trouble} What was saved is published when the database answers again.")
            if watcher:
                watcher.forget()
        except Exception as trouble:
            # One strange file must not end the watching: every later save would be lost without a word.
            say_loudly(
                f"What was saved cannot be looked at ({type(trouble).__name__}: {trouble}). It is not on the air."
            )
        time.sleep(LOOK_EVERY_S)


class Watcher:
    """Compares the project's files with what was seen last."""

    def __init__(self, store: Store, project: Path, public_url: str | None) -> None:
        self._store, self._project, self._public_url = store, project, public_url
        self._seen = ""
        self._is_mending = False

    def forget(self) -> None:
        """Look at everything anew."""
        self._seen = ""

    def look(self) -> None:
        """Once: do what the files ask for. Raises StoreUnavailable."""
        files = project_files(self._project)
        name = release_name(files) if not isinstance(files, Report) else str(files)
        if name == self._seen:
            return
        is_first = not self._seen
        self._seen = name
        if isinstance(files, Report):
            self._explain(files)
        elif not self._is_on_air(name) and not (is_first and self._is_known(name)):
            self._take(files, name)

    def _is_on_air(self, name: str) -> bool:
        live = self._store.live()
        if live is None or live.name != name:
            return False
        if self._is_mending:
            self._is_mending = False
            click.secho(f"Mended: the files are release {live.number} again, as callers hear it.", fg="green", err=True)
        return True

    def _is_known(self, name: str) -> bool:
        """Whether the files at the start are an older release: someone rolled back from them, and meant it."""
        try:
            self._store.find_release(name)
        except NoSuchRelease:
            return False
        return True

    def _take(self, files: Mapping[str, bytes], name: str) -> None:
        report = check_project(
            files, self._project, self._public_url, now=real_clock(), before=lambda: live(self._store)
        )
        if not report.passes:
            self._explain(report)
            return
        self._is_mending = False
        before = self._store.live()
        number = publish_files(self._store, files, report, "saved", real_clock())
        if report.findings:
            show_findings(report, err=True)
        click.secho(f"Saved and on the air: release {number} ({name[:12]}).", fg="green", err=True)
        if before and report.release:
            show_headlines(before.number, self._store.release_files(before.number), report.release, err=True)

    def _explain(self, report: Report) -> None:
        self._is_mending = True
        show_findings(report, err=True)
        say_loudly(f"Saved, but not on the air. {meanwhile(self._store)}")


def say_loudly(text: str) -> None:
    """In red, with a bell."""
    click.secho(f"\a{visible(text)}", fg="red", bold=True, err=True)
