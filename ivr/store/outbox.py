"""What the store did not take, kept on this machine's own disk until it does; nothing kept here is ever thrown away."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ivr.after_fork import after_fork
from ivr.errors import NeighbourError
from ivr.log import logger
from ivr.store.files import locked, sync_folder
from ivr.store.outbox_file import inode_of, patiently, prepare

FILE = "outbox.db"

MOST_BYTES = 512 * 1024 * 1024
"""Bytes of letters kept; about seven hundred thousand turns, ten hours at twenty turns a second."""

Kind = Literal["turn", "status", "note", "forget"]

log = logger(__name__)


class OutboxUnusable(NeighbourError):
    """The outbox took nothing: it is full, or its disk is full, read-only or broken."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing for the store, in the order in which it was put by.

    Args:
        content: as JSON has it.
    """

    number: int
    kind: Kind
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """What is in an outbox.

    Args:
        waiting, bytes: letters for the store, and the sum of their lengths.
        dropped: letters that were not taken because the outbox was full, since it was made.
        set_aside: letters that the store refuses although it works; kept for a person to look at.
    """

    waiting: int = 0
    bytes: int = 0
    dropped: int = 0
    set_aside: int = 0


class _Unsent:
    """A letter on its way to the disk, with what came of it."""

    def __init__(self, kind: Kind, call_sid: str, content: str) -> None:
        self.row = (kind, call_sid, content)
        self.is_done = False
        self.trouble: OutboxUnusable | None = None


class _Opened(NamedTuple):
    connection: sqlite3.Connection
    inode: int


class Outbox:
    """An SQLite file in a folder of a local disk, shared by every worker of the machine.

    A letter that was put by survives the process and the machine (fsync). When the outbox is full it is the newest
    letter that is not taken: what is inside has been promised, and a gapless beginning tells more than an end.

    Nothing is made on disk before the first letter. Threads that put by at the same time share one fsync.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self._most_bytes = folder, most_bytes
        self._path = folder / FILE
        self._start_afresh()
        after_fork(self, Outbox._leave_to_the_parent)

    def _start_afresh(self) -> None:
        self._opened: _Opened | None = None
        self._using, self._coming = threading.Lock(), threading.Lock()
        self._unsent: list[_Unsent] = []

    def _leave_to_the_parent(self) -> None:
        _LEFT_TO_THE_PARENT.append(self._opened)
        self._start_afresh()

    def put(self, kind: Kind, call_sid: str, content: Mapping[str, Any]) -> None:
        """Keep a letter; it is on the disk when this returns. Raises OutboxUnusable: it is not."""
        unsent = _Unsent(kind, call_sid, json.dumps(content, separators=(",", ":")))
        with self._coming:
            self._unsent.append(unsent)
        with self._using:
            if not unsent.is_done:
                self._write_all()
        if unsent.trouble:
            raise unsent.trouble

    def oldest(self, most: int) -> Sequence[Letter]:
        """The first letters waiting; raises OutboxUnusable."""
        query = "SELECT number, kind, content FROM letters ORDER BY number LIMIT ?"
        with self._using:
            if not self._path.exists():
                return ()
            with self._open() as connection:
                rows = connection.execute(query, (most,)).fetchall()
        return [Letter(number, kind, json.loads(content)) for number, kind, content in rows]

    def remove(self, numbers: Sequence[int]) -> None:
        """The store has these letters now; raises OutboxUnusable."""
        with self._using, self._writing() as connection:
            connection.executemany("DELETE FROM letters WHERE number = ?", [(number,) for number in numbers])

    def set_aside(self, number: int, why: str) -> None:
        """The store works but refuses this letter: keep it where it is in nobody's way; raises OutboxUnusable."""
        copy = "INSERT INTO set_aside SELECT number, kind, call_sid, content, ? FROM letters WHERE number = ?"
        with self._using, self._writing() as connection:
            connection.execute(copy, (why, number))
            connection.execute("DELETE FROM letters WHERE number = ?", (number,))

    def last_turn(self, call_sid: str) -> int:
        """The highest turn of a call that waits here; 0 for none, and when the outbox cannot be read."""
        query = "SELECT content FROM letters WHERE call_sid = ? AND kind = 'turn'"
        with self._using:
            try:
                if not self._path.exists():
                    return 0
                with self._open() as connection:
                    rows = connection.execute(query, (call_sid,)).fetchall()
            except OutboxUnusable:
                return 0
        return max((event["turn"] for (content,) in rows for event in json.loads(content)["events"]), default=0)

    def figures(self) -> OutboxFigures:
        """How much waits; raises OutboxUnusable when that cannot be known."""
        with self._using:
            if not self._path.exists():
                self._refuse_a_place_that_is_none()
                return OutboxFigures()
            with self._open() as connection:
                waiting, size, dropped = connection.execute("SELECT waiting, bytes, dropped FROM figures").fetchone()
                aside = connection.execute("SELECT count(*) FROM set_aside").fetchone()[0]
        return OutboxFigures(waiting, size, dropped, aside)

    def _refuse_a_place_that_is_none(self) -> None:
        """Before the first letter: could the folder be made?"""
        nearest = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise OutboxUnusable(f"The outbox cannot be made in {nearest}.", can_retry=False)

    def close(self) -> None:
        """Give back the file; the outbox may be used again afterwards."""
        with self._using:
            if self._opened:
                self._opened.connection.close()
                self._opened = None

    def _write_all(self) -> None:
        """Write every letter that threads have brought meanwhile, in one transaction."""
        with self._coming:
            unsent, self._unsent = self._unsent, []
        had_one = self._opened is not None
        try:
            try:
                self._write(unsent)
            except OutboxUnusable as trouble:
                # A connection made while the disk was read-only stays so when the disk is mended: try a new one.
                if not (had_one and "SQLITE_READONLY" in str(trouble)):
                    raise
                self._write(unsent)
        except OutboxUnusable as trouble:
            for letter in unsent:
                letter.trouble = OutboxUnusable(str(trouble), can_retry=trouble.can_retry)
        finally:
            for letter in unsent:
                letter.is_done = True

    def _write(self, unsent: Sequence[_Unsent]) -> None:
        """One transaction; what the outbox has no room for is marked. Raises OutboxUnusable: nothing is kept."""
        with self._writing() as connection:
            (size,) = connection.execute("SELECT bytes FROM figures").fetchone()
            for letter in unsent:
                size += len(letter.row[2])
                letter.trouble = None
                if size > self._most_bytes:
                    size -= len(letter.row[2])
                    connection.execute("UPDATE figures SET dropped = dropped + 1")
                    letter.trouble = OutboxUnusable("The outbox is full.", can_retry=False)
                else:
                    connection.execute("INSERT INTO letters (kind, call_sid, content) VALUES (?, ?, ?)", letter.row)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is on the disk when the block has ended well; `_using` must be held."""
        with self._open() as connection:
            patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file's connection; what goes wrong in the block becomes OutboxUnusable. `_using` must be held."""
        try:
            yield self._connected()
        except (sqlite3.Error, OSError) as error:
            # Whatever happened to file or folder, the next letter finds what is there then.
            opened, self._opened = self._opened, None
            if opened:
                opened.connection.close()
            why = getattr(error, "sqlite_errorname", "") or getattr(error, "strerror", "") or type(error).__name__
            if why.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
                self._put_away_damaged(opened)
            raise OutboxUnusable(f"The outbox cannot be used ({why}).") from error

    def _connected(self) -> sqlite3.Connection:
        """A connection to the file that is there now, not to one that was removed. Raises sqlite3.Error and OSError."""
        # Never opened by us ourselves: closing any handle of the file would let go of SQLite's own locks on it.
        inode = inode_of(self._path)
        if self._opened and self._opened.inode == inode:
            return self._opened.connection
        if self._opened:
            self._opened.connection.close()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        self._opened = _Opened(connection, inode)
        patiently(lambda: prepare(connection))
        if inode == 0:
            sync_folder(self.folder)
        self._opened = _Opened(connection, inode_of(self._path))
        return connection

    def _put_away_damaged(self, opened: _Opened | None) -> None:
        """Rename a file that is no outbox, so that the next letter gets a good one; nothing is removed."""
        with suppress(OSError), locked(self.folder / "damaged.lock") as is_ours:
            if not (is_ours and opened and inode_of(self._path) == opened.inode):
                return
            for path in (self._path, *(self._path.with_name(FILE + end) for end in ("-wal", "-shm"))):
                if path.exists():
                    path.rename(path.with_name(f"damaged-{opened.inode}-{path.name}"))
            log.error("the outbox is damaged and was put away; a new one is begun", file=str(self._path))


_LEFT_TO_THE_PARENT: list[_Opened | None] = []
