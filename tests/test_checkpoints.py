"""What turns write beside an SQLite database is brought in by the background, and the log does not grow for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.events import Event, TurnRecord
from ivr.store import Store
from ivr.store.checkpoints import LONG_PAGES
from ivr.store.patience import limit_lock_waits

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
PAGE = 4096


def keep(store: Store, calls: range) -> None:
    for number in calls:
        event = Event(1, 0, "first_menu", "menu", "")
        store.append(TurnRecord(f"CA{number:032x}", "ab" * 32, "broker_line", NOON, 1.0, "+*********99", (event,)))


def opened(folder: Path) -> Store:
    store = Store(f"sqlite:///{folder / 'line.db'}")
    store.create_tables()
    limit_lock_waits(store.engine)
    return store


def pages(folder: Path) -> int:
    """Pages of the log that are not in the database yet, asked as any other program would."""
    return (folder / "line.db-wal").stat().st_size // PAGE


def test_a_turn_leaves_the_log_to_the_background(tmp_path: Path) -> None:
    store = opened(tmp_path)
    keep(store, range(1500))
    assert pages(tmp_path) > 1000  # where SQLite would have stopped a turn for it
    store.bring_in()
    database = (tmp_path / "line.db").read_bytes()
    assert b"CA" + b"%032x" % 1499 in database
    store.close()


def test_a_long_log_is_begun_anew(tmp_path: Path) -> None:
    store = opened(tmp_path)
    keep(store, range(2000))
    assert pages(tmp_path) > LONG_PAGES
    store.bring_in()
    long = pages(tmp_path)
    keep(store, range(2000, 3000))
    assert pages(tmp_path) == long  # written over from its beginning
    assert len(store.calls(limit=3000)) == 3000
    store.close()


def test_another_database_is_left_alone(postgresql_url: str) -> None:
    store = Store(postgresql_url)
    store.create_tables()
    store.bring_in()
    store.close()
