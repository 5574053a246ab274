"""For every test: no setting left in the environment, no network but this machine's own."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from commands import Ivr, Ran
from databases import running_postgresql, schema_of
from projects import tiny_project

from ivr.cli import main
from ivr.store import Store


@pytest.fixture(autouse=True, scope="session")
def _no_leftover_settings() -> Iterator[None]:
    """Tests say what is set; whoever runs them may have anything set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("IVR_", "TWILIO_"))]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server: the address of its database, without a schema."""
    with running_postgresql() as address:
        yield address


_schemas = count(1)


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """The address of an empty schema on PostgreSQL, for one test."""
    with schema_of(postgresql, f"test_{os.getpid()}_{next(_schemas)}") as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet, for one test."""
    return f"sqlite:///{tmp_path / 'line.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, one of each sort that the line can use."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with its tables, once on each database."""
    made = Store(url)
    made.create_tables()
    yield made
    made.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A store with its tables on SQLite."""
    made = Store(sqlite_url)
    made.create_tables()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands run in this process set the log up for themselves; the next test finds it as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def in_zone() -> Iterator[Callable[[str], None]]:
    """`in_zone("Asia/Tokyo")`: let the machine stand in that zone until the test ends."""
    with pytest.MonkeyPatch.context() as patch:

        def stand(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield stand
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Connecting to another machine, or looking up its name, fails the test that does it."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _stay_here(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _stay_here(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **more: Any) -> Any:
        _stay_here((host,))
        return look_up(host, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _stay_here(address: Any) -> None:
    """Pass loopback, by number or name, and sockets in the file system (whose address is no tuple)."""
    host = address[0] if isinstance(address, tuple) else "localhost"
    host = host.decode() if isinstance(host, bytes) else host
    if host in (None, "", "localhost"):
        return
    try:
        is_here = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        pytest.fail(f"a test reached for {host}; tests stay on this machine")


@pytest.fixture
def ivr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Ivr]:
    """`ivr("hours", project=folder)`: the command in this process."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str, project: Path | None = None) -> Ran:
        capsys.readouterr()
        try:
            main([*(["--project", str(project)] if project else []), *words])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(code, said.out, said.err)

    yield run
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small line of one's own."""
    return tiny_project(tmp_path)
