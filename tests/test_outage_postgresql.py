"""A PostgreSQL that is frozen, killed and started again under turns: 250 ms once, and every record is there once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from outages import record
from own_postgresql import PostgreSQL, a_postgresql
from servers import until

from ivr.errors import StoreUnavailable
from ivr.store import Outbox, Store
from ivr.turns import Background, Drain, SteadyStore
from ivr.turns.steady import letter_of

QUARTER_S, SLACK_S = 0.25, 0.4


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with a_postgresql() as made:
        yield made


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


def test_without_an_outbox_a_slow_server_is_given_a_second_and_a_frozen_one_is_not_given_another(
    server: PostgreSQL, worker: Worker
) -> None:
    (worker.outbox.folder / "outbox.db").mkdir()
    server.signal(signal.SIGSTOP)
    goes_on = threading.Timer(2 * QUARTER_S, server.signal, (signal.SIGCONT,))
    goes_on.start()
    worker.steady.append(record(2))
    goes_on.join()
    until(lambda: not worker.steady.writing.is_open, "the store works")
    server.signal(signal.SIGSTOP)
    with pytest.raises(StoreUnavailable, match="The outbox cannot be used"):
        worker.steady.append(record(3))
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="The outbox cannot be used"):
        worker.steady.append(record(4))
    assert time.monotonic() - began < SLACK_S
    server.signal(signal.SIGCONT)
    assert {event.turn for event in worker.store.events_of("CA1")} >= {1, 2}


def test_a_record_whose_table_is_locked_for_long_waits_and_is_not_set_aside(server: PostgreSQL, tmp_path: Path) -> None:
    """As while tables of very many rows are led forward."""
    store, outbox = Store(f"{server.address}?options=-clock_timeout%3D20ms"), Outbox(tmp_path)
    store.create_tables()
    steady = SteadyStore(store, outbox)
    drain = Drain(steady, store, outbox)
    outbox.put("turn", "CA1", letter_of(record(1)))
    with psycopg.connect(server.address) as other:
        other.execute("LOCK TABLE events")
        for _ in range(5):
            drain.step()
        assert (outbox.figures().waiting, outbox.figures().set_aside) == (1, 0)
    drain.step()
    assert outbox.figures().waiting == 0
    assert len(store.events_of("CA1")) == 2
    store.close()
    outbox.close()
