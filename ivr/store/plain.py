"""Connections of SQLite's own driver, one a thread, for the one statement of every turn."""

from __future__ import annotations

import os
import threading
from typing import Any

from sqlalchemy import Engine

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
        self._process = os.getpid()

    def held(self) -> Any:
        """The driver's connection of this thread; None when it has not opened one."""
        if self._process != os.getpid():
            self._start_afresh()
        return getattr(self._mine, "connection", None)

    def close(self) -> None:
        """Close every thread's; whoever comes next opens another."""
        for held in self._open:
            held.close()
        self._open, self._mine = [], threading.local()

    def opened(self) -> Any:
        """A connection for this thread, which it holds from now on. Raises what the engine raises."""
        self._mine.connection = self._opened()
        return self._mine.connection

    def _opened(self) -> Any:
        held = self._engine.raw_connection()
        driver: Any = held.driver_connection
        if self._has_one:
            return driver
        held.detach()
        self._open.append(held)
        driver.isolation_level = None  # each statement is kept at once
        return driver

    def _start_afresh(self) -> None:
        self._inherited = self._open
        self._open, self._mine, self._process = [], threading.local(), os.getpid()
