"""What everything kept in a database shares: moments in UTC, tables made once, and database trouble in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, String, Text, TypeDecorator
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine


class Moment(TypeDecorator[datetime]):
    """A moment with zone: kept in UTC, given back in UTC and aware. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps text without a zone, so the zone is dropped there."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone was to be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def key_text(length: int) -> TypeEngine[str]:
    """Text of a key or a name, compared byte by byte in every database.

    PostgreSQL is told no length, for it would refuse what is longer, and with it what happened on a call.
    """
    return String(length).with_variant(Text(collation="C"), "postgresql")


def create_missing(engine: Engine, tables: MetaData) -> None:
    """Make the tables that are not there yet; several processes may do so at once."""
    with engine.begin() as connection:
        make_missing(connection, tables)


def make_missing(connection: Connection, tables: MetaData) -> None:
    """Make the tables that are not there yet, in the transaction at hand."""
    for table in tables.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))


def take_time(connection: Connection) -> None:
    """Let the statements of this transaction last as long as they need, where those of a call would be cut off."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def read_at_once(engine: Engine) -> Engine:
    """The same connections, for single statements: on PostgreSQL without a transaction around each, one round trip."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


_NO_TABLES = "The database has no tables yet, or they are older than this program."
_TOO_LONG = "The database was locked by another process for too long."

_SQLITE_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("SQLITE_FULL", "The disk that holds the database is full.", False),
    ("SQLITE_READONLY", "The database is read-only for this user.", False),
    ("SQLITE_BUSY", _TOO_LONG, True),
    ("SQLITE_LOCKED", _TOO_LONG, True),
    ("SQLITE_NOTADB", "The file is not a database, or is damaged.", False),
    ("SQLITE_CORRUPT", "The database file is damaged; restore it from a copy.", False),
    ("SQLITE_CANTOPEN", "The database file cannot be opened: no such folder, or no permission.", False),
    ("SQLITE_PERM", "The database file cannot be opened: no permission.", False),
    ("SQLITE_IOERR", "The disk that holds the database reported an error.", True),
)

_POSTGRESQL_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("42P01", _NO_TABLES, False),
    ("42703", _NO_TABLES, False),
    ("3F000", "The database has no such schema; make it, or name another.", False),
    ("53100", "The disk that holds the database is full.", False),
    ("53300", "The database server has no connection left for us.", True),
    ("25006", "The database is read-only for this user.", False),
    ("42501", "The database user may not do that; grant it the right.", False),
    ("55P03", _TOO_LONG, True),
    ("57014", "The database took too long.", True),
    ("57P0", "The database server is stopping or starting.", True),
    ("40", "The database had to give way to another process.", True),
    ("22", "The database cannot hold such a value.", False),
    ("08", "The connection to the database was lost.", True),
)
"""Beginning of a state (PostgreSQL's page "Error Codes"), sentence, can_retry."""

_REACHING_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("authentication failed", "The database server refuses our user or password.", False),
    ("no password supplied", "The database server wants a password.", False),
    ("no pg_hba.conf entry", "The database server refuses our user or this machine.", False),
    ("does not exist", "The database server has no such database or user.", False),
    ("too many clients", "The database server has no connection left for us.", True),
    ("starting up", "The database server is stopping or starting.", True),
    ("shutting down", "The database server is stopping or starting.", True),
    ("certificate", "The database server's certificate cannot be trusted.", False),
)
"""Words of the server or of its client library when no connection came about, sentence, can_retry."""


def trouble(error: SQLAlchemyError) -> tuple[str, bool]:
    """What is wrong with a database, and whether trying again makes sense: `(sentence, can_retry)`.

    The sentence holds no statement and no values, so nothing private can stand in it.
    """
    if isinstance(error, PoolTimeout):
        return "Every connection to the database is in use.", True
    original = error.orig if isinstance(error, DBAPIError) else None
    name = str(getattr(original, "sqlite_errorname", ""))
    state = str(getattr(original, "sqlstate", None) or "")
    for known, words in ((name, _SQLITE_WORDS), (state, _POSTGRESQL_WORDS)):
        for prefix, sentence, can_retry in words:
            if known.startswith(prefix):
                return sentence, can_retry
    if "no such table" in str(original):
        return _NO_TABLES, False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "The connection to the database was lost.", True
    if type(original).__module__.startswith("psycopg") and not state:
        return _unreached(str(original))
    kind = type(original or error).__name__
    return f"The database did not do what was asked ({kind}).", not isinstance(error, DataError | IntegrityError)


def _unreached(said: str) -> tuple[str, bool]:
    for words, sentence, can_retry in _REACHING_WORDS:
        if words in said:
            return sentence, can_retry
    if "NUL" in said:
        return "The database cannot hold such a value.", False
    return "The database server cannot be reached.", True
