"""What was put by is brought to the store once it works again: in order, in the background, by one worker at a time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence

from ivr.after_fork import after_fork
from ivr.errors import StoreUnavailable
from ivr.log import logger
from ivr.store import Letter, Outbox, OutboxUnusable, Store
from ivr.store.files import locked
from ivr.turns.asking import Asking
from ivr.turns.letters import deliver

LETTERS_AT_ONCE = 50
"""Letters brought before they are struck out together; after a kill as many are brought again, which does nothing."""

DELIVERY_S = 10.0
"""Seconds for so many, after which the store counts as hanging."""

LOOK_AGAIN_S = 2.0
"""Seconds between looks at an outbox that another worker may have filled, or is draining."""

BRING_IN_S = 1.0
"""Seconds between two times that SQLite's log is brought in."""

REFUSALS = 3
"""Times that a store which works may refuse a letter before it is set aside."""

HINDRANCES = 2_000
"""The same for what may pass, such as a table that is locked while its rows are written anew: half an hour or more."""

PROBES_A_TRY = 5
"""Of the probes that fail, one in so many is followed by a delivery with more patience: a store may be only slow."""

LOCK = "drain.lock"

log = logger(__name__)


class Drain:
    """Probes a store that failed and empties the outbox into it.

    Exactly once: what is brought twice, because a process was killed between bringing and striking out, has its key in
    the store already (call, turn, place) and changes nothing.
    """

    def __init__(self, asking: Asking, store: Store, outbox: Outbox) -> None:
        self._asking, self._store, self._outbox = asking, store, outbox
        self._refusals: Counter[int] = Counter()
        self._failed_probes = 0
        self._brought_in_at = 0.0
        self.delivered = 0
        """Letters that this process has brought."""

    def step(self) -> float:
        """Probe, and bring some letters. Returns seconds until there may be more to do."""
        if not self._asking.probe() and not self._is_worth_a_try():
            return self._until_the_next_probe()
        try:
            if not self._outbox.figures().waiting:
                return self._until_the_next_probe()
            with locked(self._outbox.folder / LOCK) as is_ours:
                return self._bring() if is_ours else LOOK_AGAIN_S
        except (OutboxUnusable, OSError) as trouble:
            log.error("the outbox cannot be drained", trouble=str(trouble))
            return LOOK_AGAIN_S

    def bring_in(self) -> None:
        """Once a second at most: what turns have written beside the database goes into it."""
        now = time.monotonic()
        if now < self._brought_in_at + BRING_IN_S or self._asking.writing.is_open:
            return
        self._brought_in_at = now
        try:
            self._store.bring_in()
        except StoreUnavailable as trouble:
            # The next turn meets the same trouble, and tells.
            log.info("the database's log is brought in later", trouble=str(trouble))

    def _is_worth_a_try(self) -> bool:
        """While writing fails, now and then."""
        if self._asking.writing.is_open and self._asking.writing.failed_probes != self._failed_probes:
            self._failed_probes = self._asking.writing.failed_probes
            return self._failed_probes % PROBES_A_TRY == 0
        return not self._asking.writing.is_open

    def _until_the_next_probe(self) -> float:
        return min(self._asking.reading.probe_in(), self._asking.writing.probe_in(), LOOK_AGAIN_S)

    def _bring(self) -> float:
        """Bring the oldest letters. Returns seconds to pause, as long as it took: turns go first."""
        began = time.monotonic()
        letters = self._outbox.oldest(LETTERS_AT_ONCE)
        brought: list[int] = []
        try:
            self._asking.beside(DELIVERY_S, lambda: self._send(letters, brought))
        except StoreUnavailable as trouble:
            return self._after(trouble, letters, brought)
        except Exception as trouble:  # a letter that this version of the program cannot read
            self._strike_out(brought)
            self._set_aside(letters[len(brought)], type(trouble).__name__)
            return 0.0
        self._strike_out(brought)
        return time.monotonic() - began if len(letters) == LETTERS_AT_ONCE else 0.0

    def _send(self, letters: Sequence[Letter], brought: list[int]) -> None:
        for letter in letters:
            deliver(self._store, letter)
            brought.append(letter.number)

    def _after(self, trouble: StoreUnavailable, letters: Sequence[Letter], brought: list[int]) -> float:
        """A letter could not be brought: is it the store, or the letter?"""
        done = list(brought)
        self._strike_out(done)
        if not self._asking.works():
            return self._until_the_next_probe()
        for refused in letters[len(done) : len(done) + 1]:
            self._refusals[refused.number] += 1
            if self._refusals[refused.number] >= (HINDRANCES if trouble.can_retry else REFUSALS):
                self._set_aside(refused, str(trouble))
        return 0.5

    def _strike_out(self, numbers: Sequence[int]) -> None:
        if numbers:
            self._outbox.remove(numbers)
            self.delivered += len(numbers)

    def _set_aside(self, letter: Letter, why: str) -> None:
        self._outbox.set_aside(letter.number, why)
        log.error("the store refuses a record; it is set aside in the outbox", kind=letter.kind, why=why)


class Background:
    """The drain at work in a process that answers calls."""

    def __init__(self, drain: Drain, asking: Asking) -> None:
        self._drain, self._asking = drain, asking
        self._start_afresh()
        after_fork(self, Background._start_afresh)

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def start(self) -> None:
        """Begin, unless this process has: the time limits of turns, and the thread that probes and drains.

        Not in a process that forks workers afterwards.
        """
        if self._thread:
            return
        with self._lock:
            if not self._thread:
                self._asking.keep_limits()
                self._thread = threading.Thread(target=self._run, name="drain", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Finish the letters in hand, and end."""
        self._is_over = True
        self._asking.wake.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._is_over:
            if pause:
                self._asking.wake.wait(pause)
            self._asking.wake.clear()
            try:
                pause = min(self._drain.step(), BRING_IN_S)
                self._drain.bring_in()
            except Exception:
                # A thread that ended here would leave the outbox filling up and nobody the wiser.
                log.exception("a round of draining failed")
                pause = LOOK_AGAIN_S
