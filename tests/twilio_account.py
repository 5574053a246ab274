"""Fixtures for tests that meet the provider's API: its stand-in, and a project that knows its credentials.

Imported by name in the tests that need them; whatever a request did that is not documented fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from own_ca import OwnCA
from projects import tiny_project
from twilio_stand_in import SID, TOKEN, TwilioStandIn

URL = "https://line.example.gov"
NUMBER = "+18445208695"
STATIC = "static.example.gov"


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> OwnCA:
    """An authority for all tests of a run."""
    return OwnCA(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def twilio(ca: OwnCA, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStandIn]:
    """The account, with our number in it; this process's environment leads there."""
    stand_in = TwilioStandIn(ca, {STATIC: lambda _: None})
    stand_in.add_number(NUMBER, "Broker Line")
    for name in ("https_proxy", "no_proxy", "ALL_PROXY", "all_proxy", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with stand_in.running() as environment:
        for name, value in {**environment, "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The smallest line, in a folder of its own."""
    return tiny_project(tmp_path / "line")
