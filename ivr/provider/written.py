"""Public addresses and telephone numbers as people type them, taken as they are meant, or refused with a clear word."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final
from urllib.parse import SplitResult, urlsplit

import phonenumbers

OUR_PATHS: Final = (
    *("/voice/fallback", "/voice/status", "/voice/turn", "/voice/dialled", "/voice/whisper", "/voice/taken"),
    "/voice",
)
"""What people copy with our address; none of it belongs to it."""

COUNTRY: Final = "US"
"""What a number without a country code is taken to be of."""

ONLY_HERE: Final = (".localhost", ".local", ".internal", ".lan", ".home", ".test", ".invalid")
ALIKE: Final = 0.75
HALF_A_SCHEME: Final = re.compile(r"https?(:/?|//)(?!/)", re.IGNORECASE)
"""A slip of the finger: `https:/line...`, which is no host called https."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Our public address.

    Args:
        url: scheme, host, port and prefix; no slash at the end.
        remarks: how what was typed has been taken, a sentence each.
    """

    url: str
    remarks: tuple[str, ...] = ()


def public_address(text: str) -> PublicAddress:
    """The address at which the provider is to reach us. Raises ValueError in a sentence with the remedy."""
    written, remarks = with_scheme(text), []
    if written != text.strip():
        remarks.append(f"Taken as {written}.")
    parts = _split(written)
    host = _host_in_public(parts)
    if parts.scheme == "http":
        remedy = f"Put TLS in front of the line, or take a tunnel with TLS, and write https://{host}"
        raise ValueError(f"{written} is not encrypted, and callers' keys would be readable on the way. {remedy}")
    if parts.username or parts.password:
        raise ValueError(f"User and password in an address are kept at the provider. Write https://{host} alone.")
    if parts.query:
        raise ValueError(f"The address has a query, ?{parts.query}, which nothing of ours reads. Leave it out.")
    if parts.fragment:
        remarks.append("What stands behind # is added by this command; what was given there is not used.")
    port = _port(parts)
    if port == 443:
        remarks.append("Port 443 is left out: it is that of https.")
    elif port:
        remarks.append(f"The provider signs the address with its port: IVR_PUBLIC_URL must end in :{port}, too.")
    path = parts.path.rstrip("/")
    if ending := next((one for one in OUR_PATHS if path.lower().endswith(one)), None):
        path = path[: -len(ending)].rstrip("/")
        remarks.append(f"{ending} at the end is left out: it is added to the address by itself.")
    shown_port = f":{port}" if port and port != 443 else ""
    return PublicAddress(f"https://{host}{shown_port}{path}", tuple(remarks))


def without_our_path(address: str) -> str:
    """An address without what we add to it by ourselves; as it is when there is nothing of that."""
    bare = address.rstrip("/")
    ending = next((one for one in OUR_PATHS if bare.lower().endswith(one)), "")
    return bare[: len(bare) - len(ending)].rstrip("/")


def document_address(text: str) -> str:
    """The address of a fallback document of elsewhere. Raises ValueError in a sentence with the remedy."""
    written = with_scheme(text)
    parts = _split(written, like="https://static.example.gov/fallback.xml")
    host = _host_in_public(parts)
    _port(parts)
    if parts.scheme == "http":
        remedy = f"Put it on a host with TLS, and write https://{host}{parts.path}"
        raise ValueError(f"{written} is not encrypted: whoever is on the way could put other words in. {remedy}")
    if parts.username or parts.password:
        raise ValueError("User and password in an address are kept at the provider. Put the document where none asks.")
    return written


def with_scheme(text: str) -> str:
    """An address as typed, with https:// before it where there is no scheme."""
    written = text.strip()
    return written if "://" in written or HALF_A_SCHEME.match(written) else f"https://{written}"


def _split(written: str, like: str = "https://line.example.gov") -> SplitResult:
    """An address of http or https, in its parts. Raises ValueError."""
    try:
        parts = urlsplit(written)
        host = parts.hostname
    except ValueError:
        raise ValueError(f"{written} is no address. Write it like {like}") from None
    if re.search(r"\s", written) or not host:
        raise ValueError(f"{written} is no address. Write it like {like}")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"The provider asks https addresses only, not {parts.scheme}. Write https://{host}")
    return parts


def _host_in_public(parts: SplitResult) -> str:
    """The host, if the provider could reach it."""
    host = (parts.hostname or "").rstrip(".")
    remedy = "Give the address of a server or tunnel that the internet can reach."
    if host == "localhost" or host.endswith(ONLY_HERE):
        raise ValueError(f"{host} is known on this machine or network only; the provider cannot reach it. {remedy}")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        if "." not in host:
            wrong = f"{host} is known on this machine or network only; the provider cannot reach it."
            raise ValueError(f"{wrong} {remedy}") from None
        if "_" in host:
            wrong = f"{host} has an underscore, and the provider takes no such host for call status."
            raise ValueError(f"{wrong} Give it a name without one.") from None
        if not host.isascii():
            raise ValueError(f"{host} has letters that no name on the wire has. Write {_on_the_wire(host)}") from None
        return host
    if not number.is_global:
        raise ValueError(f"{host} is an address of this machine or network; the provider cannot reach it. {remedy}")
    return f"[{host}]" if number.version == 6 else host


def _on_the_wire(host: str) -> str:
    """A name with letters of a language as its addresses are written."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return "it as it stands in the DNS, with xn--"


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ValueError(f"The port of {parts.netloc} is none. It is a number up to 65535.") from None


def telephone(text: str) -> str:
    """A number in E.164, as the provider writes it. Raises ValueError in a sentence with the remedy."""
    remedy = "Write it like +18445208695 or (844) 520-8695."
    if text.count("+") > 1:
        raise ValueError(f'"{text}" is more than one telephone number. Give one at a time.')
    try:
        number = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{text}" is no telephone number. {remedy}') from None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(f'"{text}" has too few or too many digits for a telephone number. {remedy}')
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def nearest_number(number: str, known: Iterable[str]) -> str | None:
    """The number most like one that is not there; None when none is."""
    alike = {one: SequenceMatcher(None, number, one).ratio() for one in known}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] >= ALIKE else None
