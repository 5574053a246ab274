"""Why a signature most likely did not fit: which address was really signed, and in what ours differs from it. Pure.

A signature that fits another address than ours was made with our token: it proves what the provider asked for. Nothing
here is believed without that proof, neither a header nor a guess, and no token, signature, field or query is in a
sentence.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from itertools import combinations, islice, product
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ivr.voice.causes import CAUSES, Refusal

MOST_TRIED = 400
"""Addresses tried for one refused request."""

MOST_BYTES = 1_000_000
"""Bytes signed for one refused request; of a request with long fields or a long query fewer addresses are tried."""

LONGEST_ADDRESS = 4096
"""Characters of an address that other spellings are made of; the provider takes no longer one from us."""

COMMON_PORTS = ("443", "8443", "80", "8080", "5000")
COMMON_PREFIXES = ("/ivr", "/line", "/broker-line", "/twilio", "/phone", "/api")
"""What addresses often have and a header did not tell."""

_ROUTE = re.compile(r"/+voice(?:/+[a-z]+)?/*$")
_PORT_TWICE = re.compile(r"(?P<host>.+?)(?::\d+){2,}$")

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request, or whoever asks for an explanation, knows of the address that was signed. All of it is hearsay.

    Args:
        urls: whole addresses that may have been signed, such as a number's voice URL at the provider.
        hosts: hosts, perhaps with ports, that the request names.
        prefixes: what may stand before `/voice` outside.
        forwarded_hosts, forwarded_scheme: what forwarded headers say; they come from whoever set them.
        from_request: our address was taken from the request, since no public one is set.
        account: whether the request names our account; None when that cannot be told.
    """

    urls: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    forwarded_hosts: tuple[str, ...] = ()
    forwarded_scheme: str = ""
    from_request: bool = False
    account: bool | None = None


NOTHING_SEEN = Seen()


def explain(url: str, fields: Pairs, signature: str, tokens: Sequence[str], seen: Seen = NOTHING_SEEN) -> Refusal:
    """Why a signature does not fit, as far as trying can tell.

    Args:
        url: the address that the signature was checked for, with its query.
        fields: of a POST's form, in any order; empty for a GET.
        signature: as given in the header.
        tokens: those that we accept.

    At most `MOST_TRIED` addresses are tried with each token.
    """
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    if len(given) != sha1().digest_size:
        return CAUSES["unsigned"].refusal()
    if len(url) > LONGEST_ADDRESS:
        return CAUSES["unusable"].refusal()
    bodies = list(dict.fromkeys(_as_signed(some) for some in (list(fields), [])))
    budget = min(MOST_TRIED, MOST_BYTES // (len(bodies[0]) + len(url)))
    keys = [hmac.new(token.encode(), digestmod=sha1) for token in tokens]
    for address, body in islice(_guesses(url, bodies, seen), max(budget, 1)):
        signed = address.encode("utf-8", "replace") + body
        for key in keys:
            mac = key.copy()
            mac.update(signed)
            if hmac.compare_digest(mac.digest(), given):
                return _proven(address, url, seen, is_whole=body == bodies[0])
    return CAUSES["account" if seen.account is False else "token"].refusal()


def _proven(address: str, url: str, seen: Seen, *, is_whole: bool) -> Refusal:
    """The signature fits an address, with the form or without it."""
    found = differ(address, url, seen) if is_whole else CAUSES["fields"].refusal()
    return replace(found or CAUSES["token"].refusal(), is_proven=True)


def differ(signed: str, ours: str, seen: Seen = NOTHING_SEEN) -> Refusal | None:
    """In what our address differs from the one that was signed; None when it does not."""
    theirs, own = urlsplit(signed), urlsplit(ours)
    found = list(_differences(theirs, own, seen))
    if not found:
        return None
    first = min((cause for cause, _ in found), key=list(CAUSES).index)
    path = _ROUTE.sub("", theirs.path)
    base = f"{theirs.scheme}://{_bare(theirs.netloc)}{path}"
    checks = _shown(own) if own.netloc else "an address without a host"
    sentence = f"The provider signed {_shown(theirs)}, but the line checks for {checks}: "
    return CAUSES[first].refusal(sentence + ", ".join(words for _, words in found) + ".", base)


def _as_signed(fields: Pairs) -> bytes:
    return "".join(text for pair in sorted(set(fields)) for text in pair).encode("utf-8", "replace")


def _guesses(url: str, bodies: list[bytes], seen: Seen) -> Iterator[tuple[str, bytes]]:
    """What may have been signed, the likeliest first: as headers tell, with one part changed, with two, with three."""
    own = urlsplit(url)
    told = [_with_query(told, own.query) for told in seen.urls]
    yield from ((address, bodies[0]) for address in told)
    yield from ((address, body) for address in (url, *told) for body in bodies[1:])
    parts = (_schemes(own), _netlocs(own, seen), _paths(own, seen), _queries(own))
    for changed in (1, 2, 3):
        for places in combinations(range(4), changed):
            options = [part[1:] if place in places else part[:1] for place, part in enumerate(parts)]
            for scheme, netloc, path, query in product(*options):
                yield f"{scheme}://{netloc}{path}{'?' if query else ''}{query}", bodies[0]


def _with_query(address: str, query: str) -> str:
    return address if "?" in address or not query else f"{address}?{query}"


def _schemes(own: SplitResult) -> list[str]:
    return [own.scheme, *{"https", "http"} - {own.scheme}]


def _netlocs(own: SplitResult, seen: Seen) -> list[str]:
    """Our host and those seen, with the ports seen and the usual ones."""
    ports = dict.fromkeys(_port(host) for host in (own.netloc, *seen.hosts, *seen.forwarded_hosts))
    host = _host(own.netloc)
    others = [_once(other) for other in (*seen.hosts, *seen.forwarded_hosts)]
    ours = [f"{host}:{port}" if port else host for port in dict.fromkeys([*ports, "", *COMMON_PORTS])] if host else []
    bare = [_host(other) for other in others]
    return list(dict.fromkeys([own.netloc, *others, *ours, *bare]))


def _paths(own: SplitResult, seen: Seen) -> list[str]:
    path, route = own.path, (_ROUTE.search(own.path) or [""])[0]
    slashes = [f"{path}/", path.rstrip("/"), f"/{path}", re.sub(r"//+", "/", path)]
    prefixes = [prefix.rstrip("/") + route for prefix in (*seen.prefixes, "", *COMMON_PREFIXES)] if route else []
    return list(dict.fromkeys([path, *slashes, *prefixes]))


def _queries(own: SplitResult) -> list[str]:
    """The query as somebody between may have found it: in another order, encoded otherwise."""
    query = own.query
    pairs = query.split("&")
    mild, strict = (quote(unquote(query), safe="=&-_.~"), "&".join(_encoded(pair) for pair in pairs))
    lower = re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), query)
    spaces = (strict.replace("%20", "+"), query.replace("+", "%20"))
    return list(dict.fromkeys([query, "&".join(sorted(pairs)), unquote(query), mild, strict, *spaces, lower, ""]))


def _encoded(pair: str) -> str:
    """`name=value` with everything encoded that may be."""
    name, equals, value = pair.partition("=")
    return f"{quote(unquote(name), safe='')}{equals}{quote(unquote(value), safe='')}"


def _differences(signed: SplitResult, own: SplitResult, seen: Seen) -> Iterator[tuple[str, str]]:
    """Each cause with its words."""
    theirs, ours = _bare(signed.netloc), _bare(own.netloc)
    doubled = [host for host in (ours, *([] if ours else seen.hosts)) if _PORT_TWICE.match(host)]
    if signed.scheme != own.scheme:
        followed = seen.from_request and seen.forwarded_scheme == own.scheme
        yield "forwarded" if followed else "scheme", f"the scheme is {signed.scheme}, not {own.scheme}"
    if doubled:
        yield "doubled_port", "the port stands there twice"
    elif _host(theirs).lower() != _host(ours).lower():
        followed = seen.from_request and bool(ours) and ours in seen.forwarded_hosts
        yield "forwarded" if followed else "host", f"the host is {_host(theirs)}, not {_host(ours) or 'empty'}"
    elif _port(theirs) != _port(ours):
        theirs_port, ours_port = _port(theirs), _port(ours)
        if not ours_port:
            yield "missing_port", f"the port {theirs_port} is missing"
        else:
            yield "port", f"the port is {theirs_port or 'left out'}, not {ours_port}"
    if signed.path != own.path:
        yield _path_difference(signed.path, own.path)
    if signed.query != own.query:
        yield "query", "the query was written anew on the way (its order or encoding)"


def _path_difference(signed: str, own: str) -> tuple[str, str]:
    if re.sub("/+", "/", signed).rstrip("/") == re.sub("/+", "/", own).rstrip("/"):
        which = "more" if signed.count("/") > own.count("/") else "fewer"
        return "slash", f"it has a slash {which}"
    outside, inside = _ROUTE.sub("", signed), _ROUTE.sub("", own)
    if outside and not inside:
        return "prefix", f"{outside} before /voice was stripped on the way and is not in the line's address"
    if inside and not outside:
        return "prefix", f"{inside} before /voice is too much"
    return "prefix", f"before /voice stands {outside}, not {inside}"


def _bare(netloc: str) -> str:
    """Without user and password."""
    return netloc.rpartition("@")[2]


def _host(netloc: str) -> str:
    return re.sub(r"(?::\d+)+$", "", _bare(netloc))


def _port(netloc: str) -> str:
    found = re.search(r":(\d{1,5})$", _bare(netloc))
    return found[1] if found else ""


def _once(netloc: str) -> str:
    """A host with its port once, where it stands there twice."""
    found = _PORT_TWICE.match(netloc)
    return f"{found['host']}:{_port(netloc)}" if found else netloc


def _shown(parts: SplitResult) -> str:
    """An address for a log: no user, no query."""
    return f"{parts.scheme}://{_bare(parts.netloc)}{parts.path}"
