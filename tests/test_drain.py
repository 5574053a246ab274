"""Draining by real processes, killed in the middle or two at a time: every record is there once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from outages import locked, record, stored_in
from servers import until

from ivr.store import Outbox, Store
from ivr.turns import Background, Drain, SteadyStore

CALLS, TURNS = 20, 10

DRAINING = """
import sys, threading
from pathlib import Path
from ivr.store import Outbox, Store
from ivr.turns import Background, Drain, SteadyStore
store, outbox = Store(sys.argv[1]), Outbox(Path(sys.argv[2]))
steady = SteadyStore(store, outbox)
background = Background(Drain(steady.asking, store, outbox), steady.asking)
background.start()
print("draining", flush=True)
sys.stdin.read()
background.stop()
"""


@pytest.fixture
def full(tmp_path: Path) -> tuple[str, Path]:
    """A store without a record, and an outbox with all of them: `(url, folder)`."""
    store = stored_in(tmp_path / "line.db")
    outbox = Outbox(tmp_path / "outbox")
    steady = SteadyStore(store, outbox)
    steady.asking.keep_limits()
    with locked(tmp_path / "line.db"):
        for turn in range(1, TURNS + 1):
            for call in range(CALLS):
                steady.append(record(turn, f"CA{call}"))
    store.close()
    outbox.close()
    return f"sqlite:///{tmp_path / 'line.db'}", tmp_path / "outbox"


def draining(full: tuple[str, Path]) -> subprocess.Popen[str]:
    """A process that drains until its standard input ends."""
    words = [sys.executable, "-c", DRAINING, full[0], str(full[1])]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "draining\n"
    return process


def waiting(full: tuple[str, Path]) -> int:
    """Letters in the outbox."""
    with sqlite3.connect(full[1] / "outbox.db") as connection:
        count: int = connection.execute("SELECT count(*) FROM letters").fetchone()[0]
    connection.close()
    return count


def everything_is_there_once(full: tuple[str, Path]) -> None:
    store = Store(full[0])
    wanted = [(turn, place) for turn in range(1, TURNS + 1) for place in (0, 1)]
    for call in range(CALLS):
        assert [(event.turn, event.place) for event in store.events_of(f"CA{call}")] == wanted
    store.close()


def test_killed_in_the_middle_of_draining_again_and_again_nothing_is_lost_or_doubled(full: tuple[str, Path]) -> None:
    kills = 0
    while left := waiting(full):
        process = draining(full)
        until(lambda left=left: waiting(full) < left, "something is drained")  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
    assert kills >= 2
    everything_is_there_once(full)


def test_two_processes_that_drain_bring_everything_once(full: tuple[str, Path]) -> None:
    processes = [draining(full), draining(full)]
    until(lambda: waiting(full) == 0, "the outbox is empty")
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    everything_is_there_once(full)


def test_when_the_worker_that_drains_is_killed_another_takes_over(full: tuple[str, Path]) -> None:
    first = draining(full)
    until(lambda: waiting(full) < CALLS * TURNS, "something is drained")
    second = draining(full)
    first.kill()
    first.communicate()
    until(lambda: waiting(full) == 0, "the outbox is empty")
    second.communicate()
    everything_is_there_once(full)


def test_turns_go_on_while_another_process_drains(full: tuple[str, Path]) -> None:
    store, outbox = Store(full[0]), Outbox(full[1])
    steady = SteadyStore(store, outbox)
    background = Background(Drain(steady.asking, store, outbox), steady.asking)
    process = draining(full)
    background.start()
    for turn in range(1, TURNS + 1):
        steady.append(record(turn, "CA-new"))
    until(lambda: waiting(full) == 0, "the outbox is empty")
    process.communicate()
    background.stop()
    assert len(store.events_of("CA-new")) == 2 * TURNS
    store.close()
    outbox.close()
    everything_is_there_once(full)


def test_a_forked_worker_has_a_thread_of_its_own(full: tuple[str, Path]) -> None:
    store, outbox = Store(full[0]), Outbox(full[1])
    steady = SteadyStore(store, outbox)
    background = Background(Drain(steady.asking, store, outbox), steady.asking)
    child = os.fork()
    if child == 0:
        background.start()
        until(lambda: waiting(full) == 0, "the outbox is empty")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    everything_is_there_once(full)
