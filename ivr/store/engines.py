"""Engines by a database's address: what is the same for every connection to SQLite, and to PostgreSQL."""

from __future__ import annotations

import select
from typing import Any, Literal

from sqlalchemy import URL, Engine, StaticPool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError

from ivr.after_fork import after_fork
from ivr.errors import SetupError

Durability = Literal["normal", "full"]
"""What a power cut may take: with `normal` on SQLite the last moments, with `full` nothing that was kept."""

LOCK_WAIT_MS = 2_000
"""Milliseconds to wait for another process's writing; below what a caller would notice as a hang."""

CONNECT_S = 2
"""Seconds in which a connection to PostgreSQL must come about (its client library knows no fewer)."""

STATEMENT_MS = 2_000
"""Milliseconds that a statement may last on PostgreSQL, unless its transaction takes its time (`brokers.sql`)."""

CONNECTIONS, MORE_CONNECTIONS = 4, 12
"""Connections that a process keeps to PostgreSQL, and how many more it opens when all are in use."""

FREE_CONNECTION_S = 3.0
"""Seconds to wait until one of them is free: longer than a statement may hold it, and than any turn waits."""

ONE_CONNECTION = {"pool_size": 1, "max_overflow": 0}

DRIVERS = {"sqlite": ("sqlite", "sqlite+pysqlite"), "postgresql": ("postgresql", "postgres", "postgresql+psycopg")}
"""Database to the forms in which an address may begin."""


def engine_for(address: str, durability: Durability = "normal", *, is_for_pulse: bool = False) -> Engine:
    """An engine for ``sqlite:///FILE``, ``sqlite://`` (in memory, one process) or ``postgresql://USER@HOST/NAME``.

    Raises SetupError: it is no such address. Nothing is connected yet. `is_for_pulse`: one with a single connection, to
    ask whether a server answers although every other connection waits for it.
    """
    try:
        url = _url(address)
        # Values stay out of error texts and logs: some of them are nobody's business (D-37).
        options = _options(url, durability) | (ONE_CONNECTION if is_for_pulse else {})
        engine = create_engine(url, hide_parameters=True, **options)
    except (ArgumentError, ImportError, ValueError) as error:
        raise SetupError(
            "IVR_DATABASE_URL is not an address of a database that this program can use. "
            "Write sqlite:////FOLDER/line.db or postgresql://USER@HOST/NAME."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _Pragmas(durability))
    else:
        event.listen(engine, "checkout", _still_there)
        event.listen(engine, "handle_error", _leave_plans_behind)
    after_fork(engine, lambda inherited: inherited.dispose(close=False))
    return engine


def is_in_memory(engine: Engine) -> bool:
    """A database that only this process has, and that ends with it."""
    return engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:")


def _url(address: str) -> URL:
    url = make_url(address)
    for backend, forms in DRIVERS.items():
        if url.drivername in forms:
            return url.set(drivername="postgresql+psycopg" if backend == "postgresql" else "sqlite")
    raise ValueError(url.drivername)


def _options(url: URL, durability: Durability) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {
            "pool_size": CONNECTIONS,
            "max_overflow": MORE_CONNECTIONS,
            "pool_timeout": FREE_CONNECTION_S,
            "pool_use_lifo": True,
            "use_native_hstore": False,
            "connect_args": _connecting(url, durability),
        }
    if url.database in (None, "", ":memory:"):
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    return {}


def _connecting(url: URL, durability: Durability) -> dict[str, Any]:
    """What PostgreSQL's client library is told ("Parameter Key Words"); the address has the last word.

    A dead machine is noticed in seconds: by keepalives while we wait for it, by `tcp_user_timeout` while we send.
    """
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "application_name": "broker-line",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 4_000,
    }
    told = {name: value for name, value in ours.items() if name not in url.query}
    settings = [f"-c statement_timeout={STATEMENT_MS}", "-c timezone=UTC"]
    if durability == "full":
        settings.append("-c synchronous_commit=on")
    given = url.query.get("options", "")
    told["options"] = " ".join([*settings, given if isinstance(given, str) else " ".join(given)]).strip()
    return told


class _Pragmas:
    """Readers and the writer do not wait for each other (WAL); a power cut never costs the file."""

    def __init__(self, durability: Durability) -> None:
        self._synchronous = "FULL" if durability == "full" else "NORMAL"

    def __call__(self, connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
                cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute(f"PRAGMA synchronous = {self._synchronous}")
            cursor.execute("PRAGMA foreign_keys = ON")
        finally:
            cursor.close()


def _still_there(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool replace a connection that its server has closed, without asking the server: that is a round trip.

    Between statements a server seldom says anything. What it does say is taken in, and an end is noticed by that.
    """
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN | select.POLLPRI)
        while poll.poll(0):
            connection.pgconn.consume_input()
    except Exception as error:
        raise DisconnectionError("the server closed the connection") from error


PLAN_IS_OF_EARLIER_TABLES = "0A000"
"""PostgreSQL's code for "cached plan must not change result type": the tables were changed since the plan was made."""


def _leave_plans_behind(context: Any) -> None:
    """A connection that has planned a statement for earlier tables never runs it again: the pool begins afresh."""
    if getattr(context.original_exception, "sqlstate", None) == PLAN_IS_OF_EARLIER_TABLES:
        context.is_disconnect = True
