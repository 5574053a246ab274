"""The outbox's file: its tables, what a commit promises, and how workers wait for each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import random
from time import sleep

LOCK_WAITS, LOCK_WAIT_S = 1_000, 0.001
"""How often to ask whether another worker is done writing, which takes one fsync, and seconds between.

Some second and a half in all: on a disk that is slow under a storm of letters, a caller waits rather than that a letter
is lost.

SQLite's own waiting grows by the try, so that under load somebody is always left behind.
"""

_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, call_sid TEXT NOT NULL, content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS letters_of_a_call ON letters (call_sid);
CREATE TABLE IF NOT EXISTS set_aside (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, call_sid TEXT NOT NULL, content TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS figures (waiting INTEGER NOT NULL, bytes INTEGER NOT NULL, dropped INTEGER NOT NULL);
INSERT INTO figures SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM figures);
CREATE TRIGGER IF NOT EXISTS letter_in AFTER INSERT ON letters BEGIN
    UPDATE figures SET waiting = waiting + 1, bytes = bytes + length(new.content);
END;
CREATE TRIGGER IF NOT EXISTS letter_out AFTER DELETE ON letters BEGIN
    UPDATE figures SET waiting = waiting - 1, bytes = bytes - length(old.content);
END;
CREATE TRIGGER IF NOT EXISTS put_aside AFTER INSERT ON set_aside BEGIN
    UPDATE figures SET bytes = bytes + length(new.content);
END;
COMMIT;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Every commit flushed to the disk, and the tables there. Raises sqlite3.Error."""
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'put_aside'").fetchone():
        connection.executescript(_TABLES)


def patiently(work: Callable[[], object]) -> None:
    """Try again while another worker is in the way. Raises sqlite3.Error when that takes too long."""
    for _ in range(LOCK_WAITS):
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            sleep(LOCK_WAIT_S * (1 + random()))
        else:
            return
    work()


def inode_of(path: Path) -> int:
    """What tells this file from another of the same name; 0 when there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
