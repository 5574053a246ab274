"""The provider's signature over a webhook, computed here independently of the library that checks it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from itertools import chain
from urllib.parse import urlsplit, urlunsplit


def signed_address(url: str) -> str:
    """The address as the provider signs it: no fragment, no ``user:password@`` (provider's Security page)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def signature(url: str, form: Iterable[tuple[str, str]], auth_token: str) -> str:
    """The value of ``X-Twilio-Signature``.

    Args:
        url: the whole address as requested, with its query; for a GET the parameters are already in it.
        form: fields of the POST body, in any order, names may repeat; empty for a GET.

    Names go in byte order; several values of one name are taken once each, sorted (provider's own libraries).
    """
    text = signed_address(url) + "".join(chain.from_iterable(sorted(set(form))))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), "sha1")).decode()
