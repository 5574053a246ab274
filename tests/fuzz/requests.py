"""Requests to the webhooks: a real call's next one, and everything that can be wrong with it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, quote_from_bytes, unquote_to_bytes, urlencode, urlsplit

from fuzz.texts import changed, odd_bytes, odd_text
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL
from ivr.softphone.signing import signature

FORM = "application/x-www-form-urlencoded"
ROUTES = (
    "/voice",
    "/voice/turn",
    "/voice/dialled",
    "/voice/whisper",
    "/voice/taken",
    "/voice/status",
    "/voice/fallback",
)
METHODS = ("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "post", "G\u00c4T", "")
TYPES = (
    "",
    "text/plain",
    "application/json",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\u00e9",
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=latin-1",
    f"{FORM}; charset=rot13",
    "x" * 3_000,
    ";;;",
)
STATUSES = ("ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled", "queued")
DIAL_STATUSES = ("completed", "answered", "busy", "no-answer", "failed", "canceled", "lost")
FIELDS = (
    "CallSid",
    "AccountSid",
    "ParentCallSid",
    "From",
    "To",
    "CallStatus",
    "CallDuration",
    "Digits",
    "FinishedOnKey",
    "DialCallStatus",
    "DialBridged",
    "DialCallDuration",
    "ErrorCode",
    "ErrorUrl",
    "FromCity",
    "SomethingNew",
)


@dataclass
class FuzzedCall:
    """One call of a batch: who calls, and the addresses we have been given for it, the newest last."""

    call_sid: str
    caller: str
    addresses: list[str] = field(default_factory=lambda: [f"{BASE_URL}/voice"])


class BrokenBody(BytesIO):
    """A body whose reading fails in a way of the server's own."""

    def read(self, size: int | None = -1) -> bytes:
        raise RuntimeError("chunks that are none")

    def readinto(self, buffer: object) -> int:
        raise RuntimeError("chunks that are none")


@dataclass(frozen=True)
class Fuzzed:
    """One request as a server hands it over.

    Args:
        target: raw path and query.
        is_ours: the method, path and form are what the provider sends; only values are odd.
        chunked: the body has no length of its own.
        breaks: reading the body fails, as a server's does for chunks that are none or a sender who has left.
    """

    method: str
    target: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    length: str | None = None
    chunked: bool = False
    breaks: bool = False

    def signed(self, token: str = AUTH_TOKEN) -> Fuzzed:
        """With the signature that the provider would give to just this."""
        form: list[tuple[str, str]] = []
        if self.method == "POST" and self.content_type.startswith(FORM):
            form = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
        # A body has no letter that stands alone for half of another; the provider cannot send one either.
        if not self.target.startswith("/"):
            return self  # what follows a host without a slash is more of the host, and nothing of ours to sign
        text = (BASE_URL + self.target).encode("utf-8", "replace").decode()
        clean = [
            (name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode())
            for name, value in form
        ]
        return replace(self, headers=(*self.headers, ("X-Twilio-Signature", signature(text, clean, token))))

    def environ(self, **more: Any) -> dict[str, Any]:
        """The WSGI environ that gunicorn would make of it."""
        raw = self.target.encode("utf-8", "surrogatepass").decode("latin-1")
        path, _, query = raw.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "RAW_URI": raw,
            "PATH_INFO": _unquoted(path),
            "SCRIPT_NAME": "",
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.content_type.encode("utf-8", "replace").decode("latin-1"),
            "HTTP_HOST": urlsplit(BASE_URL).netloc,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BrokenBody() if self.breaks else BytesIO(self.body),
            "wsgi.errors": None,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            **more,
        }
        if not self.chunked:
            environ["CONTENT_LENGTH"] = str(len(self.body)) if self.length is None else self.length
        else:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        for name, value in self.headers:
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.encode("utf-8", "replace").decode("latin-1")
        return environ


def next_request(call: FuzzedCall, chance: random.Random, keyed: str) -> Fuzzed:
    """What the provider would ask next, with these keys."""
    fields = {
        "CallSid": call.call_sid,
        "AccountSid": ACCOUNT_SID,
        "From": call.caller,
        "To": "+18445208695",
        "CallStatus": "in-progress",
        "Direction": "inbound",
    }
    address = call.addresses[-1] if chance.random() < 0.85 else chance.choice(call.addresses)
    if "/dialled" in address:
        fields |= {"DialCallStatus": chance.choice(DIAL_STATUSES), "DialBridged": chance.choice(("true", "false", ""))}
    elif keyed:
        fields["Digits"] = keyed
    target = address.removeprefix(BASE_URL)
    if chance.random() < 0.1:
        return Fuzzed("GET", f"{target}{'&' if '?' in target else '?'}{urlencode(fields)}", "", b"")
    return Fuzzed("POST", target, FORM, urlencode(fields).encode())


def _with_odd_field(request: Fuzzed, chance: random.Random) -> Fuzzed:
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    for _ in range(chance.randrange(1, 4)):
        name = chance.choice(FIELDS) if chance.random() < 0.9 else odd_text(chance)
        values = (odd_text(chance), chance.choice(STATUSES), chance.choice(DIAL_STATUSES), fields.get("Digits", "1"))
        fields[name] = chance.choice(values)
        if chance.random() < 0.1:
            del fields[name]
    return replace(request, body=urlencode(fields, errors="replace").encode())


def _with_changed_body(request: Fuzzed, chance: random.Random) -> Fuzzed:
    return replace(request, body=changed(request.body, chance) if chance.random() < 0.6 else odd_bytes(chance))


def _with_huge_field(request: Fuzzed, chance: random.Random) -> Fuzzed:
    huge = chance.choice((b"9", b"a", b"%ff", b"&a=", b"&", b"%", b"\xff")) * chance.choice(
        (900, 9_000, 22_000, 70_000)
    )
    return replace(request, body=request.body + b"&" + chance.choice(FIELDS).encode() + b"=" + huge)


def _with_odd_method(request: Fuzzed, chance: random.Random) -> Fuzzed:
    return replace(request, method=chance.choice(METHODS))


def _with_odd_type(request: Fuzzed, chance: random.Random) -> Fuzzed:
    if chance.random() < 0.7:
        return replace(request, content_type=chance.choice(TYPES))
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="'
        + quote(name).encode()
        + b'"\r\n\r\n'
        + value.encode()
        + b"\r\n"
        for name, value in parse_qsl(request.body.decode())
    )
    body = parts + b"--b--\r\n"
    return replace(
        request,
        content_type="multipart/form-data; boundary=b",
        body=body if chance.random() < 0.5 else changed(body, chance),
    )


def _with_changed_token(request: Fuzzed, chance: random.Random) -> Fuzzed:
    path, mark, query = request.target.partition("?s=")
    if not mark:
        token = quote_from_bytes(odd_bytes(chance))
    elif chance.random() < 0.5:
        at = chance.randrange(len(query) + 1)
        token = (
            query[:at] + chance.choice("ABCxyz019-_=%&.") * chance.randrange(1, 3) + query[at + chance.randrange(2) :]
        )
    else:
        token = quote_from_bytes(changed(query.encode(), chance))
    path = chance.choice(ROUTES) if chance.random() < 0.3 else path
    return replace(request, target=f"{path}?s={token}")


def _with_odd_target(request: Fuzzed, chance: random.Random) -> Fuzzed:
    odd = (
        quote(odd_text(chance), errors="replace"),
        odd_text(chance).replace("?", ""),
        "/../../etc/passwd",
        "//",
        "/%2e%2e/%2e%2e/",
        "/%00",
        "?" + "&".join("s=1" for _ in range(300)),
        "?" + "a" * 4_000,
        "?s=%ff%fe&s=&=",
        "?\xff\xfe",
    )
    base = chance.choice((*ROUTES, "", "/healthz", "/readyz", "/phone", "/static/x"))
    return replace(request, target=base + chance.choice(odd))


def _with_odd_header(request: Fuzzed, chance: random.Random) -> Fuzzed:
    odd = (
        ("Host", odd_text(chance)),
        ("X-Forwarded-For", odd_text(chance)),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Host", "elsewhere.example"),
        ("Cookie", odd_text(chance)),
        ("Accept", odd_text(chance)),
        ("Authorization", "Basic " + odd_text(chance)),
        ("I-Twilio-Idempotency-Token", odd_text(chance)),
        ("Expect", "100-continue"),
        ("Range", "bytes=0-1,-9999999"),
        ("If-None-Match", "*"),
    )
    lengths = ("-1", "x", "99999999999999999999", "1", "", "0x10", "\u0661")
    return replace(
        request,
        headers=(*request.headers, chance.choice(odd)),
        length=chance.choice(lengths) if chance.random() < 0.3 else None,
        chunked=chance.random() < 0.2,
        breaks=chance.random() < 0.1,
    )


def _as_it_is(request: Fuzzed, chance: random.Random) -> Fuzzed:
    return request


Change = Callable[[Fuzzed, random.Random], Fuzzed]
CHANGES: tuple[tuple[int, Change], ...] = (
    (30, _as_it_is),
    (20, _with_odd_field),
    (12, _with_changed_token),
    (10, _with_changed_body),
    (8, _with_odd_target),
    (6, _with_odd_type),
    (6, _with_odd_header),
    (4, _with_odd_method),
    (2, _with_huge_field),
)
"""How often each, in a hundred."""


def fuzzed_request(call: FuzzedCall, chance: random.Random, keyed: str) -> tuple[Fuzzed, bool]:
    """The next request with one thing changed, now and then two; and whether it is signed for what it says."""
    request = next_request(call, chance, keyed)
    for _ in range(2 if chance.random() < 0.15 else 1):
        [change] = chance.choices([change for _, change in CHANGES], [weight for weight, _ in CHANGES])
        try:
            request = change(request, chance)
        except UnicodeDecodeError:
            continue  # the body is no text any more, so it has no fields to change
    roll = chance.random()
    if roll < 0.8:
        signed = request.signed()
        return signed, signed is not request
    if roll < 0.9:
        return request.signed("another token"), False
    given = (odd_text(chance),) if roll < 0.95 else ()
    return replace(request, headers=(*request.headers, *(("X-Twilio-Signature", text) for text in given))), False


def _unquoted(path: str) -> str:
    """Percent signs taken away, as a server does: bytes shown as Latin letters."""
    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
