"""Connections as hostile or hasty senders use them, with turns answered by the thread that watches the connections."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from projects import tiny_project
from servers import Server, serving

UNSIGNED = (
    b"POST /voice HTTP/1.1\r\nHost: line\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 10\r\n\r\nCallSid=CA"
)
"""A whole request, which gets a refusal."""

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: line\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tiny_project(tmp_path_factory.mktemp("line")), "--workers", "1") as running:
        yield running


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def statuses(link: socket.socket, count: int) -> list[int]:
    """The statuses of so many answers, in order; each is read to its end."""
    read, met = link.makefile("rb"), []
    for _ in range(count):
        met.append(int(read.readline().split()[1]))
        headers = http.client.parse_headers(read)
        read.read(int(headers["Content-Length"]))
    return met


def test_a_hundred_requests_in_one_piece_are_answered_in_order(server: Server) -> None:
    with connected(server) as link:
        link.sendall((UNSIGNED + HEALTH) * 50)
        assert statuses(link, 100) == [403, 200] * 50


def test_a_request_in_pieces_and_the_next_one_behind_it(server: Server) -> None:
    with connected(server) as link:
        for place in range(0, len(UNSIGNED), 40):
            link.sendall(UNSIGNED[place : place + 40])
        assert statuses(link, 1) == [403]
        link.sendall(UNSIGNED + UNSIGNED[:30])
        assert statuses(link, 1) == [403]
        link.sendall(UNSIGNED[30:])
        assert statuses(link, 1) == [403]


def test_whoever_reads_no_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    """What the system holds for him (here little) fills up, and then a thread waits; the line's only worker goes on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with serving(tiny_project(tmp_path), "--workers", "1", held=held) as server, connected(server) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.settimeout(0.5)
            with suppress(TimeoutError):
                while True:
                    deaf.sendall(UNSIGNED * 50)
            for asked, status in ((UNSIGNED, 403), (HEALTH, 200)) * 3:
                with connected(server) as link:
                    link.sendall(asked)
                    assert statuses(link, 1) == [status]


def test_a_connection_that_ends_in_the_middle_of_a_request_costs_nobody_anything(server: Server) -> None:
    for cut in (1, 40, len(UNSIGNED) - 1):
        with connected(server) as link:
            link.sendall(UNSIGNED[:cut])
    assert server.get("/healthz")[0] == 200
