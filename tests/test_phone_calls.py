"""Calls on the browser telephone, from the first words to their scripted call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from phone_calls import CALLER, PROJECT, TUESDAY, Call

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.softphone.scripted import play, read_calls
from ivr.wiring import Line, line_of


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
