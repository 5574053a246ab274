"""Closures that were posted by hand: they begin, they end by themselves or earlier, and every one is remembered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, case, insert, select, update

from ivr.hours import Closure
from ivr.store.database import Database
from ivr.store.tables import closures

_until = case((closures.c.ended_at < closures.c.until, closures.c.ended_at), else_=closures.c.until)
"""When a closure really ends."""


class Closures(Database):
    """Posting, ending and reading closures (D-20)."""

    def add_closure(self, starts: datetime, until: datetime, reason: str, at: datetime) -> None:
        """Close the line from `starts` (inclusive) to `until` (exclusive); moments with zone, `at` is the posting's."""
        with self.writing() as connection:
            connection.execute(insert(closures).values(starts=starts, until=until, reason=reason, added_at=at))

    def end_closures(self, at: datetime) -> int:
        """End every closure that runs at a moment; those that begin later stay. Returns how many were ended."""
        running = (closures.c.starts <= at, _until > at)
        with self.writing() as connection:
            return connection.execute(update(closures).where(*running).values(ended_at=at)).rowcount

    def closures_since(self, moment: datetime) -> tuple[Closure, ...]:
        """Closures that run at a moment or begin after it, the earliest first."""
        return self._read(_until, _until > moment)

    def closures_known_at(self, moment: datetime) -> tuple[Closure, ...]:
        """Closures that ran or lay ahead at a moment, as they stood then: posted by then, and ended early only by then.

        What a caller heard of a closure comes from here, whatever became of it since (D-20).
        """
        until = case((closures.c.ended_at <= moment, _until), else_=closures.c.until)
        return self._read(until, closures.c.added_at <= moment, until > moment)

    def _read(self, until: ColumnElement[datetime], *which: ColumnElement[bool]) -> tuple[Closure, ...]:
        query = (
            select(closures.c.starts, until, closures.c.reason)
            .where(*which, until > closures.c.starts)
            .order_by(closures.c.starts, closures.c.id)
        )
        with self.reading() as connection:
            return tuple(Closure(starts, until, reason) for starts, until, reason in connection.execute(query))
