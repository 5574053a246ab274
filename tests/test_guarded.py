"""What is refused before it is looked into: long bodies, odd methods and encodings, figures without their token."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from fuzz.requests import Fuzzed
from test_settings import PRODUCTION
from webhooks import Provider, action, tiny_line
from werkzeug.test import run_wsgi_app

from ivr.answering import LONGEST_BODY, app_for
from ivr.brokers import MemoryDirectory
from ivr.settings import load_settings
from ivr.store import Store
from ivr.wiring import line_of, real_clock

FORM = "application/x-www-form-urlencoded"


class NeverRead:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = readlines = read


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider(tiny_line())


@pytest.mark.parametrize("path", ["/voice", "/voice/turn?s=x", "/healthz", "/nowhere"])
def test_a_body_that_says_it_is_too_long_is_refused_without_being_read(provider: Provider, path: str) -> None:
    response = provider.client.post(
        path,
        content_type=FORM,
        headers={"Content-Length": str(LONGEST_BODY + 1)},
        environ_overrides={"wsgi.input": NeverRead(), "CONTENT_LENGTH": str(LONGEST_BODY + 1)},
    )
    assert (response.status_code, response.text) == (413, "Request Entity Too Large\n")
    assert response.content_type.startswith("text/plain")


def test_a_body_without_a_length_is_read_no_further_than_the_longest(provider: Provider) -> None:
    environ = Fuzzed("POST", "/voice", FORM, b"a=" + b"x" * 4_000_000, chunked=True).environ()
    answer, status, _ = run_wsgi_app(provider.app.wsgi_app, environ, buffered=True)
    assert (status, b"".join(answer)) == ("413 REQUEST ENTITY TOO LARGE", b"Request Entity Too Large\n")
    assert environ["wsgi.input"].tell() <= 2 * LONGEST_BODY


def test_a_short_body_without_a_length_is_a_webhook_like_any_other(provider: Provider) -> None:
    request = Fuzzed("POST", "/voice", FORM, urlencode(provider.fields()).encode(), chunked=True)
    answer, status, _ = run_wsgi_app(provider.app.wsgi_app, request.signed().environ(), buffered=True)
    assert status == "200 OK"
    assert b"<Gather" in b"".join(answer)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/json", "text/plain", "text/xml"])
def test_a_body_that_is_no_form_is_refused(provider: Provider, kind: str) -> None:
    nameless = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"
    response = provider.client.post("/voice", data=nameless, content_type=kind)
    assert response.status_code == 415
    assert b"<" not in response.data


@pytest.mark.parametrize("query", ["\xff", "s=\xfe\xff", "a=1&\xe9"])
def test_an_address_that_is_not_utf_8_is_refused_and_gets_no_twiml(provider: Provider, query: str) -> None:
    response = provider.client.post(
        "/voice/turn", content_type=FORM, environ_overrides={"QUERY_STRING": query, "RAW_URI": f"/voice/turn?{query}"}
    )
    assert (response.status_code, response.text) == (400, "the address cannot be read\n")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused_plainly_and_take_no_turn(provider: Provider, method: str) -> None:
    response = provider.send("/voice", provider.fields(CallSid="CA" + "7" * 32), method=method)
    assert response.status_code == 405
    assert response.content_type.startswith("text/plain")
    assert provider.line.store.events_of("CA" + "7" * 32) == ()


@pytest.mark.parametrize("path", ["/nowhere", "/voice/", "//voice", "/voice//turn", "/voice/../../etc/passwd"])
def test_what_is_not_found_says_so_in_two_words_and_leads_nowhere(provider: Provider, path: str) -> None:
    response = provider.client.get(path, base_url="http://localhost")
    assert (response.status_code, response.text) == (404, "Not Found\n")


@pytest.mark.parametrize(
    ("duration", "kept"), [("61", 61), ("9" * 64, None), ("-1", None), ("١٢", None), ("1.5", None), ("", None)]
)
def test_a_duration_that_cannot_be_is_not_kept(provider: Provider, duration: str, kept: int | None) -> None:
    sid = f"CA{abs(hash(duration)):032x}"
    response = provider.send(
        "/voice/status", provider.fields(CallSid=sid, CallStatus="completed", CallDuration=duration)
    )
    assert response.status_code == 204
    assert provider.line.store.statuses_of(sid)[0].duration_s == kept


@pytest.mark.parametrize("status", ["\0", "x" * 64, "<b>", "Completed", "9990000199"])
def test_a_status_that_is_no_word_of_the_provider_is_kept_as_unknown(provider: Provider, status: str) -> None:
    sid = f"CA{abs(hash(status)):032x}"
    provider.send("/voice/status", provider.fields(CallSid=sid, CallStatus=status))
    assert provider.line.store.statuses_of(sid)[0].status == "unknown"


def test_more_digits_than_an_entry_can_have_are_cut_and_break_nothing(provider: Provider) -> None:
    asked = provider.post(action(provider.post("/voice")), Digits="1")
    said = provider.post(action(asked), Digits="1234567890" * 3)
    assert "technical problem" not in said.text
    assert said.status_code == 200


def production_client(tmp_path: Path, **more: str) -> FlaskClient:
    settings = load_settings({**PRODUCTION, "IVR_DATABASE_URL": "sqlite://", **more}, tmp_path)
    store = Store("sqlite://")
    store.create_tables()
    return app_for(line_of(settings, store, MemoryDirectory([]), real_clock)).test_client()


def test_in_production_figures_are_for_whoever_has_the_token(tmp_path: Path) -> None:
    client = production_client(tmp_path, IVR_METRICS_TOKEN="figures-word")
    assert client.get("/metrics", headers={"Authorization": "Bearer figures-word"}).status_code == 200
    for given in ("", "Bearer", "Bearer figures-wor", "Bearer figures-word2", "Basic figures-word", "Bearer \xe9"):
        refused = client.get("/metrics", headers={"Authorization": given})
        assert refused.status_code == 403
        assert "ivr_turns" not in refused.text


def test_in_production_without_a_token_nobody_sees_figures(tmp_path: Path) -> None:
    client = production_client(tmp_path)
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 403
    assert client.get("/healthz").status_code == 200


def test_in_development_figures_are_open(provider: Provider) -> None:
    assert provider.client.get("/metrics").status_code == 200


def test_forwarded_headers_change_nothing(provider: Provider) -> None:
    fields = provider.fields()
    forwarded = {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "http", "Forwarded": "host=elsewhere"}
    assert provider.send("/voice", fields, headers=forwarded).status_code == 200
    response = provider.client.post("/voice", data=urlencode(fields), content_type=FORM, headers=forwarded)
    assert response.status_code == 403
