"""What is said now and then, however often there is cause to."""

from __future__ import annotations

from collections.abc import Callable


class Seldom:
    """Some at once, and then one every so many seconds."""

    def __init__(self, at_once: int, each_s: float, ticks: Callable[[], float]) -> None:
        """`ticks` counts seconds and never goes back."""
        self._most, self._each_s, self._ticks = float(at_once), each_s, ticks
        self._in_hand, self._at = self._most, ticks()
        self._untold = 0

    def may(self) -> bool:
        """Whether it is time again; whoever is told so must say it."""
        now = self._ticks()
        self._in_hand = min(self._most, self._in_hand + (now - self._at) / self._each_s)
        self._at = now
        if self._in_hand < 1:
            self._untold += 1
            return False
        self._in_hand -= 1
        return True

    def untold(self) -> int:
        """How often it was not time since this was last asked."""
        untold, self._untold = self._untold, 0
        return untold
