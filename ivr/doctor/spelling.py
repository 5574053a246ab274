"""Which address the line checks signatures for, found by asking it: what is signed for that one, it does not refuse.

Whoever has the token can sign the same request for other spellings of the address until the line takes one. That names
the part that differs, from anywhere, without the server's log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from ivr.voice.causes import CAUSES, Refusal
from ivr.voice.refused import Seen, differ

MOST_ASKED: Final = 80
"""Questions for one refused call."""

STRANGER: Final = "doctor.invalid"
"""A host that is nobody's: a line that takes what is signed for it believes whoever names it in a header."""

PORTS: Final = ("443", "8443", "80", "8080", "5000")
INSIDE: Final = ("127.0.0.1:5000", "localhost:5000", "broker_line")
"""What a proxy hands on as the host when nobody tells it otherwise."""

ROUTE: Final = re.compile(r"/voice/*$")

Accepts = Callable[[str, str, Mapping[str, str]], bool]
"""Whether the line takes a request: the address asked, the address signed, more headers."""


def why_refused(asked: str, known: Iterable[str], accepts: Accepts) -> Refusal:
    """Why the line refuses what is signed for the very address that is asked.

    Args:
        asked: as it stands at the provider, without fragment.
        known: whole addresses that the line may check for, such as the one of IVR_PUBLIC_URL.
    """
    if forged := believes_strangers(asked, accepts):
        return forged
    for place in places(asked):
        if accepts(place, place, {}) and (found := differ(asked, place)):
            return found
    for spelling in islice(spellings(asked, known), MOST_ASKED):
        if accepts(asked, spelling, {}):
            return _named(asked, spelling)
    return CAUSES["token"].refusal()


def _named(asked: str, spelling: str) -> Refusal:
    """In what the address that the line checks for differs from the one asked."""
    # A host that is none, such as one with its port twice, is empty to the line; that is the usual way to it.
    parts = urlsplit(asked)
    twice = Seen(hosts=(f"{parts.hostname}:{_port_of(asked)}:{_port_of(asked)}",))
    return differ(asked, spelling, twice if not urlsplit(spelling).netloc else Seen()) or CAUSES["token"].refusal()


def believes_strangers(asked: str, accepts: Accepts) -> Refusal | None:
    """Whether the line takes its own address from forwarded headers that anybody may send."""
    parts = urlsplit(asked)
    other = "http" if parts.scheme == "https" else "https"
    for named, address, headers in (
        ("X-Forwarded-Host", f"{parts.scheme}://{STRANGER}{parts.path}", {"X-Forwarded-Host": STRANGER}),
        ("X-Forwarded-Proto", f"{other}://{parts.netloc}{parts.path}", {"X-Forwarded-Proto": other}),
        ("Forwarded", f"{parts.scheme}://{STRANGER}{parts.path}", {"Forwarded": f"host={STRANGER}"}),
    ):
        if accepts(asked, address, headers) and not accepts(asked, address, {}):
            base = ROUTE.sub("", f"{parts.scheme}://{parts.netloc}{parts.path}")
            says = f"The line believes {named} of whoever asks: it took {address} for its own address."
            return CAUSES["forwarded"].refusal(says, base)
    return None


def places(asked: str) -> Iterator[str]:
    """Where the line may really answer, when the address at the provider has a slash or a folder too much."""
    parts = urlsplit(asked)
    base = f"{parts.scheme}://{parts.netloc}"
    paths = (re.sub("/+", "/", parts.path).rstrip("/"), "/voice")
    yield from (f"{base}{path}" for path in dict.fromkeys(paths) if path != parts.path)


def spellings(asked: str, known: Iterable[str]) -> Iterator[str]:
    """What the line may check for instead, the likeliest first: as told, then with one, two and three parts changed."""
    parts = urlsplit(asked)
    port = _port_of(asked)
    host = parts.hostname or ""
    netlocs = [host, f"{host}:{port}:{port}", "", *INSIDE, *(f"{host}:{one}" for one in PORTS)]
    schemes = [parts.scheme, "http" if parts.scheme == "https" else "https"]
    paths = [parts.path, parts.path.rstrip("/"), f"{parts.path}/", "/voice"]
    netlocs = [parts.netloc, *(one for one in netlocs if one != parts.netloc)]
    every = [
        (sum((scheme != parts.scheme, netloc != parts.netloc, path != parts.path)), f"{scheme}://{netloc}{path}")
        for netloc in netlocs
        for path in dict.fromkeys(paths)
        for scheme in schemes
    ]
    ordered = (address for changed, address in sorted(every, key=lambda one: one[0]) if changed)
    yield from dict.fromkeys([*(one for one in known if one != asked), *ordered])


def _port_of(address: str) -> str:
    parts = urlsplit(address)
    return str(parts.port or (443 if parts.scheme == "https" else 80))
