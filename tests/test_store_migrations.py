"""Migrations: tables come to this version from any earlier one and back, whoever starts first; nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Table, create_engine, inspect, select, text

from ivr.brokers.sql import make_missing
from ivr.brokers.table import tables as broker_tables
from ivr.errors import SetupError, StoreUnavailable
from ivr.events import Event, TurnRecord
from ivr.store import REVISION, Store
from ivr.store.migrations.run import steps
from ivr.store.revision import EVERY_TABLE, noted
from ivr.store.tables import tables

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
TURN = TurnRecord("CA1", "ab" * 32, "broker_line", NOON, 4.5, "+*********99", (Event(1, 0, "hours", "hours", "open"),))
VERSIONS = Path(__file__).parents[1] / "ivr" / "store" / "migrations" / "versions"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store on an empty database, whose tables nobody has made yet."""
    made = Store(url)
    yield made
    made.close()


def run_sql(store: Store, *statements: str) -> None:
    with store.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def made_before_revisions(store: Store, *groups: MetaData) -> None:
    """Tables as the program made them before it noted revisions."""
    if store.engine.dialect.name == "postgresql":
        store.lead_to("0001")
        run_sql(store, f"DROP TABLE {noted.name}")
        return
    with store.engine.begin() as connection:
        for group in groups or (tables, broker_tables):
            make_missing(connection, group)


def kept_by_an_earlier_program(store: Store) -> None:
    """What `TURN` was kept as before events carried a month."""
    run_sql(
        store,
        "INSERT INTO events (call_sid, turn, place, at, step, kind, outcome, input, label, ms, flow, release, caller) "
        f"VALUES ('CA1', 1, 0, '{NOON:%Y-%m-%d %H:%M:%S.%f}', 'hours', 'hours', 'open', '', '', 4.5, 'broker_line', "
        f"'{'ab' * 32}', '+*********99')",
    )


def schema(engine: Engine) -> dict[str, list[str]]:
    """Every table with its columns, keys and indexes, as the database tells them."""
    found = inspect(engine)
    return {
        name: [
            *sorted(f"{column['name']} {column['type']!r} {column['nullable']}" for column in found.get_columns(name)),
            f"key {found.get_pk_constraint(name)['constrained_columns']}",
            *sorted(f"index {index['name']} {index['column_names']}" for index in found.get_indexes(name)),
            *sorted(f"to {key['referred_table']}" for key in found.get_foreign_keys(name)),
        ]
        for name in sorted(found.get_table_names())
    }


def test_the_newest_step_is_the_revision_that_the_program_wants() -> None:
    assert max(path.name[1:5] for path in VERSIONS.glob("r*.py")) == REVISION
    assert [step.revision for step in steps(None, REVISION)] == [f"{n:04}" for n in range(1, int(REVISION) + 1)]


def test_tables_made_at_once_and_tables_made_step_by_step_are_the_same(store: Store, url: str) -> None:
    store.create_tables()
    at_once = schema(store.engine)
    store.lead_to("0001")
    run_sql(store, *(f"DROP TABLE {table.name}" for table in (*reversed(EVERY_TABLE), noted)))
    store.lead_to("0001")
    store.create_tables()
    assert store.revision() == REVISION
    assert schema(store.engine) == at_once


def is_no_part(name: str | None, kind: str, _parents: object) -> bool:
    """Not one of the months' parts of the event log."""
    return kind != "table" or name is None or not name.startswith("events_")


def test_alembic_finds_no_difference_between_the_tables_made_and_the_tables_meant(store: Store) -> None:
    store.create_tables()
    meant = MetaData()
    for table in EVERY_TABLE:
        table.to_metadata(meant)
    with store.engine.connect() as connection:
        options = {"version_table": noted.name, "compare_type": True, "include_name": is_no_part}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, meant) == []


def test_there_and_back_and_there_again_keeps_everything(store: Store) -> None:
    store.create_tables()
    before = schema(store.engine)
    store.append(TURN)
    store.add_release("ab" * 32, {"a": b"1"}, "first", NOON)
    kept = store.events_of("CA1")
    for revision in ("0001", REVISION, "0001", REVISION):
        store.lead_to(revision)
        assert store.revision() == revision
        assert store.events_of("CA1") == kept
        assert store.release_files(1) == {"a": b"1"}
    assert schema(store.engine) == before


def test_a_database_from_before_revisions_is_taken_up_with_all_it_holds(store: Store) -> None:
    made_before_revisions(store)
    kept_by_an_earlier_program(store)
    assert store.revision() is None
    store.create_tables()
    assert store.revision() == REVISION
    assert [event.step for event in store.events_of("CA1")] == ["hours"]


def test_tables_of_which_a_killed_start_made_only_some_are_completed(store: Store, sqlite_url: str) -> None:
    made_before_revisions(store, tables)
    run_sql(store, "DROP TABLE IF EXISTS brokers")
    store.create_tables()
    assert {table.name for table in EVERY_TABLE} <= set(inspect(store.engine).get_table_names())
    assert store.revision() == REVISION


def test_a_newer_database_is_refused_with_what_to_do_and_left_alone(store: Store) -> None:
    store.create_tables()
    run_sql(store, f"UPDATE {noted.name} SET version_num = '0999'")
    with pytest.raises(SetupError) as refused:
        store.create_tables()
    assert str(refused.value) == (
        "The database is of revision 0999, from a newer version of this program; this one knows up to "
        f"{REVISION}. Start the newer version, or let it lead the database back: ivr migrate --to {REVISION}"
    )
    with pytest.raises(SetupError, match="newer version"):
        store.lead_to("0001")
    assert store.revision() == "0999"


def test_a_process_that_is_answering_goes_on_when_the_database_becomes_newer(store: Store) -> None:
    store.create_tables()
    run_sql(store, f"UPDATE {noted.name} SET version_num = '0999'")
    store.append(TURN)
    assert len(store.events_of("CA1")) == 1


def test_a_table_of_another_program_is_not_touched(store: Store) -> None:
    run_sql(store, "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT)", "INSERT INTO events VALUES (1, 'ours')")
    with pytest.raises(SetupError, match='holds a table "events" of another program'):
        store.create_tables()
    assert inspect(store.engine).get_table_names() == ["events"]


def test_a_step_that_fails_leaves_the_database_as_it_was(store: Store) -> None:
    made_before_revisions(store)
    kept_by_an_earlier_program(store)
    run_sql(store, "DROP TABLE closures", "CREATE VIEW closures AS SELECT 1 AS id")
    before = schema(store.engine)
    with pytest.raises(StoreUnavailable):
        store.create_tables()
    assert store.revision() is None
    assert schema(store.engine) == before


STARTING = "import sys; from ivr.store import Store; s = Store(sys.argv[1]); s.create_tables(); s.ping(); s.close()"


@pytest.mark.parametrize("before", ["nothing", "tables from before revisions"])
def test_many_processes_that_start_at_once_do_it_once(store: Store, url: str, before: str) -> None:
    if before != "nothing":
        made_before_revisions(store)
    several = [subprocess.Popen([sys.executable, "-c", STARTING, url], stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate(timeout=120)[1] for process in several] == [b""] * 3
    with store.engine.connect() as connection:
        assert connection.execute(select(noted.c.version_num)).scalars().all() == [REVISION]


HEAVY = """
import sys
from ivr.store import Store
store = Store(sys.argv[1])
store.create_tables()
store.create_tables()
print(sorted(name for name in sys.modules if name.split(".")[0] in ("alembic", "mako")))
"""


def test_a_start_that_has_nothing_to_migrate_does_not_import_the_migrations(url: str) -> None:
    ran = subprocess.run([sys.executable, "-c", HEAVY, url], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_on_sqlite_no_driver_of_postgresql_is_imported(sqlite_url: str) -> None:
    program = f"{HEAVY}\nprint([name for name in sys.modules if 'psycopg' in name or 'postgresql' in name])"
    ran = subprocess.run([sys.executable, "-c", program, sqlite_url], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n[]\n"


def test_an_unknown_revision_names_those_that_there_are(store: Store) -> None:
    store.create_tables()
    with pytest.raises(SetupError, match=r"There is no revision 0042. There are: 0001, 0002, 0003"):
        store.lead_to("0042")


def test_texts_of_any_length_and_order_are_kept_alike(store: Store) -> None:
    """What SQLite does by itself: no length, and the order of the bytes."""
    store.create_tables()
    long = "x" * 1_000
    for call_sid in ("CAb", "CAB", "CAa", "CA_"):
        event = Event(1, 0, long, "say", "next")
        store.append(TurnRecord(call_sid, "ab" * 32, long, NOON, 4.5, "+*********99", (event,)))
    events: Table = tables.tables["events"]
    with store.engine.connect() as connection:
        in_order = connection.execute(select(events.c.call_sid).order_by(events.c.call_sid)).scalars().all()
    assert in_order == ["CAB", "CA_", "CAa", "CAb"]
    assert store.events_of("CAb")[0].step == long


def test_a_sqlite_file_of_the_first_release_is_taken_up(tmp_path: Path) -> None:
    """The statements with which that program made its tables, taken from such a file."""
    file = tmp_path / "line.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        for statement in (Path(__file__).parent / "first_tables.sql").read_text(encoding="utf-8").split(";\n"):
            connection.execute(text(statement))
    engine.dispose()
    store = Store(f"sqlite:///{file}")
    assert store.closures_since(NOON)[0].reason == "ice"
    store.create_tables()
    assert store.closures_since(NOON)[0].reason == "ice"
    anew = Store(f"sqlite:///{tmp_path / 'anew.db'}")
    anew.create_tables()
    assert schema(store.engine) == schema(anew.engine)
    store.close()
    anew.close()
