"""The voice routes: who gets in, what a turn answers, and what happens to what nobody should send."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from io import StringIO
from xml.etree import ElementTree

import pytest
from webhooks import OTHER_CALL, Provider, action, path_of, tiny_line
from werkzeug.test import TestResponse

from ivr.brokers import Answer
from ivr.log import set_up_logging
from ivr.softphone import check
from ivr.store import Store
from ivr.wiring import line_of

ROUTES = [
    "/voice",
    "/voice/turn",
    "/voice/dialled",
    "/voice/whisper",
    "/voice/taken",
    "/voice/status",
    "/voice/fallback",
]


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


def words(response: TestResponse) -> str:
    """Everything a document says, in order."""
    assert response.status_code == 200
    assert response.content_type == "text/xml; charset=utf-8"
    return " ".join(" ".join(ElementTree.fromstring(response.data).itertext()).split())


def test_an_incoming_call_is_greeted_and_asked_for_a_key_in_one_gather(provider: Provider) -> None:
    response = provider.post("/voice", CallStatus="ringing")
    root = ElementTree.fromstring(response.data)
    assert [element.tag for element in root] == ["Gather"]
    assert words(response) == "Tiny Line. For a representative, press one. For the address, press two."
    assert root[0].attrib == {
        "action": action(response),
        "actionOnEmptyResult": "true",
        "finishOnKey": "",
        "method": "POST",
        "numDigits": "1",
        "timeout": "7",
    }
    assert not check(response.data, response.content_type)


def test_a_number_entry_waits_fifteen_seconds_for_its_first_digit_and_five_between(provider: Provider) -> None:
    response = provider.post(action(provider.post()), Digits="1")
    gather = ElementTree.fromstring(response.data)[0]
    assert (gather.get("timeout"), gather.get("finishOnKey"), gather.get("numDigits")) == ("5", "#", "10")
    assert [(element.tag, element.get("length")) for element in gather][-1] == ("Pause", "10")


def test_a_certified_broker_is_connected_with_a_whisper_and_one_number_at_a_time(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    response = provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
    dial = ElementTree.fromstring(response.data)[-1]
    assert dial.tag == "Dial"
    assert dial.get("timeout") == "15", "the provider adds about 5 s; the representative has 20 (D-15)"
    assert [number.text for number in dial] == ["+16515550100"]
    heard = provider.send(
        dial[0].get("url", ""), {**provider.fields(ParentCallSid=provider.call_sid), "CallSid": OTHER_CALL}
    )
    assert "Tiny Line, certified. Press one to take the call." in words(heard)
    taken = provider.send(
        action(heard), {**provider.fields(ParentCallSid=provider.call_sid, Digits="1"), "CallSid": OTHER_CALL}
    )
    assert [element.tag for element in ElementTree.fromstring(taken.data)] == []
    declined = provider.send(
        action(heard), {**provider.fields(ParentCallSid=provider.call_sid, Digits="2"), "CallSid": OTHER_CALL}
    )
    assert [element.tag for element in ElementTree.fromstring(declined.data)] == ["Hangup"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_route_answers_a_signed_request_by_get_and_post(provider: Provider, route: str, method: str) -> None:
    response = provider.send(route, provider.fields(), method=method)
    assert response.status_code in (200, 204)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_wrong_missing_or_replayed_signature_gets_403_and_no_twiml(
    provider: Provider, route: str, method: str
) -> None:
    fields = provider.fields()
    refused = [
        provider.send(route, fields, token="another", method=method),
        provider.send(route, fields, signed_for="/voice/elsewhere", method=method),
        provider.send(route, fields, headers={"X-Twilio-Signature": ""}, method=method),
        provider.client.open(route, method=method, data=fields if method == "POST" else None),
        provider.send(route, {**fields, "AccountSid": "AC" + "9" * 32}, method=method),
    ]
    for response in refused:
        assert response.status_code == 403
        assert response.content_type.startswith("text/plain")
        assert b"<" not in response.data


def test_a_field_added_on_the_way_breaks_the_signature(provider: Provider) -> None:
    fields = provider.fields()
    response = provider.client.post(
        "/voice?extra=1",
        data=fields,
        headers={"X-Twilio-Signature": "x"},
    )
    assert response.status_code == 403


def test_fields_that_the_provider_adds_unannounced_do_no_harm(provider: Provider) -> None:
    assert "Tiny Line." in words(provider.post("/voice", CallToken='{"parentCallInfoToken":"x"}', Neü="köln"))


@pytest.mark.parametrize(
    "fields",
    [{"CallSid": ""}, {"CallSid": "CA1"}, {"CallSid": "CA" + "1" * 33}, {"ParentCallSid": "x"}],
)
def test_a_signed_request_that_cannot_be_used_gets_400_with_the_field_named(
    provider: Provider, fields: dict[str, str]
) -> None:
    response = provider.post("/voice", **fields)
    assert response.status_code == 400
    assert next(iter(fields)) in response.text


@pytest.mark.parametrize(
    "fields",
    [
        {"From": "1" * 300},
        {"From": "alice@example.com"},
        {"CallStatus": "x" * 400},
        {"ErrorCode": "x" * 100},
        {"ErrorUrl": "http://["},
        {"ErrorUrl": "x" * 9000},
        {"DialCallStatus": "exploded"},
    ],
)
@pytest.mark.parametrize("route", ["/voice", "/voice/fallback"])
def test_an_odd_field_costs_no_caller_the_call(provider: Provider, route: str, fields: dict[str, str]) -> None:
    assert words(provider.post(route, **fields))


def test_a_request_of_thousands_of_fields_is_refused_before_its_signature_is_looked_at(provider: Provider) -> None:
    assert provider.post("/voice", **{f"Field{number}": "" for number in range(300)}).status_code == 413


@pytest.mark.parametrize(
    ("caller", "kept"),
    [
        ("+16125550199", "+*********99"),
        ("651.555.0123", "other"),
        ("sip:j.doe@a.example", "sip"),
        ("alice@example.com", "withheld"),
        ("client:jane", "client"),
        ("anonymous", "withheld"),
        ("", "withheld"),
    ],
)
def test_of_a_caller_no_more_is_kept_than_two_digits_or_the_sort(provider: Provider, caller: str, kept: str) -> None:
    provider.post("/voice", From=caller)
    assert {event.caller for event in provider.line.store.events_of(provider.call_sid)} == {kept}


def test_of_many_entries_at_one_instant_no_more_are_looked_up_than_an_hour_allows() -> None:
    line = tiny_line()
    calls = [Provider(line, f"CA{number:032x}") for number in range(14)]
    asked = [action(call.post(action(call.post()), Digits="1")) for call in calls]
    for number, (call, address) in enumerate(zip(calls, asked, strict=True)):
        said = words(call.post(address, Digits="99900004", FinishedOnKey="#"))
        assert ("I couldn't confirm" in said) == (number < 10)
    repeated = words(calls[3].post(asked[3], Digits="99900004", FinishedOnKey="#"))
    assert "I couldn't confirm" in repeated


def test_a_confirmed_entry_does_not_count_against_its_caller() -> None:
    line = tiny_line()
    for number in range(14):
        call = Provider(line, f"CA{number:032x}")
        response = call.post(action(call.post(action(call.post()), Digits="1")), Digits="99900001", FinishedOnKey="#")
        assert "<Dial" in response.text


def test_a_body_over_64_kb_is_refused(provider: Provider) -> None:
    assert provider.post("/voice", Extra="x" * 70_000).status_code == 413


def test_a_body_that_is_not_utf_8_is_refused_as_unsigned(provider: Provider) -> None:
    response = provider.client.post(
        "/voice", data=b"CallSid=%ff%fe&From=\xff", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/voice/", "/voice/turn/", "/voicemail", "/voice/../voice"])
def test_other_paths_are_not_found_and_redirect_nowhere(provider: Provider, path: str) -> None:
    assert provider.client.post(path, data=provider.fields()).status_code == 404


def test_other_methods_are_refused(provider: Provider) -> None:
    assert provider.client.put("/voice", data=provider.fields()).status_code == 405


def test_a_repeated_webhook_gets_the_same_bytes(provider: Provider) -> None:
    first = provider.post("/voice")
    assert provider.post("/voice").data == first.data
    menu = provider.post(action(first), Digits="1")
    assert provider.post(action(first), Digits="1").data == menu.data
    provider.moment += timedelta(seconds=14)
    assert provider.post(action(first), Digits="1").data == menu.data


def test_a_repeated_webhook_is_kept_once(provider: Provider) -> None:
    first = provider.post("/voice")
    for _ in range(3):
        provider.post(action(first), Digits="2")
    kept = [(event.turn, event.place, event.step) for event in provider.line.store.events_of(provider.call_sid)]
    assert kept == [
        (1, 0, "hours"),
        (1, 1, "greeting"),
        (1, 2, "first_menu"),
        (2, 0, "first_menu"),
        (2, 1, "address"),
    ]


def test_a_repeated_unconfirmed_entry_gets_the_same_answer_and_counts_once(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    first = provider.post(action(asked), Digits="99900004")
    for _ in range(12):
        assert provider.post(action(asked), Digits="99900004").data == first.data
    assert "I couldn't confirm" in words(first)


@pytest.mark.parametrize("state", ["", "x", "gAAAAA", "%00", "A" * 5000, "ä"])
def test_an_address_that_cannot_be_read_leads_back_to_the_start_with_a_sentence(provider: Provider, state: str) -> None:
    response = provider.post(f"/voice/turn?s={state}", Digits="1")
    assert words(response).startswith("Let's start again. Tiny Line. For a representative, press one.")


def test_keys_beyond_a_full_entry_fall_into_a_second_of_silence_and_answer_nothing(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    full = ElementTree.fromstring(provider.post(action(asked), Digits="9999900001").data)
    assert [element.tag for element in full] == ["Pause", "Gather"]
    short = ElementTree.fromstring(provider.post(action(asked), Digits="99999001", FinishedOnKey="#").data)
    assert [element.tag for element in short] == ["Gather"]


def test_a_second_pound_says_the_whole_answer_again(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    answer = provider.post(action(asked), Digits="99900004", FinishedOnKey="#")
    assert words(provider.post(action(answer), Digits="#")) == words(answer)


def test_a_call_that_starts_again_is_kept_as_new_turns(provider: Provider) -> None:
    provider.post(action(provider.post()), Digits="2")
    provider.post("/voice/turn?s=lost", Digits="1")
    provider.post("/voice/fallback", ErrorCode="11200")
    kept = [(event.turn, event.step) for event in provider.line.store.events_of(provider.call_sid) if event.place == 0]
    assert kept == [(1, "hours"), (2, "first_menu"), (3, "hours"), (4, "trouble")]


def test_representatives_see_our_number_unless_the_line_says_otherwise(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    dial = ElementTree.fromstring(provider.post(action(asked), Digits="99900001").data)[-1]
    assert dial.get("callerId") == "+18445208695"


def test_an_address_of_another_call_leads_back_to_the_start(provider: Provider) -> None:
    mine = action(provider.post())
    stranger = Provider(provider.line, OTHER_CALL)
    assert words(stranger.post(mine, Digits="1")).startswith("Let's start again.")


def test_an_address_with_one_letter_changed_leads_back_to_the_start(provider: Provider) -> None:
    address = path_of(action(provider.post()))
    changed = address[:-10] + ("A" if address[-10] != "A" else "B") + address[-9:]
    assert words(provider.post(changed, Digits="1")).startswith("Let's start again.")


def test_an_address_of_yesterday_leads_back_to_the_start(provider: Provider) -> None:
    address = action(provider.post())
    provider.moment += timedelta(days=1)
    assert words(provider.post(address, Digits="1")).startswith("Let's start again.")


@pytest.mark.parametrize(
    "digits", ["", "7", "#", "*", "12", "1" * 40, "abc", "１", "1;2", "<x>", "\x00", "1\n2"], ids=repr
)
def test_whatever_is_keyed_is_answered_with_words_or_the_start(provider: Provider, digits: str) -> None:
    response = provider.post(action(provider.post()), Digits=digits)
    assert words(response)
    assert not check(response.data, response.content_type)


def test_a_call_that_is_over_is_answered_with_nothing(provider: Provider) -> None:
    address = action(provider.post())
    response = provider.post(address, CallStatus="completed", DialCallStatus="no-answer")
    assert words(response) == ""
    assert len(provider.line.store.events_of(provider.call_sid)) == 3


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
