"""Two servers behind nginx on one PostgreSQL: what a turn costs each of them, and what one PostgreSQL takes."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from own_postgresql import PROGRAMS, PostgreSQL, a_postgresql
from projects import shipped_project
from servers import Server, until

from bench.measured import note
from bench.open_calls import Waited, open_calls
from bench.presigned import ENVIRONMENT, first_menu, webhooks, write
from bench.rounds import BENCH, TICKS, answers, cpu_ticks, found, free_port, wrk
from bench.scaling_page import PAGE, refresh

SECONDS = 12
CALLS, OPEN_S = 150, 20.0


@pytest.fixture(scope="module")
def postgresql_server() -> Iterator[PostgreSQL]:
    """One that flushes to the disk, as in earnest."""
    with a_postgresql("-c max_connections=60") as server:
        yield server


class Machines:
    """Two servers as on two machines; one can be killed and comes back."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.projects = [shipped_project(_made(folder / f"machine-{number}")) for number in (1, 2)]
        self._settings = settings
        self.servers = [self._started(project).ready() for project in self.projects]

    def _started(self, project: Path, port: int | None = None) -> Server:
        return Server(project, "--workers", "1", port=port, settings=self._settings)

    def lose_one(self) -> None:
        """Kill a whole machine's server in the middle of everything, and start it again."""
        lost = self.servers[0]
        for pid in (lost.process.pid, *lost.children):
            subprocess.run(["kill", "-9", str(pid)], check=False)
        lost.process.wait()
        self.servers[0] = self._started(lost.project, lost.port).ready()

    def end(self) -> None:
        """Both."""
        for server in self.servers:
            if server.process.poll() is None:
                server.end(signal.SIGQUIT)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def machines(postgresql_server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two, on one database."""
    settings = {**ENVIRONMENT, "IVR_DATABASE_URL": postgresql_server.address}
    made = Machines(tmp_path_factory.mktemp("machines"), settings)
    try:
        yield made
    finally:
        made.end()


def nginx() -> str:
    """The proxy, installed where it is missing."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None and shutil.which("apt-get"):
        for step in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "nginx-light"]):
            subprocess.run(["apt-get", *step], check=False, capture_output=True)
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "Scaling is measured behind nginx, and there is none: apt-get install nginx-light"
    return program


@contextmanager
def balancing(ports: list[int]) -> Iterator[tuple[int, int]]:
    """The proxy with the configuration of docs/scaling.md before so many ports; its own port and process."""
    said = re.search(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert said
    port = free_port()
    ours = said[1].replace("listen 8080", f"listen 127.0.0.1:{port}")
    for number, there in enumerate(ports, start=1):
        ours = ours.replace(f"10.0.0.{number}:5000", f"127.0.0.1:{there}")
    folder = Path(tempfile.mkdtemp(prefix="broker-line-nginx-"))
    places = "".join(
        f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr crit; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {places}\n{ours} }}"
    )
    process = subprocess.Popen([nginx(), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), "nginx answers")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wal(address: str) -> int:
    """Bytes of write-ahead log that a server has written."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
        assert row
        return int(row[0])


def test_what_a_turn_costs_the_line_the_database_and_the_proxy(
    machines: Machines, postgresql_server: PostgreSQL, tmp_path: Path
) -> None:
    requests = write(tmp_path / "turns.bin", webhooks(first_menu(machines.projects[0]), "2", 30_000))
    with balancing([server.port for server in machines.servers]) as (port, proxy):

        def cpu() -> tuple[int, int, int]:
            line = sum(cpu_ticks(server.process.pid) for server in machines.servers)
            return line, cpu_ticks(postgresql_server.pid), cpu_ticks(proxy)

        replayed(port, requests, 3)
        before, written = cpu(), wal(postgresql_server.address)
        turns, wrong = replayed(port, requests, SECONDS)
        spent = [(now - then) / TICKS / turns * 1e6 for now, then in zip(cpu(), before, strict=True)]
        a_turn = (wal(postgresql_server.address) - written) / turns
    names = ("line_cpu_us", "postgresql_cpu_us", "proxy_cpu_us")
    for name, value in (*zip(names, spent, strict=True), ("wal_bytes", a_turn)):
        print(f"\n{name} {value:,.0f}", end="")
        note(name, value)
    print(f"\n{turns / SECONDS:,.0f} turns a second, {wrong} wrong")
    assert wrong == 0


def replayed(port: int, requests: Path, seconds: int) -> tuple[int, int]:
    """Turns answered, and answers that were none."""
    words = [wrk(), "-t1", "-c16", f"-d{seconds}s", "-s", str(BENCH / "replay.lua")]
    said = subprocess.run(
        [*words, f"http://127.0.0.1:{port}", str(requests)], capture_output=True, text=True, check=True
    ).stdout
    lost = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    return int(found(r"(\d+) requests in", said)), lost + int(found(r"Non-2xx or 3xx responses: (\d+)", said, "0"))


def test_callers_hear_nothing_of_a_machine_that_is_lost(machines: Machines) -> None:
    with balancing([server.port for server in machines.servers]) as (port, _):
        met: list[Waited] = []
        calling = Thread(target=lambda: met.append(open_calls(port, CALLS, OPEN_S, every_s=1.0)))
        calling.start()
        for _ in range(3):
            machines.lose_one()
        calling.join()
    print(f"\n{len(met[0].seconds):,} turns, {met[0].wrong} wrong, p99 {met[0].percentile_ms(99):.0f} ms")
    assert met[0].wrong == 0


INSERTION = """\
\\set number random(1, 1000000000)
INSERT INTO events (call_sid, turn, place, month, at, step, kind, outcome, input, label, ms, flow, release, caller)
VALUES {rows} ON CONFLICT DO NOTHING;
"""
ROW = (
    "('CA' || md5(CAST(:number AS TEXT)), 2, {}, {}, now(), 'first_menu', 'menu', '2', '2', 'none', 1.2, "
    f"'broker_line', '{'ab' * 32}', '+*********99')"
)


def test_what_one_postgresql_takes(postgresql_server: PostgreSQL, machines: Machines, tmp_path: Path) -> None:
    """Turns of two events, each kept for good by itself, from sixteen connections at once."""
    month = f"{datetime.now(UTC):%Y%m}"
    script = tmp_path / "turn.sql"
    script.write_text(INSERTION.format(rows=", ".join(ROW.format(place, month) for place in (0, 1))))
    script.chmod(0o644)
    words = [str(PROGRAMS / "pgbench"), "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", "10", "-f", str(script)]
    said = subprocess.run([*words, postgresql_server.address], capture_output=True, text=True, check=True).stdout
    turns = float(found(r"tps = ([\d.]+)", said))
    print(f"\n{turns:,.0f} turns a second kept by PostgreSQL alone")
    note("postgresql_turns_a_second", turns)
    refresh()
