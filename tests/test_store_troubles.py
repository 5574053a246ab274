"""What a store says when it cannot keep or be read: no value of a call stands in it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from stored_turns import NAME, NOON, OTHER, turn

from ivr.errors import SetupError, StoreUnavailable
from ivr.store import Store


def test_a_database_without_tables_is_not_ready(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="The database has no tables yet"):
        store.ping()
    store.create_tables()
    store.ping()
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "sqlite", "postgresql+nodriver://x/y", "http://example.org"])
def test_an_address_that_is_no_database_names_the_setting(url: str) -> None:
    with pytest.raises(SetupError, match="IVR_DATABASE_URL"):
        Store(url)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'line.db'}")
    with pytest.raises(StoreUnavailable) as failed:
        store.create_tables()
    assert str(failed.value) == "The database file cannot be opened: no such folder, or no permission."
    assert not failed.value.can_retry
    assert failed.value.__cause__ is not None


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "line.db").write_text("npn,first_name\n" * 100)
    store = Store(f"sqlite:///{tmp_path / 'line.db'}")
    with pytest.raises(StoreUnavailable, match="The file is not a database, or is damaged"):
        store.ping()


def test_a_read_only_database_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.close()
    reader = Store(f"sqlite:///file:{tmp_path / 'line.db'}?mode=ro&uri=true")
    with pytest.raises(StoreUnavailable, match="The database is read-only"):
        reader.append(turn(1, "hours"))
    reader.close()


def test_a_full_disk_is_told_and_nothing_is_half_kept(sqlite_store: Store) -> None:
    sqlite_store.add_release(NAME, {"a": b"1"}, "", NOON)
    with sqlite_store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="The disk that holds the database is full"):
        sqlite_store.add_release(OTHER, {"a": os.urandom(50_000)}, "", NOON)
    assert [release.number for release in sqlite_store.releases()] == [1]


def test_a_database_locked_for_too_long_is_told_and_reading_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.append(turn(1, "hours"))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    writer = sqlite3.connect(tmp_path / "line.db")
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked by another process") as failed:
        sqlite_store.append(turn(2, "npn"))
    assert failed.value.can_retry
    assert len(sqlite_store.events_of("CA1")) == 1
    writer.close()
    sqlite_store.append(turn(2, "npn"))
    assert len(sqlite_store.events_of("CA1")) == 2


def test_no_value_stands_in_an_error(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE events"))
    with pytest.raises(StoreUnavailable) as failed:
        store.append(turn(1, "a_telling_step"))
    assert "a_telling_step" not in f"{failed.value} {failed.value.__cause__}"


def test_a_store_in_memory_works_for_one_process() -> None:
    store = Store("sqlite://")
    store.create_tables()
    store.append(turn(1, "hours"))
    assert len(store.calls()) == 1
    store.close()
