"""The world as a live turn sees it: the moment, the hours with closures, the certification directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from ivr.brokers import Directory
from ivr.call import IncomingCall
from ivr.errors import DirectoryUnavailable, StoreUnavailable
from ivr.events import masked_caller
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.log import logger
from ivr.steps.step import CertificationResult
from ivr.store import caller_hash
from ivr.turns.steady import SteadyStore

LOOK_S = 1.5
"""Seconds for one look-up; two looks make D-22's three seconds, and no silence is longer than U-11's two."""

WINDOW = timedelta(hours=1)
"""Unconfirmed entries are counted over the last hour (D-27)."""

log = logger(__name__)


class HoursWords(Mapping[str, str]):
    """Words about the hours, found when somebody looks: on most turns nobody does."""

    def __init__(self, find: Callable[[], Mapping[str, str]]) -> None:
        self._find = find

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return self._find()

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


class LiveWorld:
    """What steps may ask on one turn of one call. See `ivr.steps.step.World`."""

    def __init__(
        self,
        *,
        release: Release,
        call: IncomingCall,
        turn: int,
        moment: datetime,
        closures: Sequence[Closure],
        directory: Directory,
        store: SteadyStore,
        secrets: Sequence[bytes],
    ) -> None:
        """`secrets`: what calling numbers are hashed with, one for each secret key in use, the newest first."""
        self._release, self._call, self._turn, self._moment = release, call, turn, moment
        self._closures, self._directory, self._store, self._secrets = closures, directory, store, secrets

    @property
    def now(self) -> datetime:
        """The moment of the turn, in the line's zone."""
        return self._moment.astimezone(self._release.calendar.zone)

    @cached_property
    def hours(self) -> Mapping[str, str]:
        """Words about the hours at this moment."""
        return HoursWords(lambda: self._release.calendar.at(self._moment, self._closures).words())

    @cached_property
    def _callers(self) -> Sequence[str]:
        """The hashes under which the calling number may be on file."""
        return [caller_hash(secret, self._call.caller) for secret in self._secrets]

    def certification(self, npn: str, looks: int) -> CertificationResult:
        """Ask the directory, unless this caller has had too many unconfirmed entries (D-27).

        The entry is noted as not confirmed before it is looked up, so that calls at the same instant count each other.
        An entry that only the outbox could take counts later, when the store has it.
        """
        noted = self._note()
        if noted == "in_store" and self._is_locked_out():
            log.warning("too many unconfirmed entries from one caller", caller=masked_caller(self._call.caller))
            result: CertificationResult = "unavailable"
        else:
            result = self._look_up(npn, looks)
        if noted != "nowhere" and result != "not_confirmed":
            self._forget(is_stored=noted == "in_store")
        return result

    def _look_up(self, npn: str, looks: int) -> CertificationResult:
        try:
            return self._directory.look_up(npn, self.now.date(), within_s=LOOK_S)
        except DirectoryUnavailable as trouble:
            log.warning("certification look-up failed", trouble=str(trouble), looks=looks + 1)
            return "slow" if trouble.can_retry else "unavailable"

    # Limits protect look-ups, not people: a store that is down must not shut certified brokers out (D-22).

    def _note(self) -> Literal["in_store", "put_by", "nowhere"]:
        try:
            is_stored = self._store.note_unconfirmed(self._callers[0], self._call.call_sid, self._turn, self._moment)
        except StoreUnavailable as trouble:
            log.warning("an entry cannot be counted", trouble=str(trouble))
            return "nowhere"
        return "in_store" if is_stored else "put_by"

    def _forget(self, *, is_stored: bool) -> None:
        try:
            self._store.forget_unconfirmed(self._call.call_sid, self._turn, is_stored=is_stored)
        except StoreUnavailable as trouble:
            log.warning("an entry counts although it was confirmed", trouble=str(trouble))

    def _is_locked_out(self) -> bool:
        try:
            count = self._store.unconfirmed_before(self._callers, self._call.call_sid, self._turn, WINDOW)
        except StoreUnavailable as trouble:
            log.warning("unconfirmed entries cannot be counted", trouble=str(trouble))
            return False
        return count >= self._release.entries_per_hour
