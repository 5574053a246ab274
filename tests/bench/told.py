"""Progress of a long run, told on one line of the terminal, or now and then where there is none."""

from __future__ import annotations

import sys
import time

_last = [0.0]


def told(text: str) -> None:
    """Show how far it is; at most a few times a second, every half minute where it goes into a file."""
    now = time.monotonic()
    terminal = sys.__stderr__ is not None and sys.__stderr__.isatty()
    if now - _last[0] < (0.2 if terminal else 30):
        return
    _last[0] = now
    if sys.__stderr__ is not None:
        sys.__stderr__.write(f"\r{text}\033[K" if terminal else f"{text}\n")
        sys.__stderr__.flush()
