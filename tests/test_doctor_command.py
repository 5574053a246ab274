"""`ivr doctor` as it is typed, with the provider's account beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from commands import Ivr, Ran
from twilio_account import NUMBER, STATIC, ca, project, twilio
from twilio_stand_in import TOKEN, Said, TwilioStandIn

from ivr.cli.doctor_shown import folded

__all__ = ["ca", "project", "twilio"]

NOWHERE = "https://127.0.0.1:9"
"""Our public address in these tests: nothing listens there, and nobody's name has to be looked up."""

CHECKS = [
    *("settings", "keys", "database", "release", "brokers", "hours", "outbox", "time zone", "clock", "workers"),
    *("address", "name", "certificate", "answer", "numbers", "test call", "fallback", "alerts"),
]


@pytest.fixture
def no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way to the provider from here."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")


def told(ran: Ran, check: str) -> list[tuple[str, str]]:
    """Colour and words of a check."""
    return [
        (one["colour"], f"{one['says']} {one['remedy']}".strip())
        for one in ran.json["findings"]
        if one["check"] == check
    ]


def connected(twilio: TwilioStandIn, **more: str) -> Mapping[str, Any]:
    """Our number, set up for these tests' address."""
    twilio.numbers[0].update(
        voice_url=f"{NOWHERE}/voice#rc=5&rp=all",
        voice_fallback_url=f"{NOWHERE}/voice/fallback#rc=5&rp=all",
        status_callback=f"{NOWHERE}/voice/status#rc=5&rp=all",
        **more,
    )
    return twilio.numbers[0]


def test_every_check_has_its_line_whatever_becomes_of_the_others(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    ran = ivr("doctor", "--url", NOWHERE, "--json", project=project)
    assert list(dict.fromkeys(one["check"] for one in ran.json["findings"])) == CHECKS
    assert (ran.code, ran.json["well"]) == (1, False)
    assert not (project / "var/ivr.db").exists()
    assert told(ran, "test call")[0][1].startswith(
        f"The call got no answer at {NOWHERE}/voice: The connection was refused"
    )


@pytest.mark.usefixtures("no_provider")
def test_settings_that_do_not_fit_end_no_other_check(ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_ENV", "prodution")
    ran = ivr("doctor", "--json", project=project)
    assert ("red", "IVR_ENV: is neither development nor production. Set one of them.") in told(ran, "settings")
    assert told(ran, "keys") == [("yellow", "Not looked at: the settings come first.")]
    assert [one["check"] for one in ran.json["findings"]][-1] == "alerts"


@pytest.mark.usefixtures("no_provider")
def test_people_are_told_the_same_thing_once(ivr: Ivr, project: Path) -> None:
    ran = ivr("doctor", project=project)
    assert ran.out.count("There is no database yet.") == 1
    assert "skip   release      Not looked at: see database, above." in ran.out
    assert "skip   certificate  Not looked at: see address, above." in ran.out
    counts, skipped = ran.out.splitlines()[-2:]
    assert counts == "0 wrong, 6 to look at, 9 not looked at, 3 well."
    assert skipped == (
        "Not looked at, so not known to be well: release, brokers, name, certificate, answer, numbers, test call, "
        "fallback, alerts. What each waits for stands above."
    )
    assert ran.code == 0
    assert not (project / "var/ivr.db").exists()


@pytest.mark.usefixtures("no_provider")
def test_without_the_account_what_is_not_looked_at_is_told_and_how_to_have_it_looked_at(
    ivr: Ivr, project: Path
) -> None:
    ran = ivr("doctor", "--url", NOWHERE, project=project)
    assert (
        "skip   numbers      Not looked at: TWILIO_ACCOUNT_SID is not set, and only the account tells where its "
        "numbers lead, what they fall back to and what its debugger has."
    ) in ran.out
    assert "-> Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, both from the first page of the provider's" in ran.out
    for check in ("fallback", "alerts"):
        assert f"skip   {check:11}  Not looked at: see numbers, above." in ran.out


@pytest.mark.usefixtures("no_provider")
def test_a_folder_that_is_no_project_is_wrong_once_with_its_remedy(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("doctor", "--json", project=tmp_path)
    assert [one["check"] for one in ran.json["findings"] if one["colour"] == "red"] == ["hours"]
    [(_, words)] = told(ran, "hours")
    assert words == (
        f"There is no folder config in {tmp_path}. And 1 more: ivr check "
        "Start the command in the project's folder, or name it: --project DIR."
    )
    assert told(ran, "time zone") == [("yellow", "Not looked at: see hours, above.")]


@pytest.mark.usefixtures("no_provider")
def test_a_name_that_leads_nowhere_is_wrong_once(ivr: Ivr, project: Path) -> None:
    ran = ivr("doctor", "--url", "https://[::1%nowhere]", "--json", project=project)  # of no network that is here
    [(colour, words)] = told(ran, "name")
    assert (colour, words.startswith("::1%nowhere has no address:")) == ("red", True)
    for check in ("certificate", "answer", "test call"):
        assert told(ran, check) == [("yellow", "Not looked at: see name, above.")]


def test_long_words_are_folded_below_their_beginning_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    says = "It is at https://line.example.gov/voice/fallback#rc=5&rp=all now."
    monkeypatch.setenv("COLUMNS", "60")
    assert folded(says, 20) == says
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    indent = " " * 20
    assert folded(says, 20) == (f"It is at\n{indent}https://line.example.gov/voice/fallback#rc=5&rp=all\n{indent}now.")


def test_a_number_that_is_set_otherwise_is_wrong_and_says_how_to_mend_it(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    connected(twilio, voice_method="GET")
    ran = ivr("doctor", "--url", NOWHERE, "--json", project=project)
    [(colour, words)] = told(ran, "numbers")
    assert colour == "red"
    assert "GET is used; what callers key then stands in addresses." in words
    assert words.endswith(f"ivr twilio connect {NUMBER}; or, where the number is right, mend IVR_PUBLIC_URL.")


def test_credentials_that_are_refused_are_told_once_and_end_nothing(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "0" * 32)
    ran = ivr("doctor", "--url", NOWHERE, "--json", project=project)
    [(colour, words)] = told(ran, "numbers")
    assert (colour, "does not accept TWILIO_ACCOUNT_SID" in words) == ("red", True)
    assert told(ran, "fallback") == [("yellow", "Not looked at: the account does not answer (numbers, above).")]
    assert told(ran, "alerts") == told(ran, "fallback")


def test_a_fallback_of_elsewhere_is_compared_with_the_words_on_the_air(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    connected(twilio)
    [(colour, words)] = told(ivr("doctor", "--url", NOWHERE, "--json", project=project), "fallback")
    assert (colour, "has no fallback of elsewhere" in words) == ("yellow", True)
    document = ivr("fallback", project=project).out
    twilio.numbers[0].update(voice_fallback_url=f"https://{STATIC}/x.xml#rc=5&rp=all", voice_fallback_method="GET")
    twilio.pages[STATIC] = lambda _: Said(200, document, {"Content-Type": "text/xml"})
    [(colour, _)] = told(ivr("doctor", "--url", NOWHERE, "--json", project=project), "fallback")
    assert colour == "green"
    older = document.replace("</Say>", " Until Tuesday.</Say>")
    twilio.pages[STATIC] = lambda _: Said(200, older, {"Content-Type": "text/xml"})
    [(colour, words)] = told(ivr("doctor", "--url", NOWHERE, "--json", project=project), "fallback")
    assert (colour, "ivr fallback -o fallback.xml" in words) == ("red", True)


def test_alerts_of_the_last_day_are_explained(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    connected(twilio)
    twilio.add_alert(11237, f"{NOWHERE}/voice", "2999-11-24T15:00:00Z")
    twilio.add_alert(11237, f"{NOWHERE}/voice", "2999-11-24T14:00:00Z")
    twilio.add_alert(11200, "https://other.example.gov/voice", "2999-11-24T15:00:00Z")
    [(colour, words)] = told(ivr("doctor", "--url", NOWHERE, "--json", project=project), "alerts")
    assert colour == "red"
    assert words.startswith("11237 The certificate's chain is not whole.")
    assert "2 times, last 2999-11-24 15:00 UTC at /voice." in words
    assert words.endswith("ssl_certificate with fullchain.pem, not cert.pem.")


def test_no_secret_is_shown(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ran = ivr("doctor", "--url", NOWHERE, project=project)
    assert TOKEN not in ran.out + ran.err
    assert (project / "var/secret_keys").read_text().strip() not in ran.out + ran.err
