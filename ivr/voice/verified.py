"""Only the provider gets past here: the signature of every request, checked over the raw address and every field."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1
from itertools import chain
from urllib.parse import quote, urlsplit, urlunsplit

from flask import Request
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from ivr.errors import WebhookRefused
from ivr.voice.fields import Fields, read_fields
from ivr.voice.form import Pairs, pairs_of

HEADER = "X-Twilio-Signature"
FORM = "application/x-www-form-urlencoded"
DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has been verified.

    Args:
        token: the session in the address that was asked; None when there is none in it.
    """

    request: Request
    fields: Fields
    token: str | None


class Verifier:
    """Checks that a request comes from the provider and for our account (provider's Security page)."""

    def __init__(self, tokens: Sequence[str], account_sid: str | None, public_url: str | None) -> None:
        """Auth tokens, any of which may have signed while one is being replaced; the account, if known; our address.

        Without `public_url` the address is taken from the request itself, which is right only with no proxy between.
        """
        self._validators = [RequestValidator(token) for token in tokens]
        self._keyed = [hmac.new(token.encode(), digestmod=sha1) for token in tokens]
        self.tokens, self.account_sid, self.public_url = tuple(tokens), account_sid, public_url

    def check(self, request: Request) -> Asked:
        """What is asked. Raises WebhookRefused unless the request is signed for us and our account."""
        is_post = request.method == "POST"
        try:
            form, query = form_of(request) if is_post else [], pairs_of(request.query_string.decode())
            is_signed = self.is_signed(self.address(request), form, request.headers.get(HEADER, ""))
        except HTTPException as refused:
            raise WebhookRefused("the body cannot be read", refused.code or 400) from refused
        except ValueError as wrong:
            raise WebhookRefused("the address cannot be read", 400) from wrong
        if not is_signed:
            reason = "the signature is not the provider's for this address and these fields"
            raise WebhookRefused(reason, cause="signature")
        fields = firsts(form if is_post else query)
        if self.account_sid and fields.get("AccountSid") != self.account_sid:
            raise WebhookRefused("the request is signed but for another account", cause="account")
        return Asked(request, read_fields(fields), firsts(query).get("s"))

    def base(self, request: Request) -> str:
        """The address at which the provider reaches us, without a slash at its end."""
        return self.public_url or f"{request.scheme}://{request.host}"

    def address(self, request: Request) -> str:
        """The address as the provider wrote it: raw path and query, which Flask's `request.url` would decode."""
        raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
        path = urlsplit(raw).path if raw.startswith("http") else raw.partition("?")[0]
        path = path or quote(request.environ.get("PATH_INFO", "").encode("latin-1"))
        query = request.query_string.decode("utf-8", "replace")
        return f"{self.base(request)}{path}?{query}" if query else f"{self.base(request)}{path}"

    def is_signed(self, address: str, form: Pairs, signature: str) -> bool:
        """Whether any of our tokens gives this signature for the address, with or without port and credentials.

        Nearly every request is signed for the very address that we have: that is tried first, with keys made ready.
        Everything else is for the provider's own library to decide.
        """
        if not signature:
            return False
        given = signature.encode("utf-8", "replace")
        signed = as_signed(address, form)
        if any(hmac.compare_digest(keyed_signature(keyed, signed), given) for keyed in self._keyed):
            return True
        fields = MultiDict(form)
        return any(
            hmac.compare_digest(validator.compute_signature(candidate, fields).encode(), given)
            for validator in self._validators
            for candidate in spellings(address)
        )


def form_of(request: Request) -> Pairs:
    """The fields of a body. Raises WebhookRefused: it is no form; HTTPException: too long, or cut off."""
    kind = request.mimetype
    if kind not in (FORM, ""):
        raise WebhookRefused("the body is not a form", 415)
    # The provider sends UTF-8: anything else is not what it has signed.
    return pairs_of(request.get_data().decode(errors="replace")) if kind else []


def firsts(pairs: Pairs) -> dict[str, str]:
    """Name to the first value that came with it."""
    return dict(reversed(pairs))


def as_signed(address: str, form: Pairs) -> bytes:
    """The address and the fields in the order in which they are signed (provider's Security page)."""
    return "".join(chain((address,), chain.from_iterable(sorted(set(form))))).encode("utf-8", "replace")


def keyed_signature(keyed: hmac.HMAC, signed: bytes) -> bytes:
    """The signature that a key made ready gives."""
    mac = keyed.copy()
    mac.update(signed)
    return base64.b64encode(mac.digest())


def spellings(address: str) -> Iterator[str]:
    """The address as it may have been signed: as given, without and with the default port, and all without credentials.

    The provider's practice about ports differs between calls over HTTPS and HTTP, and its libraries accept both.
    """
    parts = urlsplit(address)
    credentials, at, place = parts.netloc.rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit():
        host, port = place, str(DEFAULT_PORTS.get(parts.scheme, ""))
    netlocs = [parts.netloc]
    for prefix in (credentials + at, ""):
        netlocs += [prefix + host, f"{prefix}{host}:{port}"]
    yield address
    for netloc in dict.fromkeys(netlocs):
        yield urlunsplit(parts._replace(netloc=netloc, fragment=""))
