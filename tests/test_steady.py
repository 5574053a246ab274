"""The store as turns use it: a store that is gone costs one caller a quarter of a second, and no record is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from outages import NOON, a_folder_in_its_place, a_server_that_hangs, locked, record, stored_in
from test_breaker import Ticks

from ivr.brokers import Answer, TableDirectory
from ivr.errors import DirectoryUnavailable, StoreUnavailable
from ivr.store import Outbox, Store
from ivr.turns import Drain, SteadyStore, StoredDirectory

QUARTER_S = 0.25
SLACK_S = 0.4
"""What a busy machine may add."""


class House:
    """A store with an outbox behind it, in a process that answers calls but for the background thread."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.ticks = store, Ticks()
        self.outbox = Outbox(folder)
        self.steady = SteadyStore(store, self.outbox, self.ticks)
        self.steady.asking.keep_limits()
        self.drain = Drain(self.steady.asking, store, self.outbox)

    @property
    def waiting(self) -> list[str]:
        """Kinds of the letters in the outbox, in order."""
        return [letter.kind for letter in self.outbox.oldest(99)]

    def close(self) -> None:
        """Give back the files."""
        self.store.close()
        self.outbox.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "line.db"


@pytest.fixture
def house(database: Path, tmp_path: Path) -> Iterator[House]:
    made = House(stored_in(database), tmp_path / "outbox")
    yield made
    made.close()


def test_while_all_is_well_there_is_no_outbox(house: House, tmp_path: Path) -> None:
    house.steady.append(record(1))
    house.steady.append_status("CA1", "completed", 9, NOON)
    assert house.steady.note_unconfirmed("hash", "CA1", 2, NOON)
    house.steady.forget_unconfirmed("CA1", 2, is_stored=True)
    assert house.steady.last_turn("CA1") == 1
    assert house.steady.condition().trouble == ""
    assert house.drain.step() > 0
    assert not (tmp_path / "outbox").exists()


def test_what_a_locked_store_does_not_take_is_put_by_and_brought_when_it_is_free(house: House, database: Path) -> None:
    house.steady.append(record(1))
    with locked(database):
        began = time.monotonic()
        house.steady.append(record(2))
        assert time.monotonic() - began < QUARTER_S + SLACK_S
        began = time.monotonic()
        house.steady.append(record(3))
        house.steady.append_status("CA1", "completed", 9, NOON)
        assert time.monotonic() - began < SLACK_S, "nobody waits for the lock again"
        assert house.waiting == ["turn", "turn", "status"]
        assert "locked by another process" in house.steady.condition().trouble
        house.ticks.now += 10
        house.drain.step()
        assert house.waiting == ["turn", "turn", "status"]
    house.ticks.now += 10
    house.drain.step()
    assert house.waiting == []
    assert [(event.turn, event.place) for event in house.store.events_of("CA1")] == [
        (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1),
    ]  # fmt: skip
    assert [status.status for status in house.store.statuses_of("CA1")] == ["completed"]
    assert house.steady.condition().trouble == ""
    house.steady.append(record(4))
    assert house.waiting == []


def test_what_was_put_by_is_what_would_have_been_stored(house: House, database: Path) -> None:
    house.steady.append(record(1))
    with locked(database):
        house.steady.append(record(1, "CA2"))
    house.ticks.now += 10
    house.drain.step()
    (first, second), (put_by, put_by_too) = house.store.events_of("CA1"), house.store.events_of("CA2")
    assert [(put_by.step, put_by.at), (put_by_too.step, put_by_too.at)] == [(first.step, NOON), (second.step, NOON)]
    assert (first.ms, first.flow, first.release, first.caller, first.input) == (
        put_by.ms, put_by.flow, put_by.release, put_by.caller, put_by.input,
    )  # fmt: skip


def test_a_store_that_can_only_be_read_still_tells_who_is_certified(house: House, database: Path) -> None:
    brokers = TableDirectory(house.store.engine)
    brokers.create_tables()
    with locked(database):
        house.steady.append(record(1))
        assert house.steady.asking.writing.is_open
        answer = StoredDirectory(brokers, house.steady).look_up("99900001", date(2026, 11, 24), within_s=1.5)
    assert answer == "not_confirmed"


def test_look_ups_are_unavailable_at_once_while_the_store_is_gone(house: House, database: Path) -> None:
    brokers = TableDirectory(house.store.engine)
    brokers.create_tables()
    house.store.close()
    directory = StoredDirectory(brokers, house.steady)
    with a_folder_in_its_place(database):
        for _ in range(2):
            with pytest.raises(DirectoryUnavailable) as refused:
                directory.look_up("99900001", date(2026, 11, 24), within_s=1.5)
            assert not refused.value.can_retry
        assert directory.updated_at() is None
    house.ticks.now += 10
    house.drain.step()
    assert directory.look_up("99900001", date(2026, 11, 24), within_s=1.5) == "not_confirmed"


def test_entries_that_were_put_by_count_once_the_store_is_back_and_confirmed_ones_do_not(
    house: House, database: Path
) -> None:
    with locked(database):
        for turn in (2, 3):
            assert not house.steady.note_unconfirmed("hash", "CA1", turn, NOON)
        house.steady.forget_unconfirmed("CA1", 3, is_stored=False)
        assert house.waiting == ["note", "note", "forget"]
    house.ticks.now += 10
    house.drain.step()
    house.store.note_unconfirmed("hash", "CA2", 1, NOON + timedelta(minutes=1))
    assert house.store.unconfirmed_before(["hash"], "CA2", 1, timedelta(hours=1)) == 1


def test_an_entry_that_was_put_by_is_forgotten_behind_it_although_the_store_is_back(
    house: House, database: Path
) -> None:
    with locked(database):
        assert not house.steady.note_unconfirmed("hash", "CA1", 2, NOON)
    house.ticks.now += 10
    house.steady.asking.probe()
    house.steady.forget_unconfirmed("CA1", 2, is_stored=False)
    assert house.waiting == ["note", "forget"]
    house.drain.step()
    house.store.note_unconfirmed("hash", "CA2", 1, NOON)
    assert house.store.unconfirmed_before(["hash"], "CA2", 1, timedelta(hours=1)) == 0


def test_turns_are_numbered_on_from_those_that_were_put_by(house: House, database: Path) -> None:
    house.steady.append(record(1))
    with locked(database):
        house.steady.append(record(2))
        assert house.steady.last_turn("CA1") == 2
        assert house.steady.last_turn("CA2") == 0


def test_when_neither_takes_a_record_the_loss_is_counted_and_told(house: House, database: Path) -> None:
    told: list[str] = []
    house.steady.on_loss = lambda: told.append("lost")
    house.outbox.folder.write_text("no folder")
    with locked(database):
        for turn in (1, 2):
            with pytest.raises(StoreUnavailable, match=r"locked by another process.*The outbox cannot be used"):
                house.steady.append(record(turn))
        condition = house.steady.condition()
    assert told == ["lost", "lost"]
    assert condition.lost == 2
    assert condition.trouble


class BreaksOff:
    """A certification list whose database breaks off in the middle of a look-up."""

    may_be_slow = False

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        raise DirectoryUnavailable("The connection to the database was cut.", can_retry=True)

    def updated_at(self) -> None:
        return None


def test_a_list_that_breaks_off_in_the_middle_is_gone_and_nobody_waits_for_it(house: House) -> None:
    with pytest.raises(DirectoryUnavailable) as gone:
        StoredDirectory(BreaksOff(), house.steady).look_up("99900001", date(2026, 11, 24), within_s=1.5)
    assert not gone.value.can_retry


def test_a_server_that_hangs_costs_one_caller_a_quarter_of_a_second(tmp_path: Path) -> None:
    with a_server_that_hangs() as address:
        house = House(Store(address), tmp_path)
        began = time.monotonic()
        house.steady.append(record(1))
        first = time.monotonic() - began
        began = time.monotonic()
        house.steady.append(record(2))
        with pytest.raises(StoreUnavailable, match="no answer within 250 ms"):
            house.steady.live()
        with pytest.raises(DirectoryUnavailable):
            StoredDirectory(TableDirectory(house.store.engine), house.steady).look_up(
                "99900001", date(2026, 11, 24), within_s=1.5
            )
        second = time.monotonic() - began
        assert QUARTER_S <= first < QUARTER_S + SLACK_S
        assert second < SLACK_S
        assert house.waiting == ["turn", "turn"]
        house.ticks.now += 1
        house.drain.step()
        assert house.steady.asking.writing.is_open
        assert house.waiting == ["turn", "turn"]
        house.outbox.close()


def test_a_server_that_refuses_costs_nothing(tmp_path: Path) -> None:
    with a_server_that_hangs() as address:
        pass
    house = House(Store(address), tmp_path)
    began = time.monotonic()
    for turn in range(1, 4):
        house.steady.append(record(turn))
    assert time.monotonic() - began < QUARTER_S + SLACK_S
    assert house.waiting == ["turn"] * 3
    house.outbox.close()


# Draining


def test_a_record_that_the_store_refuses_although_it_works_is_set_aside_and_the_rest_goes_on(
    house: House, database: Path
) -> None:
    with locked(database):
        house.steady.append(record(1))
        house.outbox.put("turn", "CA2", {"made by": "another version"})
        house.outbox.put("note", "CA3", {"caller": None, "call_sid": "CA3", "turn": 1, "at": NOON.isoformat()})
        house.steady.append(record(2))
    house.ticks.now += 10
    for _ in range(6):
        house.drain.step()
        house.ticks.now += 10
    assert house.waiting == []
    assert house.outbox.figures().set_aside == 2
    assert house.store.last_turn("CA1") == 2


def test_a_store_that_goes_away_while_draining_is_left_alone_and_gets_the_rest_later(
    house: House, database: Path
) -> None:
    with locked(database):
        for turn in range(1, 121):
            house.steady.append(record(turn))
    house.ticks.now += 10
    house.drain.step()
    assert house.outbox.figures().waiting == 70
    with locked(database):
        house.drain.step()
        assert house.outbox.figures().waiting == 70
        assert house.steady.asking.writing.is_open
    house.ticks.now += 10
    house.drain.step()
    house.drain.step()
    assert house.outbox.figures().waiting == 0
    assert len(house.store.events_of("CA1")) == 240


def test_while_one_worker_drains_no_other_does(house: House, database: Path) -> None:
    from ivr.store.files import locked as held

    with locked(database):
        house.steady.append(record(1))
    house.ticks.now += 10
    with held(house.outbox.folder / "drain.lock") as is_ours:
        assert is_ours
        assert house.drain.step() == 2.0
        assert house.waiting == ["turn"]
    house.drain.step()
    assert house.waiting == []
