"""A document of elsewhere as the provider would get it: from a static host, or from a TwiML Bin."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ivr.errors import NeighbourError, one_line
from ivr.provider.setup import TWIML_BIN_HOST
from ivr.provider.written import document_address

MOST_BYTES: Final = 64 * 1024
LONGEST: Final = 300
"""Characters that are told of what is wrong with where an answer leads."""

SIGNATURE: Final = "X-Twilio-Signature"


def read_document(url: str, timeout_s: float, account_sid: str | None = None, tokens: Sequence[str] = ()) -> bytes:
    """The document behind an https address that the provider could reach, at most one byte more than it takes.

    A TwiML Bin answers its own account only: the question is signed as the provider signs, and holds no token.
    Raises NeighbourError in a sentence, after `timeout_s` in all at the latest.
    """
    address = _in_public(url).partition("#")[0]
    headers = {"Accept": "text/xml, application/xml", "User-Agent": "ivr"}
    is_bin = urlsplit(address).hostname == TWIML_BIN_HOST
    if is_bin:
        if account_sid is None or not tokens:
            reason = "A TwiML Bin is shown to its own account only. Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
            raise NeighbourError(reason, can_retry=False)
        from twilio.request_validator import RequestValidator

        address = f"{address}{'&' if '?' in address else '?'}{urlencode({'AccountSid': account_sid})}"
        headers[SIGNATURE] = RequestValidator(tokens[0]).compute_signature(address, {})
    answers: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_read(address, headers, timeout_s))
        except BaseException as error:  # handed over to the caller's thread, which raises it
            answers.put(error)

    # On a thread of its own: what trickles in heeds no socket's time limit.
    threading.Thread(target=ask, name="document of elsewhere", daemon=True).start()
    try:
        found = answers.get(timeout=timeout_s)
    except Empty:
        found = TimeoutError()
    if isinstance(found, bytes):
        return found
    host = urlsplit(address).hostname
    if isinstance(found, HTTPError):
        refuses_us = is_bin and found.code in (401, 403)
        why = " Is the bin of this account, and TWILIO_AUTH_TOKEN its present one?" if refuses_us else ""
        raise NeighbourError(f"{host} answered {found.code} instead of the document.{why}") from found
    if isinstance(found, URLError | http.client.HTTPException | OSError | ValueError):
        raise NeighbourError(f"{host} {_why(found, timeout_s)}.") from found
    raise found


def _read(address: str, headers: Mapping[str, str], timeout_s: float) -> bytes:
    try:
        with build_opener(_Redirects).open(Request(address, headers=dict(headers)), timeout=timeout_s) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
            return content
    except HTTPError as error:
        error.close()
        raise


def _in_public(url: str) -> str:
    """An address where the provider could get a document. Raises NeighbourError."""
    try:
        return document_address(url)
    except ValueError as wrong:
        raise NeighbourError(one_line(str(wrong)), can_retry=False) from None


class _Redirects(HTTPRedirectHandler):
    """Followed to where the provider itself could follow, and without what is signed for the first address."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        """urllib's hook."""
        fp.close()  # urllib would read it to its end, wherever that is
        try:
            _in_public(newurl)
        except NeighbourError as wrong:
            raise NeighbourError(
                f"{urlsplit(req.full_url).hostname} leads elsewhere: {str(wrong)[:LONGEST]}", can_retry=False
            ) from None
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None:
            following.remove_header(SIGNATURE.capitalize())
        return following


def _why(error: Exception, timeout_s: float) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"did not answer within {timeout_s:g} seconds"
    if isinstance(cause, ssl.SSLError):
        return "has a TLS certificate that is not trusted here"
    return "cannot be reached"
