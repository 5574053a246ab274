"""Connections of SQLite's own driver, one a thread, for the one statement of every turn."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Engine

from ivr.after_fork import after_fork
from ivr.store.engines import is_in_memory


class PlainConnections:
    """Opened as the engine opens its own, and kept: taking one from a pool and giving it back costs as much as writing.

    A child process opens its own; what it has inherited it neither uses nor closes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._has_one = is_in_memory(engine)
        self._mine = threading.local()
        self._open: list[Any] = []
        self._inherited: list[Any] = []
        after_fork(self, PlainConnections._start_afresh)

    def held(self) -> Any:
        """The driver's connection of this thread; None when it has not opened one."""
        return getattr(self._mine, "connection", None)

    def close(self) -> None:
        """Close every thread's; whoever comes next opens another."""
        for held in self._open:
            held.close()
        self._open, self._mine = [], threading.local()

    def opened(self) -> Any:
        """A connection for this thread, which it holds from now on. Raises what the engine raises."""
        held = self._engine.raw_connection()
        driver: Any = held.driver_connection
        if not self._has_one:
            held.detach()
            self._open.append(held)
            driver.isolation_level = None  # each statement is kept at once
        self._mine.connection = driver
        return driver

    def _start_afresh(self) -> None:
        self._inherited += self._open
        self._open, self._mine = [], threading.local()
