"""`ivr serve`: answer calls."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from ivr.cli.moments import calendar_of, moment_from
from ivr.errors import SetupError
from ivr.flow.load import read_files
from ivr.flow.release import release_name
from ivr.log import route_other_loggers, set_up_logging
from ivr.settings import Settings
from ivr.store import Store
from ivr.wiring import Line, clock_from, line_for, real_clock, settings_here


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
    settings = settings_here(project)
    set_up_logging(production=settings.is_production)
    if at and settings.is_production:
        raise SetupError("--at: rehearsing another moment is refused when IVR_ENV=production.")
    prepare_metrics(settings)
    # The metrics library decides at its import whether several processes share figures, so only now.
    from ivr.app import app_for, publish_first

    clock = clock_from(moment_from(at, calendar_of(project))) if at else real_clock
    line = line_for(settings, clock)
    publish_first(line, real_clock())
    say_what_is_here(line, project, f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")
    watcher = subprocess.Popen([sys.executable, "-m", "ivr", "--project", str(project), "watch"]) if watch else None
    try:
        Server(app_for(line), host=host, port=port, workers=workers).run()
    finally:
        if watcher:
            watcher.terminate()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, with the application already made: workers are forked from it, warm."""

    def __init__(self, app: Any, *, host: str, port: int, workers: int) -> None:
        self._app = app
        self._options = {
            "bind": f"{'[' + host + ']' if ':' in host else host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": 8,
            "preload_app": True,
            "timeout": 30,
            "graceful_timeout": 20,
            "keepalive": 65,
            "limit_request_line": 4094,
            "loglevel": "warning",
            "control_socket_disable": True,
            "on_starting": lambda _: route_other_loggers(),
            "child_exit": forget_worker,
        }
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's hook: settings it knows, from ours."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """gunicorn's hook: the application."""
        return self._app


def forget_worker(_: Any, worker: Any) -> None:
    """Let the figures of a worker that ended be merged into the rest."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def prepare_metrics(settings: Settings) -> None:
    """An empty folder in which the workers' figures meet."""
    folder = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.project / "var" / "metrics")))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def say_what_is_here(line: Line, project: Path, address: str) -> None:
    """The first words on the terminal: what answers, and what to do next."""
    live = line.store.live()
    release = f"release {live.number} ({live.name[:12]})" if live else "no release"
    click.secho(f"Broker Line, {release}, on {address}", bold=True)
    if not line.settings.is_production:
        click.echo(f"  Call it in a browser:   {address}/phone   (press 1, then 99900001 and pound)")
        click.echo('  Call it from a terminal: ivr call --keys "1 99900001#"')
    click.echo("  At the provider: point the number's voice URL at https://YOUR-HOST/voice (POST).")
    if live and files_differ(project, line.store):
        click.secho(
            "  The files in flows/ and config/ differ from this release: ivr check, then ivr publish.", fg="yellow"
        )


def files_differ(project: Path, store: Store) -> bool:
    """Whether the files on disk are another release than the live one."""
    live = store.live()
    return live is not None and release_name(read_files(project)) != live.name
