"""SQLite's write-ahead log, brought into the database beside the turns, so that no caller waits for the disk.

By itself SQLite does so within the very statement that has made the log a thousand pages long, a few times a second
when many call ("Write-Ahead Logging", part 3.3), and flushes the disk twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

MOST_PAGES = 16_000
"""Pages of the log at which a turn does bring them in after all; 64 MB, in case nobody else does."""

LONG_PAGES = 4_000
"""Pages from which the log is begun anew, for which writers wait some milliseconds; without it would only grow."""


def leave_to_others(driver: Any) -> None:
    """Let a driver's connection bring nothing in by itself, up to `MOST_PAGES`."""
    driver.execute(f"PRAGMA wal_autocheckpoint = {MOST_PAGES}")


def bring_in(engine: Engine) -> None:
    """Bring in what the log holds; for a process's background. Does nothing for another database than SQLite's.

    Raises what the driver raises; nothing is lost by that.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        # Most of it while writers go on, and only what they have added meanwhile while they wait.
        _, pages, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
        if pages > LONG_PAGES:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)")
