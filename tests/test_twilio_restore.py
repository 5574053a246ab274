"""`ivr twilio restore`: what a number had comes back, and nothing is set that is not kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Ivr
from connected_numbers import BEFORE, OURS, settings_made
from twilio_account import NUMBER, URL, ca, project, twilio
from twilio_stand_in import Asked, Said, TwilioStandIn, error

__all__ = ["ca", "project", "twilio"]


def test_restore_brings_back_what_stood_there_before_the_first_connect(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    before = dict(twilio.numbers[0])
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    ivr("twilio", "connect", NUMBER, "--url", "https://other.example.gov", "--yes", project=project)
    assert twilio.numbers[0]["voice_url"] == "https://other.example.gov/voice#rc=5&rp=all"
    ran = ivr("twilio", "restore", "--yes", project=project)
    assert (ran.code, twilio.numbers[0]) == (0, before)
    assert ran.out.endswith("+18445208695 has again what it had before it was connected.\n")
    assert ivr("twilio", "restore", "--yes", project=project).words == (
        f"No number has been connected from {project}, so there is nothing to bring back. "
        "What a number had is kept in the project from which it was connected: --project DIR."
    )


def test_restore_shows_first_and_asks(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    dry = ivr("twilio", "restore", NUMBER, "--dry-run", project=project)
    assert f"will have  {BEFORE} (POST)" in dry.out
    asked = ivr("twilio", "restore", NUMBER, project=project)
    assert (asked.code, OURS.items() <= twilio.numbers[0].items()) == (1, True)
    assert ivr("twilio", "restore", NUMBER, "--yes", project=project).code == 0


def test_of_several_numbers_one_must_be_named(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.add_number("+16515550142")
    for number in (NUMBER, "+16515550142"):
        ivr("twilio", "connect", number, "--url", URL, "--yes", project=project)
    ran = ivr("twilio", "restore", "--yes", project=project)
    assert (ran.code, ran.err) == (1, "Several numbers have been connected: +16515550142, +18445208695. Name one.\n")
    assert ivr("twilio", "restore", "+15075550000", project=project).err == (
        f"+15075550000 has not been connected from {project}, but these have: +16515550142, +18445208695.\n"
    )


def test_numbers_are_restored_with_the_account_that_they_were_connected_with(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f"AC{'9' * 32}")
    ran = ivr("twilio", "restore", "--yes", project=project)
    assert ran.code == 1
    assert ran.err.startswith("+18445208695 was connected with account AC0123456789abcdef")


def test_what_cannot_be_written_down_is_not_changed(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    (project / "var").mkdir()
    (project / "var/twilio").write_text("a file in the way")
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (ran.code, settings_made(twilio)) == (1, [])
    assert "cannot be written down" in ran.err
    assert "Nothing was changed." in ran.err


def says_to_settings(twilio: TwilioStandIn, said: Said) -> None:
    """From now on: this to whoever sets something, the usual to whoever looks."""

    def answer(asked: Asked) -> Said | None:
        if asked.method == "POST":
            return said
        twilio.instead = None
        usual = twilio.answer(asked)
        twilio.instead = answer
        return usual

    twilio.instead = answer


def test_when_the_provider_refuses_a_setting_nothing_is_kept(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    says_to_settings(twilio, error(400, 21502, "VoiceUrl is not valid"))
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (ran.code, ran.err) == (
        12,
        (
            "The provider does not take what was asked (21502: VoiceUrl is not valid). "
            "What that means: https://www.twilio.com/docs/api/errors/21502\n"
        ),
    )
    assert list((project / "var/twilio").iterdir()) == []


def test_when_a_setting_may_have_been_made_what_stood_there_is_kept(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    says_to_settings(twilio, Said(500, ""))
    assert ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project).code == 11
    assert (project / "var/twilio/+18445208695.json").exists()


def test_a_setting_that_the_provider_made_otherwise_is_told(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    says_to_settings(twilio, Said(200, json.dumps(twilio.numbers[0])))
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert ran.code == 12
    assert ran.err.startswith("The provider has set A call comes in to https://demo.twilio.com/welcome/voice/ (POST)")


def test_a_kept_file_that_cannot_be_read_is_told_before_anything_is_changed(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    (project / "var/twilio").mkdir(parents=True)
    (project / "var/twilio/+18445208695.json").write_text("{")
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (ran.code, settings_made(twilio)) == (1, [])
    assert "cannot be read, so what the number had before is not known." in ran.err
