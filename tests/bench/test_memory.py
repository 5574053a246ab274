"""Whether a worker grows while it answers: a hundred thousand turns at one worker, its memory looked at in between."""

from __future__ import annotations

import random
import re
import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import linear_regression
from threading import Lock

from projects import shipped_project

from bench.measured import note
from bench.presigned import ENVIRONMENT, first_menu, webhook
from bench.rounds import OURS, command, family, found, free_port, running
from bench.scaling_page import refresh

TURNS_AT_ONCE = 15_000
TIMES = 18
AT_ONCE = 4
WARM = 5
WARMING_AT_ONCE = 48
"""Goes that are not counted, and their connections: every thread gets its connection to the database, caches fill."""

KEYS = ("1", "2", "3", "4", "5", "7", "9", "0", "*", "")
"""Every way out of the first menu, a wrong key and silence among them."""

GOAL_MB = 5.0
GOAL_TURNS = 10_000_000
MOST_MB_A_MILLION = 10.0
"""Beyond a step in which an allocator grows, something is kept for every turn."""


def grown_kb(pid: int) -> int:
    """Memory of a worker's own, in kilobytes: what it does not share and what is not a file."""
    return int(found(r"Anonymous:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text()))


def test_a_worker_does_not_grow_with_turns(tmp_path: Path) -> None:
    project = shipped_project(tmp_path)
    menu, chosen = first_menu(project), random.Random(4)
    port = free_port()
    environment = {
        **ENVIRONMENT,
        "IVR_PROJECT": str(project),
        "IVR_DATABASE_URL": f"sqlite:///{tmp_path / 'line.db'}",
    }
    words = [*command(OURS, "", port), "--workers", "1"]
    with running(words, port, environment) as pid:
        (worker,) = set(family(pid)) - {pid}

        def webhooks() -> Iterator[bytes]:
            for _ in range(TURNS_AT_ONCE):
                yield webhook(menu, chosen.choice(KEYS), f"CA{secrets.token_hex(16)}")

        answered, points = 0, list[tuple[int, int]]()
        for number in range(TIMES):
            answered += replayed(port, webhooks(), WARMING_AT_ONCE if number < WARM else AT_ONCE)
            assert set(family(pid)) == {pid, worker}, "the worker is another one"
            points.append((answered, grown_kb(worker)))
            print(f"\n{answered:>9,} turns: {points[-1][1]:,} kB", end="", flush=True)
            if number == WARM - 1:
                began = answered
    counted = points[WARM - 1 :]
    mb_a_million = linear_regression(*zip(*counted, strict=True)).slope * 1_000_000 / 1024
    print(f"\n{mb_a_million:.2f} MB more in a million turns, over {answered - began:,} turns")
    note("memory_mb", counted[-1][1] / 1024)
    note("memory_mb_a_million_turns", mb_a_million)
    note("memory_turns", answered - began)
    refresh()
    print(f"aimed at: {GOAL_MB / (GOAL_TURNS / 1_000_000):.2f} MB")
    assert mb_a_million < MOST_MB_A_MILLION


def replayed(port: int, webhooks: Iterator[bytes], at_once: int) -> int:
    """Ask for every request once, a few at the same time; turns answered, each of which must be a document."""
    with ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(lambda _: replayed_one_by_one(port, webhooks), range(at_once)))


LOCK = Lock()


def replayed_one_by_one(port: int, webhooks: Iterator[bytes]) -> int:
    """On one connection, as long as there are any."""
    answered = 0
    with socket.create_connection(("127.0.0.1", port)) as link, link.makefile("rb") as answers:
        while True:
            with LOCK:
                request = next(webhooks, None)
            if request is None:
                return answered
            link.sendall(request)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += answers.readline()
            assert head.startswith(b"HTTP/1.1 200"), head
            assert b"<Response>" in answers.read(int(re.search(rb"(?i)content-length: *(\d+)", head)[1]))  # type: ignore[index]
            answered += 1
