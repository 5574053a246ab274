"""Forgetting old calls: what is older than so many months goes, all else stays, and nobody does it by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Ivr

from ivr.events import Event, TurnRecord
from ivr.store import Store
from ivr.store.months import later, month_at, part_of, parts, start_of
from ivr.store.retention import Old, forget, old

NOW = datetime.now(UTC)
PRESENT = month_at(int(NOW.timestamp()))
DAY = timedelta(days=1)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url)
    made.create_tables()
    made.make_parts(later(PRESENT, -5))
    yield made
    made.close()


def keep(store: Store, call_sid: str, at: datetime, turns: int = 1) -> None:
    """A call of so many turns of two events, with the provider's word and an unconfirmed entry."""
    for turn in range(1, turns + 1):
        steps = (Event(turn, 0, "hours", "hours", "open"), Event(turn, 1, "first_menu", "menu", ""))
        store.append(TurnRecord(call_sid, "ab" * 32, "broker_line", at, 4.5, "+*********99", steps))
    store.append_status(call_sid, "completed", 40, at)
    store.note_unconfirmed("hash", call_sid, 1, at)


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def called(store: Store) -> list[str]:
    return sorted(call.call_sid for call in store.calls())


def test_calls_from_before_a_month_go_and_the_others_stay(store: Store) -> None:
    third = later(PRESENT, -3)
    keep(store, "CA-old", start_of(later(PRESENT, -5)) + DAY, turns=2)
    keep(store, "CA-last-second", start_of(third) - timedelta(seconds=1))
    keep(store, "CA-first-second", start_of(third))
    keep(store, "CA-now", NOW)
    found = old(store, third)
    assert found == Old(third, {later(PRESENT, -5): 4, later(PRESENT, -4): 2}, 2, 2, has_newer=True)
    assert called(store) == ["CA-first-second", "CA-last-second", "CA-now", "CA-old"]
    assert forget(store, found, silent) == 10
    assert called(store) == ["CA-first-second", "CA-now"]
    assert store.statuses_of("CA-old") == ()
    assert store.statuses_of("CA-first-second") != ()
    assert old(store, third).rows == 0


def test_a_call_over_the_end_of_a_month_goes_and_stays_whole(store: Store) -> None:
    month = later(PRESENT, -2)
    step = (Event(2, 0, "hours", "hours", "open"),)
    began = int(start_of(month).timestamp()) - 3600
    after = start_of(month) + timedelta(minutes=5)
    store.append(TurnRecord("CA1", "ab" * 32, "broker_line", after, 4.5, "+*********99", step, began))
    keep(store, "CA-now", NOW)
    assert old(store, month).events == {later(month, -1): 1}
    forget(store, old(store, month), silent)
    assert called(store) == ["CA-now"]


def test_more_than_is_removed_at_once_goes_in_several_goes(sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        store.create_tables()
        steps = tuple(Event(1, place, "hours", "hours", "open") for place in range(500))
        at = start_of(later(PRESENT, -3))
        for number in range(5):
            store.append(TurnRecord(f"CA{number}", "ab" * 32, "broker_line", at, 4.5, "", steps))
        told: list[tuple[str, int, int]] = []
        forget(store, old(store, PRESENT), lambda what, done, total: told.append((what, done, total)))
        assert told == [(f"Removing {'events'}", done, 2500) for done in (1000, 2000, 2500)]


def test_on_postgresql_a_month_goes_with_its_part_and_what_stood_with_the_rest_too(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store:
        store.create_tables()
        store.make_parts(later(PRESENT, -2))
        keep(store, "CA-in-a-part", start_of(later(PRESENT, -2)))
        keep(store, "CA-with-the-rest", start_of(later(PRESENT, -7)))
        keep(store, "CA-now", NOW)
        assert forget(store, old(store, PRESENT), silent) == 8
        assert called(store) == ["CA-now"]
        with store.reading() as connection:
            assert next(iter(parts(connection))) == PRESENT


def test_a_part_that_is_being_read_goes_when_that_has_ended_and_turns_go_on(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store, ThreadPoolExecutor(1) as pool:
        store.create_tables()
        store.make_parts(later(PRESENT, -2))
        keep(store, "CA-old", start_of(later(PRESENT, -2)))
        found = old(store, PRESENT)
        with store.engine.connect() as reader:
            reader.exec_driver_sql(f"SELECT 1 FROM {part_of(later(PRESENT, -2))}")
            removing = pool.submit(forget, store, found, silent)
            keep(store, "CA-now", NOW)
            keep(store, "CA-next", NOW)
            assert not removing.done()
        assert removing.result(timeout=30) == 4
        assert called(store) == ["CA-next", "CA-now"]


# The command


@pytest.fixture
def kept(tiny: Path) -> Path:
    """A line with one call of today and one of more than a year ago."""
    (tiny / "var").mkdir()
    with closing(Store(f"sqlite:///{tiny / 'var/ivr.db'}")) as store:
        store.create_tables()
        keep(store, "CA-old", start_of(later(PRESENT, -14)) + DAY)
        keep(store, "CA-now", NOW)
    return tiny


def left(project: Path) -> list[str]:
    with closing(Store(f"sqlite:///{project / 'var/ivr.db'}")) as store:
        return called(store)


def test_a_dry_run_says_what_would_go(ivr: Ivr, kept: Path) -> None:
    ran = ivr("store", "retain", "--months", "13", "--dry-run", project=kept)
    assert ran.code == 0
    assert f"stays: calls that began in {start_of(later(PRESENT, -13)):%B %Y} or later (UTC)" in ran.out
    assert f"2  events of calls that began in {start_of(later(PRESENT, -14)):%B %Y}" in ran.out
    assert "1  words of the provider on calls" in ran.out
    assert "1  unconfirmed entries" in ran.out
    assert "Nothing was removed." in ran.out
    assert left(kept) == ["CA-now", "CA-old"]


def test_it_asks_before_it_removes(ivr: Ivr, kept: Path) -> None:
    assert ivr("store", "retain", "--months", "13", project=kept).code != 0
    assert left(kept) == ["CA-now", "CA-old"]
    ran = ivr("store", "retain", "--months", "13", "--yes", project=kept)
    assert "Removed 4 rows." in ran.out
    assert left(kept) == ["CA-now"]
    assert "nothing; there is nothing older" in ivr("store", "retain", "--months", "13", project=kept).out


@pytest.mark.parametrize("months", ["0", "-1", "601", "many"])
def test_months_that_nobody_means_are_refused(ivr: Ivr, kept: Path, months: str) -> None:
    ran = ivr("store", "retain", "--months", months, "--yes", project=kept)
    assert ran.code == 2
    assert left(kept) == ["CA-now", "CA-old"]


def test_a_clock_far_ahead_does_not_remove_everything(ivr: Ivr, tiny: Path) -> None:
    """The same as calls that are all long ago."""
    (tiny / "var").mkdir()
    with closing(Store(f"sqlite:///{tiny / 'var/ivr.db'}")) as store:
        store.create_tables()
        keep(store, "CA-old", start_of(later(PRESENT, -14)))
    ran = ivr("store", "retain", "--months", "13", "--yes", project=tiny)
    assert ran.code == 1
    assert "everything would go. Is this machine's clock right? Nothing was removed." in ran.err
    assert left(tiny) == ["CA-old"]
