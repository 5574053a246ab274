"""Copying a store: everything arrives, whichever database it comes from; killed, it goes on; nothing is mixed up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import schema_of
from sqlalchemy import String, Table, func, select, text

from ivr.brokers import HEADER, TableDirectory, import_brokers
from ivr.errors import SetupError
from ivr.events import Event, TurnRecord
from ivr.store import Store
from ivr.store.copying import TableCopied, copy
from ivr.store.engines import engine_for
from ivr.store.revision import EVERY_TABLE, REVISION, noted
from ivr.store.tables import events

NOON = datetime(2026, 11, 24, 18, 0, 0, 123456, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)
NAME = "abcd" + "0" * 60
OTHER = "abce" + "0" * 60
BOTH_WAYS = ["sqlite to postgresql", "postgresql to sqlite"]
EVERY_WAY = [*BOTH_WAYS, "sqlite to sqlite", "postgresql to postgresql"]


@pytest.fixture(params=BOTH_WAYS)
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases to copy from and to."""
    source, _, target = request.param.partition(" to ")
    one = request.getfixturevalue(f"{source}_url")
    if target == "sqlite":
        yield one, f"sqlite:///{tmp_path / 'other.db'}"
    else:
        with schema_of(request.getfixturevalue("postgresql"), f"other_{os.getpid()}") as other:
            yield one, other


@pytest.fixture
def stores(addresses: tuple[str, str]) -> Iterator[tuple[Store, Store]]:
    """A store to copy from, with tables, and one to copy to, without."""
    source, target = (Store(address) for address in addresses)
    source.create_tables()
    yield source, target
    source.close()
    target.close()


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def turn(call: int, number: int = 1, caller: str = "+*********99") -> TurnRecord:
    """A turn of two steps."""
    steps = (Event(number, 0, "hours", "hours", "open"), Event(number, 1, "ménu", "menu", "", "1", "none"))
    return TurnRecord(f"CA{call:032x}", NAME, "broker_line", NOON, 0.1 + 0.2, caller, steps)


def fill(store: Store) -> None:
    """Something in every table."""
    store.add_release(NAME, {"flows/a.yaml": bytes(range(256)) * 50}, "first", NOON, by="Nora")
    store.add_release(OTHER, {"flows/a.yaml": b"2"}, "", NOON)
    store.make_live(1, NOON)
    store.make_live(2, NOON + ONE_HOUR, "better words")
    store.add_closure(NOON, NOON + ONE_HOUR, "ice", NOON)
    store.end_closures(NOON + ONE_HOUR / 2)
    store.add_closure(NOON + 2 * ONE_HOUR, NOON + 3 * ONE_HOUR, "training", NOON)
    for call in range(5):
        store.append(turn(call))
    store.append_status("CA1", "completed", None, NOON)
    store.note_unconfirmed("ab" * 32, "CA1", 2, NOON)
    rows = "7,Nora,Sämple,2026-09-01,2027-10-31,,yes,active,\n0012,Nils,Sample,,,,no,ended,Agency\n"
    import_brokers(store.engine, f"{HEADER}\n{rows}".encode(), file="a.csv", at=NOON)


def fill_with_events(store: Store, calls: int) -> None:
    """Many calls, quickly."""
    with store.writing() as connection:
        for start in range(0, calls, 500):
            rows = [
                {
                    **dict.fromkeys(events.columns.keys(), "x"),
                    "call_sid": f"CA{call:032x}",
                    "turn": 1,
                    "place": 0,
                    "month": 202611,
                    "at": NOON,
                    "ms": 1.5,
                }
                for call in range(start, min(start + 500, calls))
            ]
            connection.execute(events.insert(), rows)


def rows_of(store: Store, table: Table) -> list[tuple[object, ...]]:
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


def count(store: Store, table: Table = events) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def brought(tables: Sequence[TableCopied]) -> dict[str, int]:
    return {table.name: table.brought for table in tables}


@pytest.mark.parametrize("addresses", EVERY_WAY, indirect=True)
def test_everything_arrives_as_it_was(stores: tuple[Store, Store]) -> None:
    source, target = stores
    fill(source)
    tables = copy(source, target, silent)
    assert {table.name: table.rows for table in tables} == {
        "releases": 2,
        "live_releases": 2,
        "closures": 2,
        "events": 10,
        "call_statuses": 1,
        "unconfirmed_entries": 1,
        "brokers": 2,
        "broker_imports": 1,
    }
    for table in EVERY_TABLE:
        assert rows_of(target, table) == rows_of(source, table)
    assert target.releases() == source.releases()
    assert target.release_files(1) == {"flows/a.yaml": bytes(range(256)) * 50}
    assert target.live_history() == source.live_history()
    assert target.calls() == source.calls()
    assert target.closures_since(NOON) == source.closures_since(NOON)
    assert TableDirectory(target.engine).find("7") == TableDirectory(source.engine).find("7")


def test_what_comes_after_a_copy_is_numbered_on(stores: tuple[Store, Store]) -> None:
    source, target = stores
    fill(source)
    copy(source, target, silent)
    assert target.add_release("ef" * 32, {"a": b"3"}, "", NOON) == 3
    target.make_live(3, NOON + 2 * ONE_HOUR)
    assert target.live_history()[0].number == 3
    target.add_closure(NOON + 5 * ONE_HOUR, NOON + 6 * ONE_HOUR, "storm", NOON)
    import_brokers(target.engine, f"{HEADER}\n7,,,,,,no,ended,Agency\n".encode(), file="b.csv", at=NOON, smaller=True)
    assert count(target, EVERY_TABLE[-1]) + count(target, EVERY_TABLE[-2]) == 3


def test_there_and_back_is_the_same(stores: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = stores
    fill(source)
    there = copy(source, target, silent)
    again = Store(f"sqlite:///{tmp_path / 'back.db'}")
    back = copy(target, again, silent)
    assert [(table.name, table.rows, table.sha256) for table in back] == [
        (table.name, table.rows, table.sha256) for table in there
    ]
    again.close()


def test_a_second_copy_brings_only_what_has_come_since(stores: tuple[Store, Store]) -> None:
    source, target = stores
    fill(source)
    copy(source, target, silent)
    assert set(brought(copy(source, target, silent)).values()) == {0}
    source.append(turn(2, number=2))
    source.append(turn(99))
    assert brought(copy(source, target, silent))["events"] == 4
    assert rows_of(target, events) == rows_of(source, events)


class Killed(Exception):
    """Ends a copy at a place of our choice."""


@pytest.mark.parametrize("place", ["Copying releases", "Copying events", "Checking events", "Copying brokers"])
def test_a_copy_that_ends_anywhere_goes_on_from_there(stores: tuple[Store, Store], place: str) -> None:
    source, target = stores
    fill(source)

    def until_here(what: str, done: int, total: int) -> None:
        if what == place:
            raise Killed

    with pytest.raises(Killed):
        copy(source, target, until_here)
    copy(source, target, silent)
    for table in EVERY_TABLE:
        assert rows_of(target, table) == rows_of(source, table)


COPYING = """
import os, signal, sys
from ivr.store import Store
from ivr.store.copying import copy

def progress(what, done, total):
    if what == "Copying events" and done == 4_000:
        os.kill(os.getpid(), signal.SIGKILL)

copy(Store(sys.argv[1]), Store(sys.argv[2]), progress)
"""


def test_a_copy_that_is_killed_goes_on_where_it_was(stores: tuple[Store, Store], addresses: tuple[str, str]) -> None:
    source, target = stores
    fill_with_events(source, 5_000)
    killed = subprocess.run([sys.executable, "-c", COPYING, *addresses], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert count(target) == 4_000
    assert brought(copy(source, target, silent))["events"] == 1_000
    assert rows_of(target, events) == rows_of(source, events)


def test_what_is_written_meanwhile_is_left_for_another_copy(stores: tuple[Store, Store]) -> None:
    source, target = stores
    fill(source)
    written = False

    def write_meanwhile(what: str, done: int, total: int) -> None:
        nonlocal written
        if not written:
            written = True
            source.append(turn(77))

    assert brought(copy(source, target, write_meanwhile))["events"] == 10
    assert brought(copy(source, target, silent))["events"] == 2


def test_somebody_who_writes_to_the_target_meanwhile_is_noticed(stores: tuple[Store, Store]) -> None:
    source, target = stores
    fill(source)

    def write_meanwhile(what: str, done: int, total: int) -> None:
        if what == "Copying events":
            target.append(turn(77))

    with pytest.raises(SetupError, match='Somebody else writes to "events" of the database to copy to'):
        copy(source, target, write_meanwhile)


@pytest.mark.parametrize("table", EVERY_TABLE, ids=str)
def test_every_table_can_be_copied(table: Table) -> None:
    """Its key comes first, and texts of it are in the same order in every database."""
    dialect = engine_for("postgresql://line@db/line").dialect
    keys = list(table.primary_key.columns)
    assert list(table.columns)[: len(keys)] == keys
    for column in keys:
        on_postgresql = column.type.dialect_impl(dialect)
        assert not isinstance(on_postgresql, String) or on_postgresql.collation == "C"


# What is refused


@pytest.mark.parametrize("odd", ["another row", "another value", "a row before the first", "a row after the last"])
def test_a_target_that_holds_something_else_is_refused_and_left_as_it_was(
    stores: tuple[Store, Store], odd: str
) -> None:
    source, target = stores
    fill(source)
    target.create_tables()
    target.append(turn(1, caller="+*********11" if odd == "another value" else "+*********99"))
    if odd == "another row":
        target.append(turn(1, number=2))
    if odd == "a row before the first":
        target.append(turn(-1))
    if odd == "a row after the last":
        target.append(turn(2**120))
    before = rows_of(target, events)
    with pytest.raises(SetupError) as refused:
        copy(source, target, silent)
    assert str(refused.value) == (
        'The database to copy to holds other rows in "events" than the one to copy from: it has been used, or the '
        "other has changed since an earlier copy. Copy to an empty one. Nothing was copied."
    )
    assert rows_of(target, events) == before
    assert sum(count(target, table) for table in EVERY_TABLE) == len(before)


@pytest.mark.parametrize("addresses", ["sqlite to sqlite", "postgresql to postgresql"], indirect=True)
def test_a_database_is_not_copied_to_itself_however_it_is_called(
    stores: tuple[Store, Store], addresses: tuple[str, str], tmp_path: Path
) -> None:
    source, _ = stores
    if source.engine.dialect.name == "sqlite":
        (tmp_path / "link.db").symlink_to(tmp_path / "line.db")
        again = Store(f"sqlite:///{tmp_path / 'link.db'}")
    else:
        again = Store(f"{addresses[0]}&application_name=another")
    with pytest.raises(SetupError, match="Both are the same database"):
        copy(source, again, silent)
    again.close()


def noted_as(store: Store, revision: str) -> None:
    with store.writing() as connection:
        connection.execute(text(f"UPDATE {noted.name} SET version_num = '{revision}'"))


def test_databases_of_another_revision_are_refused(stores: tuple[Store, Store]) -> None:
    source, target = stores
    noted_as(source, "0999")
    with pytest.raises(SetupError, match="The database is of revision 0999, from a newer version"):
        copy(source, target, silent)
    noted_as(source, "0001")
    with pytest.raises(SetupError, match="The database to copy from is of revision 0001, not 0003"):
        copy(source, target, silent)
    noted_as(source, REVISION)
    target.create_tables()
    noted_as(target, "0999")
    with pytest.raises(SetupError, match="The database is of revision 0999, from a newer version"):
        copy(source, target, silent)


def test_nothing_is_copied_from_an_empty_database_or_one_in_memory(url: str) -> None:
    empty, memory = Store(url), Store("sqlite://")
    with pytest.raises(SetupError, match="The database to copy from is empty, or of an earlier version"):
        copy(empty, memory, silent)
    with pytest.raises(SetupError, match="A database in memory cannot be copied"):
        copy(memory, empty, silent)
    empty.close()
    memory.close()
