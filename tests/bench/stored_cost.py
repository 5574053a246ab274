"""What a turn and each question cost on databases that hold few calls and very many, asked in turn, side by side."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from flask import Flask
from werkzeug.test import run_wsgi_app

from bench.presigned import ENVIRONMENT, FirstMenu, webhook
from bench.rounds import family
from bench.stored import STEPS_OF_A_TURN, sid
from ivr.answering import app_for
from ivr.events import Event, TurnRecord
from ivr.flow.load import read_files
from ivr.settings import load_settings
from ivr.store import Store
from ivr.wiring import Line, line_for

ROUNDS = 15
HOUR = timedelta(hours=1)

Work = Callable[[], object]


@dataclass(frozen=True)
class Filled:
    """A database that holds so many calls, with a line on it."""

    calls: int
    line: Line
    app: Flask

    @property
    def store(self) -> Store:
        """Its store."""
        return self.line.store


def filled(project: Path, menu: FirstMenu, url: str, calls: int, outbox: Path) -> Filled:
    """A line on a database that `stored.fill` has filled."""
    settings = load_settings({**ENVIRONMENT, "IVR_DATABASE_URL": url, "IVR_OUTBOX": str(outbox)}, project)
    line = line_for(settings)
    number = line.store.add_release(menu.release.name, read_files(project), "bench", datetime.now(UTC))
    line.store.make_live(number, datetime.now(UTC))
    line.begin_work()
    return Filled(calls, line, app_for(line))


@dataclass(frozen=True)
class Cost:
    """Of one thing done once: processor time, the database server's included, and time on the clock; microseconds."""

    cpu_us: float
    wall_us: float


class Server:
    """The processes of a database server, whose processor time counts; none for SQLite."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid

    def cpu_ns(self) -> int:
        """Of all its processes that live."""
        if self._pid is None:
            return 0
        spent = 0
        for pid in family(self._pid):
            with suppress(OSError):  # one that has ended since it was listed
                spent += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return spent


def things(of: Filled, menu: FirstMenu) -> Mapping[str, tuple[Work, int]]:
    """What is measured: its name in the page, and how often it is done in a round."""
    store, random, numbers = of.store, Random(4), count(1)
    now = datetime.now(UTC)
    some = [sid(random.randrange(0, of.calls, 20)) for _ in range(200)]
    requests = environs(menu, (ROUNDS + 1) * 60)

    def any_call() -> str:
        return some[next(numbers) % len(some)]

    def append() -> None:
        call_sid = f"CA{secrets.token_hex(16)}"
        for turn, steps in enumerate(STEPS_OF_A_TURN, start=1):
            events = tuple(Event(turn, place, "first_menu", "menu", "2", "2", "none") for place in range(steps))
            store.append(TurnRecord(call_sid, "ab" * 32, "broker_line", now, 1.2, "+*********99", events))

    def turn() -> None:
        body, status, _ = run_wsgi_app(of.app, next(requests), buffered=True)
        assert status.startswith("200")
        assert b"<Gather" in b"".join(body)

    return {
        "a whole turn": (turn, 60),
        "eight turns appended": (append, 15),
        "the entries of a caller (on a turn with a number)": (
            lambda: store.unconfirmed_before(["cd" * 32], any_call(), 4, HOUR),
            60,
        ),
        "the last turn of a call (after a fault)": (lambda: store.last_turn(any_call()), 40),
        "everything that happened on a call": (lambda: store.events_of(any_call()), 40),
        "a call in one line": (lambda: store.call(any_call()), 40),
        "the last fifty calls": (lambda: store.calls(50), 2),
    }


def environs(menu: FirstMenu, number: int) -> Iterator[dict[str, Any]]:
    """Keys of so many callers, as a server hands them to an application."""
    for _ in range(number):
        head, _, body = webhook(menu, "2", f"CA{secrets.token_hex(16)}").partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        path, _, query = first.split(" ")[1].partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "line.example.gov",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(body),
        }
        for line in lines:
            name, _, value = line.partition(": ")
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        yield environ


def costs(databases: Sequence[Filled], menu: FirstMenu, server: Server) -> dict[str, list[Cost]]:
    """Each thing on each database, round by round in turn: the medians of the rounds, after one that is not counted."""
    works = [things(one, menu) for one in databases]
    found: dict[str, list[list[Cost]]] = {name: [[] for _ in databases] for name in works[0]}
    for number in range(ROUNDS + 1):
        for name, of_each in found.items():
            for place, work in enumerate(works):
                cost = measured(*work[name], server)
                if number:
                    of_each[place].append(cost)
    return {
        name: [Cost(median(c.cpu_us for c in rounds), median(c.wall_us for c in rounds)) for rounds in of_each]
        for name, of_each in found.items()
    }


def measured(work: Work, times: int, server: Server) -> Cost:
    """Do a thing so many times."""
    theirs, wall, ours = server.cpu_ns(), time.perf_counter_ns(), time.process_time_ns()
    for _ in range(times):
        work()
    spent, passed = time.process_time_ns() - ours, time.perf_counter_ns() - wall
    return Cost((spent + server.cpu_ns() - theirs) / times / 1000, passed / times / 1000)
