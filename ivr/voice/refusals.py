"""Refused requests: counted by cause, explained in the log, and neither without bound however many come."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import Request
from werkzeug.exceptions import HTTPException

from ivr.errors import WebhookRefused
from ivr.log import logger
from ivr.seldom import Seldom
from ivr.voice.causes import CAUSES, Refusal
from ivr.voice.form import Pairs, pairs_of
from ivr.voice.metrics import REFUSED
from ivr.voice.refused import Seen, explain
from ivr.voice.verified import HEADER, Verifier, form_of

IN_HAND = 10
"""Refusals that a worker looks into and logs at once; then one every `EACH_S`."""

EACH_S = 6.0

LONGEST_HEARSAY = 300
"""Characters of a header that are taken as a hint."""

SHARED_KEY = "X-Twilio-Webhooks-Signature-Settings"

_ROUTE = re.compile(r"/voice(?:/(?:turn|dialled|whisper|taken|status|fallback))?$")

log = logger(__name__)


class Refusals:
    """What becomes of refused requests in this process.

    The first one is told as an error with its remedy, and so is the first of each cause that is proven: the provider
    itself is refused then, and callers hear an error voice. Others are warnings, some ten a minute; the rest are
    counted, and how many they were stands in the next line.
    """

    def __init__(self, verifier: Verifier, ticks: Callable[[], float] = time.monotonic) -> None:
        """`ticks` counts seconds and never goes back."""
        self._verifier, self._looks = verifier, Seldom(IN_HAND, EACH_S, ticks)
        self._told: set[str] = set()

    def note(self, request: Request, trouble: WebhookRefused) -> None:
        """Count a refused request, and say why in the log, as long as that costs little."""
        if not self._looks.may():
            REFUSED.labels(cause="not_looked_into").inc()
            return
        found = self._why(request, trouble)
        REFUSED.labels(cause=found.cause).inc()
        self._tell(request.path, str(trouble), found)

    def lost(self, request: Request) -> bool:
        """Note a request for something that is not there, if it was meant for the line: a slash or a prefix more.

        Returns whether it was. It is counted as that when the provider has signed it; anybody can ask for an address
        that is nearly ours.
        """
        path = one_slash(request.path)
        if route := _ROUTE.search(path):
            cause = "slash" if path == route[0] else "prefix"
            reason = f"the line was asked for {request.path}, but answers at {route[0]}"
            self.note(request, WebhookRefused(reason, 404, cause=cause))
            return True
        return False

    def _why(self, request: Request, trouble: WebhookRefused) -> Refusal:
        sentence = f"{str(trouble)[:1].upper()}{str(trouble)[1:]}."
        if trouble.cause in ("slash", "prefix"):
            return self._why_lost(request, CAUSES[trouble.cause].refusal(sentence, self._base_of(request)))
        if trouble.cause != "signature":
            return CAUSES[trouble.cause].refusal(sentence)
        if SHARED_KEY in request.headers:
            return CAUSES["shared_key"].refusal()
        query = pairs_of(request.query_string.decode())
        return self._why_not_signed(request, form_of(request) if request.method == "POST" else [], query)

    def _why_lost(self, request: Request, found: Refusal) -> Refusal:
        """`found`, if the provider has signed for the address that was asked, or for one like it."""
        try:
            query = pairs_of(request.query_string.decode())
            fields = form_of(request) if request.method == "POST" else []
            address, given = self._verifier.address(request), request.headers.get(HEADER, "")
            if self._verifier.is_signed(address, fields, given):
                return replace(found, is_proven=True)
            other = self._why_not_signed(request, fields, query)
        except (WebhookRefused, HTTPException, ValueError):
            return CAUSES["unusable"].refusal()
        return replace(found, is_proven=True) if other.is_proven else other

    def _why_not_signed(self, request: Request, fields: Pairs, query: Pairs) -> Refusal:
        verifier, signature = self._verifier, request.headers.get(HEADER, "")
        named = dict([*query, *fields]).get("AccountSid")
        account = None if verifier.account_sid is None or named is None else named == verifier.account_sid
        seen = replace(seen_in(request), from_request=verifier.public_url is None, account=account)
        return explain(verifier.address(request), fields, signature, verifier.tokens, seen)

    def _base_of(self, request: Request) -> str:
        """Our address, with the prefix that a request came with if it is not in there."""
        base, prefix = self._verifier.base(request), _ROUTE.sub("", one_slash(request.path))
        return base if base.endswith(prefix) else base + prefix

    def _tell(self, path: str, reason: str, found: Refusal) -> None:
        is_loud = not self._told or (found.is_proven and found.cause not in self._told)
        self._told.add(found.cause)
        untold = self._looks.untold()
        more = {"not_told": untold} if untold else {}
        say = log.error if is_loud else log.warning
        say(
            "a request to a voice route was refused",
            path=path,
            reason=reason,
            cause=found.cause,
            why=found.sentence,
            remedy=found.remedy,
            **more,
        )


def one_slash(path: str) -> str:
    """A path with single slashes, and none at its end."""
    return re.sub("/+", "/", path).rstrip("/")


def seen_in(request: Request) -> Seen:
    """What a request tells of the address that was signed; nothing of it is more than a hint."""

    def told(*names: str) -> tuple[str, ...]:
        texts = (request.headers.get(name, "").partition(",")[0].strip() for name in names)
        return tuple(text for text in texts if text and len(text) <= LONGEST_HEARSAY)

    paths = [path for path in told("X-Original-URI", "X-Forwarded-Uri", "X-Original-URL") if path.startswith("/")]
    routes = (re.match(r"(/[^?]+?)/voice(?:[/?]|$)", path) for path in paths)
    return Seen(
        urls=tuple(url for url in told("X-Original-URL") if url.startswith(("https://", "http://"))),
        hosts=tuple(dict.fromkeys(told("Host", "X-Original-Host"))),
        prefixes=(*told("X-Forwarded-Prefix", "X-Script-Name"), *(found[1] for found in routes if found)),
        forwarded_hosts=tuple(dict.fromkeys((*told("X-Forwarded-Host"), *forwarded(request, "host")))),
        forwarded_scheme=next(iter((*told("X-Forwarded-Proto"), *forwarded(request, "proto"))), ""),
    )


def forwarded(request: Request, name: str) -> Iterator[str]:
    """A part of the header `Forwarded` (RFC 7239)."""
    header = request.headers.get("Forwarded", "")[:LONGEST_HEARSAY]
    yield from re.findall(rf'\b{name}="?([^;,"\s]+)', header, re.IGNORECASE)[:1]
