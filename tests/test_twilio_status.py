"""`ivr twilio status` and `ivr twilio alerts`: what is not as it should be, and what the provider's debugger has."""

from __future__ import annotations

from pathlib import Path

from commands import Ivr
from projects import edit, shipped_project
from twilio_account import NUMBER, STATIC, URL, ca, project, twilio
from twilio_stand_in import TOKEN, Asked, Said, TwilioStandIn

from ivr.softphone.signing import signature

__all__ = ["ca", "project", "twilio"]

OURS = {
    "voice_url": f"{URL}/voice#rc=5&rp=all",
    "voice_fallback_url": f"{URL}/voice/fallback#rc=5&rp=all",
    "status_callback": f"{URL}/voice/status#rc=5&rp=all",
}
FOREIGN = f"https://{STATIC}/fallback.xml"
CALL = "CA" + "1" * 32


def test_status_finds_nothing_wrong_after_connect(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, ran.out) == (0, "+18445208695  Broker Line\n  is as it should be\n")


def test_status_tells_each_drift_of_each_number_and_what_it_does(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    twilio.numbers[0].update(OURS | {"voice_method": "GET", "status_callback": ""})
    twilio.add_number("+16515550142", "Rehearsals", **OURS | {"voice_url": "http://line.example.gov/voice"})
    twilio.add_number("+15075550123", "Somebody else's")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert ran.code == 3
    assert ran.out == (
        "+18445208695  Broker Line\n"
        "  A call comes in: has https://line.example.gov/voice#rc=5&rp=all (GET), should have "
        "https://line.example.gov/voice#rc=5&rp=all (POST). GET is used; what callers key then stands in addresses.\n"
        "  Call status changes: has nothing, should have https://line.example.gov/voice/status#rc=5&rp=all (POST). "
        "The provider asks nobody then.\n"
        "+16515550142  Rehearsals  (not in config/line.yaml: gets the flow of other_numbers)\n"
        "  A call comes in: has http://line.example.gov/voice (POST), should have "
        "https://line.example.gov/voice#rc=5&rp=all (POST). "
        "Our signature check refuses it: the scheme is another.\n"
        "To set it as it should be: ivr twilio connect NUMBER\n"
    )


def test_status_tells_of_a_number_that_the_account_does_not_have(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    twilio.numbers.clear()
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, ran.out) == (
        3,
        "+18445208695\n  config/line.yaml names it, and this account does not have it.\n",
    )


def test_status_needs_to_know_which_numbers_are_ours(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    edit(project, "config/line.yaml", "numbers:", "numbres:")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, 'Did you mean "numbers"?' in ran.err) == (1, True)
    (project / "config/line.yaml").unlink()
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, "This file is missing" in ran.err) == (1, True)
    assert ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project).code == 0


def test_status_for_programs(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    ran = ivr("twilio", "status", "--url", URL, "--json", project=project)
    assert (ran.code, ran.json) == (
        0,
        {"url": URL, "numbers": [{"number": NUMBER, "name": "Broker Line", "drift": []}]},
    )


def test_status_tells_a_fallback_of_elsewhere_that_is_older_than_the_words_on_the_air(
    twilio: TwilioStandIn, ivr: Ivr, tmp_path: Path
) -> None:
    project = shipped_project(tmp_path / "line")
    document = ivr("fallback", project=project).out
    twilio.pages[STATIC] = lambda _: Said(200, document, {"Content-Type": "text/xml"})
    ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", FOREIGN, "--yes", project=project)
    assert ivr("twilio", "status", "--url", URL, project=project).code == 0
    twilio.pages[STATIC] = lambda _: Said(200, document.replace("eight to four", "eight to five"), {})
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert ran.code == 3
    assert f"The document at {FOREIGN}#rc=5&rp=all: It says: MNsure Broker Line." in ran.out
    assert ran.out.count("Renew it: ivr fallback") == 1
    twilio.pages[STATIC] = lambda _: Said(404, "")
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, "could not be looked at: static.example.gov answered 404" in ran.out) == (3, True)
    assert "ivr fallback makes it anew." in ran.out
    assert "ivr twilio connect" not in ran.out  # which would not mend it


def test_a_twiml_bin_is_read_with_a_signature_of_its_own_account(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    address = f"https://handler.twilio.com/twiml/EH{'1' * 32}"
    document = ivr("fallback", project=project).out
    asked_with: list[str] = []

    def bin_of_the_account(asked: Asked) -> Said:
        asked_with.append(asked.signature)
        return Said(200, document, {"Content-Type": "text/xml"})

    twilio.pages["handler.twilio.com"] = bin_of_the_account
    ran = ivr("fallback", "--compare", address, project=project)
    assert (ran.code, ran.out) == (0, f"{address}: It says what the release on the air says.\n")
    sid = twilio.asked[-1].fields["AccountSid"]
    assert asked_with == [signature(f"{address}?AccountSid={sid}", (), TOKEN)]


def test_alerts_are_shown_newest_first(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.add_alert(12200, f"{URL}/voice", "2999-11-24T14:00:00Z", level="warning")
    twilio.add_alert(11200, f"{URL}/voice/turn?s=x", "2999-11-24T15:00:00Z", text="Msg=Bad+Gateway&x=1", call=CALL)
    twilio.add_alert(11200, "https://other.example.gov/voice", "2999-11-24T15:00:00Z")
    ran = ivr("twilio", "alerts", "--url", URL, project=project)
    assert ran.out == (
        f"2999-11-24 15:00 UTC  error    11200  POST /voice/turn  {CALL}  Bad Gateway\n"
        "2999-11-24 14:00 UTC  warning  12200  POST /voice\n"
        "11200: The address could not be had. The line refused the request (403), is not there (502, 504), or failed.\n"
        "  -> ivr doctor tries it; the server's log has a line for every refused request.\n"
        "12200: A part of the answer is not as the provider's schema has it. The line's answers are checked against "
        "it, so a proxy changes them, or the schema has changed.\n"
        "  -> ivr check; tell whoever develops the line, with the answer from the debugger.\n"
    )
    assert [one["code"] for one in ivr("twilio", "alerts", "--url", URL, "--json", project=project).json] == [
        11200,
        12200,
    ]


def test_a_bin_that_refuses_us_is_told_with_the_likely_reason(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.pages["handler.twilio.com"] = lambda _: Said(401, "")
    bin_of_another = f"https://handler.twilio.com/twiml/EH{'2' * 32}"
    ivr("twilio", "connect", NUMBER, "--url", URL, "--fallback", bin_of_another, "--yes", project=project)
    ran = ivr("twilio", "status", "--url", URL, project=project)
    assert (ran.code, "Is the bin of this account, and TWILIO_AUTH_TOKEN its present one?" in ran.out) == (3, True)


def test_calls_that_the_account_did_not_take_are_alerts_of_the_line_too(
    twilio: TwilioStandIn, ivr: Ivr, project: Path
) -> None:
    twilio.add_alert(10004, "", "2999-11-24T15:00:00Z", call=CALL)
    twilio.add_alert(30007, "", "2999-11-24T15:00:00Z")  # of a text message
    ran = ivr("twilio", "alerts", "--url", URL, project=project)
    assert ran.out.startswith(f"2999-11-24 15:00 UTC  error    10004  POST  {CALL}\n10004: The call was not taken;")
    assert "30007" not in ran.out


def test_no_alert_is_said_so(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.add_alert(11200, f"{URL}/voice", "2020-11-24T14:00:00Z")
    ran = ivr("twilio", "alerts", "--url", URL, "--days", "7", project=project)
    assert (ran.code, ran.out) == (0, f"The provider's debugger has nothing about {URL} of the last 7 days.\n")
