"""How a number at the provider is set up: what it has, what it should have, and what each difference would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ivr.errors import without_credentials

ASK_AGAIN: Final = "#rc=5&rp=all"
"""Has the provider ask up to five times more after any failure (its page on connection overrides); never sent to us."""

TWIML_BIN_HOST: Final = "handler.twilio.com"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that the provider asks, and how. An empty address: nobody is asked."""

    url: str
    method: str = "POST"

    def __str__(self) -> str:
        """For people: user and password in an address, such as an older server's, are not shown."""
        return f"{without_credentials(self.url)} ({self.method})" if self.url else "nothing"


@dataclass(frozen=True, slots=True)
class Setup:
    """Where a number's calls go.

    Args:
        voice: asked when a call comes in.
        fallback: asked when that failed.
        status: told when a call is over.
    """

    voice: Webhook
    fallback: Webhook
    status: Webhook

    def parts(self) -> Iterator[tuple[str, Webhook]]:
        """Each with the name that the provider's console gives it."""
        yield "A call comes in", self.voice
        yield "Primary handler fails", self.fallback
        yield "Call status changes", self.status


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be.

    Args:
        name: of the part, as the console has it.
        what: what the difference does, one sentence.
    """

    name: str
    has: Webhook
    wants: Webhook
    what: str


def wanted(base: str, fallback: str | None = None) -> Setup:
    """What a number should have.

    Args:
        base: our public address, without a path of ours.
        fallback: a document of elsewhere that outlives us; None for our own fallback.
    """
    own = Webhook(f"{base}/voice/fallback{ASK_AGAIN}")
    return Setup(
        voice=Webhook(f"{base}/voice{ASK_AGAIN}"),
        fallback=elsewhere(fallback) if fallback else own,
        status=Webhook(f"{base}/voice/status{ASK_AGAIN}"),
    )


def elsewhere(url: str) -> Webhook:
    """A document on a static host: asked with GET, since such hosts refuse POST; a TwiML Bin takes both."""
    method = "POST" if urlsplit(url).hostname == TWIML_BIN_HOST else "GET"
    return Webhook(url if "#" in url else url + ASK_AGAIN, method)


def wanted_here(base: str, has: Setup) -> Setup:
    """What a number should have, given what it has: a fallback of elsewhere is somebody's choice and may stay."""
    should = wanted(base)
    if is_elsewhere(has.fallback.url, base):
        return replace(should, fallback=has.fallback)
    return should


def is_elsewhere(url: str, base: str) -> bool:
    """Whether an address is no part of the line and could answer while the line is gone."""
    there, ours = _split(url), _split(base)
    if there is None or ours is None:
        return False
    return there.scheme == "https" and bool(there.hostname) and there.hostname != ours.hostname


def points_to(setup: Setup, base: str) -> bool:
    """Whether calls of a number come to us, on whatever port or path of our host."""
    there, ours = _split(setup.voice.url), _split(base)
    return there is not None and ours is not None and bool(ours.hostname) and there.hostname == ours.hostname


def differences(has: Setup, wants: Setup) -> list[Difference]:
    """Everything that is not as it should be, in the console's order."""
    return [
        Difference(name, mine, should, _effect(mine, should))
        for (name, mine), (_, should) in zip(has.parts(), wants.parts(), strict=True)
        if mine != should
    ]


def _effect(has: Webhook, wants: Webhook) -> str:
    """What a difference does to callers or to us; the gravest one when there are several."""
    if not has.url:
        return "The provider asks nobody then."
    mine, should = _split(has.url), _split(wants.url)
    if mine is None or should is None:
        return "That is no address."
    for part, ours, theirs, effect in (
        ("host", should.hostname, mine.hostname, "Another server is asked."),
        ("scheme", should.scheme, mine.scheme, "Our signature check refuses it: the scheme is another."),
        ("port", _port(should), _port(mine), "Our signature check refuses it: the port is another."),
        ("path", should.path, mine.path, "Another page is asked, or none; a slash at the end is another page too."),
        ("query", should.query, mine.query, "Our signature check refuses what is signed for another query."),
        ("method", wants.method, has.method, f"{has.method} is used; what callers key then stands in addresses."),
    ):
        if ours != theirs:
            return effect if part != "method" or has.method == "GET" else f"The method is {has.method}."
    return f"Without {ASK_AGAIN} the provider asks again only when it cannot connect."


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return -1


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
