"""The web server under `ivr serve`: its address taken first, its workers forked warm, their figures in one place."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from ivr.cli.patient import PatientWorker
from ivr.cli.typed import command_here
from ivr.errors import SetupError
from ivr.log import route_other_loggers
from ivr.settings import Settings

THREADS = 16
"""Requests that a worker has in hand at once; most of them wait, for the directory or the store."""

HOSTS = "To listen for this machine alone: 127.0.0.1, for others too: 0.0.0.0."

MOST_FILES = 8_192
"""Descriptors of a worker: for 4,000 connections, and whatever else it opens."""

_ARENAS_AT_MOST = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""

FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Where the metrics library looks for the folder in which the workers' figures meet."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, with the application already made: workers are forked from it, warm."""

    def __init__(
        self, app: Any, listening: socket.socket, workers: int, begin_work: Callable[[], None], *, turns_wait: bool
    ) -> None:
        """`listening` is a bound socket; it is the server's from here on. `begin_work` is done in each worker.

        `turns_wait`: see `PatientWorker`.
        """
        PatientWorker.open_since = time.monotonic()
        PatientWorker.turns_wait = turns_wait
        share_memory()
        open_more_files()
        self._app = app
        self._options = {
            "bind": f"fd://{listening.detach()}",
            "workers": workers,
            "worker_class": PatientWorker,
            "threads": THREADS,
            "preload_app": True,
            "timeout": 30,
            "graceful_timeout": 6,
            "keepalive": 20,
            "worker_connections": 4000,
            "forwarder_headers": "",
            "limit_request_line": 4094,
            "loglevel": "warning",
            "control_socket_disable": True,
            "on_starting": lambda _: route_other_loggers(),
            "post_worker_init": lambda _: begin_work(),
            "child_exit": forget_worker,
            "on_exit": lambda _: forget_figures(),
        }
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's hook: settings it knows, from ours."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """gunicorn's hook: the application."""
        return self._app


def share_memory() -> None:
    """Let the threads of this process and its workers take memory from one place (glibc's `mallopt`).

    Each would else keep a store of its own, and a worker would grow by megabytes with every million turns.
    """
    with suppress(OSError, AttributeError):  # where the C library has no such thing
        ctypes.CDLL(None).mallopt(_ARENAS_AT_MOST, 1)


def open_more_files() -> None:
    """As many descriptors as this process may have: a worker holds more connections than the usual limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < MOST_FILES:
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def forget_worker(_: Any, worker: Any) -> None:
    """Let the figures of a worker that ended be merged into the rest."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def take_address(host: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine. Raises SetupError, in words, before anything else is begun."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise SetupError(f"--host: {host} is not an address. {HOSTS}") from None
    family, kind, _, _, address = found[0]
    listening = socket.socket(family, kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(socket.SOMAXCONN)
    except OSError as trouble:
        listening.close()
        raise SetupError(_why_not(host, port, trouble)) from None
    return listening


def _why_not(host: str, port: int, trouble: OSError) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use already, perhaps by another `ivr serve`. "
            f"End that one, or take another port: {command_here()} serve --port {port + 1 if port < 65535 else 5000}"
        )
    if trouble.errno == errno.EACCES:
        return f"Port {port} is for the administrator only. Take one from 1024 on: {command_here()} serve --port 5000"
    if trouble.errno == errno.EADDRNOTAVAIL:
        return f"--host: {host} is not an address of this machine. {HOSTS}"
    return f"{host}:{port} cannot be used: {trouble.strerror}."


def figures_folder(on_disk: Path, port: int) -> Path:
    """A folder in memory that is ours alone; one on disk where there is no such thing, or somebody else has it."""
    ours = IN_MEMORY / f"broker-line-{os.getuid()}-{port}"
    with suppress(OSError):
        ours.mkdir(mode=0o700, exist_ok=True)
        found = ours.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return ours
    return on_disk / str(port)


FIGURE_FILES = ("counter_*.db", "gauge_*.db", "histogram_*.db", "summary_*.db")
"""What the metrics library leaves behind; nothing else in the folder is ours to remove."""


IN_MEMORY = Path("/dev/shm")
"""A folder in memory, where the machine has one."""


def prepare_metrics(settings: Settings, port: int) -> None:
    """An empty folder in which the workers' figures meet, one for each server: two do not disturb each other.

    In memory if that can be: the library writes figures through mapped pages, and on a full disk the first page that
    cannot be had kills the process (SIGBUS), whatever it was doing.
    """
    (settings.project / "var").mkdir(mode=0o700, exist_ok=True)
    folder = Path(os.environ.setdefault(FIGURES, str(figures_folder(settings.project / "var" / "metrics", port))))
    folder.mkdir(parents=True, exist_ok=True)
    remove_figures(folder)


def remove_figures(folder: Path) -> None:
    """Remove what the workers of an earlier server have left."""
    for left_over in (path for kind in FIGURE_FILES for path in folder.glob(kind)):
        left_over.unlink(missing_ok=True)


def forget_figures() -> None:
    """At the end, give back the memory that figures have used."""
    folder = Path(os.environ.get(FIGURES, ""))
    if folder.parent == IN_MEMORY:
        with suppress(OSError):
            remove_figures(folder)
            folder.rmdir()
