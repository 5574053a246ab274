"""Forgetting what happened on calls that began before a month (D-37): what there is of it, and removing it for good.

On PostgreSQL a month's part goes at once; everything else goes a few rows at a time, so that no call waits for long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, func, select, text

from ivr.brokers.sql import take_time
from ivr.errors import StoreUnavailable
from ivr.store.database import Database
from ivr.store.months import REST, parts, start_of
from ivr.store.tables import call_statuses, events, unconfirmed_entries

AT_ONCE = 1_000
"""Rows removed in one transaction: some hundredths of a second, for which turns on SQLite wait."""

LONGEST_CALL = timedelta(days=1)
"""No event of a call is later than this after the call began; the provider ends calls after four hours."""

LOCK_WAIT_MS = 200
"""Milliseconds for which removing a part may keep appending turns waiting; below what a turn waits for the store."""

TRIES = 100
"""Times that a part is tried to be removed, as long as it is being read or written."""

PAUSE_S = 0.02
"""Seconds between two goes, in which turns that waited are kept."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, and `(done, total)` rows of it."""


@dataclass(frozen=True, slots=True)
class Old:
    """What is kept from before a month.

    Args:
        before: the month, such as 202611; calls that began in it or later stay.
        events: month in which calls began to their rows, the oldest first.
        statuses, entries: what the provider said of calls, and unconfirmed entries, from before the month.
        has_newer: whether any event would stay.
    """

    before: int
    events: Mapping[int, int]
    statuses: int
    entries: int
    has_newer: bool

    @property
    def rows(self) -> int:
        """All of it."""
        return sum(self.events.values()) + self.statuses + self.entries


def old(database: Database, before: int) -> Old:
    """What would be removed; nothing is. Raises StoreUnavailable."""
    with database.writing() as connection:
        take_time(connection)
        by_month = (
            select(events.c.month, func.count().label("rows"))
            .where(*_old_events(before))
            .group_by(events.c.month)
            .order_by("month")
        )
        newer = select(events.c.turn).where(events.c.at >= start_of(before)).limit(1)
        return Old(
            before=before,
            events={row.month: row.rows for row in connection.execute(by_month)},
            statuses=_count(connection, call_statuses, before),
            entries=_count(connection, unconfirmed_entries, before),
            has_newer=connection.execute(newer).first() is not None,
        )


def forget(database: Database, found: Old, progress: Progress) -> int:
    """Remove what was found for good. Returns rows removed.

    Killed, it has removed a part; done again it removes the others. Raises StoreUnavailable, likewise.
    """
    removed = 0
    in_parts = database.engine.dialect.name == "postgresql"
    if in_parts:
        for month, part in _old_parts(database, found.before).items():
            _drop(database, part)
            removed += found.events.get(month, 0)
            progress("Removing events", removed, found.rows)
    for table, name in ((events, REST if in_parts else events.name), *((t, t.name) for t in _BY_MOMENT)):
        while count := _remove_some(database, table, name, found.before):
            removed += count
            progress(f"Removing {table.name}", removed, found.rows)
    return removed


_BY_MOMENT = (call_statuses, unconfirmed_entries)


def _old_events(before: int) -> tuple[ColumnElement[bool], ...]:
    """By their month; their moments only narrow it down for the index."""
    return events.c.month < before, events.c.at < start_of(before) + LONGEST_CALL


def _count(connection: Connection, table: Table, before: int) -> int:
    query = select(func.count()).select_from(table).where(table.c.at < start_of(before))
    return connection.execute(query).scalar_one()


def _old_parts(database: Database, before: int) -> Mapping[int, str]:
    with database.reading() as connection:
        return {month: part for month, part in parts(connection).items() if month < before}


def _drop(database: Database, part: str) -> None:
    """Remove a part when nobody is at it. Turns wait meanwhile, so it does not wait for long, but often."""
    for tries_left in reversed(range(TRIES)):
        try:
            with database.writing() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {part}")
        except StoreUnavailable as trouble:
            if not (trouble.can_retry and tries_left):
                raise
            time.sleep(PAUSE_S)
        else:
            return


def _remove_some(database: Database, table: Table, name: str, before: int) -> int:
    """Remove a few rows, and pause: turns go first. Returns how many."""
    where = "at < :limit AND month < :before" if table is events else "at < :limit"
    limit = start_of(before) + (LONGEST_CALL if table is events else timedelta())
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            chosen = f"ctid = ANY(ARRAY(SELECT ctid FROM {name} WHERE {where} LIMIT :most))"
        else:
            chosen = f"rowid IN (SELECT rowid FROM {name} WHERE {where} LIMIT :most)"
        values = {"limit": _as_kept(connection, limit), "before": before, "most": AT_ONCE}
        used = {key: value for key, value in values.items() if f":{key}" in chosen}
        count = connection.execute(text(f"DELETE FROM {name} WHERE {chosen}"), used).rowcount
    if count == AT_ONCE:
        time.sleep(PAUSE_S)
    return count


def _as_kept(connection: Connection, moment: datetime) -> object:
    """A moment as the database compares it."""
    return moment if connection.dialect.name == "postgresql" else f"{moment:%Y-%m-%d %H:%M:%S.%f}"
