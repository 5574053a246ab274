"""The store as a turn uses it: it costs a caller a quarter of a second once, and what it does not take is put by."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ivr.errors import NeighbourError, StoreUnavailable
from ivr.events import TurnRecord
from ivr.hours import Closure
from ivr.store import LiveRelease, Outbox, OutboxFigures, OutboxUnusable, Store
from ivr.store.outbox import Kind
from ivr.turns.asking import PATIENCE_S, Asking
from ivr.turns.letters import letter_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    """How the store and the outbox are, for people and for machines.

    Args:
        trouble: why the store is not asked or not written to just now; empty when all is well.
        outbox: None when the outbox cannot be read.
        lost: records that neither took, in this process.
    """

    trouble: str
    outbox: OutboxFigures | None
    lost: int


class SteadyStore:
    """What turns need of the store, behind a breaker, with the outbox behind that."""

    def __init__(self, store: Store, outbox: Outbox | None = None, ticks: Callable[[], float] = time.monotonic) -> None:
        """`outbox` is None for rehearsals, which keep nothing."""
        self._store, self._outbox = store, outbox
        self.asking = Asking(store, ticks)
        self.lost = 0
        self.on_loss: Callable[[], object] = int

    @property
    def outbox(self) -> Outbox | None:
        """Where what the store did not take is put by."""
        return self._outbox

    # What is kept

    def append(self, record: TurnRecord) -> TurnRecord | None:
        """Keep one turn: when this returns it is in the store, or on this machine's disk. Raises StoreUnavailable.

        Returns the turn as the store had kept it before, if it had: then nothing was changed.
        """
        return self._keep_turn(record, lambda: self._store.append(record))

    def replace(self, record: TurnRecord) -> TurnRecord | None:
        """Keep one turn instead of what was kept of it before; as `append`, but returns None."""
        return self._keep_turn(record, lambda: self._store.replace(record))

    def _keep_turn(self, record: TurnRecord, work: Callable[[], T]) -> T | None:
        try:
            return self.asking.ask(self.asking.writing, work)
        except StoreUnavailable:
            if self._outbox is None:
                raise
            self._put_by("turn", record.call_sid, letter_of(record), lambda: self._store.replace(record))
            return None

    def append_status(self, call_sid: str, status: str, duration_s: int | None, at: datetime) -> None:
        """Keep what the provider says of a call; as `append`."""

        def work() -> None:
            self._store.append_status(call_sid, status, duration_s, at)

        if not self._wrote(work):
            content = {"call_sid": call_sid, "status": status, "duration_s": duration_s, "at": at.isoformat()}
            self._put_by("status", call_sid, content, work)

    def note_unconfirmed(self, caller: str, call_sid: str, turn: int, at: datetime) -> bool:
        """Note an entry (D-27); one that is put by counts once the store has it. Returns whether the store has it now.

        Raises StoreUnavailable: it is noted nowhere.
        """
        if self._wrote(lambda: self._store.note_unconfirmed(caller, call_sid, turn, at)):
            return True
        content = {"caller": caller, "call_sid": call_sid, "turn": turn, "at": at.isoformat()}
        self._put_by("note", call_sid, content)
        return False

    def forget_unconfirmed(self, call_sid: str, turn: int, *, is_stored: bool) -> None:
        """The entry of a turn counts no longer. `is_stored`: what noting it returned. Raises StoreUnavailable."""
        # What was put by must be forgotten behind it, in the same order, or it would come back.
        if not (is_stored and self._wrote(lambda: self._store.forget_unconfirmed(call_sid, turn))):
            self._put_by("forget", call_sid, {"call_sid": call_sid, "turn": turn})

    # What is asked; each raises StoreUnavailable, at once while the breaker is open. `can_retry`: it may only be slow.

    def unconfirmed_before(self, callers: Sequence[str], call_sid: str, turn: int, within: timedelta) -> int:
        """See `Lockouts.unconfirmed_before`; what is put by is not counted."""
        return self.read(lambda: self._store.unconfirmed_before(callers, call_sid, turn, within))

    def last_turn(self, call_sid: str) -> int:
        """The highest turn of a call that is kept, in the store if it answers, or put by; 0 when none is known."""
        put_by = self._outbox.last_turn(call_sid) if self._outbox else 0
        try:
            return max(put_by, self.read(lambda: self._store.last_turn(call_sid)))
        except StoreUnavailable:
            return put_by

    def live(self) -> LiveRelease | None:
        """See `Releases.live`."""
        return self.read(self._store.live)

    def closures_since(self, moment: datetime) -> tuple[Closure, ...]:
        """See `Closures.closures_since`."""
        return self.read(lambda: self._store.closures_since(moment))

    def closures_known_at(self, moment: datetime) -> tuple[Closure, ...]:
        """See `Closures.closures_known_at`."""
        return self.read(lambda: self._store.closures_known_at(moment))

    def release_files(self, which: str) -> Mapping[str, bytes]:
        """See `Releases.release_files`."""
        return self.read(lambda: self._store.release_files(which))

    def under_way(self, now: datetime) -> Mapping[str, int]:
        """See `CallsUnderWay.under_way`. A look must bring nothing down: no breaker hears of a failure."""
        if self.asking.reading.is_open:
            raise StoreUnavailable(self.asking.reading.trouble, can_retry=False)
        return self.asking.beside(PATIENCE_S, lambda: self._store.under_way(now))

    def read(self, work: Callable[[], T], most_s: float = PATIENCE_S) -> T:
        """Anything that asks the store's database. Raises what the work raises; StoreUnavailable when it is not done.

        A NeighbourError of the work opens the breaker, unless it may be cured by asking again and is. `most_s`: seconds
        to wait for a store that answers others; one that answers nobody is waited for as long as any.
        """
        return self.asking.ask(self.asking.reading, lambda: once_more(work), most_s)

    def condition(self) -> Condition:
        """How things are; asks the store, if nothing else has told that it is down."""
        try:
            self.read(self._store.ping)
        except NeighbourError as trouble:
            return Condition(str(trouble), self._figures(), self.lost)
        return Condition(self.asking.writing.trouble, self._figures(), self.lost)

    def _figures(self) -> OutboxFigures | None:
        try:
            return self._outbox.figures() if self._outbox else OutboxFigures()
        except OutboxUnusable:
            return None

    def _wrote(self, work: Callable[[], object]) -> bool:
        try:
            self.asking.ask(self.asking.writing, work)
        except StoreUnavailable:
            if self._outbox is None:
                raise
            return False
        return True

    def _put_by(
        self, kind: Kind, call_sid: str, content: Mapping[str, Any], work: Callable[[], object] | None = None
    ) -> None:
        """Write a letter for the store. Raises StoreUnavailable when the outbox does not take it either.

        `work` is what the store did not do in time: better late than lost, if there is no outbox to put it by.
        """
        if self._outbox is None:
            raise StoreUnavailable("There is no outbox.")
        try:
            self._outbox.put(kind, call_sid, content)
        except OutboxUnusable as trouble:
            if work and self.asking.did_late(work):
                return
            self.lost += 1
            self.on_loss()
            raise StoreUnavailable(f"{self.asking.writing.trouble or 'The store is gone.'} {trouble}") from trouble
        self.asking.wake.set()


def once_more(work: Callable[[], T]) -> T:
    """Ask, and ask again when that may help: a connection may have come to its end while the store is well."""
    try:
        return work()
    except NeighbourError as trouble:
        if not trouble.can_retry:
            raise
    return work()
