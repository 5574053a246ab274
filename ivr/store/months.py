"""The month in which a call began: by it the event log is kept in parts on PostgreSQL, and forgotten everywhere.

A part is a partition of the table `events`. A row whose month has no part stands in a part for the rest, so that
nothing is lost when nobody has made one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Connection, text

from ivr.store.tables import events

AHEAD = 6
"""Months after the present one for which parts are made beforehand, at each start."""

REST = "events_rest"

PART = "events_{:04}_{:02}"


@lru_cache(maxsize=64)
def month_at(seconds: int) -> int:
    """The month of a moment in seconds since the epoch, in UTC, as one number: 202611."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.year * 100 + moment.month


def later(month: int, count: int) -> int:
    """So many months after another, or before it."""
    whole = month // 100 * 12 + month % 100 - 1 + count
    return whole // 12 * 100 + whole % 12 + 1


def start_of(month: int) -> datetime:
    """Its first moment, in UTC."""
    return datetime(month // 100, month % 100, 1, tzinfo=UTC)


def part_of(month: int) -> str:
    """The name of a month's part."""
    return PART.format(month // 100, month % 100)


def divide() -> None:
    """Let the table be made in parts by this process. On PostgreSQL, whose dialect SQLite does without."""
    events.dialect_options["postgresql"]["partition_by"] = "LIST (month)"


def parts(connection: Connection) -> dict[int, str]:
    """Month to the part that is there for it, the oldest first. On PostgreSQL."""
    query = text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = to_regclass('events') ORDER BY 1"
    )
    names = [name for name in connection.execute(query).scalars() if name != REST]
    return {int(name.removeprefix("events_").replace("_", "")): name for name in names}


def missing(connection: Connection, since: int | None = None) -> Sequence[int]:
    """Months that should have a part and have none: from one month, or the present one, to the last one ahead.

    The present month is the database's, which is the same for every machine.
    """
    query = text("SELECT CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)")
    present: int = connection.execute(query).scalar_one()
    there = parts(connection)
    return [month for month in _from(min(since or present, present), later(present, AHEAD)) if month not in there]


def make_parts(connection: Connection, since: int | None = None) -> None:
    """Make the parts that are missing, in the transaction at hand, which must be `revision.there_alone`.

    Rows of such a month that stand with the rest are moved to it.
    """
    months = missing(connection, since)
    if not months:
        return
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {REST} PARTITION OF events DEFAULT")
    # Whoever would add to the rest meanwhile waits.
    connection.exec_driver_sql(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE")
    for month in months:
        name = part_of(month)
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE events INCLUDING DEFAULTS)")
        moved = f"WITH moved AS (DELETE FROM {REST} WHERE month = {month} RETURNING *)"
        connection.exec_driver_sql(f"{moved} INSERT INTO {name} SELECT * FROM moved")
        connection.exec_driver_sql(f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES IN ({month})")


def _from(first: int, last: int) -> Iterator[int]:
    while first <= last:
        yield first
        first = later(first, 1)
