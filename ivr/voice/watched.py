"""The certification directory with its look-ups counted and timed, whichever form of it the line uses."""

from __future__ import annotations

import time
from datetime import date, datetime

from ivr.brokers import Answer, Directory
from ivr.errors import DirectoryUnavailable
from ivr.voice.metrics import LOOK_UP_SECONDS


class WatchedDirectory:
    """A directory as it is, and its figures; never which number was looked up."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    @property
    def may_be_slow(self) -> bool:
        """See `Directory`."""
        return self._directory.may_be_slow

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`. What gave no answer is `slow` when a second look makes sense, else `unavailable`."""
        began, result = time.perf_counter(), "unavailable"
        try:
            result = answer = self._directory.look_up(npn, today, within_s=within_s)
        except DirectoryUnavailable as trouble:
            result = "slow" if trouble.can_retry else "unavailable"
            raise
        finally:
            LOOK_UP_SECONDS.labels(result=result).observe(time.perf_counter() - began)
        return answer

    def updated_at(self) -> datetime | None:
        """See `Directory`."""
        return self._directory.updated_at()
