"""`ivr twilio connect`: shows first, asks, keeps what the number had, sets."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from commands import Ivr
from connected_numbers import BEFORE, OURS, settings_made
from twilio_account import NUMBER, URL, ca, project, twilio
from twilio_stand_in import TwilioStandIn

__all__ = ["ca", "project", "twilio"]


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
