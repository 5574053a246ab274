"""The browser telephone's page: it loads its own files only, and offers what there is to try."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from phone_calls import CALLER, PROJECT

from ivr.answering import app_for
from ivr.console.moments import Offer, offered_moments
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.rehearsal import rehearsal_line, sample_brokers
from ivr.wiring import Line, line_of

CENTRAL = ZoneInfo("America/Chicago")
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


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


class Loads(HTMLParser):
    """Every address a page loads, and everything in it that a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads or brings."""
        given = dict(attrs)
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def test_the_page_loads_only_its_own_files_and_has_nothing_inline(client: FlaskClient) -> None:
    page = client.get("/phone")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    loads = Loads()
    loads.feed(page.get_data(as_text=True))
    assert loads.inline == []
    assert loads.addresses
    for address in loads.addresses:
        assert address.startswith("/phone/static/")
        with client.get(address) as file:
            assert file.status_code == 200


def test_every_script_the_page_imports_is_there(client: FlaskClient) -> None:
    seen: set[str] = set()
    wanted = {"phone.js"}
    while wanted:
        name = wanted.pop()
        seen.add(name)
        with client.get(f"/phone/static/{name}") as script:
            assert (script.status_code, script.mimetype) == (200, "text/javascript")
            wanted |= set(re.findall(r'from "\./([\w.]+)"', script.get_data(as_text=True))) - seen
    assert {"call.js", "voice.js", "server.js"} <= seen


def test_the_numbers_it_suggests_are_of_the_sample_list(client: FlaskClient) -> None:
    page = client.get("/phone").get_data(as_text=True)
    known = {broker.npn for broker in sample_brokers(PROJECT)}
    assert set(re.findall(r'data-number="(\d+)"', page)) - known == {"12345678"}


def test_in_production_there_is_no_telephone(line: Line) -> None:
    settings = line.settings.model_copy(update={"env": "production"})
    client = app_for(line_of(settings, line.store, line.directory, line.clock)).test_client()
    assert client.get("/phone").status_code == 404
    assert client.post("/phone/dial", json={"caller": CALLER}).status_code == 404
    assert client.get("/", headers=BROWSER).status_code == 404


def test_the_address_that_the_start_names_leads_a_browser_to_the_telephone(client: FlaskClient) -> None:
    answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/phone")
    assert client.get("/").status_code == 404
    assert client.post("/", headers=BROWSER).status_code == 404
    assert client.get("/other", headers=BROWSER).status_code == 404


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (
            datetime(2026, 11, 25, 8, 0, tzinfo=CENTRAL),
            ["2026-12-01T10:00", "2026-11-25T19:00", "2026-11-28T11:00", "2026-11-26T10:00"],
        ),
        (
            datetime(2026, 11, 24, 23, 30, tzinfo=CENTRAL),
            ["2026-11-24T10:00", "2026-11-24T19:00", "2026-11-28T11:00", "2026-11-26T10:00"],
        ),
        (
            datetime(2026, 11, 28, 8, 0, tzinfo=CENTRAL),
            ["2026-12-01T10:00", "2026-11-28T19:00", "2026-11-28T11:00", "2027-11-25T10:00"],
        ),
    ],
)
def test_moments_offered_are_the_next_of_their_kind(now: datetime, offered: list[str]) -> None:
    names = ["Tuesday 10:00", "Tonight 19:00", "Saturday", "Thanksgiving"]
    assert offered_moments(now) == [Offer(name, at) for name, at in zip(names, offered, strict=True)]
