"""Several servers as on several machines: a project, an outbox and a port each; one PostgreSQL, one set of secrets."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from projects import tiny_project
from servers import Server

from ivr.softphone import Number, OverHttp, Softphone
from ivr.softphone.transports import Reply, Request

PUBLIC_URL = "https://line.example.gov"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
SECRET_KEY = "YnJva2VyIGxpbmUgYmVuY2htYXJrIGtleSAzMiBieXQ="
NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)


def settings(database_url: str) -> Mapping[str, str]:
    """What every machine is told alike."""
    return {
        "IVR_DATABASE_URL": database_url,
        "IVR_PUBLIC_URL": PUBLIC_URL,
        "IVR_SECRET_KEYS": SECRET_KEY,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    }


@contextmanager
def machines(folder: Path, database_url: str, count: int) -> Iterator[Sequence[Server]]:
    """So many servers, one worker each; the first is started alone and publishes the small line."""
    running: list[Server] = []
    try:
        for number in range(count):
            project = folder / f"machine-{number}"
            project.mkdir()
            words = ("--workers", "1", "--at", "2026-11-24 12:00")
            running.append(Server(tiny_project(project), *words, settings=settings(database_url)))
            if number == 0:
                running[0].ready()
        yield [server.ready() for server in running]
    finally:
        for server in running:
            if server.process.poll() is None:
                server.end(signal.SIGQUIT)


class InTurn:
    """A load balancer at its simplest: each request goes to the next machine, and none remembers a call."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._ways = cycle([(server.url, OverHttp({PUBLIC_URL: server.url})) for server in servers])
        self.taken: list[str] = []

    def fetch(self, request: Request) -> Reply:
        """The answer of the machine whose turn it is."""
        url, way = next(self._ways)
        self.taken.append(url)
        return way.fetch(request)


def phone(transport: InTurn | OverHttp) -> Softphone:
    """A caller who has not dialled yet."""
    return Softphone(transport, Number.at(PUBLIC_URL, ACCOUNT_SID, AUTH_TOKEN), NOON)
