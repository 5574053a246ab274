"""The store's connection to its database: how it is opened, written and read, and what its troubles are called."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ivr.brokers.sql import read_at_once, trouble
from ivr.errors import StoreUnavailable
from ivr.log import logger
from ivr.store.checkpoints import bring_in
from ivr.store.engines import Durability, engine_for, is_in_memory
from ivr.store.months import make_parts, missing
from ivr.store.plain import PlainConnections
from ivr.store.revision import REVISION, any_table, is_newer, make_all, revision_of, there_alone, too_new

if TYPE_CHECKING:
    from ivr.store.migrations.run import Step

log = logger(__name__)


class Database:
    """One database, by its address; see `engines.engine_for`. The folder of a file must be there.

    Raises:
        SetupError: the address cannot be read, or its driver is not installed.
    """

    def __init__(self, url: str, durability: Durability = "normal") -> None:
        self._engine = engine_for(url, durability)
        self._pulse = self._engine
        if self._engine.dialect.name == "postgresql":
            self._pulse = engine_for(url, durability, is_for_pulse=True)
        self._at_once = read_at_once(self._engine)
        self._plain = PlainConnections(self._engine)
        self._insertions: dict[tuple[Table, tuple[str, ...], int, bool], Insertion] = {}

    @property
    def engine(self) -> Engine:
        """For the directory's table, which lives in the same database."""
        return self._engine

    @property
    def is_elsewhere(self) -> bool:
        """A server, perhaps of another machine, which may be slow while this one is well."""
        return self._engine.dialect.name != "sqlite"

    def create_tables(self) -> None:
        """Make the tables, or bring those of an earlier program up to date. Several processes may do so at once.

        Raises:
            SetupError: a newer program has been here, or another program's tables are.
            StoreUnavailable: nothing was changed.
        """
        if self.revision() != REVISION:
            with self._alone() as connection:
                _bring_up_to_date(connection)
        self.make_parts()

    def make_parts(self, since: int | None = None) -> None:
        """Make what is missing of the event log's parts, see `months`; where that fails, nothing is lost by it."""
        if self._engine.dialect.name != "postgresql":
            return
        try:
            with self.reading() as connection:
                is_whole = not missing(connection, since)
            if not is_whole:
                with self._alone() as connection:
                    make_parts(connection, since)
        except StoreUnavailable as trouble:
            log.warning("no parts were made for the coming months", trouble=str(trouble))

    @property
    def shown_address(self) -> str:
        """The address without its password, for people; PostgreSQL takes one in the query, too."""
        url = self._engine.url.set(drivername=self._engine.dialect.name)
        shown = url.update_query_dict({name: "hidden" for name in url.query if "password" in name})
        return shown.render_as_string(hide_password=True)

    def has_tables(self) -> bool:
        """Whether any table of ours is there; raises StoreUnavailable."""
        with self.reading() as connection:
            return any_table(connection)

    def revision(self) -> str | None:
        """Which revision the tables are of; None when there are none, or those from before revisions were noted."""
        with store_trouble(), self._at_once.connect() as connection:
            return revision_of(connection)

    def steps_to(self, revision: str = REVISION) -> Sequence[Step]:
        """What `lead_to` would do, in order; nothing when the database is there already. Raises SetupError."""
        from ivr.store.migrations.run import steps

        if (found := self.revision()) and is_newer(found):
            raise too_new(found)
        return steps(found, revision)

    def lead_to(self, revision: str) -> None:
        """Lead the database forward or back to a revision: the whole way or not at all. Raises as `create_tables`."""
        from ivr.store.migrations.run import migrate

        if revision == REVISION:
            self.create_tables()
        elif self.steps_to(revision):
            with self._alone() as connection:
                migrate(connection, revision)

    def ping(self) -> None:
        """Returns when the database answers and has its tables; raises StoreUnavailable."""
        with self.reading() as connection:
            connection.execute(_any_live)

    def bring_in(self) -> None:
        """What turns have written beside the database, brought into it; see `checkpoints`. Raises StoreUnavailable."""
        with store_trouble():
            bring_in(self._engine)

    def answer(self) -> None:
        """Returns when the database answers, whoever holds its tables or our connections; raises StoreUnavailable."""
        with store_trouble(), self._pulse.connect() as connection:
            connection.execute(_anything)

    def close(self) -> None:
        """Give back every connection; the store may be used again afterwards."""
        self._plain.close()
        self._engine.dispose()
        self._pulse.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from, each statement for itself; raises StoreUnavailable."""
        with store_trouble(), self._at_once.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, kept when the block ends well; raises StoreUnavailable."""
        with store_trouble(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A transaction in which tables may be made and changed; no other process does so meanwhile."""
        with self.writing() as connection:
            if not is_in_memory(self._engine):
                there_alone(connection)
            yield connection

    def keep(self, table: Table, rows: Sequence[Mapping[str, Any]], *, together: bool = False) -> bool:
        """Insert rows for good, all or none; one whose key is there already is left as it is.

        One statement, which on PostgreSQL is one round trip. Raises StoreUnavailable.

        Args:
            together: if the key of any row is there already, none is inserted; returns False then.
        """
        if not rows or self._kept_plainly(table, rows, together=together):
            return True
        with store_trouble(), self._at_once.begin() as connection:
            try:
                connection.exec_driver_sql(*self._insertion(table, rows, together=together))
            except IntegrityError:
                if together:
                    return False
                raise
        return True

    def _kept_plainly(self, table: Table, rows: Sequence[Mapping[str, Any]], *, together: bool) -> bool:
        """Insert rows by SQLite's driver alone, which costs a turn less; False: nothing was kept, whatever it was.

        Every turn comes by here. What goes wrong is tried once more the usual way, which has words for it.
        """
        if self._engine.dialect.name != "sqlite":
            return False
        statement, values = self._insertion(table, rows, together=together)
        driver = self._plain.held()
        if driver is None:
            try:
                with store_trouble():
                    driver = self._plain.opened()
            except sqlite3.Error:
                return False
        try:
            driver.execute(statement, values)
            driver.commit()
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                driver.rollback()
            return False
        return True

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert a few rows in the transaction at hand; one whose key is there already is left as it is."""
        connection.exec_driver_sql(*self._insertion(table, rows))

    def _insertion(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, together: bool = False
    ) -> tuple[str, tuple[Any, ...]]:
        """The statement that inserts rows, in the driver's own words, and its values."""
        names = tuple(rows[0])
        wanted = (table, names, len(rows), together)
        insertion = self._insertions.get(wanted)
        if insertion is None:
            insertion = self._insertions[wanted] = _insertion(self._engine, *wanted)
        statement, in_order, processed = insertion
        values: list[Any] = []
        for row in rows:
            values += in_order(row)
        # The rows of a turn are of one moment.
        made: dict[int, Any] = {}
        for at, process in processed:
            for place in range(at, len(values), len(names)):
                value = values[place]
                if id(value) not in made:
                    made[id(value)] = process(value)
                values[place] = made[id(value)]
        return statement, tuple(values)


Insertion = tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]], Sequence[tuple[int, Callable[[Any], Any]]]]
"""A statement, what takes a row's values in its order, and at which of them something must become the driver's own."""


def _insertion(engine: Engine, table: Table, names: Sequence[str], count: int, together: bool) -> Insertion:
    """One statement for so many rows, in the driver's own words: SQLAlchemy would work on it anew for each turn."""
    mark = "%s" if engine.dialect.paramstyle.endswith("format") else "?"
    row = f"({', '.join([mark] * len(names))})"
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES {", ".join([row] * count)}'
    statement += "" if together else " ON CONFLICT DO NOTHING"
    processors = [table.c[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for name in names]
    return statement, itemgetter(*names), [(at, process) for at, process in enumerate(processors) if process]


def _bring_up_to_date(connection: Connection) -> None:
    """With nobody else at it: look again, and do what is still to be done."""
    found = revision_of(connection)
    if found == REVISION:
        return
    if found and is_newer(found):
        raise too_new(found)
    if found is None and make_all(connection):
        return
    # Only now, since it is large and not needed by whoever answers calls.
    from ivr.store.migrations.run import migrate

    migrate(connection, REVISION)


_anything = text("SELECT 1")
_any_live = text("SELECT number FROM live_releases LIMIT 1")


@contextmanager
def store_trouble() -> Iterator[None]:
    """Turn what the database says inside the block into StoreUnavailable with a plain sentence."""
    try:
        yield
    except SQLAlchemyError as error:
        sentence, can_retry = trouble(error)
        raise StoreUnavailable(sentence, can_retry=can_retry) from error
