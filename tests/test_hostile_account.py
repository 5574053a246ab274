"""Something answers in the provider's place, or an account holds what nobody expects: told in words, harmlessly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Ivr
from twilio_account import NUMBER, STATIC, URL, ca, project, twilio
from twilio_stand_in import SID, TOKEN, Said, TwilioStandIn

from ivr.provider import Account, ProviderTrouble, rest

__all__ = ["ca", "project", "twilio"]

ESCAPES = "\x1b[2J\x1b]0;all is well\x07\r\n+18445208695 is as it should be\x9b1m\u202e"
COMMANDS = [
    ("twilio", "status", "--url", URL),
    ("twilio", "alerts", "--url", URL),
    ("twilio", "connect", NUMBER, "--url", URL, "--dry-run"),
    ("twilio", "connect", "+16515550142", "--url", URL),
    ("doctor", "--url", "https://127.0.0.1:9"),
]


def account() -> Account:
    """The account of the stand-in."""
    return Account(SID, [TOKEN], 5)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_in_the_account_commands_the_terminal_or_begins_a_line(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, words: tuple[str, ...]
) -> None:
    odd = {
        "voice_url": f"{URL}/voice{ESCAPES}",
        "voice_method": f"POST{ESCAPES}",
        "status_callback": f"{URL}/voice/status{ESCAPES}",
        "voice_fallback_url": f"https://{STATIC}/x{ESCAPES}",
    }
    twilio.numbers[0].update(odd, friendly_name=f"Line {ESCAPES}")
    twilio.add_number(f"+1651{ESCAPES}", **odd)
    twilio.add_number("+15075550123", trunk_sid=f"TK{ESCAPES}", voice_url=f"{URL}/voice")
    twilio.add_alert(11200, f"{URL}/voice{ESCAPES}", "2999-11-24T15:00:00Z", text=ESCAPES, call=f"CA{ESCAPES}")
    twilio.alerts[-1].update(request_method=f"POST{ESCAPES}", error_code="11200")
    ran = ivr(*words, project=project)
    twilio.complaints.clear()
    shown = ran.out + ran.err
    assert not [letter for letter in "\x1b\x07\r\x9b\u202e" if letter in shown]
    assert not any(line.strip().startswith("+18445208695 is as") for line in shown.splitlines())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_user_and_password_of_another_server_are_shown_nowhere(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, words: tuple[str, ...]
) -> None:
    twilio.numbers[0].update(
        voice_url="https://ivr:S3cretWord@line.example.gov/voice",
        voice_fallback_url=f"https://ivr:S3cretWord@{STATIC}/x.xml",
        status_callback="https://ivr:S3cretWord@old.example.gov/status",
    )
    ran = ivr(*words, project=project)
    assert "S3cretWord" not in ran.out + ran.err
    if words[:2] == ("twilio", "status"):
        assert "has https://***@line.example.gov/voice (POST)" in ran.out
        assert "S3cretWord" not in ivr(*words, "--json", project=project).out


def test_what_a_number_had_is_kept_whole_and_for_its_owner_alone(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    twilio.numbers[0].update(voice_url="https://ivr:S3cretWord@old.example.gov/voice")
    assert ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project).code == 0
    kept = project / f"var/twilio/{NUMBER}.json"
    assert [one.stat().st_mode & 0o777 for one in (kept, kept.parent, kept.parent.parent)] == [0o600, 0o700, 0o700]
    assert ivr("twilio", "restore", "--yes", project=project).code == 0
    assert twilio.numbers[0]["voice_url"] == "https://ivr:S3cretWord@old.example.gov/voice"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"incoming_phone_numbers": ' + "[" * 200_000,
        '{"code": 1e999, "message": "x"}',
        '{"code": ' + "9" * 5000 + "}",
        '{"incoming_phone_numbers": 7, "next_page_uri": 7}',
        "null",
        "\\ud800",
    ],
    ids=lambda body: body[:24],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_none_is_one_sentence(twilio: TwilioStandIn, body: str, status: int) -> None:
    twilio.instead = lambda _: Said(status, body)
    with pytest.raises(ProviderTrouble) as raised:
        account().numbers()
    assert raised.value.cause in ("provider_fails", "refused")


def test_pages_that_lead_to_ever_more_pages_are_left(twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "MOST_REQUESTS", 5)
    meta = {"key": "alerts", "next_page_url": "https://monitor.twilio.com/v1/Alerts?Page=1"}
    twilio.instead = lambda _: Said(200, json.dumps({"alerts": [], "meta": meta}))
    with pytest.raises(ProviderTrouble, match=r"^The answers of monitor\.twilio\.com lead to ever more of them\.$"):
        account().alerts(URL, datetime(2026, 11, 24, tzinfo=UTC))
    assert len(twilio.asked) == 5
