"""Connections to the database: addresses, what each promises, how many round trips a turn costs, and what is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from ivr.brokers import HEADER, TableDirectory, import_brokers
from ivr.errors import DirectoryUnavailable, SetupError, StoreUnavailable
from ivr.events import Event, TurnRecord
from ivr.store import Store
from ivr.store.engines import Durability, engine_for

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)


def turn(number: int, steps: int = 3, step: str = "npn") -> TurnRecord:
    """A turn that went through so many steps."""
    taken = tuple(Event(number, place, step, "say", "next") for place in range(steps))
    return TurnRecord("CA1", "ab" * 32, "broker_line", NOON, 4.5, "+*********99", taken)


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    """A store on PostgreSQL."""
    made = Store(postgresql_url)
    made.create_tables()
    yield made
    made.close()


# Addresses


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("postgresql://line@db/line", "postgresql+psycopg"),
        ("postgres://line@db/line", "postgresql+psycopg"),
        ("postgresql+psycopg://line@db/line?sslmode=verify-full", "postgresql+psycopg"),
        ("sqlite:////srv/line.db", "sqlite"),
        ("sqlite+pysqlite:////srv/line.db", "sqlite"),
    ],
)
def test_usual_forms_of_an_address_are_taken(address: str, driver: str) -> None:
    assert engine_for(address).url.drivername == driver


@pytest.mark.parametrize(
    "address", ["mysql://line@db/line", "postgresql+psycopg2://line@db/line", "postgresql://x:y:z"]
)
def test_an_address_of_another_sort_is_refused_with_the_forms_that_work_and_no_password(address: str) -> None:
    with pytest.raises(SetupError) as refused:
        engine_for(address.replace("line@", "line:hidden-word@"))
    assert str(refused.value) == (
        "IVR_DATABASE_URL is not an address of a database that this program can use. "
        "Write sqlite:////FOLDER/line.db or postgresql://USER@HOST/NAME."
    )


def test_the_address_shown_to_people_has_no_password() -> None:
    assert Store("postgres://line:hidden-word@db/line").shown_address == "postgresql://line:***@db/line"
    in_query = Store("postgres://db/line?user=line&password=hidden-word&sslpassword=hidden-word")
    assert in_query.shown_address == "postgresql://db/line?password=hidden&sslpassword=hidden&user=line"


# What each connection is told


def setting(store: Store, name: str) -> str:
    with store.engine.connect() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


@pytest.mark.parametrize(
    ("durability", "synchronous"),
    [("normal", 1), ("full", 2)],
)
def test_durability_on_sqlite_is_when_it_waits_for_the_disk(
    sqlite_url: str, durability: Durability, synchronous: int
) -> None:
    store = Store(sqlite_url, durability)
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == synchronous
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    store.close()


@pytest.mark.parametrize(("durability", "commit"), [("normal", "off"), ("full", "on")])
def test_durability_on_postgresql_is_the_server_s_own_or_on(
    postgresql_url: str, durability: Durability, commit: str
) -> None:
    """The test's server says off."""
    store = Store(postgresql_url, durability)
    assert setting(store, "synchronous_commit") == commit
    store.close()


def test_a_call_s_statement_is_cut_off_and_told(store: Store) -> None:
    assert setting(store, "statement_timeout") == "2s"
    with pytest.raises(StoreUnavailable, match="The database took too long") as cut, store.reading() as connection:
        connection.execute(text("SET statement_timeout = 20; SELECT pg_sleep(10)"))
    assert cut.value.can_retry


def test_an_option_in_the_address_stands_beside_ours_and_goes_before_it(postgresql_url: str) -> None:
    store = Store(f"{postgresql_url}%20-cstatement_timeout%3D7s&application_name=night")
    assert setting(store, "statement_timeout") == "7s"
    assert setting(store, "application_name") == "night"
    assert setting(store, "search_path").startswith("test_")
    store.close()


# Round trips


@contextmanager
def overheard(store: Store, file: Path) -> Iterator[list[str]]:
    """What the client library of a store's only connection says to the server and hears meanwhile, line by line."""
    with store.engine.connect() as connection:
        pgconn = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
    said: list[str] = []
    with file.open("w", encoding="utf-8") as trace:
        pgconn.trace(trace.fileno())
        yield said
        pgconn.untrace()
    said += file.read_text(encoding="utf-8").splitlines()


def asked(said: list[str]) -> int:
    """How often the client waited for an answer: each ends with one "ready"."""
    return sum("ReadyForQuery" in line for line in said)


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_a_turn_is_kept_in_one_round_trip(store: Store, tmp_path: Path, steps: int) -> None:
    with overheard(store, tmp_path / "said") as said:
        store.append(turn(1, steps))
    assert asked(said) == 1
    assert len(store.events_of("CA1")) == steps


def test_looking_at_what_is_live_or_up_a_broker_is_one_round_trip(store: Store, tmp_path: Path) -> None:
    directory = TableDirectory(store.engine)
    with overheard(store, tmp_path / "said") as said:
        store.live()
        directory.find("99900001")
        store.append_status("CA1", "completed", 9, NOON)
        store.note_unconfirmed("h", "CA1", 1, NOON)
    assert asked(said) == 4


# What is lost


def cut_off(store: Store) -> None:
    """Let the server end every connection of ours, as a restart does."""
    with psycopg.connect(str(store.engine.url.set(drivername="postgresql")), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'broker-line' "
            "AND pid <> pg_backend_pid() AND query LIKE '%events%'"
        )


def test_a_connection_that_the_server_closed_is_replaced_unnoticed(store: Store) -> None:
    store.append(turn(1))
    cut_off(store)
    store.append(turn(2))
    assert len(store.events_of("CA1")) == 6


def test_a_server_that_has_something_to_say_does_not_cost_the_connection(store: Store) -> None:
    with store.reading() as connection:
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        connection.exec_driver_sql("LISTEN weather")
    with psycopg.connect(str(store.engine.url.set(drivername="postgresql")), autocommit=True) as other:
        other.execute("NOTIFY weather, 'snow'")
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() == before


def test_a_server_that_is_not_there_is_told_and_worth_another_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        store = Store(f"postgresql://line@127.0.0.1:{taken.getsockname()[1]}/line")
        with pytest.raises(StoreUnavailable, match="The database server cannot be reached") as failed:
            store.append(turn(1))
    assert failed.value.can_retry


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"database": "nowhere"}, "The database server has no such database or user."),
        ({"username": "nobody"}, "The database server has no such database or user."),
    ],
)
def test_a_wrong_name_is_told_and_not_worth_another_try(
    postgresql_url: str, change: dict[str, str], sentence: str
) -> None:
    url = Store(postgresql_url).engine.url.set(**change)  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable) as failed:
        Store(str(url)).create_tables()
    assert str(failed.value) == sentence
    assert not failed.value.can_retry


def test_a_value_that_no_database_holds_is_told_and_not_worth_another_try(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="The database cannot hold such a value") as failed:
        store.append(turn(1, step="a\0b"))
    assert not failed.value.can_retry


@pytest.mark.parametrize("seconds", [None, 10**30])
def test_whatever_the_provider_says_of_a_call_can_be_kept(url: str, seconds: int | None) -> None:
    store = Store(url)
    store.create_tables()
    store.append_status("CA1", "\0odd" * 16, seconds, NOON)
    assert store.statuses_of("CA1")[0].status == "oddoddoddoddoddoddoddoddoddoddod"
    assert store.statuses_of("CA1")[0].duration_s is None
    store.close()


def test_when_every_connection_is_in_use_the_next_does_not_wait_for_long(store: Store) -> None:
    held = [store.engine.connect() for _ in range(16)]
    with pytest.raises(StoreUnavailable, match="Every connection to the database is in use") as failed:
        store.live()
    assert failed.value.can_retry
    for connection in held:
        connection.close()
    assert store.live() is None


def test_of_two_imports_at_once_on_postgresql_the_second_waits_and_notices(store: Store) -> None:
    content = f"{HEADER}\n1,Nora,Sample,2026-09-01,2027-10-31,2026-08-28,yes,active,\n".encode()
    with ThreadPoolExecutor(1) as pool, store.engine.connect() as first:
        first.exec_driver_sql("LOCK TABLE broker_imports IN EXCLUSIVE MODE")
        first.exec_driver_sql(
            "INSERT INTO broker_imports (at, file, sha256, rows, added, changed, unchanged, removed, skipped) "
            "VALUES ('2026-11-24', 'a.csv', '', 0, 0, 0, 0, 0, 0)"
        )
        second = pool.submit(import_brokers, store.engine, content, file="b.csv", at=NOON)
        while not waits_for_a_lock(store):
            assert not second.done()
        first.commit()
        with pytest.raises(DirectoryUnavailable, match="Another import ran at the same time"):
            second.result(timeout=30)
    assert TableDirectory(store.engine).count() == 0


def waits_for_a_lock(store: Store) -> bool:
    """Whether anybody waits for a table of this schema."""
    query = (
        "SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
        "WHERE NOT granted AND relnamespace = current_schema()::regnamespace"
    )
    with store.reading() as connection:
        return connection.exec_driver_sql(query).first() is not None
