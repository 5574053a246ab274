"""Refused webhooks: counted by cause, told once loudly and then in measure, and a browser is told what it looks at."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from playwright.sync_api import sync_playwright
from test_phone_browser import FLAGS, chromium
from test_settings import PRODUCTION
from webhooks import Provider, tiny_line
from werkzeug.serving import make_server

from ivr.answering import app_for
from ivr.brokers import MemoryDirectory
from ivr.errors import WebhookRefused
from ivr.log import set_up_logging
from ivr.settings import load_settings
from ivr.softphone.signing import signature
from ivr.store import Store
from ivr.voice.refusals import EACH_S, IN_HAND, Refusals
from ivr.voice.verified import Verifier
from ivr.wiring import line_of, real_clock

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
Records = Callable[[], list[dict[str, object]]]


@pytest.fixture
def told() -> Iterator[Records]:
    """What the log says of refusals, as JSON has it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging(production=True, stream=stream)
    refused = "a request to a voice route was refused"
    yield lambda: [
        record for line in stream.getvalue().splitlines() if (record := json.loads(line))["event"] == refused
    ]
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


def counted(provider: Provider, cause: str) -> float:
    """How many requests were refused for a cause, by the figures."""
    text = provider.client.get("/metrics").text
    found = re.search(rf'^ivr_refused_total{{cause="{cause}"}} (\S+)', text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_refusal_is_told_with_what_differs_and_what_to_do(provider: Provider, told: Records) -> None:
    before = counted(provider, "scheme")
    given = signature("http://rehearsal.invalid/voice", provider.fields().items(), "rehearsal")
    answer = provider.client.post("/voice", data=provider.fields(), headers={"X-Twilio-Signature": given})
    assert answer.status_code == 403
    (record,) = told()
    assert record["level"] == "error"
    assert record["cause"] == "scheme"
    assert record["why"] == (
        "The provider signed http://rehearsal.invalid/voice, but the line checks for "
        "https://rehearsal.invalid/voice: the scheme is http, not https."
    )
    assert str(record["remedy"]).startswith("Set IVR_PUBLIC_URL to http://rehearsal.invalid,")
    assert counted(provider, "scheme") == before + 1


def test_the_answer_tells_nothing(provider: Provider) -> None:
    given = signature("http://rehearsal.invalid/voice", provider.fields().items(), "rehearsal")
    answer = provider.client.post("/voice", data=provider.fields(), headers={"X-Twilio-Signature": given})
    assert answer.text == "the signature is not the provider's for this address and these fields\n"


def test_neither_token_nor_signature_nor_field_nor_session_is_logged(provider: Provider, told: Records) -> None:
    fields = provider.fields(Digits="99900001#")
    for signed in ("http://rehearsal.invalid/voice/turn?s=gAAAAASESSION99900001", "https://elsewhere.example/voice"):
        given = signature(signed, fields.items(), "rehearsal")
        provider.client.post(
            "/voice/turn?s=gAAAAASESSION99900001",
            data=fields,
            headers={"X-Twilio-Signature": given, "Host": "h.example"},
        )
        text = json.dumps(told())
        assert "cause" in text
        for private in (given, "99900001", "gAAAA", "16125550199", fields["CallSid"], '"rehearsal"'):
            assert private not in text


def test_the_first_is_loud_and_so_is_the_first_of_each_proven_cause(provider: Provider, told: Records) -> None:
    fields = provider.fields()

    def post(signed: str | None) -> None:
        given = {"X-Twilio-Signature": signature(signed, fields.items(), "rehearsal")} if signed else {}
        provider.client.post("/voice", data=fields, headers=given)

    for signed in (None, None, "http://rehearsal.invalid/voice", "http://rehearsal.invalid/voice", None):
        post(signed)
    assert [(record["level"], record["cause"]) for record in told()] == [
        ("error", "unsigned"),
        ("warning", "unsigned"),
        ("error", "scheme"),
        ("warning", "scheme"),
        ("warning", "unsigned"),
    ]


def test_a_flood_is_counted_and_told_in_measure(told: Records) -> None:
    now = [0.0]
    refusals = Refusals(Verifier(["token"], None, "https://line.example.gov"), lambda: now[0])
    app = Flask("flood")
    trouble = WebhookRefused("not signed", cause="signature")
    with app.test_request_context("/voice", method="POST", headers={"X-Twilio-Signature": "A" * 27 + "="}):
        for _ in range(1000):
            refusals.note(request, trouble)
        assert len(told()) == IN_HAND
        now[0] += EACH_S
        refusals.note(request, trouble)
    assert len(told()) == IN_HAND + 1
    assert told()[-1]["not_told"] == 1000 - IN_HAND


@pytest.mark.parametrize(
    ("path", "cause"), [("/voice/", "slash"), ("/voice//turn", "slash"), ("/ivr/voice/turn", "prefix")]
)
def test_an_address_that_is_nearly_ours_is_told(provider: Provider, told: Records, path: str, cause: str) -> None:
    assert provider.send(path, provider.fields()).status_code == 404
    (record,) = told()
    assert record["cause"] == cause
    assert str(record["why"]).startswith(f"The line was asked for {path}, but answers at /voice")
    assert f"https://rehearsal.invalid{'/ivr' if cause == 'prefix' else ''}" in str(record["remedy"])


@pytest.mark.parametrize("path", ["/voice/", "/voice//turn", "/set/it/to/this/voice"])
@pytest.mark.parametrize(("signed", "cause"), [("", "unsigned"), ("x", "unsigned"), ("A" * 27 + "=", "token")])
def test_a_stranger_who_asks_for_nearly_ours_wakes_nobody(
    provider: Provider, told: Records, path: str, signed: str, cause: str
) -> None:
    """The alert about refused webhooks goes by the cause, so a cause in the address takes the provider's signature."""
    before = counted(provider, cause)
    given = {"X-Twilio-Signature": signed} if signed else {}
    for answer in (provider.client.post(path, data=provider.fields(), headers=given), provider.client.get(path)):
        assert answer.status_code == 404
    assert [record["cause"] for record in told()] == [cause, "unsigned"]
    assert not any("/set/it/to/this" in str(record["remedy"]) for record in told())
    assert counted(provider, cause) == before + (2 if cause == "unsigned" else 1)


@pytest.mark.parametrize("body", [b"\xff=%00&" * 5000, b"{}", b"a=\xed\xa0\x80"])
def test_whatever_is_sent_to_nearly_ours_is_not_found(provider: Provider, told: Records, body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", ""):
        headers = {"X-Twilio-Signature": "A" * 27 + "="}
        assert provider.client.post("/a/voice", data=body, content_type=kind, headers=headers).status_code == 404
        odd = {"QUERY_STRING": "s=\xff\xe9", "RAW_URI": "/a/voice?s=\xff\xe9"}
        assert provider.client.get("/a/voice", headers=headers, environ_overrides=odd).status_code == 404
    assert {record["cause"] for record in told()} <= {"token", "unusable"}


def test_what_is_not_found_elsewhere_is_no_refusal(provider: Provider, told: Records) -> None:
    assert provider.client.get("/favicon.ico").status_code == 404
    assert told() == []


def test_the_wrong_account_is_told(provider: Provider, told: Records) -> None:
    provider.send("/voice", provider.fields(AccountSid="AC" + "9" * 32))
    assert [(record["cause"], record["reason"]) for record in told()] == [
        ("account", "the request is signed but for another account")
    ]


def test_refusing_with_an_explanation_is_bounded(provider: Provider) -> None:
    """And those beyond the limit cost what an ordinary one does."""
    fields = {**provider.fields(), **{f"Extra{number}": "x" * 40 for number in range(30)}}
    forged = {"X-Twilio-Signature": signature("https://x.example/voice", fields.items(), "forged")}

    def seconds(times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            provider.client.post("/voice", data=fields, headers=forged)
        return (time.process_time() - began) / times

    explained = seconds(IN_HAND)
    ordinary = min(seconds(50) for _ in range(3))
    assert explained < 15 * ordinary, (explained, ordinary)


def test_in_development_a_browser_is_told_what_it_looks_at(provider: Provider, told: Records) -> None:
    for path in ("/voice", "/voice/status"):
        answer = provider.client.get(path, headers=HTML)
        assert (answer.status_code, answer.mimetype) == (403, "text/html")
        assert "https://rehearsal.invalid/voice" in answer.text
        assert '<a href="/phone">' in answer.text
    assert told() == []


def test_a_browser_at_nearly_our_address_is_told_that_something_is_too_much(provider: Provider) -> None:
    for path in ("/voice/", "/ivr/voice"):
        answer = provider.client.get(path, headers=HTML)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert f"<code>{path}</code> is not an address of it" in answer.text
        assert "<code>https://rehearsal.invalid/voice</code>, by POST" in answer.text
    assert "&lt;b&gt;" in provider.client.get("/<b>/voice", headers=HTML).text
    assert provider.client.get("/elsewhere", headers=HTML).text == "Not Found\n"


def test_only_a_browser_without_a_signature_is_told(provider: Provider) -> None:
    assert provider.client.get("/voice", headers={**HTML, "X-Twilio-Signature": "x"}).mimetype == "text/plain"
    assert provider.client.get("/voice", headers={"Accept": "*/*"}).mimetype == "text/plain"
    assert provider.client.post("/voice", headers=HTML).mimetype == "text/plain"


def test_in_production_a_browser_is_told_nothing(tmp_path: Path) -> None:
    settings = load_settings({**PRODUCTION, "IVR_DATABASE_URL": "sqlite://"}, tmp_path)
    store = Store("sqlite://")
    store.create_tables()
    client = app_for(line_of(settings, store, MemoryDirectory([]), real_clock)).test_client()
    answer = client.get("/voice", headers=HTML)
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    assert answer.text == "the signature is not the provider's for this address and these fields\n"
    assert client.get("/voice/", headers=HTML).text == "Not Found\n"


@pytest.mark.parametrize("width", [1280, 320])
def test_the_page_for_browsers_fits_every_screen(provider: Provider, width: int) -> None:
    server = make_server("127.0.0.1", 0, provider.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as browsers:
            browser = browsers.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            page = browser.new_page(viewport={"width": width, "height": 700})
            page.goto(f"http://127.0.0.1:{server.port}/voice")
            assert page.get_by_role("heading", level=1).inner_text() == "The line answers here, but not to a browser"
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            browser.close()
    finally:
        server.shutdown()
