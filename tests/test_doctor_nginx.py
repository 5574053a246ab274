"""`ivr doctor` behind a real nginx with TLS: a line that is well is called well, each usual mistake by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commands import Ivr
from own_ca import OwnCA
from test_behind_nginx import ACCOUNT, MISTAKES, TOKEN, Setup, on_the_air, project
from twilio_account import NUMBER, ca
from twilio_stand_in import TwilioStandIn

__all__ = ["ca", "project"]

Findings = list[dict[str, Any]]


@contextmanager
def account(setup: Setup, authority: OwnCA, folder: Path, port: int, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The provider's account, whose number stands as a setup says; this process's settings are the server's."""
    base = setup.number.replace("PORT", str(port))
    twilio = TwilioStandIn(authority)
    twilio.sid, twilio.tokens = ACCOUNT, {setup.signs}
    twilio.add_number(
        NUMBER,
        "Broker Line",
        voice_url=f"{base}{setup.voice}#rc=5&rp=all",
        voice_fallback_url=f"{base}/voice/fallback#rc=5&rp=all",
        status_callback=f"{base}/voice/status#rc=5&rp=all",
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "fullchain.pem").read_bytes() + authority.file.read_bytes())
    with twilio.running() as environment:
        for name, value in {**environment, "SSL_CERT_FILE": str(both), "TWILIO_ACCOUNT_SID": ACCOUNT}.items():
            patch.setenv(name, value)
        patch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
        if setup.public:
            patch.setenv("IVR_PUBLIC_URL", setup.public.replace("PORT", str(port)))
        yield
    assert twilio.complaints == []


@pytest.fixture
def examined(project: Path, tmp_path: Path, ca: OwnCA, monkeypatch: pytest.MonkeyPatch, ivr: Ivr) -> Any:
    """`examined(setup)`: what the doctor finds of a server behind nginx, and how it ends."""

    def examine(setup: Setup, *words: str, token: str = TOKEN) -> tuple[int, Findings]:
        with on_the_air(setup, project, tmp_path) as (_, phone):
            port = int(phone.number.voice.split(":")[2].partition("/")[0])
            with account(setup, ca, tmp_path, port, monkeypatch):
                monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
                is_known = "localhost" in (setup.public or "")
                given = [] if is_known else ["--url", setup.number.replace("PORT", str(port))]
                ran = ivr("doctor", "--json", *given, *words, project=project)
        assert TOKEN not in ran.out + ran.err
        return ran.code, ran.json["findings"]

    return examine


def told(findings: Findings, check: str) -> list[tuple[str, str]]:
    """Colour and words of a check."""
    return [(one["colour"], f"{one['says']} {one['remedy']}") for one in findings if one["check"] == check]


def test_a_call_through_the_public_address_of_a_line_that_is_well(examined: Any) -> None:
    code, findings = examined(Setup())
    [(colour, words)] = told(findings, "test call")
    assert colour == "green"
    assert "It stands in the log as a call: ivr calls show CAd0c7" in words
    assert [one for one, _ in told(findings, "answer")] == ["green"]
    assert [one for one, _ in told(findings, "numbers")] == ["green"]
    assert [one for one, _ in told(findings, "clock")] == ["green"]
    assert [one for one, _ in told(findings, "alerts")] == ["green"]
    # A name of this machine only, and a certificate that tests have made for two days: nobody outside could call.
    assert {one["check"] for one in findings if one["colour"] == "red"} == {"address", "certificate"}
    assert code == 1


NAMED = {mistake: cause.replace("_", " ") for mistake, (cause, _) in MISTAKES.items() if mistake != "old token"}


@pytest.mark.parametrize("mistake", NAMED)
def test_each_mistake_is_named(mistake: str, examined: Any) -> None:
    code, findings = examined(MISTAKES[mistake][1])
    red = [words for colour, words in told(findings, "test call") if colour == "red"]
    assert len(red) == 1, findings
    assert f": {NAMED[mistake]}. " in red[0]
    assert code == 1


def test_an_old_token_here_is_named_by_the_account(examined: Any) -> None:
    _, findings = examined(MISTAKES["old token"][1])
    [(colour, words)] = told(findings, "numbers")
    assert colour == "red"
    assert "does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN" in words


def test_an_old_token_of_the_server_alone_is_named_by_the_call(examined: Any) -> None:
    _, findings = examined(Setup(signs="4" * 32), token="4" * 32)
    [(colour, words)] = told(findings, "test call")
    assert colour == "red"
    assert ": token. " in words
    assert "TWILIO_AUTH_TOKEN" in words
    assert [one for one, _ in told(findings, "numbers")] == ["green"]
