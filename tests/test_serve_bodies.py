"""Bodies too long, over real HTTP: refused before they are read, whether or not they say how long they are."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator

import pytest
from projects import tiny_project
from servers import DEADLINE_S, Server, serving

from ivr import answering
from ivr.cli import patient


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tiny_project(tmp_path_factory.mktemp("line")), "--workers", "1") as running:
        yield running


def test_the_server_waits_for_no_body_that_the_application_refuses() -> None:
    assert patient.LONGEST_BODY == answering.LONGEST_BODY


def answer_to(server: Server, sent: bytes) -> tuple[int, bytes, str]:
    """Status, body and type of the answer to what was sent, without a byte more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as link:
        link.sendall(sent)
        with http.client.HTTPResponse(link) as answer:
            answer.begin()
            return answer.status, answer.read(), answer.getheader("Content-Type", "")


HEAD = b"POST /voice HTTP/1.1\r\nHost: line\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize("length", [65_537, 100_000, 200_000, 10_000_000_000])
def test_a_body_announced_as_too_long_is_refused_before_it_is_sent(server: Server, length: int) -> None:
    status, body, kind = answer_to(server, HEAD + b"Content-Length: %d\r\n\r\na=" % length)
    assert (status, body) == (413, b"Request Entity Too Large\n")
    assert kind.startswith("text/plain")


def test_a_chunked_body_that_is_too_long_is_refused_while_it_comes(server: Server) -> None:
    chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
    status, body, _ = answer_to(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5)
    assert (status, body) == (413, b"Request Entity Too Large\n")


@pytest.mark.parametrize(
    "body", [b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabc\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n0\r\n\r\n"]
)
def test_chunks_that_are_none_get_a_plain_refusal(server: Server, body: bytes) -> None:
    status, said, _ = answer_to(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert status == 400
    assert b"<Response" not in said


def test_two_lengths_in_one_request_are_refused(server: Server) -> None:
    both = HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert answer_to(server, both)[0] == 400
    assert server.get("/healthz")[0] == 200
