"""Work that may hang, done in a thread beside, so that whoever needs it waits only so long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from ivr.after_fork import after_fork

T = TypeVar("T")
Ping = Callable[[], object]

MOST_AT_ONCE = 32
"""Jobs under way; a neighbour that hangs cannot use up more threads than this."""

PIECE_S = 0.05
"""Waiting is counted in pieces of so many seconds: while the whole machine stands still, one piece passes, no more."""

PIECES_BEFORE_A_PING = 2
"""Of silence."""

IDLE_S = 30.0
"""Seconds after which a thread without work ends."""


class TooLate(Exception):  # an outcome, told to the caller at once, not an error of the program
    """The job did not end in time. It may still end, and what it does may still be done.

    `is_silent`: as far as is known nobody got an answer meanwhile.
    """

    def __init__(self, *, is_silent: bool = True) -> None:
        self.is_silent = is_silent
        super().__init__()


class Job(Generic[T]):
    """Work that a thread beside does."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._end: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def do(self) -> None:
        """In the thread beside."""
        try:
            self._end.put((self._work(), None))
        except BaseException as error:
            self._end.put((None, error))

    def result(self, within_s: float) -> T:
        """What the work gives or raises; raises TooLate, after which it may be asked for again."""
        for _ in range(max(1, round(within_s / PIECE_S))):
            with suppress(Empty):
                value, error = self._end.get(timeout=PIECE_S)
                break
        else:
            raise TooLate
        if error:
            raise error
        return value  # type: ignore[return-value]


class Helpers:
    """Threads that do jobs, one job each at a time; made when needed, ended when idle, none left to a forked child."""

    def __init__(self) -> None:
        self._start_afresh()
        after_fork(self, Helpers._start_afresh)

    def _start_afresh(self) -> None:
        self._jobs: SimpleQueue[Job[object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._all = 0

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """What the work gives or raises; raises TooLate when it is not done by then, or no thread is free."""
        return self.begin(work).result(seconds)

    def while_it_answers(
        self, work: Callable[[], T], *, silence_s: float, most_s: float, answers: Callable[[], int], ping: Ping
    ) -> T:
        """What the work gives or raises, waited for up to `most_s` as long as the neighbour answers anybody at all.

        Args:
            silence_s: seconds without any answer after which the neighbour counts as gone.
            answers: how many there have been; only whether it grows is looked at.
            ping: begins, and does not wait for, what adds an answer if the neighbour is well; when nobody got any.

        Raises TooLate.
        """
        job = self.begin(work)
        waited = silent = 0
        heard = answers()
        while True:
            try:
                return job.result(PIECE_S)
            except TooLate:
                waited, silent = waited + 1, silent + 1
            if heard != answers():
                heard, silent = answers(), 0
            is_silent = silent * PIECE_S >= silence_s
            if is_silent or waited * PIECE_S >= most_s:
                raise TooLate(is_silent=is_silent)
            if silent == PIECES_BEFORE_A_PING:
                ping()

    def begin(self, work: Callable[[], T]) -> Job[T]:
        """Work under way; raises TooLate when no thread is free, which does not mean that nobody gets an answer."""
        job = Job(work)
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self._all < MOST_AT_ONCE:
                self._all += 1
                threading.Thread(target=self._help, name="store", daemon=True).start()
            else:
                raise TooLate(is_silent=False)
        self._jobs.put(job)  # type: ignore[arg-type]
        return job

    def _help(self) -> None:
        jobs = self._jobs
        while True:
            try:
                job = jobs.get(timeout=IDLE_S)
            except Empty:
                with self._lock:
                    if not self._idle:
                        continue  # a job was promised to this thread and is on its way
                    self._idle -= 1
                    self._all -= 1
                    return
            job.do()
            del job
            with self._lock:
                self._idle += 1
