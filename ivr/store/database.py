"""The store's connection to its database: how it is opened, written and read, and what its troubles are called."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ivr.brokers.sql import create_missing, trouble
from ivr.errors import SetupError, StoreUnavailable
from ivr.store.tables import tables

LOCK_WAIT_MS = 2_000
"""Milliseconds to wait for another process's writing; below what a caller would notice as a hang."""


class Database:
    """One database, by its URL.

    Args:
        url: an SQLAlchemy URL, such as ``sqlite:////srv/broker-line/line.db``. ``sqlite://`` is a database in memory,
            for one process. The folder must be there.

    Raises:
        SetupError: the URL cannot be read, or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            in_memory = parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")
            options: dict[str, Any] = (
                {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if in_memory else {}
            )
            # Values stay out of error texts and logs: some of them are nobody's business (D-37).
            self._engine = create_engine(parsed, hide_parameters=True, **options)
        except (ArgumentError, ImportError) as error:
            raise SetupError("IVR_DATABASE_URL is not an address of a database that this program can use.") from error
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
        _forget_after_fork(self._engine)

    @property
    def engine(self) -> Engine:
        """For the directory's table, which lives in the same database."""
        return self._engine

    def create_tables(self) -> None:
        """Make the tables that are missing; several processes may do so at once."""
        with store_trouble():
            create_missing(self._engine, tables)

    def ping(self) -> None:
        """Returns when the database answers and has its tables; raises StoreUnavailable."""
        with self.reading() as connection:
            connection.execute(text("SELECT number FROM live_releases LIMIT 1"))

    def close(self) -> None:
        """Give back every connection; the store may be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from; raises StoreUnavailable."""
        with store_trouble(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, kept when the block ends well; raises StoreUnavailable."""
        with store_trouble(), self._engine.begin() as connection:
            yield connection

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; one whose key is there already is left as it is."""
        if rows:
            dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


@contextmanager
def store_trouble() -> Iterator[None]:
    """Turn what the database says inside the block into StoreUnavailable with a plain sentence."""
    try:
        yield
    except SQLAlchemyError as error:
        sentence, can_retry = trouble(error)
        raise StoreUnavailable(sentence, can_retry=can_retry) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Readers and the writer do not wait for each other (WAL); a power cut loses moments, never the file."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _forget_after_fork(engine: Engine) -> None:
    """A connection must not be used on both sides of a fork; the child opens its own."""
    known = weakref.ref(engine)

    def forget() -> None:
        if (inherited := known()) is not None:
            inherited.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
