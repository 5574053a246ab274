"""Databases that hold very many calls already, filled by a few statements of the database's own."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from ivr.store import Store
from ivr.store.months import later, month_at

STEPS_OF_A_TURN = (3, 2, 2, 2, 2, 2, 1, 1)
"""Events on each turn of a call, as long as the usual one: eight turns, fifteen events."""

MONTHS = 13
"""Over which the calls are spread, this one the last."""


def sid(number: int) -> str:
    """The call of a number, whose order has nothing to do with the order in which calls came."""
    return "CA" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def fill(store: Store, calls: int, now: datetime) -> None:
    """Put so many calls into an empty store, evenly over thirteen months that end now.

    One in twenty has an unconfirmed entry. Rows stand in the order of time, as they would; keys stand in theirs.
    """
    began = now - timedelta(days=365)
    apart = timedelta(days=365) / calls
    if store.engine.dialect.name == "sqlite":
        assert store.engine.url.database
        store.close()
        _fill_sqlite(Path(store.engine.url.database), calls, began, apart)
    else:
        store.make_parts(later(month_at(int(now.timestamp())), -MONTHS))
        _fill_postgresql(store, calls, began, apart)


def _values(calls: int, began: datetime, apart: timedelta) -> dict[str, float]:
    return {"calls": calls, "began": began.timestamp(), "apart": apart.total_seconds()}


_SHAPE = " UNION ALL ".join(
    f"SELECT {turn} AS turn, {place} AS place"
    for turn, count in enumerate(STEPS_OF_A_TURN, start=1)
    for place in range(count)
)
_REST = f"'first_menu', 'menu', '2', '2', 'none', 1.234, 'broker_line', '{'ab' * 32}', '+*********99'"
_EVENTS = "call_sid, turn, place, month, at, step, kind, outcome, input, label, ms, flow, release, caller"
_STATUSES = "call_sid, status, duration_s, at"
_ENTRIES = "call_sid, turn, caller_hash, at"


def _fill_postgresql(store: Store, calls: int, began: datetime, apart: timedelta) -> None:
    month = "CAST(to_char(at AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)"
    statements = [
        "ALTER TABLE events DROP CONSTRAINT events_pkey",
        (
            "CREATE TABLE filling AS SELECT 'CA' || md5(CAST(n AS TEXT)) AS sid, n, "
            "to_timestamp(CAST(:began AS FLOAT) + n * CAST(:apart AS FLOAT)) AS at "
            "FROM generate_series(0, CAST(:calls AS INTEGER) - 1) AS n"
        ),
        (
            f"INSERT INTO events ({_EVENTS}) SELECT sid, turn, place, {month}, at + turn * interval '5 s', {_REST} "
            f"FROM filling, ({_SHAPE}) AS shape ORDER BY n, turn, place"
        ),
        f"INSERT INTO call_statuses ({_STATUSES}) SELECT sid, 'completed', 40, at + interval '45 s' FROM filling",
        (
            f"INSERT INTO unconfirmed_entries ({_ENTRIES}) SELECT sid, 4, md5(sid) || md5(sid), at FROM filling "
            "WHERE n % 20 = 0"
        ),
        "DROP TABLE filling",
        "ALTER TABLE events ADD PRIMARY KEY (call_sid, turn, place, month)",
    ]
    with store.writing() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
        for statement in statements:
            connection.execute(text(statement), _values(calls, began, apart))
    with store.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")


def _fill_sqlite(file: Path, calls: int, began: datetime, apart: timedelta) -> None:
    at = "strftime('%Y-%m-%d %H:%M:%S.000000', at + {}, 'unixepoch')"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.create_function("sid", 1, sid, deterministic=True)
    for pragma in ("journal_mode = DELETE", "synchronous = OFF", "cache_size = -2000000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    connection.execute("DROP INDEX events_in_time")
    connection.execute("CREATE TEMP TABLE filling (n INTEGER PRIMARY KEY, sid TEXT, at REAL)")
    connection.execute(
        "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :calls - 1) "
        "INSERT INTO filling SELECT n, sid(n), :began + n * :apart FROM numbers",
        _values(calls, began, apart),
    )
    connection.execute(
        f"INSERT INTO events ({_EVENTS}) SELECT sid, turn, place, CAST(strftime('%Y%m', at, 'unixepoch') AS INTEGER), "
        f"{at.format('turn * 5')}, {_REST} FROM filling CROSS JOIN ({_SHAPE})"
    )
    connection.execute(
        f"INSERT INTO call_statuses ({_STATUSES}) SELECT sid, 'completed', 40, {at.format('45')} FROM filling"
    )
    connection.execute(
        f"INSERT INTO unconfirmed_entries ({_ENTRIES}) SELECT sid, 4, substr(sid || sid || sid, 3, 64), "
        f"{at.format('20')} FROM filling WHERE n % 20 = 0"
    )
    connection.execute("CREATE INDEX events_in_time ON events (at)")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def used_bytes(store: Store) -> int:
    """Bytes on disk of everything that is kept, indexes included."""
    if store.engine.dialect.name == "sqlite":
        assert store.engine.url.database
        return Path(store.engine.url.database).stat().st_size
    query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
    with store.reading() as connection:
        return int(connection.exec_driver_sql(query + "CAST(current_schema() AS regnamespace)").scalar_one())


def now() -> datetime:
    """The end of what is filled in."""
    return datetime.now(UTC)
