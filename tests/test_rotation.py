"""Keys and tokens are replaced while calls go on: over real HTTP, the server started again in the middle of a call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from projects import tiny_project
from servers import ivr, serving, words

from ivr.softphone import Number, OverHttp, Softphone

PUBLIC = "http://line.example.gov"
ACCOUNT = "AC" + "5" * 32
OLD_KEY, NEW_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
OLD_TOKEN, NEW_TOKEN = "old" * 10, "new" * 10
OPEN = ("--at", "2026-11-24 10:00", "--workers", "1")
LOST = "Let's start again."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tiny_project(tmp_path)
    monkeypatch.setenv("IVR_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    ivr(made, "brokers", "import", str(made / "config/brokers.csv"))
    return made


def phone_at(url: str, token: str, before: Softphone | None = None) -> Softphone:
    """A telephone at a server, which signs with a token; with another's call under way, or none."""
    number = Number.at(PUBLIC, ACCOUNT, token)
    return Softphone(OverHttp({PUBLIC: url}), number, datetime.now(UTC), state=before.state if before else None)


def test_a_call_goes_on_over_a_key_that_is_replaced_by_restarts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", OLD_TOKEN)
    monkeypatch.setenv("IVR_SECRET_KEYS", OLD_KEY)
    with serving(project, *OPEN) as server:
        phone, idle = phone_at(server.url, OLD_TOKEN), phone_at(server.url, OLD_TOKEN)
        phone.dial()
        idle.dial()
    monkeypatch.setenv("IVR_SECRET_KEYS", f"{NEW_KEY},{OLD_KEY}")
    with serving(project, *OPEN) as server:
        phone = phone_at(server.url, OLD_TOKEN, phone)
        phone.press("1")
        assert words(phone).startswith("Please enter the broker's number")
    monkeypatch.setenv("IVR_SECRET_KEYS", NEW_KEY)
    with serving(project, *OPEN) as server:
        phone = phone_at(server.url, OLD_TOKEN, phone)
        phone.press("99900001#")
        phone.representative("answers")
        assert phone.is_connected
        assert phone.complaints == []
        # Whoever keyed nothing since before the new key came has only the old one, which is why it stays six hours.
        idle = phone_at(server.url, OLD_TOKEN, idle)
        idle.press("1")
        assert words(idle).startswith(LOST)


def test_a_call_goes_on_between_machines_that_are_a_step_apart(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One still encrypts with the old key, one with the new; the provider signs with either token."""
    monkeypatch.setenv("IVR_SECRET_KEYS", f"{OLD_KEY},{NEW_KEY}")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", f"{OLD_TOKEN},{NEW_TOKEN}")
    with serving(project, *OPEN) as one:
        monkeypatch.setenv("IVR_SECRET_KEYS", f"{NEW_KEY},{OLD_KEY}")
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", f"{NEW_TOKEN},{OLD_TOKEN}")
        with serving(project, *OPEN) as other:
            phone = phone_at(one.url, OLD_TOKEN)
            phone.dial()
            hops = [(other, NEW_TOKEN), (one, OLD_TOKEN), (other, OLD_TOKEN), (one, NEW_TOKEN), (other, NEW_TOKEN)]
            for (server, token), keys in zip(hops, ("2", "*", "0", "99900004#", "1"), strict=True):
                phone = phone_at(server.url, token, phone)
                phone.press(keys)
                assert LOST not in words(phone)
                assert phone.complaints == []
            phone = phone_at(one.url, OLD_TOKEN, phone)
            phone.press("99900001#")
            phone.representative("answers")
            assert phone.is_connected


def test_a_token_that_was_taken_away_signs_nothing_any_more(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_SECRET_KEYS", OLD_KEY)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", NEW_TOKEN)
    with serving(project, *OPEN) as server:
        refused, served = phone_at(server.url, OLD_TOKEN), phone_at(server.url, NEW_TOKEN)
        refused.dial()
        served.dial()
        assert {reply.status for reply in refused.received} == {403}
        assert words(served).startswith("Tiny Line.")
