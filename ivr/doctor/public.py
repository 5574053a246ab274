"""The public address as the provider meets it: its name, its certificate, what answers there."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ivr.doctor.finding import Finding, NotLookedAt, green, red, yellow
from ivr.errors import one_line
from ivr.provider import public_address
from ivr.softphone import FetchFailed, Reply, Request, Transport

RED_DAYS, YELLOW_DAYS = 7, 21
"""Days that a certificate is still good for; one that renews itself does so thirty days ahead."""

MOST_LINES = 10
"""Lines of what the line does without that are told; it has six to say, whoever else answers may have thousands."""

RENEW = "Renew it: certbot renew, or whatever renews it; then systemctl reload nginx. Look why it was not renewed."
CHAIN = "Give the server the whole chain, its own certificate first (fullchain.pem); the provider says 11237."
UNTRUSTED = {
    10: ("has expired", RENEW),
    18: (
        "is signed by itself",
        "The provider refuses it (11235). Take one of an authority: certbot, or your tunnel's.",
    ),
    19: ("leads to an authority that nobody trusts", "The provider refuses it (11235). Take one of a known authority."),
    20: ("does not lead to an authority that is trusted here", CHAIN),
    21: ("does not lead to an authority that is trusted here", CHAIN),
    62: ("is for another name", "Take one for this name; the provider refuses it (11236)."),
}
"""What OpenSSL's verification says, by its number."""


def host_of(address: str) -> str:
    """The host of an address; empty for what is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def written(base: str, public_url: str | None) -> Iterator[Finding]:
    """Whether the provider could use the address as it is written, and whether the line takes what is signed for it."""
    try:
        taken = public_address(base)
    except ValueError as wrong:
        yield red(one_line(str(wrong)))
    else:
        if taken.url != base:
            yield yellow(f"{base} is better written {taken.url}.", "The provider signs what stands at the number.")
    if public_url and public_url != base:
        says = f"IVR_PUBLIC_URL is {public_url} here, and {base} was asked about."
        yield yellow(says, f"A line that runs with it refuses what is signed for {base}. Set it where the line runs.")


def leads_somewhere(base: str) -> bool:
    """Whether the name has an address, as this machine sees it."""
    try:
        return bool(socket.getaddrinfo(host_of(base), None, type=socket.SOCK_STREAM))
    except OSError:
        return False


def name(base: str) -> Iterator[Finding]:
    """Where the name leads, as this machine sees it."""
    host = urlsplit(base).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as trouble:
        says = f"{host} has no address: {trouble.strerror or trouble}."
        yield red(says, "Look at its DNS record; the provider says 11210. A new one may take an hour to be known.")
        return
    addresses = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
    shown = f"{host} is {', '.join(addresses)}"
    if all(ipaddress.ip_address(one).is_global for one in addresses):
        yield green(f"{shown}.")
    else:
        says = f"{shown} from here, which is an address of this machine or network."
        yield yellow(says, "The provider must find another one: ask a name server outside, or ask the doctor there.")


def certificate(base: str, now: datetime, timeout_s: float) -> Iterator[Finding]:
    """The TLS chain and how long it is good for; `now` with zone."""
    parts = urlsplit(base)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        says = f"{base} is http: callers' keys would be readable on the way."
        yield red(says, f"Put TLS in front of the line, and write https://{host} in IVR_PUBLIC_URL.")
        return
    try:
        with (
            socket.create_connection((host, port), timeout_s) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = str(secure.getpeercert()["notAfter"])  # type: ignore[index]  # never None once it is verified
    except ssl.SSLCertVerificationError as refused:
        wrong, remedy = UNTRUSTED.get(refused.verify_code, (f"is refused: {refused.verify_message}", CHAIN))
        yield red(f"The certificate of {host} {wrong}.", remedy)
        return
    except ssl.SSLError as trouble:
        yield red(f"{host}:{port} does not speak TLS: {trouble.reason or trouble}.", "Is that the port with TLS?")
        return
    except OSError as trouble:
        raise NotLookedAt(f"{host}:{port} cannot be reached: {trouble.strerror or trouble}.") from None
    days = (datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - now).days
    says = f"The certificate of {host} leads to an authority trusted here, and is good for {days} days."
    if days <= RED_DAYS:
        yield red(says, RENEW)
    elif days <= YELLOW_DAYS:
        yield yellow(says, RENEW)
    else:
        yield green(says)


def answer(base: str, carrier: Transport, now: datetime, release: str) -> Iterator[Finding]:
    """What answers at the address: the line, well, and with the release on the air (empty when that is not known)."""
    alive = _asked(f"{base}/healthz", carrier, now)
    if 300 <= alive.status < 400:
        says = f"{base} redirects to {one_line(alive.header('Location') or 'nowhere')}."
        yield red(
            says, "Let the provider's addresses be those that answer: a redirect loses the keys that were pressed."
        )
        return
    if alive.status != 200 or alive.body.strip() != b"ok":
        says = f"Something answers at {base}/healthz with {alive.status}, and it is not the line."
        remedy = "Does the proxy send this name, and its folder, to ivr serve? With 502 or 504 the line itself is gone."
        yield red(says, remedy)
        return
    ready = _asked(f"{base}/readyz", carrier, now)
    first, *without = ready.body.decode(errors="replace").splitlines() or [""]
    if ready.status != 200:
        yield red(f"The line answers at {base}, but is not ready: {one_line(first)}", "ivr publish; docs/outage.md")
    elif release and release not in first:
        says = f"The line at {base} says: {one_line(first)}. On the air here is release {release}."
        yield yellow(says, "Does it run on this database? Two lines may have the same name.")
    else:
        yield green(f"The line answers at {base}: {one_line(first)}.")
    for line in without[:MOST_LINES]:
        yield yellow(one_line(line), "docs/outage.md says what the line does without it.")


def _asked(url: str, carrier: Transport, now: datetime) -> Reply:
    try:
        return carrier.fetch(Request("GET", url, (), b"", now, []))
    except FetchFailed as trouble:
        remedy = "Is the server running, the port open, the tunnel up? A router may refuse its own address from inside."
        raise NotReached(f"Nothing answers at {url}: {trouble} (the provider says {trouble.code}).", remedy) from None


class NotReached(NotLookedAt):
    """Nothing answers at the public address."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says, remedy)
        self.finding = red(says, remedy)
