"""Work that may hang, done in a thread beside, so that whoever needs it waits only so long."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_AT_ONCE = 32
"""Jobs under way; a neighbour that hangs cannot use up more threads than this."""

IDLE_S = 30.0
"""Seconds after which a thread without work ends."""


class TooLate(Exception):  # an outcome, told to the caller at once, not an error of the program
    """The job did not end in time. It may still end, and what it does may still be done."""


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._end: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def do(self) -> None:
        try:
            self._end.put((self._work(), None))
        except BaseException as error:
            self._end.put((None, error))

    def result(self, within_s: float) -> T:
        try:
            value, error = self._end.get(timeout=within_s)
        except Empty:
            raise TooLate from None
        if error:
            raise error
        return value  # type: ignore[return-value]


class Helpers:
    """Threads that do jobs, one job each at a time; made when needed, ended when idle, none left to a forked child."""

    def __init__(self) -> None:
        self._start_afresh()
        known = weakref.ref(self)

        def forget() -> None:
            if (inherited := known()) is not None:
                inherited._start_afresh()

        os.register_at_fork(after_in_child=forget)

    def _start_afresh(self) -> None:
        self._jobs: SimpleQueue[_Job[object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._all = 0

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """What the work gives or raises; raises TooLate when it is not done by then, or no thread is free."""
        job = _Job(work)
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self._all < MOST_AT_ONCE:
                self._all += 1
                threading.Thread(target=self._help, name="store", daemon=True).start()
            else:
                raise TooLate
        self._jobs.put(job)  # type: ignore[arg-type]
        return job.result(seconds)

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
