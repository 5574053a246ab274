"""What `ivr twilio` says when something is missing or fails, each with its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ivr
from connected_numbers import FOREIGN, settings_made
from twilio_account import NUMBER, URL, ca, project, twilio
from twilio_stand_in import TOKEN, Asked, Said, TwilioStandIn, error

__all__ = ["ca", "project", "twilio"]


@pytest.mark.parametrize(
    ("bound", "what"),
    [
        ({"trunk_sid": "TK" + "1" * 32}, f"the SIP trunk TK{'1' * 32}"),
        ({"voice_application_sid": "AP" + "2" * 32}, f"the TwiML application AP{'2' * 32}"),
        ({"voice_receive_mode": "fax"}, "the fax"),
    ],
)
def test_a_number_whose_addresses_nobody_asks_is_not_set(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, bound: dict[str, str], what: str
) -> None:
    twilio.numbers[0].update(bound)
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (ran.code, settings_made(twilio)) == (7, [])
    assert ran.err.startswith(f"+18445208695 is bound to {what}, which takes its calls;")
    shown = ivr("twilio", "status", "--url", URL, project=project)
    assert (shown.code, f"It is bound to {what}" in shown.out) == (3, True)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (error(401, 20003, "Authenticate"), 4),
        (error(403, 20008, "Resource not accessible with Test Account Credentials"), 5),
        (error(429, 20429, "Too Many Requests"), 8),
        (Said(500, ""), 11),
        (Said(200, "<html></html>"), 11),
        (error(400, 20001, "Unknown parameters"), 12),
    ],
)
@pytest.mark.parametrize("command", ["connect", "status", "alerts"])
def test_each_failure_has_one_sentence_and_its_own_exit_code(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, said: Said, code: int, command: str
) -> None:
    twilio.instead = lambda _: said
    ran = ivr("twilio", command, *([NUMBER] if command == "connect" else []), "--url", URL, project=project)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert TOKEN not in ran.err


def test_a_timeout_and_no_way_have_exit_codes_of_their_own(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    def says_nothing(_: Asked) -> None:
        twilio.closing.wait(20)

    twilio.instead = says_nothing
    ran = ivr("twilio", "status", "--url", URL, "--timeout", "0.2", project=project)
    twilio.closing.set()
    assert (ran.code, ran.err) == (
        9,
        "api.twilio.com did not answer within 0.2 seconds. Try again in a minute, or give it longer with --timeout.\n",
    )
    twilio.leads_nowhere = True
    assert ivr("twilio", "status", "--url", URL, project=project).code == 10


def test_missing_credentials_are_told_by_name(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert ran.code == 4
    assert ran.err == (
        "The provider does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN. "
        "The token used is the one made for development: set TWILIO_AUTH_TOKEN to the account's.\n"
    )
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert ran.code == 4
    assert ran.err.startswith("TWILIO_ACCOUNT_SID is not set.")


@pytest.mark.parametrize("words", [["connect", NUMBER], ["status"], ["alerts"]])
def test_the_account_is_asked_for_before_the_address_and_both_where_both_lack(
    words: list[str], twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = "TWILIO_ACCOUNT_SID is not set. It stands, with the token, on the first page of the provider's console."
    address = "Where does the provider reach the line? Give --url, or set IVR_PUBLIC_URL."
    assert ivr("twilio", *words, project=project).err.startswith(address)
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    ran = ivr("twilio", *words, project=project)
    assert (ran.code, ran.err) == (4, f"{account} Then our public address: --url, or IVR_PUBLIC_URL.\n")
    assert ivr("twilio", *words, "--url", URL, project=project).err == f"{account}\n"
    assert ivr("twilio", *words, "--url", "http://line.example.gov", project=project).code == 2
    assert twilio.asked == []


def test_a_certificate_file_that_is_not_there_is_told_with_its_setting(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert ran.code == 10
    assert "/nowhere.pem" in ran.err
    assert "Correct REQUESTS_CA_BUNDLE" in ran.err


def test_the_token_may_stand_in_a_file(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", str(tmp_path / "token"))
    assert ivr("twilio", "status", "--url", URL, project=project).code == 3


def test_paste_gives_the_consoles_form_and_asks_nobody(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ran = ivr("twilio", "paste", "--url", URL, "--fallback", FOREIGN, project=project)
    assert (ran.code, twilio.asked) == (0, [])
    assert ran.out.splitlines()[-2:] == [
        "Where the line runs, set IVR_PUBLIC_URL=https://line.example.gov; it is not set here.",
        "Save configuration. Then see what the provider has: ivr twilio status --url https://line.example.gov",
    ]
    assert "A call comes in             Webhook   https://line.example.gov/voice#rc=5&rp=all   HTTP POST" in ran.out
    assert f"Primary handler fails       Webhook   {FOREIGN}#rc=5&rp=all   HTTP GET" in ran.out


@pytest.mark.parametrize(
    ("url", "wrong"),
    [("http://line.example.gov", "not encrypted"), ("https://localhost:5000", "cannot reach it"), ("", "--url")],
)
def test_an_address_that_cannot_work_is_refused_before_anybody_is_asked(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, url: str, wrong: str
) -> None:
    ran = ivr("twilio", "connect", NUMBER, *(["--url", url] if url else []), "--yes", project=project)
    assert (ran.code, twilio.asked) == (2, [])
    assert wrong in ran.err


def test_the_help_has_every_exit_code(ivr: Ivr) -> None:
    words = ivr("twilio", "--help").words
    assert "4 account SID or token are missing or not accepted" in words
    assert "8 too many requests just now" in words
    assert "connect Point a number at the line; shows first, asks, keeps what it had. paste" in words
