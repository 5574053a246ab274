"""Webhooks of many callers who each press a key, signed and written down beforehand, as bytes to be sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from ivr import engine
from ivr.address import AddressKeys, Layout, seal
from ivr.call import CallSession
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.softphone.fields import standard_fields
from ivr.softphone.signing import signature
from ivr.turns.live import layout_of

PUBLIC_URL = "https://line.example.gov"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT_SID = "AC" + "0" * 32
SECRET_KEY = "YnJva2VyIGxpbmUgYmVuY2htYXJrIGtleSAzMiBieXQ="
NUMBER = "+18445208695"

ENVIRONMENT = {
    "IVR_ENV": "production",
    "IVR_PUBLIC_URL": PUBLIC_URL,
    "IVR_SECRET_KEYS": SECRET_KEY,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
}
"""The settings of a line that takes these webhooks for the provider's."""


@dataclass(frozen=True)
class FirstMenu:
    """Where each caller stands: at the first menu of an open line."""

    release: Release
    layout: Layout
    session: CallSession
    keys: AddressKeys

    def token(self, call_sid: str) -> str:
        """The session of a call, as our own address has it."""
        return seal(self.session, call_sid, self.keys, self.layout)


def first_menu(project: Path) -> FirstMenu:
    """The first menu of a project's line."""
    release = load_release(read_files(project))
    begun = engine.begin(release, release.flow_for(NUMBER), datetime.now(UTC))
    session = replace(begun, step="first_menu", facts={**begun.facts, "line": "open"}, turn=1)
    return FirstMenu(release, layout_of(release), session, AddressKeys([SECRET_KEY]))


def webhook(menu: FirstMenu, key: str, call_sid: str) -> bytes:
    """One caller's key, as the provider's POST."""
    caller = f"+1612555{secrets.randbelow(10_000):04}"
    form = standard_fields(
        call_sid=call_sid,
        account_sid=ACCOUNT_SID,
        caller=caller,
        dialled=NUMBER,
        status="in-progress",
        direction="inbound",
    ) | {"Digits": key, "FinishedOnKey": "", "msg": "Gather End"}
    address = f"/voice/turn?s={menu.token(call_sid)}"
    body = urlencode(form).encode()
    head = (
        f"POST {address} HTTP/1.1\r\nHost: line.example.gov\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"X-Twilio-Signature: {signature(PUBLIC_URL + address, form.items(), AUTH_TOKEN)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def webhooks(menu: FirstMenu, key: str, calls: int) -> Iterator[bytes]:
    """A key of each of so many callers, every one on a call of their own."""
    for _ in range(calls):
        yield webhook(menu, key, f"CA{secrets.token_hex(16)}")


def write(file: Path, requests: Iterator[bytes]) -> Path:
    """Requests in a file as `replay.lua` reads them."""
    with file.open("wb") as out:
        for request in requests:
            out.write(b"%08d" % len(request) + request)
    return file
