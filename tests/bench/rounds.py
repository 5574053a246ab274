"""Servers side by side, tried in turn, round after round: turns a second, processor time a turn, waiting times."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BENCH = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
START_S = 30.0

SYNC, GTHREAD, GRANIAN, OURS = "gunicorn sync", "gunicorn gthread", "granian", "ivr serve"
WORKERS = 2


def command(server: str, app: str, port: int) -> list[str]:
    """How a server is started on an application, with two workers; `ivr serve` knows its own."""
    run = [sys.executable, "-m"]
    if server == OURS:
        return [*run, "ivr", "serve", "--workers", str(WORKERS), "--port", str(port)]
    if server == GRANIAN:
        options = ["--interface", "wsgi", "--workers", str(WORKERS), "--host", "127.0.0.1", "--port", str(port)]
        return [*run, "granian", *options, "--no-ws", "--log-level", "error", app]
    kind = ["-k", "sync"] if server == SYNC else ["-k", "gthread", "--threads", "16"]
    return [*run, "gunicorn", *kind, "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--log-level", "error", app]


@dataclass(frozen=True)
class Round:
    """What one server did in one round.

    Args:
        per_second: answers a second.
        cpu_us: processor time of the server for each answer, in microseconds, all its processes.
        p99_ms: the waiting time of the slowest in a hundred.
        wrong: answers that were not a document, and connections lost.
    """

    per_second: float
    cpu_us: float
    p99_ms: float
    wrong: int


@dataclass(frozen=True)
class Tried:
    """One server on one application, and what it did, round by round."""

    name: str
    rounds: Sequence[Round]

    @property
    def per_second(self) -> float:
        """Median of the rounds."""
        return median(one.per_second for one in self.rounds)

    @property
    def cpu_us(self) -> float:
        """Median of the rounds."""
        return median(one.cpu_us for one in self.rounds)

    @property
    def p99_ms(self) -> float:
        """Median of the rounds."""
        return median(one.p99_ms for one in self.rounds)

    @property
    def wrong(self) -> int:
        """In all rounds together."""
        return sum(one.wrong for one in self.rounds)

    def speed_against(self, floor: Tried) -> float:
        """Turns a second as a share of another's, the median of what the rounds say."""
        pairs = zip(self.rounds, floor.rounds, strict=True)
        return median(one.per_second / other.per_second for one, other in pairs)

    def cost_against(self, floor: Tried) -> float:
        """Processor time as a multiple of another's, the median of what the rounds say."""
        pairs = zip(self.rounds, floor.rounds, strict=True)
        return median(one.cpu_us / other.cpu_us for one, other in pairs)


@dataclass(frozen=True)
class Contestant:
    """A server that runs: its name, the number of its first process, its port, the requests it is asked."""

    name: str
    pid: int
    port: int
    requests: Sequence[Path]


@contextmanager
def running(words: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    """A server in a process of its own until the end of the block; the number of its first process."""
    settings = {**os.environ, "PYTHONPATH": str(BENCH.parent), **environment}
    process = subprocess.Popen(words, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while not answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"does not start: {' '.join(words)}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(START_S)


def answers(port: int) -> bool:
    """Whether somebody listens and says anything at all."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/healthz")
        link.getresponse().read()
    except OSError:
        return False
    finally:
        link.close()
    return True


def free_port() -> int:
    """A port of this machine that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def wrk() -> str:
    """The load generator, installed where it is missing."""
    if shutil.which("wrk") is None and shutil.which("apt-get"):
        for step in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "wrk"]):
            subprocess.run(["apt-get", *step], check=False, capture_output=True)
    found = shutil.which("wrk")
    assert found, "Servers are measured with wrk, and there is none: apt-get install wrk"
    return found


def one_round(contestant: Contestant, requests: Path, seconds: float, connections: int) -> Round:
    """Ask one server for so long over so many connections."""
    words = [wrk(), "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(BENCH / "replay.lua")]
    before = cpu_ticks(contestant.pid)
    said = subprocess.run(
        [*words, f"http://127.0.0.1:{contestant.port}", str(requests)], capture_output=True, text=True, check=True
    ).stdout
    spent = cpu_ticks(contestant.pid) - before
    answered = int(found(r"(\d+) requests in", said))
    lost = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    refused = int(found(r"Non-2xx or 3xx responses: (\d+)", said, "0"))
    return Round(
        per_second=float(found(r"Requests/sec:\s+([\d.]+)", said)),
        cpu_us=spent / TICKS / max(answered, 1) * 1e6,
        p99_ms=milliseconds(found(r"99%\s+([\d.]+\w+)", said)),
        wrong=lost + refused,
    )


def rounds(contestants: Sequence[Contestant], times: int, seconds: float, connections: int = 16) -> list[Tried]:
    """Every server in turn, so many times; a first short round of each is not counted."""
    for one in contestants:
        one_round(one, one.requests[0], 1, connections)
    done: dict[str, list[Round]] = {one.name: [] for one in contestants}
    for number in range(times):
        for one in contestants:
            requests = one.requests[(number + 1) % len(one.requests)]
            done[one.name].append(one_round(one, requests, seconds, connections))
    return [Tried(one.name, done[one.name]) for one in contestants]


def found(pattern: str, text: str, otherwise: str | None = None) -> str:
    """What stands in a text; fails where it does not, unless there is something else to take."""
    match = re.search(pattern, text)
    if match is None and otherwise is not None:
        return otherwise
    assert match, f"not said by wrk: {pattern}\n{text}"
    return match[1]


def milliseconds(text: str) -> float:
    """``1.25ms``, ``870us`` or ``1.10s`` as milliseconds."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def family(pid: int) -> dict[int, list[str]]:
    """A process and all that it started, with what the system says of each after its name."""
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
    members, more = {pid}, {pid}
    while more:
        more = {one for one, stat in stats.items() if int(stat[1]) in members} - members
        members |= more
    return {one: stats[one] for one in members if one in stats}


def cpu_ticks(pid: int) -> int:
    """Processor time of a process and all that it started, living ones and ended ones it has waited for."""
    return sum(sum(map(int, stat[11:15])) for stat in family(pid).values())


def memory_mb(pid: int) -> float:
    """Memory of a process and all that it started, what they share counted once, in megabytes."""
    kilobytes = 0
    for one in family(pid):
        kilobytes += int(found(r"Pss:\s+(\d+) kB", Path(f"/proc/{one}/smaps_rollup").read_text()))
    return kilobytes / 1024
