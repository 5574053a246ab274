"""Signed webhooks by hand, for tests that look at one request at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from flask import Flask
from tiny_line import tiny_files
from werkzeug.test import TestResponse

from ivr.answering import app_for
from ivr.brokers import MemoryDirectory, read_brokers
from ivr.flow.load import load_release
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line
from ivr.softphone.signing import signature
from ivr.wiring import Line

CENTRAL = ZoneInfo("America/Chicago")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=CENTRAL)
CALL = "CA" + "1" * 32
OTHER_CALL = "CA" + "2" * 32
BROKERS = b"""\
npn,first_name,last_name,certified_from,certified_through,training_completed_on,license_active,status,agency
99900001,Ann,Sample,2026-09-01,2027-10-31,2026-08-20,yes,active,Sample Agency
99900004,Dan,Sample,2026-09-01,2027-10-31,2026-08-20,yes,suspended,Sample Agency
"""


def tiny_line(**changes: Any) -> Line:
    """A line over the tiny project; `changes` go to `rehearsal_line`."""
    return rehearsal_line(load_release(tiny_files()), read_brokers(BROKERS, "brokers.csv").records, **changes)


class Provider:
    """One call's webhooks, signed as the provider signs them."""

    def __init__(self, line: Line, call_sid: str = CALL, moment: datetime = TUESDAY) -> None:
        self.line, self.call_sid, self.moment = line, call_sid, moment
        self.app: Flask = app_for(line)
        self.client = self.app.test_client()

    def fields(self, **fields: str) -> dict[str, str]:
        """The fields that every request has, and these."""
        return {
            "CallSid": self.call_sid,
            "AccountSid": ACCOUNT_SID,
            "From": "+16125550199",
            "To": "+18445208695",
            "CallStatus": "in-progress",
            "Direction": "inbound",
            **fields,
        }

    def post(self, address: str = "/voice", **fields: str) -> TestResponse:
        """A signed POST to a path, or to a whole address of ours."""
        return self.send(address, self.fields(**fields))

    def send(
        self,
        address: str,
        fields: Mapping[str, str],
        *,
        token: str = AUTH_TOKEN,
        signed_for: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Any request; `signed_for` is the address that was signed, if not the one asked for."""
        target = address.removeprefix(BASE_URL)
        form = list(fields.items()) if method == "POST" else []
        if method == "GET":
            target = f"{target}{'&' if '?' in target else '?'}{urlencode(fields)}"
        given = signature(BASE_URL + (signed_for or target), form, token)
        return self.client.open(
            target,
            method=method,
            data=urlencode(fields) if method == "POST" else None,
            content_type="application/x-www-form-urlencoded" if method == "POST" else None,
            headers={"X-Twilio-Signature": given, **(headers or {})},
            environ_overrides={"ivr.moment": self.moment},
        )


def action(response: TestResponse) -> str:
    """The action address of a document's gather or dial."""
    found = re.search(r'action="([^"]+)"', response.text)
    assert found, response.text
    return found[1].replace("&amp;", "&")


def path_of(address: str) -> str:
    """An address without its host."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def directory_of(rows: bytes) -> MemoryDirectory:
    """A directory of brokers from CSV."""
    return MemoryDirectory(read_brokers(rows, "brokers.csv").records)


def words(response: TestResponse) -> str:
    """Everything a document says, in order."""
    assert response.status_code == 200
    assert response.content_type == "text/xml; charset=utf-8"
    return " ".join(" ".join(ElementTree.fromstring(response.data).itertext()).split())
