"""Which calls are under way, as far as what was kept of them tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from ivr.call import OVER
from ivr.store.database import Database
from ivr.store.tables import call_statuses, events

LONGEST_CALL = timedelta(hours=4)
"""No call lasts longer (provider's Dial page), so who is with a representative is there at most since then."""

LONGEST_TURN = timedelta(minutes=5)
"""Nobody listens and waits this long at any other step: that call is over, though nobody said so."""

MOST_LOOKED_AT = 2000
"""Turns looked at, the latest first, so that asking costs some milliseconds however much goes on."""


class CallsUnderWay(Database):
    """Counting and finding calls that are not over."""

    def under_way(self, now: datetime) -> Mapping[str, int]:
        """Kind of the step where a call is, to how many are there; kinds without a call are missing.

        A caller who hung up is counted until the provider's status callback says so, or for `LONGEST_TURN`.
        """
        waiting = self._waiting(now).subquery()
        query = select(waiting.c.kind, func.count()).group_by(waiting.c.kind)
        with self.reading() as connection:
            return {str(kind): int(count) for kind, count in connection.execute(query)}

    def call_sids_under_way(self, now: datetime) -> tuple[str, ...]:
        """The calls that `under_way` counts, the one longest without a key or a word first."""
        waiting = self._waiting(now).subquery()
        with self.reading() as connection:
            return tuple(connection.execute(select(waiting.c.call_sid).order_by(waiting.c.at)).scalars())

    @staticmethod
    def _waiting(now: datetime) -> Select[Any]:
        """The last turn of every call that waits somewhere."""
        last = events.alias()
        latest = (
            select(events.c.call_sid, events.c.turn, events.c.kind, events.c.at)
            .where(events.c.at >= now - LONGEST_CALL, events.c.outcome == "")
            .order_by(events.c.at.desc())
            .limit(MOST_LOOKED_AT)
            .subquery()
        )
        is_followed = exists().where(last.c.call_sid == latest.c.call_sid, last.c.turn > latest.c.turn)
        is_over = exists().where(call_statuses.c.call_sid == latest.c.call_sid, call_statuses.c.status.in_(OVER))
        can_be = or_(latest.c.kind == "dial", and_(latest.c.kind != "end", latest.c.at >= now - LONGEST_TURN))
        return select(latest.c.call_sid, latest.c.kind, latest.c.at).where(can_be, ~is_followed, ~is_over)
