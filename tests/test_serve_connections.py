"""Connections as hostile or hasty senders use them, with turns answered by the thread that watches the connections."""

from __future__ import annotations

import http.client
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from projects import tiny_project
from servers import Server, serving, until

from ivr.cli import patient

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


def is_closed(link: socket.socket) -> bool:
    """Whether the other side has closed; fails when it says anything more."""
    try:
        return link.recv(1) == b""
    except ConnectionResetError:
        return True


def statuses(link: socket.socket, count: int) -> list[int]:
    """The statuses of so many answers, in order; each is read to its end, and nothing behind the last."""
    met = []
    with link.makefile("rb", buffering=0) as read:
        for _ in range(count):
            met.append(int(read.readline().split()[1]))
            left = int(http.client.parse_headers(read)["Content-Length"])
            while left:
                left -= len(read.read(left))
    return met


def test_a_request_that_comes_before_the_answer_to_another_is_not_answered(server: Server) -> None:
    """Neither the provider nor a proxy does so; who sends by the thousand must not be answered by the thousand."""
    for first, status in ((UNSIGNED, 403), (HEALTH, 200)):
        with connected(server) as link:
            link.sendall(first + HEALTH * 3)
            assert statuses(link, 1) == [status]
            assert is_closed(link)


def test_connections_that_send_without_end_keep_nobody_out(server: Server) -> None:
    links = [connected(server) for _ in range(20)]
    for link in links:
        link.setblocking(False)
        with suppress(OSError):
            link.sendall(HEALTH * 25_000)
    with connected(server) as other:
        other.sendall(HEALTH)
        assert statuses(other, 1) == [200]
    for link in links:
        link.close()


@pytest.mark.parametrize("length", ["0" * 25 + "35", " 35, 35", "+35", "٣٥"])
def test_a_length_that_is_read_otherwise_hides_no_second_request(server: Server, length: str) -> None:
    head = f"POST /voice HTTP/1.1\r\nHost: line\r\nContent-Length: {length}\r\n\r\n".encode()
    with connected(server) as link:
        link.sendall(head)
        with suppress(OSError):
            link.sendall(b"GET /smuggled HTTP/1.1\r\nHost: line\r\n\r\n")
        assert statuses(link, 1)[0] in (400, 403)
        assert is_closed(link)


def test_a_word_like_chunked_in_another_header_is_no_body(server: Server) -> None:
    with connected(server) as link:
        link.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nUser-Agent: chunked\r\n\r\n"))
        assert statuses(link, 1) == [200]


CHUNKED = b"POST /voice HTTP/1.1\r\nHost: line\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nCallSid=C\r\n"


@pytest.mark.parametrize("end", [b"0\r\n\r\n", b"0\r\nX-Sum: 1\r\n\r\n", b"0\r\nX: 0\r\n\r\n", b"000\r\n\r\n"])
def test_a_body_in_chunks_is_there_to_its_end_with_what_may_follow_it(server: Server, end: bytes) -> None:
    with connected(server) as link:
        link.sendall(CHUNKED + end)
        assert statuses(link, 1)[0] in (400, 403, 415)
    with connected(server) as link:
        link.settimeout(0.3)
        link.sendall(CHUNKED + end[:-2])
        with pytest.raises(TimeoutError):
            link.recv(1)


def test_lines_that_end_as_in_no_request_are_not_waited_behind(server: Server) -> None:
    with connected(server) as link:
        link.settimeout(patient.PATIENCE_S / 3)
        link.sendall(b"GET /healthz HTTP/1.1\nHost: line\n\n")
        assert link.recv(12) in (b"", b"HTTP/1.1 400")


def test_a_head_without_an_end_is_not_kept(server: Server) -> None:
    with connected(server) as link:
        link.sendall(b"GET /healthz HTTP/1.1\r\n" + b"X-Long: " + b"a" * patient.LONGEST_HEAD)
        try:
            said = link.recv(100)
        except ConnectionResetError:
            said = b""
    assert said == b"" or said.startswith(b"HTTP/1.1 4")


def test_half_sent_requests_beyond_what_is_waited_for_push_out_the_oldest(tmp_path: Path) -> None:
    """Also with few descriptors: there is always one for whoever sends a whole request."""
    with serving(tiny_project(tmp_path), "--workers", "1") as server:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            halves = [connected(server) for _ in range(patient.MOST_WAITED_FOR + 300)]
            for link in halves:
                link.sendall(b"P")
            with connected(server) as whole:
                whole.sendall(HEALTH)
                assert statuses(whole, 1) == [200]
            assert is_closed(halves[0])
            for link in halves:
                link.close()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_worker_with_no_descriptor_left_goes_on(tmp_path: Path) -> None:
    with serving(tiny_project(tmp_path), "--workers", "1") as server:
        (worker,) = server.workers
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (100, 100))
        links = [connected(server) for _ in range(150)]
        for link in links:
            link.sendall(b"P")
        for link in links:
            link.close()
        until(lambda: server.get("/healthz")[0] == 200, "it answers again")
        assert list(server.workers) == [worker]


def test_a_request_in_pieces_and_the_next_one_behind_it(server: Server) -> None:
    with connected(server) as link:
        for place in range(0, len(UNSIGNED), 40):
            link.sendall(UNSIGNED[place : place + 40])
        assert statuses(link, 1) == [403]
        link.sendall(UNSIGNED[:30])
        link.sendall(UNSIGNED[30:])
        assert statuses(link, 1) == [403]


def test_whoever_reads_no_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    """What the system holds for him (here little) fills up, and then a thread waits; the line's only worker goes on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with serving(tiny_project(tmp_path), "--workers", "1", held=held) as server, connected(server) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            with suppress(ConnectionError):
                for _ in range(300):
                    deaf.sendall(UNSIGNED)
                    time.sleep(0.01)  # more at once would be refused for being more at once
            for asked, status in ((UNSIGNED, 403), (HEALTH, 200)) * 3:
                with connected(server) as link:
                    link.settimeout(patient.SEND_S / 2)
                    link.sendall(asked)
                    assert statuses(link, 1) == [status]


def test_whether_earlier_answers_have_arrived_is_known() -> None:
    """Who lets them lie gets his next one from a thread, however his side of the connection deals with it."""
    held = socket.create_server(("127.0.0.1", 0))
    with held, socket.create_connection(held.getsockname()) as deaf, held.accept()[0] as ours:
        assert patient.has_read_all(ours)
        ours.setblocking(False)
        sent = 0
        with suppress(BlockingIOError):
            while True:
                sent += ours.send(bytes(65536))
        assert not patient.has_read_all(ours)
        while sent:
            sent -= len(deaf.recv(65536))
        until(lambda: patient.has_read_all(ours), "the last of it is acknowledged")


def test_a_connection_that_ends_in_the_middle_of_a_request_costs_nobody_anything(server: Server) -> None:
    for cut in (1, 40, len(UNSIGNED) - 1):
        with connected(server) as link:
            link.sendall(UNSIGNED[:cut])
    assert server.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    "lines",
    [
        b"POST /voice HTTP/1.1\r\nHost: line\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"POST /voice HTTP/9.9\r\nHost: line\r\n\r\n",
        b"POST /voice HTTP/1.1\r\nHost: line\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"<script>alert(1)</script>\r\n\r\n",
        b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: line\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=["coding", "version", "two lengths", "markup", "long address", "TLS"],
)
def test_what_is_no_request_gets_one_plain_line_that_repeats_nothing_of_it(server: Server, lines: bytes) -> None:
    with connected(server) as link:
        link.sendall(lines)
        said = link.makefile("rb").read()
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"text/plain" in head
    assert body == b"Bad Request\n"


def test_what_is_no_request_is_counted_and_fills_no_log(tmp_path: Path) -> None:
    with serving(tiny_project(tmp_path), "--workers", "1") as server:
        for _ in range(50):
            with connected(server) as link:
                link.sendall(b"POST /voice 16125550199\r\n\r\n")
                assert statuses(link, 1) == [400]
        assert 'ivr_refused_total{cause="unusable"} 50.0' in server.get("/metrics")[1]
        told = [line for line in server.said.splitlines() if "cannot be read was refused" in line]
        assert 10 <= len(told) <= 12
        with connected(server) as link:
            link.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n"))
            assert statuses(link, 1) == [400]
        until(lambda: "because the proxy says http and https at once" in server.said, "what a proxy does is told")
        assert "5550199" not in server.said
