"""Unconfirmed entries by calling number, so that guessing numbers comes to an end (D-27)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, not_, select

from ivr.store.database import Database
from ivr.store.tables import unconfirmed_entries


def caller_hash(secret: bytes, caller: str) -> str:
    """What stands for a calling number in the store: 64 hexadecimal digits that only the secret can be matched to."""
    return hmac.new(secret, caller.encode(), hashlib.sha256).hexdigest()


class Lockouts(Database):
    """Noting and counting unconfirmed entries. The numbers keyed are never kept."""

    def note_unconfirmed(self, caller: str, call_sid: str, turn: int, at: datetime) -> None:
        """One entry was not confirmed; a repeated webhook notes it once.

        Args:
            caller: `caller_hash` of the calling number.
            at: the moment of the turn, with zone.
        """
        row = {"call_sid": call_sid, "turn": turn, "caller_hash": caller, "at": at}
        with self.writing() as connection:
            self.insert_new(connection, unconfirmed_entries, [row])

    def unconfirmed_since(
        self, callers: Sequence[str], since: datetime, *, but_not: tuple[str, int] | None = None
    ) -> int:
        """How many entries of a calling number were not confirmed since a moment (inclusive).

        Args:
            callers: `caller_hash` of the number under every secret in use, the present one and earlier ones.
            but_not: `(call_sid, turn)` of the turn that asks; what was noted by it or later on its call does not
                count, so that a repeated webhook gets the same answer.
        """
        entry = unconfirmed_entries.c
        conditions = [entry.caller_hash.in_(callers), entry.at >= since]
        if but_not is not None:
            call_sid, turn = but_not
            conditions.append(not_(and_(entry.call_sid == call_sid, entry.turn >= turn)))
        with self.reading() as connection:
            query = select(func.count()).select_from(unconfirmed_entries).where(*conditions)
            return connection.execute(query).scalar_one()
