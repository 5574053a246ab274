"""Everything of one database brought into another: done again it goes on to the same end, and both are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os.path import samefile
from secrets import randbelow
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from ivr.brokers.sql import take_time
from ivr.errors import SetupError
from ivr.store.database import Database, store_trouble
from ivr.store.engines import is_in_memory
from ivr.store.months import month_at
from ivr.store.revision import EVERY_TABLE, REVISION, is_newer, too_new
from ivr.store.tables import events, releases

AT_ONCE = 2_000
"""Rows read, compared and kept at once; a copy that is killed loses no more than these."""

BUNDLES_AT_ONCE = 20
"""The same for releases, each of which is a whole project."""

FIRST_PART = 202001
"""No part is made for an earlier month; rows of one stand with the rest."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, and `(done, total)` rows of it."""

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TableCopied:
    """One table as it is in both databases: its rows, how many of them came with this copy, what they hash to."""

    name: str
    rows: int
    brought: int
    sha256: str


def copy(source: Database, target: Database, progress: Progress) -> Sequence[TableCopied]:
    """Bring everything over, and compare both sides by count and hash of every table of `revision.EVERY_TABLE`.

    The target may be empty, or hold a part of what the source holds, as after a copy that was killed: then it is
    completed. Nothing of the source is changed; what is written to it meanwhile is left for another copy.

    Raises:
        SetupError: both are the same database, the source is of another revision, the target holds something else or
            is of a newer program; nothing was copied.
        StoreUnavailable: a database did not do its part; do it again, and it goes on.
    """
    _must_be_fit_to_read(source)
    target.create_tables()
    _make_parts_for(source, target)
    with store_trouble(), _snapshot(source) as reading, _patient(target) as writing:
        if _are_the_same(reading, writing):
            raise SetupError("Both are the same database; there is nothing to copy.")
        rows = {table: _count(reading, table) for table in EVERY_TABLE}
        begun = [table for table in EVERY_TABLE if _count(writing, table)]
        for table in begun:
            _must_hold_nothing_else(table, reading, writing, rows[table], progress)
        return [
            _copied(table, reading, writing, rows[table], is_begun=table in begun, progress=progress)
            for table in EVERY_TABLE
        ]


def _make_parts_for(source: Database, target: Database) -> None:
    """On PostgreSQL, a part for each month back to the oldest event."""
    with source.reading() as connection:
        oldest = connection.execute(select(func.min(events.c.at))).scalar()
    if oldest:
        target.make_parts(max(month_at(int(oldest.timestamp())), FIRST_PART))


def _must_be_fit_to_read(source: Database) -> None:
    if is_in_memory(source.engine):
        raise SetupError("A database in memory cannot be copied: only the process that has it sees it.")
    found = source.revision()
    if found and is_newer(found):
        raise too_new(found)
    if found != REVISION:
        state = f"of revision {found}, not {REVISION}" if found else "empty, or of an earlier version of this program"
        raise SetupError(
            f"The database to copy from is {state}. Bring it up to date first: IVR_DATABASE_URL=FROM ivr migrate"
        )


@contextmanager
def _snapshot(source: Database) -> Iterator[Connection]:
    """A connection that goes on seeing the database as it is now, whatever is written to it."""
    with source.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            take_time(connection)
        else:
            connection.exec_driver_sql("BEGIN")
        yield connection


@contextmanager
def _patient(target: Database) -> Iterator[Connection]:
    """A connection whose statements may last, which nobody else gets afterwards."""
    with target.engine.connect() as connection:
        connection.detach()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        yield connection


def _are_the_same(reading: Connection, writing: Connection) -> bool:
    """Whether two addresses, however they are written, lead to one place."""
    if reading.dialect.name != writing.dialect.name:
        return False
    where = "PRAGMA database_list" if reading.dialect.name == "sqlite" else "SELECT current_schema()"
    one, other = (connection.exec_driver_sql(where).one() for connection in (reading, writing))
    if reading.dialect.name == "sqlite":
        return samefile(one[2], other[2])
    # A lock that one holds and the other cannot get is in the same database.
    lock = {"key": randbelow(2**62)}
    reading.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
    got = writing.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), lock).scalar_one()
    writing.commit()
    return tuple(one) == tuple(other) and not got


def _must_hold_nothing_else(
    table: Table, reading: Connection, writing: Connection, total: int, progress: Progress
) -> None:
    """What is in the target's table must be in the source's, row for row."""
    before: Key | None = None
    for rows, done in _portions(reading, table):
        wanted = {_key(table, row): row for row in rows}
        last = next(reversed(wanted))
        for row in writing.execute(_between(table, before, last)):
            if wanted.get(_key(table, row)) != row:
                raise _something_else(table)
        before = last
        progress(f"Comparing {table.name}", done, total)
    if writing.execute(_between(table, before, None).limit(1)).first() is not None:
        raise _something_else(table)
    writing.commit()


def _something_else(table: Table) -> SetupError:
    return SetupError(
        f'The database to copy to holds other rows in "{table.name}" than the one to copy from: it has been used, or '
        "the other has changed since an earlier copy. Copy to an empty one. Nothing was copied."
    )


def _copied(
    table: Table, reading: Connection, writing: Connection, total: int, *, is_begun: bool, progress: Progress
) -> TableCopied:
    """Bring over what is missing of a table, each portion for good; then read the target's again and compare."""
    brought, digest, before = 0, hashlib.sha256(), None
    for rows, done in _portions(reading, table):
        last = _key(table, rows[-1])
        there = (
            {_key(table, row) for row in writing.execute(_between(table, before, last))} if is_begun else frozenset()
        )
        missing = [row for row in rows if _key(table, row) not in there]
        _keep(writing, table, missing)
        writing.commit()
        _add(digest, rows)
        brought, before = brought + len(missing), last
        progress(f"Copying {table.name}", done, total)
    _count_on(writing, table)
    found, anew = 0, hashlib.sha256()
    for rows, found in _portions(writing, table):
        _add(anew, rows)
        progress(f"Checking {table.name}", min(found, total), total)
    writing.commit()
    if (found, anew.digest()) != (total, digest.digest()):
        raise SetupError(
            f'Somebody else writes to "{table.name}" of the database to copy to. Stop that, and copy again.'
        )
    return TableCopied(table.name, total, brought, digest.hexdigest())


def _portions(connection: Connection, table: Table) -> Iterator[tuple[Sequence[Row[Any]], int]]:
    """All rows in the order of their keys, portion by portion, each with how many there have been."""
    at_once = BUNDLES_AT_ONCE if table is releases else AT_ONCE
    query = select(table).order_by(*_keys(table))
    done = 0
    with connection.execute(query, execution_options={"yield_per": at_once}) as result:
        for rows in result.partitions():
            done += len(rows)
            yield rows, done


def _between(table: Table, after: Key | None, last: Key | None) -> Select[Any]:
    """The rows whose keys come after one and not after another; None for no bound."""
    keys = tuple_(*_keys(table))
    query = select(table)
    if after is not None:
        query = query.where(keys > after)
    return query if last is None else query.where(keys <= last)


def _keys(table: Table) -> Sequence[ColumnElement[Any]]:
    """The columns of a table's key. Texts among them are `brokers.sql.key_text`, whose order is the same everywhere."""
    return list(table.primary_key.columns)


def _key(table: Table, row: Row[Any]) -> Key:
    """Of a row of `select(table)`; a key's columns come first in every table."""
    return tuple(row[: len(table.primary_key.columns)])


def _keep(writing: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    if rows:
        dialect = postgresql if writing.dialect.name == "postgresql" else sqlite
        values = [dict(zip(table.columns.keys(), row, strict=True)) for row in rows]
        writing.execute(dialect.insert(table).on_conflict_do_nothing(), values)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _count_on(writing: Connection, table: Table) -> None:
    """Let PostgreSQL's next number come after those that were brought; SQLite sees to it by itself."""
    column = table.autoincrement_column
    if column is not None and writing.dialect.name == "postgresql":
        query = text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), max({column.name})) "
            f"FROM {table.name}"
        )
        writing.execute(query)
        writing.commit()


def _add(digest: Any, rows: Sequence[Row[Any]]) -> None:
    """Rows become part of a hash, as the values that they are in this program, whatever the database makes of them."""
    for row in rows:
        digest.update(repr(tuple(row)).encode())
