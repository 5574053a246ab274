"""The certification directory as a database table, filled by `ivr brokers import`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from ivr.brokers.directory import Answer, answer
from ivr.brokers.record import COLUMNS, LONGEST_AGENCY, LONGEST_NAME, LONGEST_NPN, Broker, is_certified, normal_npn
from ivr.brokers.sql import Moment, create_missing, key_text, read_at_once, take_time, trouble
from ivr.errors import DirectoryUnavailable

tables = MetaData()

brokers = Table(
    "brokers",
    tables,
    Column("npn", key_text(LONGEST_NPN), primary_key=True),
    Column("first_name", String(LONGEST_NAME), nullable=False),
    Column("last_name", String(LONGEST_NAME), nullable=False),
    Column("certified_from", Date),
    Column("certified_through", Date),
    Column("training_completed_on", Date),
    Column("license_active", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("agency", String(LONGEST_AGENCY), nullable=False),
)

imports = Table(
    "broker_imports",
    tables,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("file", String(500), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    sqlite_autoincrement=True,
)

every_row = select(*(brokers.c[name] for name in COLUMNS))
_by_npn = every_row.where(brokers.c.npn == bindparam("npn"))


class TableDirectory:
    """The directory from the table of a database that is handed in.

    Local and indexed, so it never keeps a caller waiting; how long a locked database is waited for is the engine's
    own setting.
    """

    may_be_slow = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = read_at_once(engine)

    def create_tables(self) -> None:
        """Make the tables that are missing; raises DirectoryUnavailable."""
        with directory_trouble():
            create_missing(self._engine, tables)

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`."""
        return answer(self.find(npn), today)

    def find(self, npn: str) -> Broker | None:
        """The whole record, for the desk and `ivr brokers show`; None when the number is not on file."""
        with directory_trouble(), self._reading.connect() as connection:
            row = connection.execute(_by_npn, {"npn": normal_npn(npn)}).one_or_none()
        return None if row is None else broker_of(tuple(row))

    def count(self) -> int:
        """How many brokers are on the list; raises DirectoryUnavailable."""
        with directory_trouble(), self._reading.connect() as connection:
            return connection.execute(select(func.count()).select_from(brokers)).scalar_one()

    def certified_on(self, today: date) -> int:
        """How many brokers are certified on a day in Central time, from the whole list; raises DirectoryUnavailable."""
        with directory_trouble(), self._engine.begin() as connection:
            take_time(connection)
            return sum(is_certified(broker_of(tuple(row)), today) for row in connection.execute(every_row))

    def updated_at(self) -> datetime | None:
        """When the last import was made; None before the first, or when the database does not answer."""
        try:
            with self._reading.connect() as connection:
                return latest_import(connection)[1]
        except SQLAlchemyError:
            # The age of the list is a warning at the desk (D-22); it must not stand in the way of a call.
            return None


def broker_of(row: tuple[Any, ...]) -> Broker:
    """A record from a row of `every_row`."""
    return Broker(*row)


def latest_import(connection: Connection) -> tuple[int, datetime | None]:
    """Number and moment of the last import; `(0, None)` before the first."""
    row = connection.execute(select(imports.c.number, imports.c.at).order_by(imports.c.number.desc()).limit(1)).first()
    return (0, None) if row is None else (cast(int, row[0]), cast(datetime, row[1]))


@contextmanager
def directory_trouble() -> Iterator[None]:
    """Turn what the database says inside the block into DirectoryUnavailable with a plain sentence."""
    try:
        yield
    except SQLAlchemyError as error:
        sentence, can_retry = trouble(error)
        # The driver's own error is the cause: SQLAlchemy's would quote the number that was looked up.
        raise DirectoryUnavailable(sentence, can_retry=can_retry) from getattr(error, "orig", None)
