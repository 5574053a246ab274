"""Asks for a document as the provider does: signed, redirects followed, cookies kept, failures named by code."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote_plus, urldefrag, urljoin

from ivr.softphone.fields import ProviderHabits
from ivr.softphone.overrides import overrides_of
from ivr.softphone.signing import signature
from ivr.softphone.transports import GARBLED, LARGEST, FetchFailed, Reply, Request, Transport, headers_named
from ivr.softphone.twiml_check import Complaint, Place, check, media_type

MOST_REDIRECTS = 10
GZIP = 31
"""zlib's word for gzip's header and the largest window."""

_SENT_AGAIN = frozenset({307, 308})
_FOLLOWED = frozenset({301, 302, 303}) | _SENT_AGAIN


@dataclass(frozen=True, slots=True)
class Received:
    """One answer of the line, as it came.

    Args:
        url: the address that answered, after redirects.
        call_sid: the leg it was for.
        complaints: what the provider's debugger would show about it.
        parts: names of the spoken parts, in order, when the application told them.
    """

    method: str
    url: str
    call_sid: str
    status: int
    content_type: str | None
    body: bytes
    complaints: tuple[Complaint, ...]
    parts: tuple[str, ...] = ()

    @property
    def failure(self) -> Complaint | None:
        """The first complaint that fails the document, or None."""
        return next((complaint for complaint in self.complaints if complaint.level == "error"), None)


class Asker:
    """The provider's HTTP client during one call.

    Args:
        cookies: name to value, kept for the call; changed in place.
        moment: gives the pretended moment of a request.
    """

    def __init__(
        self,
        transport: Transport,
        auth_token: str,
        habits: ProviderHabits,
        cookies: dict[str, str],
        moment: Callable[[], datetime],
    ) -> None:
        self.transport = transport
        self.habits = habits
        self.cookies = cookies
        self.requests: list[Request] = []
        self.received: list[Received] = []
        self.trace: list[dict[str, Any]] = []
        self.own_complaints: list[Complaint] = []
        self.garbles_next = False
        self._auth_token = auth_token
        self._moment = moment

    def ask(self, url: str, method: str, fields: Mapping[str, str], place: Place) -> Received:
        """A document, or an answer with the complaint that fails it."""
        told = len(self.trace)
        try:
            reply, url = self._follow(url, method, list(fields.items()))
        except FetchFailed as error:
            failed = Complaint(error.code, "error", str(error), url=url)
            received = Received(method, url, fields["CallSid"], 0, None, b"", (failed,))
        else:
            complaints = _status_complaints(reply) or check(reply.body, reply.header("Content-Type"), place)
            received = _readable(
                Received(
                    method,
                    url,
                    fields["CallSid"],
                    reply.status,
                    reply.header("Content-Type"),
                    reply.body,
                    tuple(replace(complaint, url=url) for complaint in complaints),
                    tuple(str(part) for entry in self.trace[told:] for part in entry.get("parts", ())),
                )
            )
        self.received.append(received)
        return received

    def tell(self, url: str, fields: Mapping[str, str]) -> list[Complaint]:
        """A status callback: nothing comes of the answer but a complaint."""
        try:
            reply, url = self._follow(url, "POST", list(fields.items()))
        except FetchFailed as error:
            return [Complaint(15003, "warning", f"The status callback failed: {error}", url=url)]
        kind = media_type(reply.header("Content-Type"))
        if reply.status == 204 or (reply.status == 200 and kind in ("text/xml", "application/xml")):
            return []
        return [Complaint(15003, "warning", f"The status callback was answered {reply.status} {kind}", url=url)]

    def _follow(self, url: str, method: str, form: list[tuple[str, str]]) -> tuple[Reply, str]:
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._patiently(url, method, form)
            target = reply.header("Location")
            if reply.status not in _FOLLOWED or target is None:
                return reply, url
            url = urljoin(url, target)
            if reply.status in _SENT_AGAIN and self.habits.redirect_keeps_body:
                continue
            method, form = "GET", []
        raise FetchFailed(11215, f"More than {MOST_REDIRECTS} redirects")

    def _patiently(self, url: str, method: str, form: list[tuple[str, str]]) -> Reply:
        """One request, and more if that failed and the address asks for them (by default one, if not connected)."""
        overrides = overrides_of(url)
        token = str(uuid.uuid4())
        for _ in range(overrides.retries):
            try:
                reply = self._once(url, method, form, token)
            except FetchFailed as error:
                if not overrides.again_after_failure(error.code):
                    raise
            else:
                if not overrides.again_after_status(reply.status):
                    return reply
            token = token if self.habits.same_token_on_retry else str(uuid.uuid4())
        return self._once(url, method, form, token)

    def _once(self, url: str, method: str, form: list[tuple[str, str]], token: str) -> Reply:
        url = urldefrag(url).url
        if method == "GET" and form:
            url += ("&" if "?" in url else "?") + encoded(form).decode()
        posted = form if method == "POST" else []
        headers = [
            ("User-Agent", "TwilioProxy/1.1"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
            ("I-Twilio-Idempotency-Token", token),
            ("X-Home-Region", "us1"),
            ("X-Twilio-Signature", signature(url, posted, self._auth_token)),
        ]
        if method == "POST":
            headers.append(("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"))
        if self.cookies and self.habits.cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        request = Request(method, url, tuple(headers), encoded(posted), self._moment(), self.trace)
        self.requests.append(request)
        if self.garbles_next:
            self.garbles_next = False
            raise FetchFailed(GARBLED, "The answer was garbled on the way")
        reply = _unpacked(self.transport.fetch(request))
        self._keep(headers_named(reply, "Set-Cookie"))
        return reply

    def _keep(self, cookies: Iterable[str]) -> None:
        for text in cookies:
            try:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
            except CookieError:
                continue


def encoded(form: Iterable[tuple[str, str]]) -> bytes:
    """A form as it is sent. Most of its thirty fields are those of the request before."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form).encode()


_quoted = lru_cache(maxsize=1024)(quote_plus)


def _unpacked(reply: Reply) -> Reply:
    if (reply.header("Content-Encoding") or "").lower() != "gzip":
        return reply
    unpacking = zlib.decompressobj(wbits=GZIP)
    try:
        body = unpacking.decompress(reply.body, LARGEST)
    except zlib.error as error:
        raise FetchFailed(11206, f"The answer is not gzip: {error}") from error
    if not unpacking.eof and len(body) < LARGEST:
        raise FetchFailed(11206, "The answer is not gzip: its end is missing")
    return replace(reply, body=body)


def _status_complaints(reply: Reply) -> list[Complaint]:
    if reply.status == 200:
        return []
    code = 11217 if reply.status >= 400 else 11200
    return [Complaint(code, "error", f"The answer has status {reply.status}")]


def _readable(received: Received) -> Received:
    """Plain text that is no TwiML is read aloud, audio is played; both hang up after it."""
    kind = media_type(received.content_type)
    if received.status == 200 and kind.startswith("audio/"):
        return replace(received, body=f"<Response><Play>{escape(received.url)}</Play></Response>".encode())
    failure = received.failure
    if kind == "text/plain" and failure and failure.code in (12100, 12102):
        words = escape(received.body.decode("utf-8", "replace"))
        text = "".join(letter if letter.isprintable() else " " for letter in words)
        body = f"<Response><Say>{text}</Say></Response>".encode()
        warned = tuple(replace(complaint, level="warning") for complaint in received.complaints)
        return replace(received, body=body, complaints=warned)
    return received
