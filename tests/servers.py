"""A real `ivr serve` in a process of its own, and what tests ask of it."""

from __future__ import annotations

import http.client
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ivr.cli import main
from ivr.cli.calls import at_server
from ivr.settings import load_settings
from ivr.softphone import Softphone

DEADLINE_S = 60.0
"""Seconds after which a test stops waiting; a busy machine needs a few."""

SOON_S = 2.0
"""What is published, put back or closed is heard by new callers within this."""


HANDING_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""What systemd does between fork and exec."""


def until(holds: Callable[[], bool], what: str, within_s: float = DEADLINE_S) -> float:
    """Wait until something holds. Returns the seconds it took; fails with `what` after the deadline."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_s:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


class Server:
    """One running server on a free port of this machine."""

    def __init__(
        self,
        project: Path,
        *words: str,
        port: int | None = None,
        held: socket.socket | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`held`: a listening socket to hand over, as systemd does; `settings` are added to the environment."""
        self.project, self.port = project, held.getsockname()[1] if held else port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._lines: list[str] = []
        serve = ["-m", "ivr", "--project", str(project), "serve", *words]
        serve += [] if held else ["--port", str(self.port)]
        handing = ["-c", HANDING_OVER, str(held.fileno())] if held else []
        self.process = subprocess.Popen(
            [sys.executable, *handing, *serve],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[held.fileno()] if held else [],
            env={**os.environ, **(settings or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self._lines.append(line)

    @property
    def said(self) -> str:
        """Everything on its terminal so far."""
        return "".join(self._lines)

    def ready(self) -> Server:
        """Wait for its first answer."""

        def answers() -> bool:
            assert self.process.poll() is None, self.said
            try:
                return self.get("/readyz")[0] == 200
            except OSError:
                return False

        until(answers, "the server answers")
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page, on a connection of its own."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        finally:
            link.close()

    def phone(self) -> Softphone:
        """A telephone that has not dialled yet."""
        return at_server(load_settings({}, self.project), self.url, "+16125550199", "+18445208695")

    def call(self) -> Softphone:
        """A new call, dialled."""
        phone = self.phone()
        phone.dial()
        return phone

    def heard(self) -> str:
        """What a new caller hears first."""
        return words(self.call())

    def hears_soon(self, what: str) -> None:
        """Within two seconds from now every new caller hears it, whatever worker answers; fails when some do not."""
        until(lambda: all(what in heard for heard in self.heard_by_each_of(10)), f"callers hear {what!r}", SOON_S)

    def heard_by_each_of(self, callers: int) -> set[str]:
        """What so many callers at once hear first; enough of them meet every worker."""
        heard: list[str] = []
        threads = [threading.Thread(target=lambda: heard.append(self.heard())) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return set(heard)

    @property
    def children(self) -> Sequence[int]:
        """Process ids of its workers and its watcher."""
        return [pid for pid, parent in parents() if parent == self.process.pid]

    @property
    def workers(self) -> Sequence[int]:
        """Process ids of its workers."""
        return [pid for pid in self.children if b"\0watch\0" not in command_of(pid)]

    @property
    def watchers(self) -> Sequence[int]:
        """Process id of its watcher, if it has one."""
        return [pid for pid in self.children if b"\0watch\0" in command_of(pid)]

    def replaces(self, worker: int) -> None:
        """Kill a worker, at once and without a word, and wait until another has taken its place."""
        others = set(self.workers) - {worker}
        os.kill(worker, signal.SIGKILL)
        until(lambda: set(self.workers) - {worker} > others, "another worker takes its place")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and wait. Returns its exit code; nothing that it started may be left."""
        children = self.children
        self.process.send_signal(how)
        code = self.process.wait(DEADLINE_S)
        until(lambda: not any(map(is_alive, children)), "every process of the server ends")
        self._reader.join(DEADLINE_S)
        return code


@contextmanager
def serving(project: Path, *words: str, port: int | None = None, held: socket.socket | None = None) -> Iterator[Server]:
    """A server that answers; ended at the end, whatever happens. `held`: as for `Server`."""
    server = Server(project, *words, port=port, held=held)
    try:
        yield server.ready()
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGQUIT)


def words(phone: Softphone) -> str:
    """What the caller has heard since the last key."""
    return " ".join(line.text for line in phone.turn_lines() if line.who == "line" and line.to == "caller")


def ivr(project: Path, *words: str) -> None:
    """A command in this process, which is another than the server's; it must succeed."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        main(["--project", str(project), *words])
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def free_port() -> int:
    """A port of this machine that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def parents() -> Iterator[tuple[int, int]]:
    """Every living process of this machine with its parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = re.sub(r"^.*\) ", "", (entry / "stat").read_text()).split()[:2]
            except OSError:
                continue
            if state != "Z":
                yield int(entry.name), int(parent)


def command_of(pid: int) -> bytes:
    """The command line of a process, its words ended by NUL."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_alive(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        return re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text()).split()[0] != "Z"
    except OSError:
        return False
