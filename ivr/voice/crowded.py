"""More callers at once than can be answered in time: a short true sentence for some, rather than silence for all."""

from __future__ import annotations

import time
from contextvars import ContextVar

WAITS_SINCE: ContextVar[float | None] = ContextVar("waits_since", default=None)
"""When the request in hand had come in, by the clock that never goes back; set by a server that keeps requests waiting.

The provider drops a webhook after fifteen seconds, and its caller hears an error voice.
"""

MOST_WAITING_S = 4.0
"""Who has waited longer is told so at once: that costs a small part of a turn, so the queue cannot grow beyond this."""


def is_late() -> bool:
    """The request in hand has waited too long already for a turn to be taken."""
    since = WAITS_SINCE.get()
    return since is not None and time.monotonic() - since > MOST_WAITING_S
