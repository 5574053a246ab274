"""A breaker in front of a neighbour: after one failure nobody waits for it until it was seen to work again."""

from __future__ import annotations

import threading
from collections.abc import Callable

FIRST_PROBE_S = 0.05
LONGEST_PAUSE_S = 1.0

SLOW_S = 3.0
"""Seconds in which a neighbour that has fallen silent may only be slow; D-22 has a caller wait so long at most."""


class Breaker:
    """Closed while all is well; open from the first failure until a probe succeeds.

    Pauses between probes double from 50 ms to 1 s, and begin small again only after real work was done: a neighbour
    that passes every probe and then fails is not asked all the time.
    """

    def __init__(self, ticks: Callable[[], float]) -> None:
        """`ticks` counts seconds and never goes back."""
        self._ticks = ticks
        self._lock = threading.Lock()
        self._pause = FIRST_PROBE_S
        self._due = 0.0
        self._silent_since: float | None = None
        self.trouble = ""
        """What went wrong last; empty while closed."""
        self.failed_probes = 0
        """Since it opened."""
        self.answers = 0
        """Times that real work or a probe was done. Threads count without a lock: it says only whether any was."""

    @property
    def is_open(self) -> bool:
        """Whether the neighbour must not be asked just now, but by a probe."""
        return bool(self.trouble)

    @property
    def may_be_slow(self) -> bool:
        """Whether the neighbour is open because it has said nothing for a while, rather than refused or for long."""
        return self._silent_since is not None and self._ticks() - self._silent_since < SLOW_S

    def worked(self) -> None:
        """Real work was done."""
        self.answers += 1
        self._pause = FIRST_PROBE_S

    def failed(self, trouble: str, *, is_silent: bool = False) -> bool:
        """Work was not done. Returns whether this opened the breaker: of many at once, one does."""
        with self._lock:
            if self.trouble:
                return False
            self.failed_probes = 0
            self._silent_since = self._ticks() if is_silent else None
            self._pause_after(trouble)
            return True

    def still_failing(self, trouble: str, *, is_silent: bool = False) -> None:
        """A probe found the neighbour as it was, or refusing."""
        with self._lock:
            if not is_silent:
                self._silent_since = None
            self.failed_probes += 1
            self._pause_after(trouble)

    def _pause_after(self, trouble: str) -> None:
        self._due = self._ticks() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        self.trouble = trouble or "no answer"

    def probe_now(self) -> None:
        """The next probe is due at once, and pauses begin small again: what is known is another process's."""
        self._due, self._pause = self._ticks(), FIRST_PROBE_S

    def close(self) -> None:
        """A probe succeeded."""
        self.answers += 1
        self.trouble = ""

    def probe_in(self) -> float:
        """Seconds until the next probe is due, 0 when it is; an hour while closed."""
        return max(0.0, self._due - self._ticks()) if self.trouble else 3600.0
