"""The store as a turn uses it: it costs a caller a quarter of a second once, and what it does not take is put by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
from ivr.turns.letters import letter_of
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
        # Pings have a thread of their own: whoever waits for a table keeps the others.
        self._helpers, self._pingers, self._pinging = Helpers(), Helpers(), threading.Lock()
        self._is_beside = self._is_watched = self._is_past_waiting = False

    @property
    def outbox(self) -> Outbox | None:
        """Where what the store did not take is put by."""
        return self._outbox

    def keep_limits(self) -> None:
        """From now on, in this process, keep the time limit, and let only the background ask a store that failed.

        One that failed before is asked now, before the first call is taken.

        Before, the driver's own limits must do, and now and then a turn asks.
        """
        self._is_watched = True
        self._is_beside = not limit_lock_waits(self._store.engine)
        # Forked from a process that began without the store, this one would believe it gone for ever so long.
        for side in (self.reading, self.writing):
            side.probe_now()
        if self.probe() and self._is_beside:
            # The connection for pings is made now: behind a burst of others' it would come about too late.
            with suppress(BrokerLineError):
                self.beside(PATIENCE_S, self._ping)

    def is_gone(self, trouble: str, prepare: Callable[[], object]) -> None:
        """The store did not answer at the start: go on without, and `prepare` it once it does."""
        self._prepare = prepare
        for side in (self.reading, self.writing):
            self._failed(side, trouble)

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
            return self._ask(self.writing, work)
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
        if self.reading.is_open:
            raise StoreUnavailable(self.reading.trouble, can_retry=False)
        return self.beside(PATIENCE_S, lambda: self._store.under_way(now))

    def read(self, work: Callable[[], T], most_s: float = PATIENCE_S) -> T:
        """Anything that asks the store's database. Raises what the work raises; StoreUnavailable when it is not done.

        A NeighbourError of the work opens the breaker, unless it may be cured by asking again and is. `most_s`: seconds
        to wait for a store that answers others; one that answers nobody is waited for as long as any.
        """
        return self._ask(self.reading, lambda: once_more(work), most_s)

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

    def _ask(self, breaker: Breaker, work: Callable[[], T], most_s: float = PATIENCE_S) -> T:
        was_open = breaker.is_open
        if was_open and (self._is_watched or breaker.probe_in() > 0):
            raise StoreUnavailable(breaker.trouble, can_retry=breaker.may_be_slow)
        try:
            result = self._beside_while_it_answers(work, most_s) if self._is_beside else work()
        except TooLate as late:
            trouble = f"The database gave no answer within {(PATIENCE_S if late.is_silent else most_s) * 1000:.0f} ms."
            # One that answers others is slow, not gone: what is to be kept is put by, but look-ups go on.
            for side in (self.reading, self.writing) if late.is_silent else {breaker} & {self.writing}:
                self._failed(side, trouble, was_open=was_open and side is breaker, is_silent=late.is_silent)
            raise StoreUnavailable(trouble) from None
        except NeighbourError as refused:
            self._failed(breaker, str(refused), was_open=was_open)
            raise
        if was_open:
            breaker.close()
        breaker.worked()
        return result

    def _answers(self) -> int:
        return self.reading.answers + self.writing.answers

    def _beside_while_it_answers(self, work: Callable[[], T], most_s: float) -> T:
        return self._helpers.while_it_answers(
            work, silence_s=PATIENCE_S, most_s=most_s, answers=self._answers, ping=self._begin_ping
        )

    def _begin_ping(self) -> None:
        with suppress(TooLate):
            self._pingers.begin(self._ping)

    def _ping(self) -> None:
        if self._pinging.acquire(blocking=False):
            try:
                self._store.answer()
                self.reading.answers += 1
            finally:
                self._pinging.release()

    def _failed(self, breaker: Breaker, trouble: str, *, was_open: bool = False, is_silent: bool = False) -> None:
        if was_open:
            breaker.still_failing(trouble, is_silent=is_silent)
        elif breaker.failed(trouble, is_silent=is_silent):
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
                self._helpers.within(PATIENCE_S, trial)
            except TooLate:
                breaker.still_failing(f"The database gave no answer within {PATIENCE_S:.2f} s.", is_silent=True)
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


def once_more(work: Callable[[], T]) -> T:
    """Ask, and ask again when that may help: a connection may have come to its end while the store is well."""
    try:
        return work()
    except NeighbourError as trouble:
        if not trouble.can_retry:
            raise
    return work()
