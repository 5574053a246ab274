"""Calls go on while the store is gone: what callers hear, what a start without it does, what the health pages say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from outages import a_folder_in_its_place, a_server_that_hangs, locked
from projects import edit, tiny_project
from servers import ivr, serving, until
from servers import words as heard_by
from webhooks import CALL, OTHER_CALL, TUESDAY, Provider, action
from werkzeug.test import TestResponse

from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, SECRET_KEY
from ivr.settings import load_settings
from ivr.staging import publish_files
from ivr.wiring import Line, line_for

LAST_WORDS = "The MNsure Broker Line can't take your call right now. Please call again in a few minutes."
OPEN = ("--at", "2026-11-24 10:00")
SETTINGS = {
    "IVR_PUBLIC_URL": BASE_URL,
    "IVR_SECRET_KEYS": SECRET_KEY,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The tiny line with its brokers, published."""
    made = tiny_project(tmp_path)
    ivr(made, "brokers", "import", str(made / "config/brokers.csv"))
    ivr(made, "publish")
    return made


@contextmanager
def answering(project: Path, **settings: str) -> Iterator[Provider]:
    """The line of a project in this process, as a server's worker has it."""
    line = line_for(load_settings({**SETTINGS, **settings}, project))
    try:
        yield Provider(line)
    finally:
        assert line.background
        line.background.stop()
        line.store.close()
        assert line.steady.outbox
        line.steady.outbox.close()


def words(response: TestResponse) -> str:
    """Everything a document says, in order."""
    assert response.status_code == 200
    return " ".join(" ".join(ElementTree.fromstring(response.data).itertext()).split())


def database(project: Path) -> Path:
    return project / "var" / "ivr.db"


def waiting(line: Line) -> int:
    assert line.steady.outbox
    return line.steady.outbox.figures().waiting


def turns_and_label(line: Line, call_sid: str = CALL) -> tuple[list[int], str]:
    """What the store knows of a call: its turns, each step's once, and the label at the end."""
    kept = line.store.events_of(call_sid)
    assert len({(event.turn, event.place) for event in kept}) == len(kept)
    return sorted({event.turn for event in kept}), kept[-1].label


def test_a_caller_notices_nothing_of_a_store_that_cannot_be_written_and_every_step_is_kept(project: Path) -> None:
    with answering(project) as provider:
        asked = provider.post()
        with locked(database(project)):
            asked = provider.post(action(asked), Digits="1")
            assert words(asked).startswith("Please enter the broker's number")
            connected = provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
            assert "<Number" in connected.text
            assert turns_and_label(provider.line) == ([1], "none")
        until(lambda: waiting(provider.line) == 0, "what was put by is in the store")
        assert turns_and_label(provider.line) == ([1, 2, 3], "certified"), "a locked database can be read"


def test_without_the_store_nobody_is_certified_and_nobody_is_turned_away(project: Path) -> None:
    with answering(project) as provider:
        asked = provider.post()
        with a_folder_in_its_place(database(project)):
            provider.line.store.close()
            asked = provider.post(action(asked), Digits="1")
            connected = provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
            assert "<Number" in connected.text
            another = Provider(provider.line, OTHER_CALL)
            assert words(another.post()).startswith("Tiny Line.")
            assert another.post("/voice/status", CallStatus="completed", CallDuration="9").status_code == 204
        until(lambda: waiting(provider.line) == 0, "what was put by is in the store")
        assert turns_and_label(provider.line) == ([1, 2, 3], "unchecked")
        assert [status.duration_s for status in provider.line.store.statuses_of(OTHER_CALL)] == [9]


def test_a_call_that_lost_its_place_during_an_outage_is_not_taken_for_a_repeat(project: Path) -> None:
    with answering(project) as provider:
        with locked(database(project)):
            provider.post()
            response = provider.post("/voice/turn?s=unreadable", Digits="1")
            assert words(response).startswith("Let's start again.")
        until(lambda: waiting(provider.line) == 0, "what was put by is in the store")
        assert turns_and_label(provider.line) == ([1, 2], "none")


def test_neither_store_nor_outbox_and_the_caller_is_answered_all_the_same(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (project / "no_folder").write_text("")
    with answering(project, IVR_OUTBOX="no_folder") as provider:
        asked = provider.post()
        with locked(database(project)):
            asked = provider.post(action(asked), Digits="1")
            assert words(asked).startswith("Please enter the broker's number")
            response = provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
            assert "<Number" in response.text
            status, page = page_of(provider, "/readyz")
            assert status == 200
            assert "degraded: the outbox cannot be read" in page
            assert "degraded: the live release is not kept on disk" in page
            assert re.search(r"degraded: \d records lost by this worker", page)
            assert re.search(r"^ivr_records_lost_total [1-9]", page_of(provider, "/metrics")[1], re.MULTILINE)
    lost = [entry.getMessage() for entry in caplog.records if "events of a turn were not kept" in entry.getMessage()]
    assert len(lost) == 2
    assert "99900001" not in caplog.text
    assert "6125550199" not in caplog.text


def test_nothing_private_stands_in_the_outbox(project: Path) -> None:
    with answering(project) as provider:
        with locked(database(project)):
            asked = provider.post(action(provider.post()), Digits="1")
            provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
            files = [path for path in (project / "var/outbox").rglob("*") if path.is_file()]
            content = b"".join(path.read_bytes() for path in files)
        assert b"number/npn" in content
        assert b"99900001" not in content
        assert b"6125550199" not in content


# A start without the store


def test_a_start_without_the_store_answers_with_the_release_and_the_closures_that_this_disk_knows(
    project: Path,
) -> None:
    with answering(project) as provider:
        provider.line.store.add_closure(TUESDAY, TUESDAY + timedelta(hours=2), "a storm", TUESDAY)
        assert "We're closed" in words(provider.post())
    with a_folder_in_its_place(database(project)), answering(project) as provider:
        assert "We're closed" in words(provider.post())
        later = Provider(provider.line, OTHER_CALL, TUESDAY + timedelta(hours=3))
        assert words(later.post()).startswith("Tiny Line.")
        status, page = page_of(provider, "/readyz")
        assert status == 200
        assert re.match(r"ready, release [0-9a-f]{12}\ndegraded: the store: The database file cannot be opened", page)


def test_a_call_under_way_on_an_older_release_finishes_on_it_after_a_start_without_the_store(project: Path) -> None:
    with answering(project) as provider:
        asked = provider.post()
    edit(project, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
    edit(project, "flows/number.yaml", "Please enter", "Now enter")
    ivr(project, "publish")
    with answering(project) as provider:
        assert words(Provider(provider.line, OTHER_CALL).post()).startswith("Tinier Line.")
    with a_folder_in_its_place(database(project)), answering(project) as provider:
        assert words(Provider(provider.line, OTHER_CALL).post()).startswith("Tinier Line.")
        assert words(provider.post(action(asked), Digits="1")).startswith("Please enter")


def test_a_start_without_the_store_and_without_a_kept_release_says_the_last_words_until_the_store_is_back(
    project: Path,
) -> None:
    with a_folder_in_its_place(database(project)), answering(project) as provider:
        assert words(provider.post()) == LAST_WORDS
        status, page = page_of(provider, "/readyz")
        assert status == 503
        assert page.startswith("not ready: The database file cannot be opened")
    with answering(project) as provider:
        assert words(provider.post()).startswith("Tiny Line.")


def test_a_damaged_release_on_disk_is_not_used(project: Path) -> None:
    with answering(project) as provider:
        provider.post()
    (kept,) = (project / "var/outbox/releases").glob("*.release")
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    with a_folder_in_its_place(database(project)), answering(project) as provider:
        assert words(provider.post()) == LAST_WORDS


def test_a_damaged_note_of_what_is_live_is_not_used(project: Path) -> None:
    with answering(project) as provider:
        provider.post()
    note = project / "var/outbox/releases/live.json"
    note.write_bytes(note.read_bytes().replace(b'"release": "', b'"release": "0'))
    with a_folder_in_its_place(database(project)), answering(project) as provider:
        assert words(provider.post()) == LAST_WORDS


def test_the_last_eight_releases_are_kept_on_disk(project: Path) -> None:
    with answering(project) as provider:
        provider.post()
        for number in range(10):
            edit(project, "flows/tiny.yaml", "iny Line.", "iiny Line.")
            ivr(project, "publish")
            provider.line.releases._looked_at = float("-inf")
            assert words(Provider(provider.line, f"CA{number:032x}").post()).startswith("Tii")
    assert len(list((project / "var/outbox/releases").glob("*.release"))) == 8


def test_a_worker_that_begins_long_after_the_start_has_the_live_release_before_it_takes_a_call(project: Path) -> None:
    with answering(project) as provider:
        provider.post()
        edit(project, "flows/tiny.yaml", "Tiny Line.", "Tinier Line.")
        ivr(project, "publish")
        provider.line.releases._looked_at = float("-inf")
        provider.line.begin_work()
        with a_folder_in_its_place(database(project)):
            provider.line.store.close()
            assert words(Provider(provider.line, OTHER_CALL).post()).startswith("Tinier Line.")


def test_a_database_that_is_there_for_the_first_time_after_the_start_gets_its_tables(tmp_path: Path) -> None:
    made = tiny_project(tmp_path)
    (made / "var").mkdir()
    database(made).mkdir()
    with answering(made) as provider:
        assert words(provider.post()) == LAST_WORDS
        database(made).rmdir()
        until(lambda: not provider.line.steady.condition().trouble, "the store works")
        publish_files(provider.line, TUESDAY)
        until(lambda: words(provider.post()).startswith("Tiny Line."), "the line answers")


def test_the_server_starts_and_answers_without_its_store_and_brings_it_everything_later(project: Path) -> None:
    with serving(project, *OPEN) as running:
        assert "Tiny Line." in running.heard()
    with a_folder_in_its_place(database(project)), serving(project, *OPEN) as running:
        assert "The store does not answer" in running.said
        assert "Broker Line, without its store, on" in running.said
        phone = running.call()
        phone.press("1")
        assert heard_by(phone) == "Please enter the broker's number, then press pound."
        phone.press("99900001#")
        phone.representative("answers")
        assert phone.is_connected
        assert "records wait in the outbox" in running.get("/readyz")[1]
        assert re.search(r"^ivr_store_down 1.0", running.get("/metrics")[1], re.MULTILINE)
    with serving(project, *OPEN) as running:
        until(lambda: re.fullmatch(r"ready, release [0-9a-f]{12}\n", running.get("/readyz")[1]) is not None, "drained")
        assert re.search(r"^ivr_outbox_waiting 0.0", running.get("/metrics")[1], re.MULTILINE)
    line = line_for(load_settings({}, project))
    # Each server's clock began at ten, so which call was the later one depends on how long the starts took.
    lasting, first = sorted(line.store.calls(), key=lambda call: call.label, reverse=True)
    assert first.label == "none"
    assert lasting.label == "unchecked"
    assert line.store.last_turn(lasting.call_sid) == lasting.turns >= 3
    line.store.close()


def test_a_server_on_a_database_that_hangs_starts_and_answers(project: Path) -> None:
    with serving(project, *OPEN) as running:
        assert "Tiny Line." in running.heard()
    with a_server_that_hangs() as address, pytest.MonkeyPatch.context() as environment:
        environment.setenv("IVR_DATABASE_URL", f"{address}?connect_timeout=2")
        with serving(project, *OPEN) as running:
            assert "Tiny Line." in running.heard()


def page_of(provider: Provider, path: str) -> tuple[int, str]:
    """Status and text of a health page."""
    response = provider.client.get(path)
    return response.status_code, response.text
