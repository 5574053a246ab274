"""The certification directory as an HTTP service: one yes or no, in time, whatever comes back."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ivr.brokers import HttpDirectory
from ivr.errors import DirectoryUnavailable, SetupError

TODAY = date(2026, 11, 24)
Reply = Callable[[BaseHTTPRequestHandler], None]


class Service:
    """A real service on this machine; what it replies is set by the test, what it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.reply: Reply = lambda request: says(request, {"certified": True})
        self.is_over = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                service.asked.append((self.path, self.headers["Authorization"]))
                service.reply(self)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/brokers"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


def says(request: BaseHTTPRequestHandler, said: object, status: int = 200) -> None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    if status == 302:
        request.send_header("Location", "/elsewhere")
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.is_over.set()
    made.server.shutdown()
    made.server.server_close()


def test_it_asks_for_the_number_without_zeros_on_the_day_with_the_token(service: Service) -> None:
    assert HttpDirectory(service.url, "secret").look_up("0099900001", TODAY, within_s=1.5) == "certified"
    assert service.asked == [("/brokers/99900001?on=2026-11-24", "Bearer secret")]


@pytest.mark.parametrize("status", [200, 404])
def test_not_certified_and_unknown_are_both_not_confirmed(service: Service, status: int) -> None:
    service.reply = lambda request: says(request, {"certified": False}, status)
    assert HttpDirectory(service.url).look_up("99900002", TODAY, within_s=1.5) == "not_confirmed"


@pytest.mark.parametrize("npn", ["", "000", "../admin", "1?x=2", "１２"])
def test_what_is_no_number_is_never_asked(service: Service, npn: str) -> None:
    assert HttpDirectory(service.url).look_up(npn, TODAY, within_s=1.5) == "not_confirmed"
    assert service.asked == []


def test_the_age_of_the_list_is_what_the_service_last_said(service: Service) -> None:
    directory = HttpDirectory(service.url)
    assert directory.updated_at() is None
    service.reply = lambda request: says(request, {"certified": True, "updated_at": "2026-11-24T04:00:00-06:00"})
    directory.look_up("1", TODAY, within_s=1.5)
    service.reply = lambda request: says(request, {"certified": True, "updated_at": "yesterday"})
    directory.look_up("1", TODAY, within_s=1.5)
    assert directory.updated_at() == datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "status", "can_retry"),
    [
        ({"certified": True}, 500, True),
        ({"certified": True}, 503, True),
        ({"certified": True}, 429, True),
        ({"certified": True}, 302, False),
        ({"certified": True}, 401, False),
        ({"certified": True}, 404, False),
        (b"<html>not here</html>", 404, False),
        (b"<html>", 200, False),
        (b"\xff\xfe", 200, False),
        (b"[" * 16_000, 200, False),
        ({"certified": "yes"}, 200, False),
        ({"certified": 1}, 200, False),
        ({}, 200, False),
        ([True], 200, False),
        ({"certified": True, "more": "x" * 17_000}, 200, False),
    ],
)
def test_anything_but_a_plain_yes_or_no_is_no_answer(
    service: Service, said: object, status: int, can_retry: bool
) -> None:
    service.reply = lambda request: says(request, said, status)
    with pytest.raises(DirectoryUnavailable) as failed:
        HttpDirectory(service.url).look_up("99900001", TODAY, within_s=1.5)
    assert failed.value.can_retry is can_retry
    assert len(service.asked) == 1


def test_a_service_that_hangs_is_left_in_time(service: Service) -> None:
    def hang(request: BaseHTTPRequestHandler) -> None:
        service.is_over.wait()

    service.reply = hang
    began = time.monotonic()
    with pytest.raises(DirectoryUnavailable, match=r"did not answer within 0\.2 s") as failed:
        HttpDirectory(service.url).look_up("99900001", TODAY, within_s=0.2)
    assert failed.value.can_retry
    assert time.monotonic() - began < 5


def test_a_service_that_trickles_its_headers_is_left_in_time(service: Service) -> None:
    def trickle(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not service.is_over.wait(0.05):
                request.wfile.write(b"X-More: 1\r\n")
                request.wfile.flush()
        except OSError:
            """The other side has gone, as it should."""

    service.reply = trickle
    began = time.monotonic()
    with pytest.raises(DirectoryUnavailable, match=r"did not answer within 0\.3 s"):
        HttpDirectory(service.url).look_up("99900001", TODAY, within_s=0.3)
    assert time.monotonic() - began < 5


def test_a_service_that_is_not_there_can_be_tried_again(service: Service) -> None:
    service.server.shutdown()
    service.server.server_close()
    with pytest.raises(DirectoryUnavailable, match="cannot be reached") as failed:
        HttpDirectory(service.url).look_up("99900001", TODAY, within_s=1.5)
    assert failed.value.can_retry


def test_in_an_outage_second_looks_run_out_so_that_traffic_does_not_double(service: Service) -> None:
    directory = HttpDirectory(service.url)
    service.reply = lambda request: says(request, {}, 500)
    said = []
    for _ in range(12):
        with pytest.raises(DirectoryUnavailable) as failed:
            directory.look_up("99900001", TODAY, within_s=1.5)
        said.append(failed.value.can_retry)
    assert said == [True] * 10 + [False] * 2


def test_a_look_that_hangs_is_paid_for_once(service: Service) -> None:
    def hang(request: BaseHTTPRequestHandler) -> None:
        service.is_over.wait()

    service.reply = hang
    directory = HttpDirectory(service.url)
    said = []
    for _ in range(11):
        with pytest.raises(DirectoryUnavailable) as failed:
            directory.look_up("99900001", TODAY, within_s=0.02)
        said.append(failed.value.can_retry)
    assert said == [True] * 10 + [False]


def test_the_number_is_in_no_log_line_and_no_error(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    directory = HttpDirectory(service.url)
    directory.look_up("99900001", TODAY, within_s=1.5)
    service.reply = lambda request: says(request, b"no", 500)
    with pytest.raises(DirectoryUnavailable) as failed:
        directory.look_up("99900001", TODAY, within_s=1.5)
    assert "99900001" not in caplog.text + repr(failed.value) + repr(failed.value.__cause__)


def test_one_connection_serves_many_looks(service: Service) -> None:
    peers = set()

    def reply(request: BaseHTTPRequestHandler) -> None:
        peers.add(request.client_address)
        says(request, {"certified": True})

    service.reply = reply
    directory = HttpDirectory(service.url)
    for _ in range(5):
        directory.look_up("99900001", TODAY, within_s=1.5)
    assert len(peers) == 1


@pytest.mark.parametrize("url", ["", "brokers.example.org", "ftp://brokers.example.org", "https://a/b?key=1"])
def test_an_address_that_cannot_work_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SetupError):
        HttpDirectory(url)
