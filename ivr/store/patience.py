"""How long a database may keep a turn waiting, as far as its driver can see to that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from ivr.store.checkpoints import leave_to_others

LOCK_WAIT_MS = 100
"""Milliseconds for another process's writing: a write and a read of one turn stay under 250 ms together."""


def limit_lock_waits(engine: Engine) -> bool:
    """Let this process's connections from now on wait no longer than `LOCK_WAIT_MS` for another process.

    Returns whether that is the longest that the driver itself ever waits, so that a turn may ask in its own thread. A
    server's driver knows no limit below seconds: False. Nor does a turn wait for the disk; see `checkpoints`.
    """
    if engine.dialect.name != "sqlite":
        return False
    if engine.url.database not in (None, "", ":memory:"):
        event.listen(engine, "connect", _wait_shortly)
        engine.dispose()
    return True


def _wait_shortly(connection: Any, _record: object) -> None:
    leave_to_others(connection)
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
    finally:
        cursor.close()
