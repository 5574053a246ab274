"""Unconfirmed entries by calling number, so that guessing numbers comes to an end (D-27)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, or_, select, tuple_

from ivr.store.database import Database
from ivr.store.tables import unconfirmed_entries


def caller_hash(secret: bytes, caller: str) -> str:
    """What stands for a calling number in the store: 64 hexadecimal digits that only the secret can be matched to."""
    return hmac.new(secret, caller.encode(), hashlib.sha256).hexdigest()


class Lockouts(Database):
    """Noting and counting unconfirmed entries. The numbers keyed are never kept."""

    def note_unconfirmed(self, caller: str, call_sid: str, turn: int, at: datetime) -> None:
        """One entry is not confirmed, or not yet; a repeated webhook notes it once.

        Args:
            caller: `caller_hash` of the calling number.
            at: the moment of the turn, with zone.
        """
        row = {"call_sid": call_sid, "turn": turn, "caller_hash": caller, "at": at}
        self.keep(unconfirmed_entries, [row])

    def forget_unconfirmed(self, call_sid: str, turn: int) -> None:
        """The entry of a turn was confirmed after all, or could not be looked up: it counts no longer."""
        with self.writing() as connection:
            connection.execute(_FORGET, {"of_call": call_sid, "of_turn": turn})

    def unconfirmed_before(self, callers: Sequence[str], call_sid: str, turn: int, within: timedelta) -> int:
        """How many entries of a calling number stand unconfirmed before the one noted for a turn.

        Args:
            callers: `caller_hash` of the number under every secret in use, the present one and earlier ones.
            within: how long before it.

        Only earlier ones count, by the moment they were first noted: a repeated webhook gets the same number, and of
        many entries at one instant each counts those before it. 0 for a turn with nothing noted.
        """
        of = {"of_call": call_sid, "of_turn": turn}
        with self.reading() as connection:
            at = connection.execute(_NOTED_AT, of).scalar()
            if at is None:
                return 0
            asked = {**of, "callers": callers, "noted_at": at, "since": at - within}
            return connection.execute(_BEFORE, asked).scalar_one()


_entry = unconfirmed_entries.c
_of_turn = and_(_entry.call_sid == bindparam("of_call"), _entry.turn == bindparam("of_turn"))
_FORGET = delete(unconfirmed_entries).where(_of_turn)
_NOTED_AT = select(_entry.at).where(_of_turn)
_BEFORE = (
    select(func.count())
    .select_from(unconfirmed_entries)
    .where(
        _entry.caller_hash.in_(bindparam("callers", expanding=True)),
        _entry.at >= bindparam("since"),
        or_(
            _entry.at < bindparam("noted_at"),
            and_(
                _entry.at == bindparam("noted_at"),
                tuple_(_entry.call_sid, _entry.turn) < tuple_(bindparam("of_call"), bindparam("of_turn")),
            ),
        ),
    )
)
