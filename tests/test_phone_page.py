"""The browser telephone over HTTP: the page, calls between two turns, and who may ask for them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from ivr.answering import app_for
from ivr.console.moments import Offer, offered_moments
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.softphone.scripted import play, read_calls
from ivr.wiring import Line, line_of

PROJECT = Path(__file__).parents[1]
CENTRAL = ZoneInfo("America/Chicago")
TUESDAY = "2026-11-24T10:00"
CALLER = "+16125550199"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}

Told = dict[str, Any]
Phone = Callable[..., Told]


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


class Call:
    """A call as the page plays it: what was told last, and what is done next."""

    def __init__(self, client: FlaskClient, at: str | None = TUESDAY, caller: str = CALLER) -> None:
        self._client = client
        self.told: Told = {}
        self._ask("/phone/dial", {"caller": caller, "at": at})

    def _ask(self, path: str, asked: dict[str, Any]) -> None:
        answer = self._client.post(path, json=asked)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.told = answer.get_json()

    def press(self, keys: str, at: float = 30.0, then: str = "keys") -> Call:
        """Press keys, the first so many seconds after the line began to listen."""
        pressed = [{"key": key, "at": at + place * 0.3} for place, key in enumerate(keys)]
        return self.do(then, keys=pressed)

    def do(self, then: str, **more: Any) -> Call:
        """Do something else."""
        self._ask("/phone/go-on", {"call": self.told["call"], "then": then, **more})
        return self

    @property
    def heard(self) -> list[str]:
        """Words said to the caller on this turn."""
        return [said["text"] for said in self.told["says"] if said["to"] == "caller" and said["text"]]

    @property
    def ended(self) -> Told:
        """How the call ended."""
        ended = self.told["ended"]
        assert ended is not None
        return dict(ended)


# --- The page ------------------------------------------------------------------------------------------------------


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


# --- Calls ---------------------------------------------------------------------------------------------------------


def test_a_certified_broker_is_put_through_with_the_label(client: FlaskClient) -> None:
    call = Call(client)
    assert call.heard[0] == "MNsure Broker Line, for brokers and their staff."
    assert call.told["waits"]["for"] == "keys"
    call.press("1")
    assert call.told["waits"]["finish"] == "#"
    call.press("99900001#")
    assert call.heard == ["Connecting you now."]
    assert call.told["waits"]["for"] == "ringing"
    call.do("ring", representative="answers")
    whispered = [said["text"] for said in call.told["says"] if said["to"] == "representative"]
    assert whispered[0].startswith("Broker Line, certified, general.")
    assert (call.ended["by"], call.ended["label"], call.ended["at"]) == ("connected", "certified", "representatives")
    assert call.told["keys"] == 10
    assert call.told["complaints"] == []


def test_the_steps_walked_are_told_without_the_number(client: FlaskClient) -> None:
    told = Call(client).press("1").press("99900001#").told
    assert told["steps"][:2] == [
        {"turn": 3, "step": "npn", "kind": "collect", "outcome": "entered", "input": "******01"},
        {"turn": 3, "step": "certification", "kind": "certification", "outcome": "certified", "input": ""},
    ]
    assert told["facts"]["label"] == "certified"
    assert told["step"] == "representatives"


def test_a_key_cuts_the_words_and_their_seconds(client: FlaskClient) -> None:
    call = Call(client).press("1", at=2.0)
    assert call.told["spoken_s"] == 2.0
    assert call.told["elapsed_s"] == 2.4  # 0.2 s until the first words, 2 s of them, 0.2 s until the next


def test_a_key_that_a_late_timer_brings_still_counts(client: FlaskClient) -> None:
    call = Call(client)
    waits = call.told["waits"]
    call.press("1", at=waits["media_s"] + waits["timeout_s"] + 0.05)
    assert call.told["step"] == "npn"


def test_an_entry_without_pound_is_taken_when_the_patience_ends(client: FlaskClient) -> None:
    call = Call(client).press("1").press("99900001", then="wait")
    assert call.told["step"] == "representatives"


def test_silence_hears_the_options_again(client: FlaskClient) -> None:
    call = Call(client).do("wait")
    assert call.heard == [
        "Representative, one. Status, two. Other agencies, three. Certification, four. Hours or email, five."
    ]


def test_the_pretended_moment_decides_what_is_heard(client: FlaskClient) -> None:
    assert "tomorrow, Wednesday, at nine a.m." in Call(client, at="2026-11-24T19:00").heard[0]
    assert "Monday" in Call(client, at="2026-12-05T11:00").heard[0]


def test_a_moment_that_the_clocks_skip_is_an_hour_later(client: FlaskClient) -> None:
    assert Call(client, at="2027-03-14T02:30").told["moment"].startswith("2027-03-14T03:30:00")


def test_the_moment_goes_on_with_the_call(client: FlaskClient) -> None:
    call = Call(client, at="2026-11-24T16:59:50").press("1", at=20.0)
    assert call.told["moment"].startswith("2026-11-24T17:00:10")
    assert call.told["step"] == "npn"  # who called in open hours is served (D-17)


def test_a_withheld_number_is_served(client: FlaskClient) -> None:
    assert Call(client, caller="anonymous").press("1").press("99900001#").told["facts"]["label"] == "certified"


def test_nobody_answers_and_the_second_telephone_rings(client: FlaskClient) -> None:
    call = Call(client).press("1").press("99900001#")
    assert call.told["waits"]["numbers"] == ["+16515550100"]
    call.do("ring", representative="no_answer")
    assert call.told["waits"]["numbers"] == ["+16515550101"]
    assert [said["text"] for said in call.told["says"]] == ["(no answer)"]


def test_hanging_up_amid_the_words_ends_the_call_there(client: FlaskClient) -> None:
    call = Call(client).do("hang_up", at=1.2)
    assert (call.ended["by"], call.ended["speech_s"]) == ("caller", 1.2)


def test_a_call_that_is_over_stays_over(client: FlaskClient) -> None:
    call = Call(client).do("hang_up")
    ended = call.ended
    assert call.press("1").ended == ended


def test_a_call_that_was_put_away_can_be_taken_up_twice(client: FlaskClient) -> None:
    call = Call(client).press("1")
    kept = call.told
    first = call.press("99900002#").told["step"]
    call.told = kept
    second = call.press("99900001#").told["step"]
    assert (first, second) == ("not_confirmed", "representatives")


def test_without_a_public_address_the_page_s_own_is_signed(line: Line, release: Release) -> None:
    settings = line.settings.model_copy(update={"public_url": None, "account_sid": None})
    here = line_of(settings, line.store, line.directory, line.clock)
    here.releases.put_on(release)
    client = app_for(here).test_client()
    answer = client.post("/phone/dial", json={"caller": CALLER, "at": TUESDAY}, base_url="http://127.0.0.1:5000")
    assert answer.get_json()["step"] == "first_menu"


# --- As a scripted call ----------------------------------------------------------------------------------------------


def certified(call: Call) -> None:
    """To a representative, the first telephone unanswered."""
    call.press("1", at=0.4).press("99900001#").do("ring", representative="no_answer")
    call.do("ring", representative="answers")


def third_number(call: Call) -> None:
    """Three numbers in vain, the last without pound, a wrong key and silence between."""
    call.press("1").press("99900002#").press("7").press("1").press("99900003#").press("1").do("wait")
    call.press("99900004", then="wait").do("ring", representative="busy").do("hang_up")


def star_and_leave(call: Call) -> None:
    """Listens twice and hangs up."""
    call.press("*").do("wait").do("hang_up", at=2.0)


@pytest.mark.parametrize("plays", [certified, third_number, star_and_leave])
def test_a_call_played_by_hand_passes_as_a_scripted_call(
    client: FlaskClient, line: Line, plays: Callable[[Call], None]
) -> None:
    call = Call(client, caller="+16125550143")
    plays(call)
    [scripted] = read_calls({"flows/calls/by_hand.yaml": call.ended["script"].encode()})
    outcome = play(scripted, lambda given: (app_for(line), BASE_URL, AUTH_TOKEN, ACCOUNT_SID))
    assert [str(failure) for failure in outcome.failures] == []


def test_the_scripted_call_reads_like_one(client: FlaskClient) -> None:
    call = Call(client)
    certified(call)
    assert call.ended["script"] == (
        "- call: Played by hand, ends at representatives\n"
        "  rules: []\n"
        "  at: Tue 2026-11-24 10:00\n"
        "  happens:\n"
        "    - hears: [greeting, notice, first_menu]\n"
        "    - presses_early: 1\n"
        "    - hears: [npn]\n"
        "    - presses: 99900001#\n"
        "    - hears: [connecting]\n"
        "    - representative: no_answer\n"
        "    - representative: answers\n"
        "  ends: {at: representatives, label: certified, by: connected}\n"
    )


# --- Who may ask, and what -----------------------------------------------------------------------------------------


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
