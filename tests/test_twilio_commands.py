"""`ivr twilio`: a number connected, looked at and brought back, against a stand-in of the provider's API."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from commands import Ivr
from twilio_account import NUMBER, STATIC, URL, ca, project, twilio
from twilio_stand_in import TOKEN, Asked, Said, TwilioStandIn, error

__all__ = ["ca", "project", "twilio"]

OURS = {
    "voice_url": f"{URL}/voice#rc=5&rp=all",
    "voice_fallback_url": f"{URL}/voice/fallback#rc=5&rp=all",
    "status_callback": f"{URL}/voice/status#rc=5&rp=all",
}
BEFORE = "https://demo.twilio.com/welcome/voice/"
FOREIGN = f"https://{STATIC}/fallback.xml"


def settings_made(twilio: TwilioStandIn) -> list[dict[str, str]]:
    """What numbers were set to, in order."""
    return [dict(asked.fields) for asked in twilio.asked if asked.method == "POST"]


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the command types yes."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))


def test_connect_shows_what_the_number_has_and_will_have_and_sets_it(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, types: None
) -> None:
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, project=project)
    assert ran.code == 0
    assert ran.out == (
        "+18445208695  Broker Line\n"
        "  A call comes in\n"
        "    has        https://demo.twilio.com/welcome/voice/ (POST)\n"
        "    will have  https://line.example.gov/voice#rc=5&rp=all (POST)\n"
        "  Primary handler fails\n"
        "    has        nothing\n"
        "    will have  https://line.example.gov/voice/fallback#rc=5&rp=all (POST)\n"
        "  Call status changes\n"
        "    has        nothing\n"
        "    will have  https://line.example.gov/voice/status#rc=5&rp=all (POST)\n"
        "+18445208695 is set. Call it, or have it tried: ivr doctor --url https://line.example.gov\n"
        "Where the line runs, set IVR_PUBLIC_URL=https://line.example.gov; it is not set here.\n"
        "To bring back what it had: ivr twilio restore +18445208695\n"
    )
    assert OURS.items() <= twilio.numbers[0].items()


def test_what_the_number_had_is_kept_for_its_owner_alone(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    kept = project / "var/twilio/+18445208695.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["voice"] == {"url": BEFORE, "method": "POST"}
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_connect_sets_nothing_without_a_yes(
    twilio: TwilioStandIn, ivr: Ivr, project: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, project=project)
    assert (ran.code, settings_made(twilio)) == (1, [])
    assert ran.err.endswith("Nothing was set. To set it without being asked: --yes.\n")
    assert not (project / "var/twilio").exists()


def test_connect_is_refused_where_no_line_is(twilio: TwilioStandIn, ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=tmp_path)
    assert (ran.code, twilio.asked, list(tmp_path.iterdir())) == (1, [], [])
    assert ran.err.startswith(f"There is neither flows/ nor config/ in {tmp_path},")
    assert ran.err.endswith("or name it: --project DIR.\n")


def test_a_dry_run_shows_all_and_sets_nothing(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--dry-run", project=project)
    assert (ran.code, settings_made(twilio)) == (0, [])
    assert "will have  https://line.example.gov/voice#rc=5&rp=all (POST)" in ran.out
    assert ran.out.endswith("Nothing was set: --dry-run.\n")
    assert not (project / "var/twilio").exists()


def test_a_number_that_has_all_of_it_is_left_alone(twilio: TwilioStandIn, ivr: Ivr, project: Path) -> None:
    twilio.numbers[0].update(OURS)
    ran = ivr("twilio", "connect", NUMBER, "--url", URL, "--yes", project=project)
    assert (ran.code, settings_made(twilio)) == (0, [])
    assert ran.out == (
        "+18445208695 has all of this already; nothing was set. Does it work? ivr doctor --url https://line.example.gov\n"
    )


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
