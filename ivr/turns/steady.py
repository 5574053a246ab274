"""The store as a turn uses it: it costs a caller a quarter of a second once, and what it does not take is put by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ivr.errors import BrokerLineError, NeighbourError, StoreUnavailable
from ivr.events import TurnRecord
from ivr.hours import Closure
from ivr.log import logger
from ivr.store import LiveRelease, Outbox, OutboxFigures, OutboxUnusable, Store
from ivr.store.outbox import Kind
from ivr.store.patience import limit_lock_waits
from ivr.turns.breaker import Breaker
from ivr.turns.waiting import Helpers, TooLate

PATIENCE_S = 0.25
"""Seconds that the store may keep one caller waiting, once."""

LAST_PATIENCE_S = 1.0
"""Seconds for what could not be put by either: a caller waits, once, before a record is lost."""

log = logger(__name__)
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
    """What turns need of the store, behind a breaker, with the outbox behind that.

    Reading and writing have a breaker each: a full or locked database can still be read. A store that gives no answer
    in time opens both. Where the driver keeps the time limit (SQLite) the store is asked in the turn's own thread;
    where it cannot (a server that hangs) in a thread beside.

    Made before workers are forked, it starts no thread; `drain.Background` does, in each worker.
    """

    def __init__(self, store: Store, outbox: Outbox | None = None, ticks: Callable[[], float] = time.monotonic) -> None:
        """`outbox` is None for rehearsals, which keep nothing."""
        self._store, self._outbox = store, outbox
        self._prepare: Callable[[], object] | None = None
        self.reading, self.writing = Breaker(ticks), Breaker(ticks)
        self.wake = threading.Event()
        """Set when there may be something to drain or to probe."""
        self.lost = 0
        self.on_loss: Callable[[], object] = int
        self._helpers = Helpers()
        self._is_beside = self._is_watched = self._is_past_waiting = False

    @property
    def outbox(self) -> Outbox | None:
        """Where what the store did not take is put by."""
        return self._outbox

    def keep_limits(self) -> None:
        """From now on, in this process, keep the time limit, and let only the background ask a store that failed.

        Before, the driver's own limits must do, and now and then a turn asks.
        """
        self._is_watched = True
        self._is_beside = not limit_lock_waits(self._store.engine)

    def is_gone(self, trouble: str, prepare: Callable[[], object]) -> None:
        """The store did not answer at the start: go on without, and `prepare` it once it does."""
        self._prepare = prepare
        for side in (self.reading, self.writing):
            self._failed(side, trouble)

    # What is kept

    def append(self, record: TurnRecord) -> None:
        """Keep one turn: when this returns it is in the store, or on this machine's disk. Raises StoreUnavailable."""

        def work() -> None:
            self._store.append(record)

        if not self._wrote(work):
            self._put_by("turn", record.call_sid, letter_of(record), work)

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

    # What is asked; each raises StoreUnavailable, at once while the breaker is open

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

    def release_files(self, which: str) -> Mapping[str, bytes]:
        """See `Releases.release_files`."""
        return self.read(lambda: self._store.release_files(which))

    def under_way(self, now: datetime) -> Mapping[str, int]:
        """See `CallsUnderWay.under_way`. A look must bring nothing down: no breaker hears of a failure."""
        if self.reading.is_open:
            raise StoreUnavailable(self.reading.trouble, can_retry=False)
        return self.beside(PATIENCE_S, lambda: self._store.under_way(now))

    def read(self, work: Callable[[], T]) -> T:
        """Anything that asks the store's database. Raises what the work raises; StoreUnavailable when it is not done.

        A NeighbourError of the work opens the breaker.
        """
        return self._ask(self.reading, work)

    def condition(self) -> Condition:
        """How things are; asks the store, if nothing else has told that it is down."""
        try:
            self.read(self._store.ping)
        except NeighbourError as trouble:
            return Condition(str(trouble), self._figures(), self.lost)
        return Condition(self.writing.trouble, self._figures(), self.lost)

    def _figures(self) -> OutboxFigures | None:
        try:
            return self._outbox.figures() if self._outbox else OutboxFigures()
        except OutboxUnusable:
            return None

    def _wrote(self, work: Callable[[], object]) -> bool:
        try:
            self._ask(self.writing, work)
        except StoreUnavailable:
            if self._outbox is None:
                raise
            return False
        return True

    def _ask(self, breaker: Breaker, work: Callable[[], T]) -> T:
        was_open = breaker.is_open
        if was_open and (self._is_watched or breaker.probe_in() > 0):
            raise StoreUnavailable(breaker.trouble, can_retry=False)
        try:
            result = self._helpers.within(PATIENCE_S, work) if self._is_beside else work()
        except TooLate:
            late = f"The database gave no answer within {PATIENCE_S * 1000:.0f} ms."
            for side in (self.reading, self.writing):
                self._failed(side, late, was_open=was_open and side is breaker)
            raise StoreUnavailable(late, can_retry=False) from None
        except NeighbourError as trouble:
            self._failed(breaker, str(trouble), was_open=was_open)
            raise
        if was_open:
            breaker.close()
        breaker.worked()
        return result

    def _failed(self, breaker: Breaker, trouble: str, *, was_open: bool = False) -> None:
        if was_open:
            breaker.still_failing(trouble)
        elif breaker.failed(trouble):
            what = "written to" if breaker is self.writing else "asked"
            log.error(f"the store is not {what} until it works again; calls go on", trouble=trouble)
        self.wake.set()

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
            if work and self._did_late(work):
                return
            self.lost += 1
            self.on_loss()
            raise StoreUnavailable(f"{self.writing.trouble or 'The store is gone.'} {trouble}") from trouble
        self.wake.set()

    def _did_late(self, work: Callable[[], object]) -> bool:
        """Whether the store, which may only be slow, does it in a second; once it has not, no more until it works."""
        if not self._is_beside or self._is_past_waiting:
            return False
        try:
            self._helpers.within(LAST_PATIENCE_S, work)
        except (TooLate, NeighbourError):
            self._is_past_waiting = True
            return False
        return True

    def probe(self) -> bool:
        """Ask a store that failed whether it works again, where it is time to. Returns whether all is well.

        In the background only.
        """
        for breaker, trial in ((self.writing, self._try_writing), (self.reading, self._store.ping)):
            if not breaker.is_open or breaker.probe_in() > 0:
                continue
            try:
                self.beside(PATIENCE_S, trial)
            except BrokerLineError as trouble:
                breaker.still_failing(str(trouble))
            else:
                breaker.close()
                self._is_past_waiting = False
                log.info("the store works again", way="writing" if breaker is self.writing else "reading")
        return not (self.reading.is_open or self.writing.is_open)

    def works(self) -> bool:
        """Whether the store can be written to at this moment; if not, turns no longer try. In the background only."""
        try:
            self.beside(PATIENCE_S, self._try_writing)
        except BrokerLineError as trouble:
            self._failed(self.writing, str(trouble))
            return False
        return True

    def _try_writing(self) -> None:
        """Change nothing, as a writer: a database that is locked or read-only can still be read."""
        if self._prepare:
            self._prepare()
            self._prepare = None
        self._store.forget_unconfirmed("", 0)

    def beside(self, within_s: float, work: Callable[[], T]) -> T:
        """Background work for the store, with a time limit of its own. Raises StoreUnavailable."""
        try:
            return self._helpers.within(within_s, work)
        except TooLate:
            raise StoreUnavailable(f"The database gave no answer within {within_s:.2f} s.") from None


def letter_of(record: TurnRecord) -> dict[str, Any]:
    """A turn as JSON has it; `record_of` reads it."""
    return {**asdict(record), "at": record.at.isoformat()}
