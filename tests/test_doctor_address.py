"""What the doctor finds at the public address, which part of it differs, and what the debugger's codes mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback import Dated, answering, colours
from own_ca import OwnCA
from twilio_account import ca

from ivr.doctor import Check, found_by, public
from ivr.doctor.debugger import alerts, codes
from ivr.doctor.spelling import why_refused
from ivr.provider import Alert
from ivr.softphone import OverHttp

__all__ = ["ca"]

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
PAGE = Path(__file__).parents[1] / "docs/twilio.md"


class Line(BaseHTTPRequestHandler):
    """The line's own pages of health, or a redirect."""

    ready, location = "ready, release 0c1a26cc191f\n", ""

    def do_GET(self) -> None:
        body = (b"ok\n" if self.path == "/healthz" else self.ready.encode()) if not self.location else b""
        self.send_response(301 if self.location else 200)
        if self.location:
            self.send_header("Location", self.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


def test_the_line_behind_its_address_is_known_by_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(Line) as base:
        assert colours(public.answer(base, OverHttp(), NOW, "0c1a26cc191f")) == ["green"]
        assert colours(public.answer(base, OverHttp(), NOW, "ffffffffffff")) == ["yellow"]
        monkeypatch.setattr(Line, "ready", "ready, release 0c1a26cc191f\ndegraded: the store: gone\n")
        assert colours(public.answer(base, OverHttp(), NOW, "")) == ["green", "yellow"]


def test_a_redirect_and_another_program_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(Line) as base:
        monkeypatch.setattr(Line, "location", "https://www.example.gov/")
        [one] = public.answer(base, OverHttp(), NOW, "")
        assert (one.colour, one.says) == ("red", f"{base} redirects to https://www.example.gov/.")
    with answering(Dated) as base:
        [one] = public.answer(base, OverHttp(), NOW, "")
        assert (one.colour, "with 404, and it is not the line" in one.says) == ("red", True)


def test_nothing_at_the_address_is_wrong_not_unknown() -> None:
    [one] = found_by(Check("answer", lambda: public.answer("http://127.0.0.1:9", OverHttp(), NOW, "")))
    assert one.colour == "red"
    assert "(the provider says 11202)" in one.says


def test_certificates_are_named_by_what_is_wrong_with_them(ca: OwnCA, monkeypatch: pytest.MonkeyPatch) -> None:
    real_now = datetime.now(UTC)
    with answering(Line, ca) as base:
        [stranger] = public.certificate(base, real_now, 5)
        assert (stranger.colour, "does not lead to an authority that is trusted here" in stranger.says) == ("red", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(ca.file))
        [good] = public.certificate(base, real_now, 5)
        assert (good.colour, "is good for 29 days" in good.says) == ("green", True)
        assert colours(public.certificate(base, real_now + timedelta(days=12), 5)) == ["yellow"]
        assert colours(public.certificate(base, real_now + timedelta(days=25), 5)) == ["red"]
    with answering(Line, ca, "other.example.gov") as base:
        [other] = public.certificate(base, real_now, 5)
        assert (other.colour, "is for another name" in other.says) == ("red", True)
    with answering(Line) as base:
        [plain] = public.certificate(base.replace("http:", "https:"), real_now, 5)
        assert (plain.colour, "does not speak TLS" in plain.says) == ("red", True)
        [unencrypted] = public.certificate(base, real_now, 5)
        assert (unencrypted.colour, "is http" in unencrypted.says) == ("red", True)


# --- which part differs

ASKED = "https://line.example.gov:8443/ivr/voice"


@pytest.mark.parametrize(
    ("checks_for", "cause"),
    [
        ("http://line.example.gov:8443/ivr/voice", "scheme"),
        ("https://line.example.gov/ivr/voice", "missing_port"),
        ("https://line.example.gov:5000/ivr/voice", "port"),
        ("https:///ivr/voice", "doubled_port"),
        ("https://127.0.0.1:5000/ivr/voice", "host"),
        ("https://line.example.gov:8443/voice", "prefix"),
        ("https://line.example.gov:8443/ivr/voice/", "slash"),
        ("http://line.example.gov/voice", "scheme"),
        ("https://old.example.gov/voice", "host"),
        ("https://nobody.knows.example/voice", "token"),
    ],
)
def test_a_line_is_asked_until_the_part_that_differs_is_known(checks_for: str, cause: str) -> None:
    def accepts(asked: str, signed: str, headers: Mapping[str, str]) -> bool:
        return (asked, signed) == (ASKED, checks_for)

    found = why_refused(ASKED, ["https://old.example.gov/voice"], accepts)
    assert found.cause == cause
    if cause in ("scheme", "host", "prefix"):
        assert "Set IVR_PUBLIC_URL to https://line.example.gov:8443/ivr" in found.remedy


def test_a_line_that_answers_at_another_path_is_found() -> None:
    found = why_refused(
        "https://line.example.gov/voice/",
        [],
        lambda asked, signed, headers: asked == signed == "https://line.example.gov/voice",
    )
    assert found.cause == "slash"


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
def test_a_line_that_believes_strangers_is_found(header: str) -> None:
    def accepts(asked: str, signed: str, headers: Mapping[str, str]) -> bool:
        return header in headers and signed != asked

    found = why_refused(ASKED, [], accepts)
    assert found.cause == "forwarded"
    assert f"The line believes {header} of whoever asks" in found.sentence


# --- the debugger


def alert(code: int, level: str = "error", hour: int = 15) -> Alert:
    """An alert about /voice."""
    return Alert(NOW.replace(hour=hour), level, code, "POST", "/voice", "Bad Gateway", "CA" + "1" * 32)


def test_alerts_are_told_once_a_code_with_what_to_do() -> None:
    found = list(alerts([alert(11217), alert(12200, "warning"), alert(11217, hour=9)], 1))
    assert colours(found) == ["red", "yellow"]
    assert found[0].says == (
        "11217 The line answered with an error (4xx or 5xx). 403 is a refused signature, 404 a wrong path, 502 and 504 "
        f"a line that is gone. 2 times, last 2026-11-24 15:00 UTC at /voice (call CA{'1' * 32})."
    )
    assert found[0].remedy == "ivr doctor names what differs; the server's log does, too."


def test_a_code_that_nobody_has_written_down_is_told_with_where_to_read_on() -> None:
    [one] = alerts([alert(99999)], 1)
    assert one.says.startswith("99999: Bad Gateway; once,")
    assert one.remedy == "https://www.twilio.com/docs/api/errors/99999"


def test_no_alert_is_well() -> None:
    assert colours(alerts([], 1)) == ["green"]


def test_the_page_has_the_same_codes_as_the_doctor() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| 1") or line[:3] == "| 2"
    ]
    assert rows == [f"| {one.number} | {one.meaning} | {one.cause} | {one.remedy} |" for one in codes().values()]
    assert list(codes()) == sorted(codes())
