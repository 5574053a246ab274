"""Webhooks that are not the provider's, or cannot be used, are refused; an odd field costs no caller the call."""

from __future__ import annotations

import pytest
from webhooks import Provider, action, tiny_line, words

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
