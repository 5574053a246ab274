"""Stores that are really gone: a locked file, a folder in its place, a server that says nothing."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ivr.events import Event, TurnRecord
from ivr.store import Store

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
RELEASE = "a" * 64


def stored_in(path: Path) -> Store:
    """A store with its tables."""
    store = Store(f"sqlite:///{path}")
    store.create_tables()
    return store


def record(turn: int, call_sid: str = "CA1") -> TurnRecord:
    """A turn with two steps."""
    events = (Event(turn, 0, "menu", "menu", "1", "1"), Event(turn, 1, "npn", "collect", "", label="none"))
    return TurnRecord(call_sid, RELEASE, "broker_line", NOON, 1.5, "+*********99", events)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes for a very long time: nobody else can, and reading goes on (WAL)."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def a_folder_in_its_place(path: Path) -> Iterator[None]:
    """The database's files are gone, and cannot be made either."""
    aside = path.with_name("aside")
    aside.mkdir()
    for part in path.parent.glob(f"{path.name}*"):
        part.rename(aside / part.name)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        for part in aside.iterdir():
            part.rename(path.parent / part.name)
        shutil.rmtree(aside)


@contextmanager
def a_server_that_hangs() -> Iterator[str]:
    """The address of a PostgreSQL that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield f"postgresql+psycopg://line@127.0.0.1:{listening.getsockname()[1]}/line"
