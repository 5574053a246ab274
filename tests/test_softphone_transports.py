"""Requests travel to an application in this process or over HTTP, and failures carry the provider's codes."""

from __future__ import annotations

import gzip
import itertools
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, ClassVar

import pytest
from canned_line import ACCOUNT, BASE, TOKEN, TUESDAY, CannedLine, call, said

from ivr.softphone import FetchFailed, InProcess, Number, OverHttp, Request, Softphone
from ivr.softphone.signing import signature
from ivr.softphone.transports import LARGEST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

GREETING = b'<?xml version="1.0" encoding="UTF-8"?><Response><Say>Good morning.</Say></Response>'


def request(url: str, method: str = "POST", body: bytes = b"") -> Request:
    """One request without headers."""
    return Request(method, url, (), body, TUESDAY, [])


def test_in_process_the_application_sees_the_raw_path_the_moment_and_the_trace() -> None:
    seen: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        seen.append(environ)
        start("204 No Content", [])
        return []

    sent = request(f"{BASE}/voice/turn?s=a%2Fb&t=%C3%A9")
    assert InProcess(app, BASE).fetch(sent).status == 204
    assert seen[0]["REQUEST_URI"] == "/voice/turn?s=a%2Fb&t=%C3%A9"
    assert seen[0]["QUERY_STRING"] == "s=a%2Fb&t=%C3%A9"
    assert seen[0]["wsgi.url_scheme"] == "https"
    assert seen[0]["HTTP_HOST"] == "line.example"
    assert seen[0]["ivr.moment"] == TUESDAY
    assert seen[0]["ivr.trace"] is sent.trace


def test_in_process_an_exception_is_a_500_and_another_host_is_not_reached() -> None:
    def app(_environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        raise KeyError("oh")

    assert InProcess(app, BASE).fetch(request(f"{BASE}/voice")).status == 500
    with pytest.raises(FetchFailed) as caught:
        InProcess(app, BASE).fetch(request("https://elsewhere.example/voice"))
    assert caught.value.code == 11210


def test_requests_are_signed_over_what_is_sent() -> None:
    line = CannedLine({"/voice": "<Hangup/>"})
    call(line)
    signed = signature(f"{BASE}/voice", line.came[0].form.items(), TOKEN)
    assert line.came[0].headers["HTTP_X_TWILIO_SIGNATURE"] == signed


def test_a_get_carries_its_fields_in_the_address_and_signs_that() -> None:
    line = CannedLine({"/voice": '<Redirect method="GET">/turn</Redirect>', "/turn": "<Hangup/>"})
    softphone = call(line)
    sent = softphone.requests[1]
    assert sent.body == b""
    assert "CallSid=CA1111" in sent.url
    assert dict(sent.headers)["X-Twilio-Signature"] == signature(sent.url, [], TOKEN)


class Handler(BaseHTTPRequestHandler):
    """Answers a greeting, compressed as asked for."""

    hosts: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.hosts.append(self.headers["Host"])
        self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.compress(GREETING) if "gzip" in self.headers["Accept-Encoding"] else GREETING
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server() -> Iterator[str]:
    """Address of a real server on this machine."""
    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_over_http_a_call_is_heard(server: str) -> None:
    softphone = Softphone(OverHttp(), Number(ACCOUNT, TOKEN, f"{server}/voice"), TUESDAY)
    softphone.dial()
    assert said(softphone) == ["Good morning."]
    assert softphone.complaints == []


def test_over_http_a_public_address_can_be_reached_elsewhere(server: str) -> None:
    softphone = Softphone(OverHttp({BASE: server}), Number(ACCOUNT, TOKEN, f"{BASE}/voice"), TUESDAY)
    softphone.dial()
    assert said(softphone) == ["Good morning."]
    assert Handler.hosts[-1] == "line.example"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


@contextmanager
def sending(pieces: Iterable[bytes]) -> Iterator[str]:
    """A server that answers whatever it is asked with these bytes, a piece at a time, until nobody wants more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    for piece in pieces:
                        connection.sendall(piece)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/voice"
    thread.join(10)
    assert not thread.is_alive()


def slowly(*before: bytes) -> Iterator[bytes]:
    """A beginning, and then a byte now and then for ever."""
    yield from before
    while True:
        yield b"a"
        Event().wait(0.02)


@pytest.mark.parametrize("before", [(), (HEAD,), (HEAD + b"Content-Length: 60000\r\n\r\n",), (HEAD + b"\r\n",)])
def test_over_http_an_answer_that_trickles_in_is_left_in_time(before: tuple[bytes, ...]) -> None:
    with sending(slowly(*before)) as url, pytest.raises(FetchFailed) as caught:
        OverHttp(total_s=0.3).fetch(request(url))
    assert (caught.value.code, str(caught.value)) == (11205, "No answer within 0.3 seconds")


def test_over_http_of_an_answer_without_an_end_no_more_is_read_than_is_needed() -> None:
    with sending(itertools.chain([HEAD + b"\r\n"], itertools.repeat(b"x" * 65536))) as url:
        assert len(OverHttp().fetch(request(url)).body) == LARGEST


def test_over_http_half_an_answer_is_none() -> None:
    with sending([HEAD + b"Content-Length: 60000\r\n\r\n<Resp"]) as url, pytest.raises(FetchFailed) as caught:
        OverHttp().fetch(request(url))
    assert caught.value.code == 11206


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (gzip.compress(b"<Response>" + b" " * 50_000_000 + b"</Response>"), 11750),
        (gzip.compress(GREETING)[:-20], 11206),
        (GREETING, 11206),
    ],
    ids=["far too long", "cut off", "not packed"],
)
def test_what_is_packed_is_unpacked_in_measure(packed: bytes, code: int) -> None:
    header = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with sending([HEAD + header + packed]) as url:
        softphone = Softphone(OverHttp(), Number(ACCOUNT, TOKEN, f"{url}#rc=0"), TUESDAY)
        softphone.dial()
    assert [complaint.code for complaint in softphone.complaints] == [code]
    assert len(softphone.received[0].body) <= LARGEST


def test_over_http_nobody_listening_is_the_providers_connection_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        softphone = Softphone(OverHttp(), Number(ACCOUNT, TOKEN, f"http://127.0.0.1:{port}/voice"), TUESDAY)
        softphone.dial()
    assert [complaint.code for complaint in softphone.complaints] == [11202]
    tokens = [dict(sent.headers)["I-Twilio-Idempotency-Token"] for sent in softphone.requests]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
