"""A PostgreSQL that is frozen, killed and started again under turns: 250 ms once, and every record is there once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest
from outages import record
from own_postgresql import PostgreSQL, a_postgresql
from servers import until
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from ivr.brokers import TableDirectory
from ivr.errors import DirectoryUnavailable, StoreUnavailable
from ivr.store import Outbox, Store
from ivr.turns import Background, Drain, SteadyStore, StoredDirectory
from ivr.turns.letters import letter_of
from ivr.turns.waiting import MOST_AT_ONCE

QUARTER_S, SLACK_S = 0.25, 0.4
MORE_THAN_CONNECTIONS = 24
"""Callers; fewer than threads."""


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
        self.background = Background(Drain(self.steady.asking, self.store, self.outbox), self.steady.asking)
        self.background.start()
        self.steady.append(record(1))

    def seconds(self, turn: int) -> float:
        """How long keeping a turn takes."""
        began = time.monotonic()
        self.steady.append(record(turn))
        return time.monotonic() - began

    def looks_up(self, within_s: float = 1.5) -> str:
        """What the certification list says of a number that it has not."""
        directory = StoredDirectory(TableDirectory(self.store.engine), self.steady)
        return directory.look_up("99900009", date(2026, 11, 24), within_s=within_s)

    @contextmanager
    def locked_list(self) -> Iterator[None]:
        """Nobody can read the certification list, as during a migration, while the server answers."""
        with self.store.engine.begin() as connection:
            connection.execute(text("LOCK TABLE brokers, live_releases IN ACCESS EXCLUSIVE MODE"))
            yield

    def has_everything(self, turns: int) -> None:
        """Once the store works again, every turn is there once."""
        until(
            lambda: not self.steady.asking.writing.is_open and not self.outbox.figures().waiting, "the outbox is empty"
        )
        wanted = [(turn, place) for turn in range(1, turns + 1) for place in (0, 1)]
        assert [(event.turn, event.place) for event in self.store.events_of("CA1")] == wanted


@pytest.fixture
def worker(server: PostgreSQL, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(server.address, tmp_path)
    yield made
    made.background.stop()
    pools = [engine.pool for engine in (made.store.engine, made.store._pulse)]
    until(lambda: not any(isinstance(pool, QueuePool) and pool.checkedout() for pool in pools), "what hung is over")
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
    until(lambda: not worker.steady.asking.writing.is_open, "the store works")
    server.signal(signal.SIGSTOP)
    with pytest.raises(StoreUnavailable, match="The outbox cannot be used"):
        worker.steady.append(record(3))
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="The outbox cannot be used"):
        worker.steady.append(record(4))
    assert time.monotonic() - began < SLACK_S
    server.signal(signal.SIGCONT)
    assert {event.turn for event in worker.store.events_of("CA1")} >= {1, 2}


def test_a_look_up_waits_for_a_server_that_is_slow_with_it_and_answers_others(worker: Worker) -> None:
    said: list[str] = []
    caller = threading.Thread(target=lambda: said.append(worker.looks_up()))
    with worker.locked_list():
        caller.start()
        caller.join(3 * QUARTER_S)
        assert caller.is_alive()
        assert not worker.steady.asking.reading.is_open
    caller.join()
    assert said == ["not_confirmed"]


def test_look_ups_wait_although_first_every_connection_and_then_every_thread_waits_for_a_table(worker: Worker) -> None:
    """The server is not taken for gone: whoever has a thread is answered, and the others may ask again."""
    said: dict[int, str] = {}

    def look_up(place: int) -> None:
        try:
            said[place] = worker.looks_up(within_s=10)
        except DirectoryUnavailable as trouble:
            said[place] = "asked again" if trouble.can_retry else "unchecked"

    callers = [threading.Thread(target=look_up, args=(place,)) for place in range(2 * MOST_AT_ONCE)]
    with worker.locked_list():
        for some in (callers[:MORE_THAN_CONNECTIONS], callers[MORE_THAN_CONNECTIONS:]):
            for caller in some:
                caller.start()
            callers[0].join(3 * QUARTER_S)
            assert not worker.steady.asking.reading.is_open
    for caller in callers:
        caller.join()
    answers = [said[place] for place in range(len(callers))]
    assert answers[:MORE_THAN_CONNECTIONS] == ["not_confirmed"] * MORE_THAN_CONNECTIONS
    assert set(answers) == {"not_confirmed", "asked again"}
    assert answers.count("not_confirmed") >= MOST_AT_ONCE - 1


def test_a_look_up_that_takes_too_long_may_be_asked_again_and_nobody_else_does_without(worker: Worker) -> None:
    with worker.locked_list(), pytest.raises(DirectoryUnavailable, match="no answer within 600 ms") as slow:
        worker.looks_up(within_s=0.6)
    assert slow.value.can_retry
    assert not worker.steady.asking.reading.is_open
    assert worker.looks_up() == "not_confirmed"


def test_a_frozen_server_costs_a_look_up_a_quarter_of_a_second_and_the_next_one_nothing(
    server: PostgreSQL, worker: Worker
) -> None:
    server.signal(signal.SIGSTOP)
    for most_s in (QUARTER_S + SLACK_S, SLACK_S):
        began = time.monotonic()
        with pytest.raises(DirectoryUnavailable) as silent:
            worker.looks_up()
        assert time.monotonic() - began < most_s
        assert silent.value.can_retry, "the caller is asked for a moment, and it is asked again"
    server.signal(signal.SIGCONT)
    worker.has_everything(1)


def test_tables_that_were_changed_under_a_connection_are_read_as_before(server: PostgreSQL, worker: Worker) -> None:
    for _ in range(10):  # the driver has the server keep a plan of what is asked often
        worker.looks_up()
    other = Store(server.address)  # on a connection of ours the driver would notice
    with other.engine.begin() as connection:
        connection.execute(text("ALTER TABLE brokers ALTER COLUMN agency TYPE text"))
    other.close()
    assert worker.looks_up() == "not_confirmed"
    assert not worker.steady.asking.reading.is_open


def test_a_worker_forked_from_a_server_that_began_without_its_store_does_not_believe_it_gone(worker: Worker) -> None:
    worker.background.stop()
    worker.steady.asking.is_gone("It did not answer at the start.", worker.store.create_tables)
    worker.steady.asking.keep_limits()
    assert worker.looks_up() == "not_confirmed"
    assert not worker.steady.asking.writing.is_open


def test_a_record_whose_table_is_locked_for_long_waits_and_is_not_set_aside(server: PostgreSQL, tmp_path: Path) -> None:
    """As while tables of very many rows are led forward."""
    store, outbox = Store(f"{server.address}?options=-clock_timeout%3D20ms"), Outbox(tmp_path)
    store.create_tables()
    steady = SteadyStore(store, outbox)
    drain = Drain(steady.asking, store, outbox)
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
