"""The store asked with a time limit, behind breakers: while it fails, nobody waits for it but the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ivr.errors import BrokerLineError, NeighbourError, StoreUnavailable
from ivr.log import logger
from ivr.store import Store
from ivr.store.patience import limit_lock_waits
from ivr.turns.breaker import Breaker
from ivr.turns.waiting import Helpers, TooLate

PATIENCE_S = 0.25
"""Seconds that the store may keep one caller waiting, once."""

LAST_PATIENCE_S = 1.0
"""Seconds for what could not be put by either: a caller waits, once, before a record is lost."""

log = logger(__name__)
T = TypeVar("T")


class Asking:
    """How the store is asked.

    Reading and writing have a breaker each: a full or locked database can still be read. A store that gives no answer
    in time opens both. Where the driver keeps the time limit (SQLite) the store is asked in the turn's own thread;
    where it cannot (a server that hangs) in a thread beside.

    Made before workers are forked, it starts no thread; `drain.Background` does, in each worker.
    """

    def __init__(self, store: Store, ticks: Callable[[], float]) -> None:
        """`ticks` counts seconds and never goes back."""
        self._store = store
        self._prepare: Callable[[], object] | None = None
        self.reading, self.writing = Breaker(ticks), Breaker(ticks)
        self.wake = threading.Event()
        """Set when there may be something to drain or to probe."""
        # Pings have a thread of their own: whoever waits for a table keeps the others.
        self._helpers, self._pingers, self._pinging = Helpers(), Helpers(), threading.Lock()
        self._is_beside = self._is_watched = self._is_past_waiting = False

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

    def ask(self, breaker: Breaker, work: Callable[[], T], most_s: float = PATIENCE_S) -> T:
        """What the work gives or raises, behind one of the two breakers; StoreUnavailable when it is not done.

        `most_s`: seconds to wait for a store that answers others; one that answers nobody is waited for as long as any.
        """
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

    def did_late(self, work: Callable[[], object]) -> bool:
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
