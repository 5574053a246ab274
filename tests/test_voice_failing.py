"""The fallback, the status callback, and turns in which something of ours fails."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from webhooks import OTHER_CALL, Provider, action, path_of, tiny_line, words

from ivr.brokers import Answer
from ivr.log import set_up_logging
from ivr.store import Store
from ivr.wiring import line_of


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


def test_the_status_callback_is_kept_once_a_word(provider: Provider) -> None:
    for _ in range(2):
        response = provider.post("/voice/status", CallStatus="completed", CallDuration="49")
        assert (response.status_code, response.data) == (204, b"")
    kept = provider.line.store.statuses_of(provider.call_sid)
    assert [(status.status, status.duration_s) for status in kept] == [("completed", 49)]


def test_the_fallback_apologises_and_leads_to_a_person_from_the_place_where_it_failed(provider: Provider) -> None:
    address = action(provider.post())
    response = provider.post("/voice/fallback", ErrorCode="12100", ErrorUrl=address)
    assert words(response).startswith("Sorry, we have a technical problem. Connecting you now.")
    assert "<Dial" in response.text


@pytest.mark.parametrize("code", ["11200", "11205", "11206", "11217"])
def test_a_caller_whose_answer_was_not_got_is_asked_the_same_again_without_an_apology(
    provider: Provider, code: str
) -> None:
    first = action(provider.post())
    asked = provider.post(path_of(first), Digits="1")
    again = provider.post("/voice/fallback", ErrorCode=code, ErrorUrl=action(asked))
    assert words(again) == words(asked) == "Please enter the broker's number, then press pound."
    assert "<Dial" in provider.post(path_of(action(again)), Digits="99900001").text
    steps = [(event.turn, event.step, event.outcome) for event in provider.line.store.events_of(provider.call_sid)]
    assert (3, "number/npn", "") in steps


def test_a_clock_that_steps_by_an_hour_changes_nothing_of_a_call_under_way(provider: Provider) -> None:
    asked = provider.post()
    provider.moment += timedelta(hours=1)
    asked = provider.post(path_of(action(asked)), Digits="1")
    assert words(asked) == "Please enter the broker's number, then press pound."
    provider.moment -= timedelta(hours=2)
    assert "<Dial" in provider.post(path_of(action(asked)), Digits="99900001").text
    kept = provider.line.store.events_of(provider.call_sid)
    assert sorted({event.turn for event in kept}) == [1, 2, 3]
    assert kept[-1].label == "certified"


def test_how_a_dial_ended_cannot_be_asked_again_so_its_caller_hears_an_apology(provider: Provider) -> None:
    asked = provider.post(path_of(action(provider.post())), Digits="1")
    dial = provider.post(path_of(action(asked)), Digits="99900001")
    response = provider.post("/voice/fallback", ErrorCode="11205", ErrorUrl=action(dial))
    assert words(response).startswith("Sorry, we have a technical problem. Connecting you now.")


def test_every_address_of_a_turn_has_the_provider_ask_again_when_it_gets_no_answer(provider: Provider) -> None:
    asked = provider.post(path_of(action(provider.post())), Digits="1")
    dial = provider.post(path_of(action(asked)), Digits="99900001")
    whisper = re.findall(r'url="([^"]+)"', dial.text)[0].replace("&amp;", "&")
    taken = action(provider.post(path_of(whisper), ParentCallSid=provider.call_sid, CallSid=OTHER_CALL))
    for address in (action(asked), action(dial), whisper, taken):
        assert address.endswith("#rc=5&rp=all")


def test_the_fallback_works_without_any_place(provider: Provider) -> None:
    assert "<Dial" in provider.post("/voice/fallback", ErrorCode="11200").text


class BurningDirectory:
    """A directory that breaks in a way that no directory should."""

    may_be_slow = False

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        raise RuntimeError(f"disk on fire at {npn}")

    def updated_at(self) -> datetime | None:
        return None


def test_an_error_inside_a_turn_takes_the_step_for_errors_and_is_logged_without_the_number() -> None:
    log = StringIO()
    set_up_logging(production=True, stream=log)
    whole = tiny_line()
    burning = line_of(whole.settings, whole.store, BurningDirectory(), whole.clock)
    burning.releases.put_on(whole.releases.current().release)
    provider = Provider(burning)
    asked = provider.post(action(provider.post()), Digits="1")
    response = provider.post(action(asked), Digits="99900001")
    assert words(response).startswith("Sorry, we have a technical problem.")
    assert "a turn failed" in log.getvalue()
    assert "disk on fire at ******01" in log.getvalue()
    assert "99900001" not in log.getvalue()


def test_get_works_like_post(provider: Provider) -> None:
    first = provider.send("/voice", provider.fields(FromCity="Köln & Ümläut"), method="GET")
    second = provider.send(path_of(action(first)), provider.fields(Digits="2"), method="GET")
    assert words(second).startswith("Write to")


def test_health_pages_say_what_they_are_asked(provider: Provider) -> None:
    assert provider.client.get("/healthz").text == "ok\n"
    assert provider.client.get("/readyz").text.startswith("ready, release ")
    provider.post()
    assert 'ivr_turns_total{kind="menu",step="first_menu"}' in provider.client.get("/metrics").text


def test_without_a_release_nobody_is_ready_and_callers_still_hear_words() -> None:
    whole = tiny_line()
    empty = Store("sqlite://")
    empty.create_tables()
    provider = Provider(line_of(whole.settings, empty, whole.directory, whole.clock))
    assert provider.client.get("/readyz").status_code == 503
    assert words(provider.post()).startswith("The MNsure Broker Line can't take your call right now.")
