"""Who may ask the browser telephone for what, and what is refused."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from phone_calls import CALLER, PROJECT, TUESDAY, Call, Told

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.rehearsal import rehearsal_line, sample_brokers
from ivr.wiring import Line


@pytest.fixture(scope="module")
def release() -> Release:
    """The shipped line."""
    return load_release(read_files(PROJECT))


@pytest.fixture(scope="module")
def line(release: Release) -> Line:
    """The shipped line with the sample brokers, in memory."""
    return rehearsal_line(release, sample_brokers(PROJECT))


@pytest.fixture
def client(line: Line) -> FlaskClient:
    """Asks the application as a program would, not as a browser."""
    return app_for(line).test_client()


def refusal(client: FlaskClient, path: str, status: int, **request: Any) -> str:
    """The words of a refusal that must have this status."""
    answer = client.post(path, **request)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return str(answer.get_json()["error"])


def test_a_call_that_was_changed_or_sealed_elsewhere_is_refused(client: FlaskClient) -> None:
    sealed = Call(client).told["call"]
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    foreign = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    for call in (changed, foreign, "", "é", "gAAAAA"):
        words = refusal(client, "/phone/go-on", 400, json={"call": call, "then": "wait"})
        assert words == "This call cannot be gone on with: it was not put away here. Dial again."


def test_what_the_browser_keeps_tells_nothing(client: FlaskClient) -> None:
    sealed = Call(client).press("1").press("99900001#").told["call"]
    assert re.fullmatch(r"gAAAA[\w-]+=*", sealed)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"caller": "+16125550199", "at": "soon"}, "at"),
        ({"caller": "+16125550199", "at": "2026-11-24T10:00:00Z"}, "at"),
        ({"caller": "+16125550199", "at": "1999-01-01T10:00"}, "at"),
        ({"caller": "6125550199"}, "caller"),
        ({"caller": "+16125550199\n"}, "caller"),
        ({"caller": "+16125550199", "url": "http://169.254.169.254/"}, "url"),
        ({}, "caller"),
    ],
)
def test_a_call_that_cannot_be_dialled_is_refused_by_name(client: FlaskClient, asked: Told, named: str) -> None:
    assert refusal(client, "/phone/dial", 400, json=asked) == f"Not usable: {named}."


@pytest.mark.parametrize(
    ("done", "named"),
    [
        ({"then": "explode"}, "then"),
        ({"then": "keys", "keys": [{"key": "A", "at": 1}]}, "keys.0.key"),
        ({"then": "keys", "keys": [{"key": "1", "at": -1}]}, "keys.0.at"),
        ({"then": "keys", "keys": [{"key": "1", "at": 1}] * 65}, "keys"),
        ({"then": "ring", "representative": "dances"}, "representative"),
    ],
)
def test_something_that_cannot_be_done_is_refused_by_name(client: FlaskClient, done: Told, named: str) -> None:
    assert refusal(client, "/phone/go-on", 400, json={"call": "x", **done}) == f"Not usable: {named}."


def test_only_json_is_read(client: FlaskClient) -> None:
    assert refusal(client, "/phone/dial", 415, data={"caller": CALLER}) == "Send application/json."
    assert refusal(client, "/phone/dial", 415, data="{}", content_type="text/plain") == "Send application/json."
    for broken in ("{", "[]", "", "null", "[" * 50_000):
        words = refusal(client, "/phone/dial", 400, data=broken, content_type="application/json")
        assert words == "Not usable: the body."


def test_too_much_is_refused(client: FlaskClient) -> None:
    refusal(client, "/phone/go-on", 413, json={"call": "x" * 70_000, "then": "wait"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"},
    ],
)
def test_pages_of_others_may_not_dial(client: FlaskClient, headers: dict[str, str]) -> None:
    words = refusal(client, "/phone/dial", 403, json={"caller": CALLER}, headers=headers)
    assert words == "Only the telephone's own page may ask this."


def test_the_own_page_may_dial(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    answer = client.post("/phone/dial", json={"caller": CALLER, "at": TUESDAY}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_no_number_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Call(client).press("1").press("99900002#").press("1").press("99900001#").do("hang_up")
    assert "9990000" not in caplog.text
    assert "5550199" not in caplog.text


def test_a_name_that_somebody_else_leads_here_cannot_borrow_the_telephone(client: FlaskClient) -> None:
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/phone", headers=evil).status_code == 403
    assert client.post("/phone/dial", json={"caller": CALLER, "at": TUESDAY}, headers=evil).status_code == 403
    assert client.get("/phone", headers={"Host": "127.0.0.1:5000"}).status_code == 200
