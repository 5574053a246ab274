"""What everything kept in a database shares: moments in UTC, tables made once, and database trouble in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable


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


def create_missing(engine: Engine, tables: MetaData) -> None:
    """Make the tables that are not there yet; several processes may do so at once."""
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(CreateIndex(index, if_not_exists=True))


_SQLITE_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("SQLITE_FULL", "The disk that holds the database is full.", False),
    ("SQLITE_READONLY", "The database is read-only for this user.", False),
    ("SQLITE_BUSY", "The database was locked by another process for too long.", True),
    ("SQLITE_LOCKED", "The database was locked by another process for too long.", True),
    ("SQLITE_NOTADB", "The file is not a database, or is damaged.", False),
    ("SQLITE_CORRUPT", "The database file is damaged; restore it from a copy.", False),
    ("SQLITE_CANTOPEN", "The database file cannot be opened: no such folder, or no permission.", False),
    ("SQLITE_PERM", "The database file cannot be opened: no permission.", False),
    ("SQLITE_IOERR", "The disk that holds the database reported an error.", True),
)


def trouble(error: SQLAlchemyError) -> tuple[str, bool]:
    """What is wrong with a database, and whether trying again makes sense: `(sentence, can_retry)`.

    The sentence holds no statement and no values, so nothing private can stand in it.
    """
    original = error.orig if isinstance(error, DBAPIError) else None
    name = str(getattr(original, "sqlite_errorname", ""))
    for prefix, sentence, can_retry in _SQLITE_WORDS:
        if name.startswith(prefix):
            return sentence, can_retry
    if "no such table" in str(original):
        return "The database has no tables yet, or they are older than this program.", False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "The connection to the database was lost.", True
    kind = type(original or error).__name__
    return f"The database did not do what was asked ({kind}).", True
