"""The provider's account, through its own client over TLS, against a stand-in that holds requests to its documents."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twilio_account import NUMBER, STATIC, URL, ca, twilio
from twilio_stand_in import API, MONITOR, SID, TOKEN, Asked, Said, TwilioStandIn, error

from ivr.errors import NeighbourError
from ivr.provider import (
    Account,
    Alert,
    ProviderTrouble,
    Webhook,
    read_document,
    wanted,
)

__all__ = ["ca", "twilio"]

FOREIGN = "https://static.example.gov/fallback.xml"


def account(timeout_s: float = 5) -> Account:
    """The account of the stand-in."""
    return Account(SID, [TOKEN], timeout_s)


def trouble_of(ask: Account) -> ProviderTrouble:
    """What comes of asking for the numbers."""
    with pytest.raises(ProviderTrouble) as raised:
        ask.numbers()
    return raised.value


def test_every_page_of_an_accounts_numbers_is_read(twilio: TwilioStandIn) -> None:
    for place in range(120):
        twilio.add_number(f"+1651555{place:04}")
    assert len(account().numbers()) == 121
    assert [asked.fields.get("Page") for asked in twilio.asked] == [None, "1", "2"]


def test_a_number_is_found_by_its_spelling_in_full(twilio: TwilioStandIn) -> None:
    found = account().number(NUMBER)
    assert (found.number, found.name, found.bound) == (NUMBER, "Broker Line", "")
    assert found.setup.voice == Webhook("https://demo.twilio.com/welcome/voice/", "POST")
    assert [(asked.host, asked.method, asked.fields) for asked in twilio.asked] == [
        (API, "GET", {"PhoneNumber": NUMBER})
    ]


def test_a_number_is_set_up_in_one_request_with_its_six_fields(twilio: TwilioStandIn) -> None:
    ours = account()
    after = ours.set_up(ours.number(NUMBER), wanted(URL))
    assert after.setup == wanted(URL)
    assert (twilio.asked[-1].method, twilio.asked[-1].fields) == (
        "POST",
        {
            "VoiceUrl": "https://line.example.gov/voice#rc=5&rp=all",
            "VoiceMethod": "POST",
            "VoiceFallbackUrl": "https://line.example.gov/voice/fallback#rc=5&rp=all",
            "VoiceFallbackMethod": "POST",
            "StatusCallback": "https://line.example.gov/voice/status#rc=5&rp=all",
            "StatusCallbackMethod": "POST",
        },
    )


def test_alerts_are_those_of_our_addresses_without_keys_and_numbers(twilio: TwilioStandIn) -> None:
    call = "CA" + "1" * 32
    twilio.add_alert(
        11200,
        f"{URL}/voice/turn?s=gAAAAABsecret",
        "2026-11-24T15:00:00Z",
        text="sourceComponent=14100&ErrorCode=11200&LogLevel=ERROR&Msg=Bad+Gateway+for+%2B16515550142",
        call=call,
    )
    twilio.add_alert(12200, f"{URL}/voice", "2026-11-24T14:00:00Z", level="warning", text="Schema validation")
    twilio.add_alert(11200, "https://line.example.gov.evil.example/voice", "2026-11-24T14:00:00Z")
    twilio.add_alert(11200, f"{URL}/voice", "2026-11-01T14:00:00Z")
    twilio.add_alert(11200, f"{URL}/voice", "2026-11-24T14:00:00Z", level="debug")
    assert account().alerts(URL, datetime(2026, 11, 20, tzinfo=UTC)) == [
        Alert(
            at=datetime(2026, 11, 24, 15, tzinfo=UTC),
            level="error",
            code=11200,
            method="POST",
            path="/voice/turn",
            says="Bad Gateway for +*********42",
            call_sid=call,
        ),
        Alert(datetime(2026, 11, 24, 14, tzinfo=UTC), "warning", 12200, "POST", "/voice", "Schema validation", ""),
    ]
    assert [(asked.host, asked.fields["StartDate"]) for asked in twilio.asked] == [(MONITOR, "2026-11-20T00:00:00Z")]


def test_every_page_of_alerts_is_read(twilio: TwilioStandIn) -> None:
    for minute in range(450):
        twilio.add_alert(11200, f"{URL}/voice", f"2026-11-24T{minute // 60:02}:{minute % 60:02}:00Z")
    found = account().alerts(URL, datetime(2026, 11, 24, tzinfo=UTC))
    assert len(found) == 450
    assert found[0].at == datetime(2026, 11, 24, 7, 29, tzinfo=UTC)


def test_a_next_page_on_another_host_does_not_get_the_token(twilio: TwilioStandIn) -> None:
    meta = {"key": "alerts", "next_page_url": f"https://{STATIC}/v1/Alerts?Page=1"}
    twilio.instead = lambda _: Said(200, json.dumps({"alerts": [], "meta": meta}))
    with pytest.raises(ProviderTrouble, match=r"leads to static\.example\.gov, which is not its own"):
        account().alerts(URL, datetime(2026, 11, 24, tzinfo=UTC))
    assert [asked.host for asked in twilio.asked] == [MONITOR]


def test_moments_with_fractions_of_a_second_are_read(twilio: TwilioStandIn) -> None:
    twilio.add_alert(11200, f"{URL}/voice", "2026-11-24T15:00:00.250Z")
    found = account().alerts(URL, datetime(2026, 11, 24, tzinfo=UTC))
    assert [one.at for one in found] == [datetime(2026, 11, 24, 15, microsecond=250000, tzinfo=UTC)]


def test_of_two_tokens_the_one_that_is_accepted_is_used(twilio: TwilioStandIn) -> None:
    ours = Account(SID, ["0" * 32, TOKEN], 5)
    assert len(ours.numbers()) == 1
    assert len(ours.numbers()) == 1
    assert [asked.credentials.partition(":")[2] == TOKEN for asked in twilio.asked] == [False, True, True]


@pytest.mark.parametrize(
    ("said", "cause", "words"),
    [
        (
            error(401, 20003, "Authenticate"),
            "credentials",
            (
                "The provider does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN. "
                "Copy both again from the first page of its console."
            ),
        ),
        (
            error(403, 20008, "Resource not accessible with Test Account Credentials"),
            "not_allowed",
            (
                "These are test credentials. Set those of the account itself: "
                "test credentials can neither read nor set a number."
            ),
        ),
        (
            error(403, 20005, "Account not active"),
            "not_allowed",
            "The account is suspended or closed (20005: Account not active). Its console says why.",
        ),
        (
            error(403, 20403, "Forbidden"),
            "not_allowed",
            "The account may not do this (20403: Forbidden). Use credentials of the account that owns the number.",
        ),
        (
            error(429, 20429, "Too Many Requests"),
            "too_many",
            "The provider has had too many requests of this account. Wait a minute.",
        ),
        (
            Said(429, "", {"Retry-After": "7"}),
            "too_many",
            "The provider has had too many requests of this account. Wait 7 seconds.",
        ),
        (
            Said(503, "<html>Service Unavailable</html>", {"Content-Type": "text/html"}),
            "provider_fails",
            "api.twilio.com answered 503. Its own failure, as a rule a short one: try again in a few minutes.",
        ),
        (
            error(400, 20001, "Unknown parameters"),
            "refused",
            (
                "The provider does not take what was asked (20001: Unknown parameters). "
                "What that means: https://www.twilio.com/docs/api/errors/20001"
            ),
        ),
        (
            Said(302, "", {"Location": "https://login.hotel.example/"}),
            "provider_fails",
            (
                "api.twilio.com answered 302, leading elsewhere: something on the way answers in its place. "
                "Look at the network and at HTTPS_PROXY."
            ),
        ),
        (
            Said(200, "<html>Welcome to our hotel</html>", {"Content-Type": "text/html"}),
            "provider_fails",
            (
                "What came back is no answer of the provider's: something on the way may answer in its place. "
                "Look at the network and at HTTPS_PROXY."
            ),
        ),
        (
            Said(200, "[]"),
            "provider_fails",
            (
                "What came back is no answer of the provider's: something on the way may answer in its place. "
                "Look at the network and at HTTPS_PROXY."
            ),
        ),
    ],
)
def test_a_refusal_is_one_clear_word(twilio: TwilioStandIn, said: Said, cause: str, words: str) -> None:
    twilio.instead = lambda _: said
    trouble = trouble_of(account())
    assert (trouble.cause, str(trouble)) == (cause, words)


def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_asked(twilio: TwilioStandIn) -> None:
    def says_nothing(_: Asked) -> None:
        twilio.closing.wait(20)

    twilio.instead = says_nothing
    trouble = trouble_of(account(timeout_s=0.2))
    twilio.closing.set()
    assert (trouble.cause, trouble.is_settled, str(trouble)) == (
        "no_answer",
        True,
        "api.twilio.com did not answer within 0.2 seconds. Try again in a minute, or give it longer with --timeout.",
    )


def test_a_setting_that_may_have_been_made_is_told_so(twilio: TwilioStandIn) -> None:
    ours = account(timeout_s=0.5)
    found = ours.number(NUMBER)

    def says_nothing(_: Asked) -> None:
        twilio.closing.wait(20)

    twilio.instead = says_nothing
    with pytest.raises(ProviderTrouble, match="What was asked may have been done") as raised:
        ours.set_up(found, wanted(URL))
    twilio.closing.set()
    assert raised.value.is_settled is False


def test_a_host_that_is_not_the_providers_is_not_trusted(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    trouble = trouble_of(account())
    assert (trouble.cause, twilio.asked) == ("unreachable", [])
    assert str(trouble).startswith("The TLS certificate of api.twilio.com is not trusted here")


@pytest.mark.parametrize("how", ["leads nowhere", "refuses", "breaks off"])
def test_no_way_to_the_provider_is_told_with_the_proxy_that_should_lead_there(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "leads nowhere":
        twilio.leads_nowhere = True
    elif how == "breaks off":
        twilio.instead = lambda _: None
    else:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    trouble = trouble_of(account())
    assert (trouble.cause, trouble.can_retry) == ("unreachable", True)
    assert str(trouble).startswith("The proxy named by HTTPS_PROXY does not lead to api.twilio.com.")


def test_neither_a_failure_nor_the_account_shows_the_token(twilio: TwilioStandIn) -> None:
    twilio.instead = lambda _: error(400, 20001, "Unknown parameters")
    ours = account()
    trouble = trouble_of(ours)
    assert TOKEN not in f"{trouble!r} {trouble} {trouble.__cause__!r} {ours!r} {vars(trouble)}"


def test_the_providers_client_is_not_imported_until_it_is_used(tmp_path: Path) -> None:
    script = (
        "import sys, ivr.app, ivr.cli.twilio, ivr.provider\n"
        "ivr.provider.Account('AC', ['x'])\n"
        "print(sorted(name for name in sys.modules if name in ('twilio.rest', 'requests')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.strip() == "[]"


def test_a_document_of_elsewhere_is_read_without_what_stands_behind_the_number_sign(twilio: TwilioStandIn) -> None:
    twilio.pages[STATIC] = lambda _: Said(200, "<Response/>", {"Content-Type": "text/xml"})
    assert read_document(f"{FOREIGN}#rc=5", 5) == b"<Response/>"
    assert [(asked.host, asked.path, asked.credentials) for asked in twilio.asked] == [(STATIC, "/fallback.xml", "")]


def test_a_document_that_cannot_be_had_is_one_sentence(twilio: TwilioStandIn) -> None:
    twilio.pages[STATIC] = lambda _: Said(404, "gone")
    with pytest.raises(NeighbourError, match=r"^static\.example\.gov answered 404 instead of the document\.$"):
        read_document(FOREIGN, 5)
    twilio.pages[STATIC] = lambda _: None
    with pytest.raises(NeighbourError, match=r"^static\.example\.gov cannot be reached\.$"):
        read_document(FOREIGN, 5)
    with pytest.raises(NeighbourError, match="shown to its own account only"):
        read_document(f"https://handler.twilio.com/twiml/EH{'1' * 32}", 5)
