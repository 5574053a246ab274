"""Which calls are under way, on each sort of database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ivr.events import Event, TurnRecord
from ivr.store import Store

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
FEW, LONG, PAST = timedelta(seconds=20), timedelta(hours=2), timedelta(hours=5)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    store.create_tables()
    yield store
    store.close()


def goes_on(store: Store, name: str, turn: int, kind: str, ago: timedelta) -> str:
    """A call waits at a step of a kind since then. Returns its SID."""
    sid = f"CA{name * 32}"
    events = (Event(turn, 0, "hours", "hours", "open"), Event(turn, 1, f"a_{kind}", kind, ""))
    store.append(TurnRecord(sid, "f" * 64, "tiny", NOW - ago, 1.0, "+*********99", events))
    return sid


def test_calls_count_where_they_are_now_and_only_while_they_can_be(store: Store) -> None:
    goes_on(store, "1", 1, "menu", 2 * FEW)
    talking = goes_on(store, "1", 2, "dial", LONG)
    listening = goes_on(store, "2", 1, "menu", FEW)
    goes_on(store, "3", 1, "menu", LONG)  # hung up; nobody said so
    goes_on(store, "4", 1, "dial", PAST)
    goes_on(store, "5", 1, "end", FEW)
    over = goes_on(store, "6", 1, "menu", FEW)
    store.append_status(over, "completed", 20, NOW)
    rings = goes_on(store, "7", 1, "dial", FEW / 2)
    store.append_status(rings, "in-progress", None, NOW)
    assert store.under_way(NOW) == {"menu": 1, "dial": 2}
    assert store.call_sids_under_way(NOW) == (talking, listening, rings)


def test_without_calls_nothing_is_under_way(store: Store) -> None:
    assert store.under_way(NOW) == {}
    assert store.call_sids_under_way(NOW) == ()
