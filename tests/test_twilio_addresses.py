"""Numbers, addresses and fallbacks as people type them to `ivr twilio`."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ivr
from connected_numbers import FOREIGN, OURS, settings_made
from twilio_account import NUMBER, URL, ca, project, twilio
from twilio_stand_in import TwilioStandIn

__all__ = ["ca", "project", "twilio"]


def test_a_fallback_of_elsewhere_is_set_where_told(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", FOREIGN, "--yes", project=project)
    one = twilio.numbers[0]
    assert (one["voice_fallback_url"], one["voice_fallback_method"]) == (f"{FOREIGN}#rc=5&rp=all", "GET")


def test_a_connected_number_keeps_its_fallback_of_elsewhere_unless_told(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    one = twilio.numbers[0]
    one["voice_fallback_url"] = "https://old.example.gov/fallback"
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert one["voice_fallback_url"] == OURS["voice_fallback_url"]
    ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", FOREIGN, "--yes", project=project)
    one["status_callback"] = ""
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (one["voice_fallback_url"], one["status_callback"]) == (f"{FOREIGN}#rc=5&rp=all", OURS["status_callback"])
    own = f"{URL}/voice/fallback"
    ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", own, "--yes", project=project)
    assert (one["voice_fallback_url"], one["voice_fallback_method"]) == (OURS["voice_fallback_url"], "POST")


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (f"{URL}/fallback.xml", "is on the line's own host, and gone when the line is"),
        ("http://static.example.gov/fallback.xml", "not encrypted"),
        ("https://localhost/fallback.xml", "cannot reach it"),
        ("https://me:secret@static.example.gov/fallback.xml", "User and password"),
    ],
)
def test_a_fallback_that_could_not_help_is_refused(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, address: str, wrong: str
) -> None:
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", address, "--yes", project=project)
    assert (ran.code, settings_made(twilio)) == (2, [])
    assert wrong in ran.err


def test_the_public_url_of_the_settings_is_used_and_another_one_is_doubted(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_PUBLIC_URL", URL)
    assert ivr("twilio", "connect", NUMBER, "--yes", project=project).err == ""
    assert OURS.items() <= twilio.numbers[0].items()
    ran = ivr("twilio", "connect", NUMBER, "--url", "https://other.example.gov", "--dry-run", project=project)
    assert ran.err == (
        "IVR_PUBLIC_URL is https://line.example.gov here: a line that runs so refuses what is signed for "
        "https://other.example.gov. Set it to https://other.example.gov where the line runs.\n"
    )


@pytest.mark.parametrize("words", [["(844) 520-8695"], ["+1", "844", "520", "8695"]])
def test_a_number_may_be_spelled_as_people_do(twilio: TwilioStandIn, ivr: Ivr, project: Path, words: list[str]) -> None:
    assert ivr("twilio", "connect", *words, "--url", URL, "--yes", project=project).code == 0


def test_a_number_that_config_does_not_name_is_remarked_on(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.add_number("+16515550142")
    ran = ivr("twilio", "connect", "+16515550142", "--url", URL, "--yes", project=project)
    assert (ran.code, ran.err) == (
        0,
        "+16515550142 is not in config/line.yaml: its callers get the flow of other_numbers.\n",
    )


def test_an_unknown_number_is_answered_with_the_nearest(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ran = ivr("twilio", "connect", "+18445208659", "--url", URL, project=project)
    assert (ran.code, ran.err) == (6, "This account does not have +18445208659. Was +18445208695 meant?\n")
    ran = ivr("twilio", "connect", "+442071838750", "--url", URL, project=project)
    assert (ran.code, ran.err) == (6, "This account does not have +442071838750. It has +18445208695.\n")
    twilio.numbers.clear()
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, project=project)
    assert ran.code == 6
    assert ran.err.startswith("This account has no numbers. Buy one")
