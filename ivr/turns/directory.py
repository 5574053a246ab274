"""The certification list in the store, asked as the store is: not at all while that is down (D-22)."""

from __future__ import annotations

from datetime import date, datetime

from ivr.brokers import Answer, Directory
from ivr.errors import DirectoryUnavailable, StoreUnavailable
from ivr.turns.steady import SteadyStore


class StoredDirectory:
    """A directory in the store's own database, behind the store's breaker and its time limit."""

    may_be_slow = False

    def __init__(self, directory: Directory, store: SteadyStore) -> None:
        self._directory, self._store = directory, store

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`. A database is waited for while it is seen to answer others, and asked again after silence.

        One that refuses, or breaks off in the middle, is gone and not slow (D-22).
        """
        try:
            return self._store.read(lambda: self._directory.look_up(npn, today, within_s=within_s), within_s)
        except DirectoryUnavailable as trouble:
            raise DirectoryUnavailable(str(trouble), can_retry=False) from None
        except StoreUnavailable as trouble:
            raise DirectoryUnavailable(str(trouble), can_retry=trouble.can_retry) from None

    def updated_at(self) -> datetime | None:
        """See `Directory`; None while the store is down."""
        try:
            return self._store.read(self._directory.updated_at)
        except StoreUnavailable:
            return None
