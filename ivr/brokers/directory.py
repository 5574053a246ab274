"""The certification directory as the line asks it, and its form that lives in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal, Protocol

from ivr.brokers.record import NOBODY, Broker, is_certified, normal_npn

Answer = Literal["certified", "not_confirmed"]


class Directory(Protocol):
    """One answer, yes or not confirmed, about a number on a day; every form gives the same one (D-01, D-06)."""

    @property
    def may_be_slow(self) -> bool:
        """Whether a look-up can take long enough that the caller should hear "one moment" (D-22)."""

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """The standing of a number.

        Args:
            npn: digits as keyed; leading zeros do not matter.
            today: the calendar day in Central time.
            within_s: seconds that this look may take; D-22 allows two looks of 1.5 s.

        Raises:
            DirectoryUnavailable: no answer in time, or nonsense; `can_retry` says whether a second look makes sense.
        """

    def updated_at(self) -> datetime | None:
        """When the list was last brought up to date, with zone; None when unknown. Never raises."""


class MemoryDirectory:
    """The directory from records in hand: for tests, and for a line whose list is small enough to keep in a file."""

    may_be_slow = False

    def __init__(self, records: Iterable[Broker], updated_at: datetime | None = None) -> None:
        self._records = {record.npn: record for record in records}
        self._updated_at = updated_at

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`; never slow, never unavailable."""
        return answer(self.find(npn), today)

    def updated_at(self) -> datetime | None:
        """As handed in."""
        return self._updated_at

    def find(self, npn: str) -> Broker | None:
        """The whole record, for the desk; None when the number is not on file."""
        return self._records.get(normal_npn(npn))


def answer(record: Broker | None, today: date) -> Answer:
    """What the line may know of a record: one word, by the same work whoever it is (D-06)."""
    return "certified" if is_certified(record or NOBODY, today) else "not_confirmed"
