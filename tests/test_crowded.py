"""More callers than can be answered in time: some hear a short true sentence and come again, nobody only silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from servers import free_port, parents, until
from webhooks import Provider, tiny_line

from ivr.cli.server import FIGURES
from ivr.voice.crowded import MOST_WAITING_S, WAITS_SINCE

BUSY = "Many are calling just now. One moment, please."


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


@pytest.fixture
def late() -> Iterator[None]:
    """The request in hand has waited too long."""
    token = WAITS_SINCE.set(time.monotonic() - MOST_WAITING_S - 1)
    yield
    WAITS_SINCE.reset(token)


def action(document: str) -> str:
    return document.partition('action="')[2].partition('"')[0]


def redirect(document: str) -> str:
    return document.partition('<Redirect method="POST">')[2].partition("<")[0]


@pytest.mark.usefixtures("late")
def test_who_has_waited_too_long_hears_so_and_calls_in_again(provider: Provider) -> None:
    said = provider.post("/voice").text
    assert BUSY in said
    assert redirect(said).endswith("/voice#rc=5&amp;rp=all")
    WAITS_SINCE.set(time.monotonic())
    assert "<Gather" in provider.post(redirect(said)).text


def test_in_the_middle_of_a_call_the_same_question_comes_again(provider: Provider) -> None:
    asked = provider.post("/voice").text
    token = WAITS_SINCE.set(time.monotonic() - MOST_WAITING_S - 1)
    said = provider.post(action(asked), Digits="1").text
    WAITS_SINCE.reset(token)
    assert BUSY in said
    assert redirect(said) == action(asked)
    assert "<Gather" in provider.post(redirect(said)).text


def test_keys_that_came_in_an_address_do_not_stand_in_the_next_one(provider: Provider) -> None:
    address = action(provider.post("/voice").text).partition("#")[0]
    late = WAITS_SINCE.set(time.monotonic() - MOST_WAITING_S - 1)
    said = provider.send(address, provider.fields(Digits="99900001"), method="GET").text
    WAITS_SINCE.reset(late)
    assert BUSY in said
    assert redirect(said).partition("#")[0] == address
    assert "99900001" not in said


@pytest.mark.usefixtures("late")
def test_what_a_dial_came_to_is_never_put_off(provider: Provider) -> None:
    assert BUSY not in provider.post("/voice/dialled", DialCallStatus="no-answer").text


@pytest.mark.usefixtures("late")
def test_who_is_not_the_provider_hears_nothing(provider: Provider) -> None:
    refused = provider.client.post("/voice", data=provider.fields(), headers={"X-Twilio-Signature": "no"})
    assert refused.status_code == 403
    assert BUSY not in refused.text


SERVER = """
import os, sys, time
from ivr.cli.server import Server, take_address
from ivr.voice.crowded import is_late

def app(environ, start_response):
    answer = b"late" if is_late() else b"in time"
    if environ["PATH_INFO"] == "/slow":
        os.write(1, b".")
        time.sleep(5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer]

Server(app, take_address("127.0.0.1", int(sys.argv[1])), 1, lambda: None, turns_wait=True).run()
"""


def asked(port: int, path: str) -> str:
    link = HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", path)
    try:
        return link.getresponse().read().decode()
    finally:
        link.close()


def test_the_server_tells_how_long_a_request_has_waited_for_a_thread() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: is_up(port), "the server answers")
            with ThreadPoolExecutor(20) as callers:
                slow = [callers.submit(asked, port, "/slow") for _ in range(16)]
                time.sleep(0.5)
                behind = callers.submit(asked, port, "/")
                assert behind.result() == "late"
                assert {one.result() for one in slow} == {"in time"}
            assert asked(port, "/") == "in time"
        finally:
            server.terminate()


def test_who_waits_behind_a_worker_that_is_killed_is_answered_by_the_next_one(tmp_path: Path) -> None:
    port = free_port()
    running = [sys.executable, "-c", SERVER, str(port)]
    where = {**os.environ, FIGURES: str(tmp_path)}
    with subprocess.Popen(running, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=where) as server:
        try:
            until(lambda: is_up(port), "the server answers")
            assert server.stdout
            with ThreadPoolExecutor(20) as callers:
                slow = [callers.submit(asked, port, "/slow") for _ in range(16)]
                assert server.stdout.read(16) == b"." * 16
                behind = [callers.submit(asked, port, "/") for _ in range(4)]
                (worker,) = [pid for pid, parent in parents() if parent == server.pid]
                os.kill(worker, signal.SIGKILL)
                assert all(one.exception() for one in slow)
                assert {one.result() for one in behind} <= {"in time", "late"}
        finally:
            server.terminate()


def is_up(port: int) -> bool:
    try:
        return asked(port, "/") == "in time"
    except OSError:
        return False
