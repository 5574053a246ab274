"""Which revision the tables of a database are of, found out without the migrations; and all tables made anew."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select, text

from ivr.brokers.sql import make_missing, take_time
from ivr.brokers.table import tables as broker_tables
from ivr.errors import SetupError
from ivr.store.months import divide, make_parts
from ivr.store.tables import tables

REVISION = "0003"
"""The newest revision that this program knows: the last file in `migrations/versions/`. Four digits, counted on."""

notes = MetaData()
noted = Table("broker_line_revision", notes, Column("version_num", String(32), primary_key=True))
"""One row, written by the migrations. A name of our own: another program in the database may have migrations too."""

EVERY_TABLE: tuple[Table, ...] = (*tables.sorted_tables, *broker_tables.sorted_tables)
"""All that is kept, a table after those it refers to."""

OTHERS_WAIT_S = 60
"""Seconds that a process waits while another one makes or changes the tables."""

LOCK_WAIT_S = 5
"""Seconds that a change waits for a table on PostgreSQL: calls that append would queue up behind it."""

_LOCK = 5_208_695_001
"""Number of the advisory lock; any, as long as every process and version uses the same."""


def revision_of(connection: Connection) -> str | None:
    """The revision that is noted in a database; None without a note."""
    if connection.dialect.name == "postgresql":
        query = text("SELECT to_regclass(:name)")
    else:
        query = text("SELECT name FROM sqlite_master WHERE name = :name")
    if connection.execute(query, {"name": noted.name}).scalar() is None:
        return None
    return connection.execute(select(noted.c.version_num)).scalar()


def is_newer(revision: str) -> bool:
    """Whether a revision comes after all that this program knows, or is none of ours."""
    return not (revision.isdecimal() and len(revision) == len(REVISION)) or revision > REVISION


def too_new(revision: str) -> SetupError:
    """What to say to whoever starts a program that is older than its database."""
    return SetupError(
        f"The database is of revision {revision}, from a newer version of this program; this one knows up to "
        f"{REVISION}. Start the newer version, or let it lead the database back: ivr migrate --to {REVISION}"
    )


def there_alone(connection: Connection) -> None:
    """Keep every other process from making or changing tables until this transaction ends; wait for one that does."""
    if connection.dialect.name == "postgresql":
        take_time(connection)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{OTHERS_WAIT_S}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
        return
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {OTHERS_WAIT_S * 1000}")
    try:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {before}")


def any_table(connection: Connection) -> bool:
    """Whether a table of ours, or one of the same name, is there."""
    return bool({table.name for table in EVERY_TABLE} & set(inspect(connection).get_table_names()))


def make_all(connection: Connection) -> bool:
    """Make every table and note the revision, when none of them is there yet; else False, and nothing is done."""
    if any_table(connection):
        return False
    if connection.dialect.name == "postgresql":
        divide()
    for group in (tables, broker_tables, notes):
        make_missing(connection, group)
    if connection.dialect.name == "postgresql":
        make_parts(connection)
    connection.execute(insert(noted).values(version_num=REVISION))
    return True
