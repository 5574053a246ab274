"""A document of elsewhere as the provider would get it: from a static host, or from a TwiML Bin."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, build_opener

from ivr.errors import NeighbourError
from ivr.provider.setup import TWIML_BIN_HOST

MOST_BYTES: Final = 64 * 1024


def read_document(url: str, timeout_s: float, account_sid: str | None = None, tokens: Sequence[str] = ()) -> bytes:
    """The document behind an https address, at most one byte more than the provider takes.

    A TwiML Bin answers its own account only: the question is signed as the provider signs, and holds no token.
    Raises NeighbourError in a sentence.
    """
    address = url.partition("#")[0]
    headers = {"Accept": "text/xml, application/xml", "User-Agent": "ivr"}
    if urlsplit(address).hostname == TWIML_BIN_HOST:
        if account_sid is None or not tokens:
            reason = "A TwiML Bin is shown to its own account only. Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
            raise NeighbourError(reason, can_retry=False)
        from twilio.request_validator import RequestValidator

        address = f"{address}{'&' if '?' in address else '?'}{urlencode({'AccountSid': account_sid})}"
        headers["X-Twilio-Signature"] = RequestValidator(tokens[0]).compute_signature(address, {})
    host = urlsplit(address).hostname
    if urlsplit(address).scheme != "https":
        raise NeighbourError(f"{address} is no https address.", can_retry=False)
    try:
        with build_opener().open(Request(address, headers=headers), timeout=timeout_s) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
            return content
    except HTTPError as error:
        with error:
            raise NeighbourError(f"{host} answered {error.code} instead of the document.") from error
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise NeighbourError(f"{host} {_why(error, timeout_s)}.") from error


def _why(error: Exception, timeout_s: float) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"did not answer within {timeout_s:g} seconds"
    if isinstance(cause, ssl.SSLError):
        return "has a TLS certificate that is not trusted here"
    return "cannot be reached"
