"""The real server in its own processes: releases change under it, workers die, it is stopped and started again."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from projects import edit, shipped_project, tiny_project
from servers import DEADLINE_S, SOON_S, Server, ivr, serving, until, words

from ivr.cli.server import figures_folder
from ivr.settings import load_settings
from ivr.softphone.state import DialWait
from ivr.wiring import open_store

OPEN = ("--at", "2026-11-24 10:00")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small line of one's own."""
    return tiny_project(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small line on the air, at ten on a Tuesday, two workers, a list of brokers; nobody changes its files."""
    project = tiny_project(tmp_path_factory.mktemp("line"))
    ivr(project, "brokers", "import", str(project / "config/brokers.csv"))
    with serving(project, *OPEN) as running:
        yield running


def test_the_first_start_publishes_the_shipped_line_and_a_call_reaches_a_representative(tmp_path: Path) -> None:
    project = shipped_project(tmp_path)
    ivr(project, "brokers", "import", str(project / "config/brokers.csv"))
    with serving(project, *OPEN) as running:
        assert "First start: checking flows/ and config/, and putting them on the air" in running.said
        assert re.search(r"Broker Line, release 1 \([0-9a-f]{12}\), on " + running.url, running.said)
        assert "Tuesday, November 24, 2026, 10:00: open until 17:00" in running.said
        assert f"{running.url}/phone" in running.said
        assert " turn turn=" not in running.said  # of the calls that were played before anybody called
        phone = running.call()
        phone.press("1")
        phone.press("99900001#")
        phone.representative("answers")
        assert phone.is_connected
        assert phone.complaints == []
        assert any("certified" in line.text for line in phone.lines() if line.to == "representative")


def test_a_line_on_postgresql_answers_from_the_first_start_and_keeps_what_happened(
    tiny: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", postgresql_url)
    words = ["brokers", "import", str(tiny / "config/brokers.csv")]
    subprocess.run([sys.executable, "-m", "ivr", "--project", str(tiny), *words], check=True)
    with serving(tiny, *OPEN) as running:
        phone = running.call()
        phone.press("1")
        phone.press("99900001#")
        phone.representative("answers")
        assert phone.is_connected
        assert running.get("/readyz")[0] == 200
    store = open_store(load_settings({"IVR_DATABASE_URL": postgresql_url}, tiny))
    (call,) = store.calls()
    assert (call.label, store.live_history()[0].number) == ("certified", 1)
    store.close()


def test_what_is_published_is_heard_by_new_callers_only_and_a_restart_is_not_noticed(tiny: Path) -> None:
    ivr(tiny, "brokers", "import", str(tiny / "config/brokers.csv"))
    with serving(tiny, *OPEN) as running:
        old = running.call()
        edit(tiny, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
        edit(tiny, "flows/number.yaml", "Please enter the broker's number", "Now enter the broker's number")
        ivr(tiny, "publish")
        running.hears_soon("Tinier Line.")
        assert running.end(signal.SIGTERM) == 0
    edit(tiny, "config/hours.yaml", "confirmed_through:", "confirmed_thru:")
    with serving(tiny, *OPEN, port=running.port) as again:
        assert "First start" not in again.said
        assert "The files in flows/ and config/ differ from release 2, which callers hear" in again.said
        old.press("1")
        assert words(old) == "Please enter the broker's number, then press pound."
        new = again.call()
        new.press("1")
        assert words(new) == "Now enter the broker's number, then press pound."
        old.press("99900001#")
        old.representative("answers")
        assert old.is_connected
        ivr(tiny, "rollback", "1")
        again.hears_soon("Tiny Line.")
        new.press("99900001#")
        new.representative("answers")
        assert new.is_connected
        assert old.complaints + new.complaints == []


def test_a_closure_is_heard_within_two_seconds_and_so_is_its_end(tiny: Path) -> None:
    edit(
        tiny, "flows/tiny.yaml", "open {{ hours.next_opening }}.", "open {{ hours.next_opening }}. {{ hours.because }}"
    )
    with serving(tiny) as running:
        before = running.heard()
        ivr(tiny, "close", "--until", "tomorrow 23:59", "--reason", "a power outage")
        running.hears_soon("We're closed for a power outage.")
        ivr(tiny, "reopen")
        running.hears_soon(before)


def test_a_saved_change_goes_on_the_air_and_a_bad_one_is_explained_but_a_rollback_is_not_undone(tiny: Path) -> None:
    ivr(tiny, "publish")
    edit(tiny, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
    ivr(tiny, "publish")
    ivr(tiny, "rollback", "1")
    with serving(tiny, *OPEN, "--watch") as running:
        assert "differ from release 1, which callers hear" in running.said
        edit(tiny, "flows/tiny.yaml", "next: first_menu", "next: frist_menu")
        until(lambda: "Saved, but not on the air." in running.said, "the mistake is told")
        assert 'There is no step called "frist_menu".' in running.said
        assert "Callers meanwhile: release 1 goes on answering; nothing of this edit is on the air." in running.said
        assert "Tiny Line." in running.heard()
        edit(tiny, "flows/tiny.yaml", "next: frist_menu", "next: first_menu")
        until(lambda: "Saved and on the air: release 2" in running.said, "the change is told")
        running.hears_soon("Tinier Line.")
        edit(tiny, "flows/tiny.yaml", "start: hours", "start: huors")
        until(lambda: "Callers meanwhile: release 2 goes on answering" in running.said, "the mistake is told")
        edit(tiny, "flows/tiny.yaml", "start: huors", "start: hours")
        until(lambda: "Mended: the files are release 2 again" in running.said, "the mend is told")
        assert len(running.watchers) == 1
        assert running.end(signal.SIGTERM) == 0


def test_when_the_server_is_killed_its_workers_and_its_watcher_end_by_themselves(tiny: Path) -> None:
    with serving(tiny, "--watch") as running:
        until(lambda: len(running.watchers) == 1 and len(running.workers) == 2, "all are there")
        assert running.end(signal.SIGKILL) == -9


def test_callers_wait_in_a_socket_that_was_handed_over_while_the_server_is_killed_and_started_again(tiny: Path) -> None:
    ivr(tiny, "publish")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as held:
        first = Server(tiny, *OPEN, held=held).ready()
        assert f"http://127.0.0.1:{held.getsockname()[1]}" in first.said
        phone = first.call()
        assert first.end(signal.SIGKILL) == -9
        calling = threading.Thread(target=phone.press, args=("1",))
        calling.start()
        again = Server(tiny, *OPEN, held=held)
        calling.join(DEADLINE_S)
        assert words(phone) == "Please enter the broker's number, then press pound."
        assert phone.complaints == []
        assert again.end(signal.SIGTERM) == 0


def test_a_graceful_stop_finishes_the_turns_that_are_under_way(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_slow_directory() as (address, is_asked, may_answer):
        monkeypatch.setenv("IVR_DIRECTORY_URL", address)
        with serving(tiny, *OPEN) as running:
            phone = running.call()
            phone.press("1")
            calling = threading.Thread(target=phone.press, args=("99900001#",))
            calling.start()
            assert is_asked.wait(DEADLINE_S)
            running.process.send_signal(signal.SIGTERM)
            may_answer.set()
            calling.join(DEADLINE_S)
            assert isinstance(phone.waiting, DialWait)
            assert phone.complaints == []
            assert running.process.wait(DEADLINE_S) == 0


@contextmanager
def a_slow_directory() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A certification service that answers when it is told to: its address, when it is asked, when it may answer."""
    is_asked, may_answer = threading.Event(), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_asked.set()
            may_answer.wait(DEADLINE_S)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"certified": true}')

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{service.server_port}", is_asked, may_answer
        finally:
            may_answer.set()
            service.shutdown()
            thread.join()


def test_the_line_can_be_rehearsed_at_another_moment(tiny: Path) -> None:
    with serving(tiny, "--at", "2026-12-25 10:00") as running:
        assert "Rehearsal: the line's clock says Friday, December 25, 2026, 10:00 and runs on." in running.said
        assert "Friday, December 25, 2026, 10:00: closed: Christmas Day; opens Mon 2026-12-28 08:00" in running.said
        assert "We're closed, and open Monday at eight a.m." in running.heard()


def test_a_live_release_of_another_version_of_the_program_stops_the_start_in_words(tiny: Path) -> None:
    store = open_store(load_settings({}, tiny))
    now = datetime(2026, 11, 24, 16, tzinfo=UTC)
    store.make_live(store.add_release("f" * 64, {"flows/old.yaml": b"steps: of another time\n"}, "", now), now)
    store.close()
    running = Server(tiny)
    assert running.process.wait(DEADLINE_S) == 1
    until(lambda: "ivr publish" in running.said, "what to do is told")
    assert "release 1 cannot be used by this version of the program" in running.said
    assert running.said.endswith("Put the files of this project on the air instead: ivr publish\n")


def test_a_database_of_a_newer_version_of_the_program_stops_the_start_in_words(tiny: Path) -> None:
    store = open_store(load_settings({}, tiny))
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE broker_line_revision SET version_num = '0007'")
    store.close()
    running = Server(tiny)
    assert running.process.wait(DEADLINE_S) == 1
    until(lambda: "ivr migrate --to" in running.said, "what to do is told")
    assert "The database is of revision 0007, from a newer version of this program" in running.said


def test_figures_are_those_of_every_worker_and_of_real_callers_only(server: Server) -> None:
    assert re.fullmatch(r"ready, release [0-9a-f]{12}\n", server.get("/readyz")[1])
    server.heard_by_each_of(12)
    status, figures = server.get("/metrics")
    assert status == 200
    assert 'ivr_turns_total{kind="menu",step="first_menu"} 12.0' in figures
    # The first start plays a scripted call, which ends there.
    assert 'step="number/npn"' not in figures
    folder = figures_folder(server.project / "var/metrics", server.port)
    until(lambda: bool(server.heard()) and len(list(folder.glob("counter_*.db"))) >= 2, "both workers have answered")
    calls = re.search(r'ivr_turns_total\{kind="menu",step="first_menu"\} (\d+)', server.get("/metrics")[1])
    assert calls
    assert int(calls[1]) >= 13


def test_half_sent_requests_do_not_keep_other_callers_waiting(server: Server) -> None:
    head = b"POST /voice HTTP/1.1\r\nHost: line\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    half = [b"", head, head + b"Content-Length: 500\r\n\r\nCallSid=CA"]
    links = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(120)]
    try:
        for place, link in enumerate(links):
            link.sendall(half[place % 3])
        began = time.monotonic()
        assert "Tiny Line." in server.heard()
        assert time.monotonic() - began < SOON_S
        links[1].sendall(b"Content-Length: 2\r\n\r\n")
        links[1].sendall(b"a=")
        links[1].settimeout(DEADLINE_S)
        assert links[1].recv(100).startswith(b"HTTP/1.1 403 ")
    finally:
        for link in links:
            link.close()


def test_a_worker_that_is_killed_in_the_middle_of_a_call_is_not_noticed(server: Server) -> None:
    phone = server.call()
    for worker in server.workers:
        server.replaces(worker)
        phone.press("9")
        assert words(phone).startswith("For a representative, press one.")
    phone.press("1")
    phone.press("99900001#")
    phone.representative("answers")
    assert phone.is_connected
    assert phone.complaints == []
