"""Closures in the store: known at a moment as they stood then, and their moments in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from stored_turns import NOON, ONE_HOUR

from ivr.errors import StoreUnavailable
from ivr.hours import Closure
from ivr.store import Store


def test_a_closure_is_known_at_a_moment_as_it_stood_then(store: Store) -> None:
    store.add_closure(NOON, NOON + 3 * ONE_HOUR, "ice", NOON)
    store.end_closures(NOON + ONE_HOUR)
    assert store.closures_known_at(NOON - timedelta(seconds=1)) == ()
    assert store.closures_known_at(NOON) == (Closure(NOON, NOON + 3 * ONE_HOUR, "ice"),)
    assert store.closures_known_at(NOON + ONE_HOUR) == ()
    assert store.closures_known_at(NOON + 4 * ONE_HOUR) == ()


def test_a_closure_is_seen_until_it_ends(store: Store) -> None:
    store.add_closure(NOON, NOON + ONE_HOUR, "a power outage", NOON)
    assert store.closures_since(NOON - ONE_HOUR) == (Closure(NOON, NOON + ONE_HOUR, "a power outage"),)
    assert store.closures_since(NOON + ONE_HOUR - timedelta(seconds=1)) == (
        Closure(NOON, NOON + ONE_HOUR, "a power outage"),
    )
    assert store.closures_since(NOON + ONE_HOUR) == ()


def test_reopening_ends_what_runs_and_leaves_what_is_planned(store: Store) -> None:
    store.add_closure(NOON, NOON + 3 * ONE_HOUR, "ice", NOON)
    store.add_closure(NOON + 24 * ONE_HOUR, NOON + 25 * ONE_HOUR, "training", NOON)
    assert store.end_closures(NOON + ONE_HOUR) == 1
    assert store.end_closures(NOON + ONE_HOUR) == 0
    assert store.closures_since(NOON + ONE_HOUR) == (Closure(NOON + 24 * ONE_HOUR, NOON + 25 * ONE_HOUR, "training"),)
    assert store.closures_since(NOON)[0] == Closure(NOON, NOON + ONE_HOUR, "ice")


def test_a_closure_ended_as_it_began_never_was(store: Store) -> None:
    store.add_closure(NOON, NOON + ONE_HOUR, "ice", NOON)
    store.end_closures(NOON)
    assert store.closures_since(NOON - ONE_HOUR) == ()


def test_moments_of_any_zone_come_back_as_the_same_moment_in_utc(store: Store) -> None:
    starts = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Chicago"))
    store.add_closure(starts, starts + ONE_HOUR, "ice", NOON)
    (closure,) = store.closures_since(NOON)
    assert closure.starts == starts
    assert closure.starts.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        store.add_closure(datetime(2026, 11, 24, 12), NOON, "ice", NOON)  # noqa: DTZ001
    assert "moment without a zone" in repr(refused.value.__cause__)
