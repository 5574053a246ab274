"""Closures that were posted by hand: they begin, they end by themselves or earlier, and every one is remembered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, insert, select, update

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
        query = (
            select(closures.c.starts, _until, closures.c.reason)
            .where(_until > moment, _until > closures.c.starts)
            .order_by(closures.c.starts, closures.c.id)
        )
        with self.reading() as connection:
            return tuple(Closure(starts, until, reason) for starts, until, reason in connection.execute(query))
