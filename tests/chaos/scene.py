"""The machine that chaos comes over: the shipped line on PostgreSQL, its server, its disk; and all that can happen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.fernet import Fernet
from own_postgresql import PostgreSQL
from projects import edit, shipped_project
from servers import Server, until

from chaos.disk import Disk
from ivr.store import Outbox, OutboxUnusable, Store

TOKEN, ACCOUNT = "chaos" * 6, "AC" + "c" * 32
OPEN, AN_HOUR_LATER = "2026-11-24 10:00", "2026-11-24 11:00"
WORDS, NEW_WORDS = "for brokers and their staff.", "for brokers and their staff. Hello."
DRAINED_S = 120.0
MUST_NOT = (
    "were not kept",
    "was not kept",
    "Traceback",
    "a turn failed",
    "lost its place",
    "last resort",
    "SIGBUS",
    "signal 7",
)


class Scene:
    """Everything that runs, and the times (on this process's clock) at which the store was or may have been gone."""

    def __init__(self, folder: Path, postgresql: PostgreSQL, workers: int) -> None:
        self.project = shipped_project(folder / "line")
        self.disk = Disk(self.project / "var")
        self.postgresql, self._workers = postgresql, workers
        self.killed = 0
        self.gone: list[tuple[float, float]] = []
        self._keys = [Fernet.generate_key().decode()]
        self._clock = OPEN
        self._servers: list[Server] = []
        self._needing_the_store = threading.Lock()
        self._held = socket.create_server(("127.0.0.1", 0), backlog=socket.SOMAXCONN)
        self.command("brokers", "import", str(self.project / "config/brokers.csv"))
        self._server = self._started().ready()
        self.changing = threading.Lock()

    @property
    def url(self) -> str:
        """Where the line answers."""
        return self._server.url

    @property
    def settings(self) -> Mapping[str, str]:
        """What the server's environment says."""
        return {
            "IVR_DATABASE_URL": self.postgresql.address,
            "IVR_SECRET_KEYS": ",".join(self._keys),
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
        }

    def _started(self) -> Server:
        words = ("--workers", str(self._workers), "--at", self._clock)
        started = Server(self.project, *words, held=self._held, settings=self.settings)
        self._servers.append(started)
        return started

    def command(self, *words: str) -> None:
        """`ivr ...` in a process of its own; it must succeed."""
        with self._needing_the_store:
            ran = self._ran(*words)
        assert ran.returncode == 0, f"ivr {' '.join(words)}: {ran.stdout}{ran.stderr}"

    def _ran(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ivr", "--project", str(self.project), *words],
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            check=False,
        )

    # What happens

    def kill_a_worker(self) -> None:
        """The one that has lived longest, at once and without a word."""
        if self.changing.locked():
            return
        workers = sorted(self._server.workers)
        if len(workers) < self._workers:
            return
        with suppress(ProcessLookupError):
            os.kill(workers[0], signal.SIGKILL)
            self.killed += 1

    def kill_the_server(self) -> None:
        """The master is killed, and whoever looks after it starts it again; the clock there is an hour ahead."""
        with self.changing:
            self._clock = AN_HOUR_LATER
            self._server.process.kill()
            self._server.process.wait()
            self._server = self._started()
            self._server.ready()

    def rotate_the_keys(self) -> None:
        """Stop gracefully, start with a new key in front of the old one; the clock is where it was at first."""
        with self.changing:
            self._keys.insert(0, Fernet.generate_key().decode())
            self._clock = OPEN
            assert self._server.end(signal.SIGTERM) == 0
            self._server = self._started()
            self._server.ready()

    def stop_postgresql(self) -> None:
        """At once, with every connection; but not under a command of operations, which may well need it."""
        with self._needing_the_store:
            self.gone.append((time.monotonic(), float("inf")))
            self.postgresql.stop()

    def start_postgresql(self) -> None:
        """As it was."""
        self.postgresql.start()
        self.gone[-1] = (self.gone[-1][0], time.monotonic())

    def publish(self) -> None:
        """Other words in the greeting."""
        edit(self.project, "flows/broker_line.yaml", WORDS, NEW_WORDS)
        self.command("publish")

    def roll_back(self) -> None:
        """The words of the beginning."""
        self.command("rollback", "1")

    def migrate(self) -> None:
        """One revision back, and forward again."""
        self.command("migrate", "--back", "--yes")
        self.command("migrate")

    # What is left afterwards

    def drained(self) -> float:
        """Wait until the outbox is empty. Returns seconds."""
        outbox = Outbox(self.project / "var" / "outbox")

        def is_empty() -> bool:
            try:
                return not outbox.figures().waiting
            except OutboxUnusable:
                return False

        try:
            return until(is_empty, "the outbox is empty", DRAINED_S)
        finally:
            outbox.close()

    def set_aside(self) -> int:
        """Letters that the store refused."""
        outbox = Outbox(self.project / "var" / "outbox")
        try:
            return outbox.figures().set_aside
        finally:
            outbox.close()

    @property
    def said(self) -> str:
        """Every server's log, with moments of the real clock."""
        return "\n".join(server.said for server in self._servers)

    def complained(self) -> list[str]:
        """Lines of every server's log that tell of something which must not happen."""
        return [line for line in self.said.splitlines() if any(sign in line for sign in MUST_NOT)]

    def end(self) -> None:
        """Stop everything but PostgreSQL."""
        if self._server.process.poll() is None:
            self._server.end(signal.SIGQUIT)
        self._held.close()
        self.disk.remove()


@contextmanager
def a_scene(folder: Path, postgresql: PostgreSQL, workers: int) -> Iterator[Scene]:
    """A line that answers; nothing is left of it afterwards."""
    scene = Scene(folder, postgresql, workers)
    try:
        yield scene
    finally:
        scene.end()


def stored(address: str) -> Store:
    """The database as it is, for reading."""
    return Store(address)
