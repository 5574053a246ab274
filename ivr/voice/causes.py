"""The causes for which a webhook is refused, each with what is wrong and what to do; the names stand in the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was refused.

    Args:
        cause: one of `CAUSES`.
        sentence: what most likely differs, in one sentence.
        remedy: what to do, in one or two sentences.
        is_proven: the signature fits another address with our token, so the provider itself has asked.
    """

    cause: str
    sentence: str
    remedy: str
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause by name; in `remedy`, `{base}` stands for the address that IVR_PUBLIC_URL should have."""

    name: str
    sentence: str
    remedy: str

    def refusal(self, sentence: str = "", base: str = "", *, is_proven: bool = False) -> Refusal:
        """A refusal for this cause."""
        remedy = self.remedy.format(base=base or "what the provider's console has before /voice")
        return Refusal(self.name, sentence or self.sentence, remedy, is_proven)


_SET = "Set IVR_PUBLIC_URL to {base}"
_SET_OR_MEND = f"{_SET}, or mend the number's addresses at the provider."

_ALL = (
    Cause(
        "forwarded",
        "Our address was taken from forwarded headers that the proxy did not set itself.",
        f"{_SET}: then no header counts. Let the proxy overwrite X-Forwarded-* and Host instead of passing them on.",
    ),
    Cause(
        "doubled_port",
        "The port stands twice in the host that the proxy hands on.",
        f"{_SET}, and let the proxy hand the host on as it came (nginx: proxy_set_header Host $http_host).",
    ),
    Cause(
        "host",
        "The provider asks another host than the line checks for.",
        f"{_SET_OR_MEND} If that host is not yours, somebody sends on what was meant for another server.",
    ),
    Cause("scheme", "The provider asks by https and the line checks for http, or the other way round.", _SET_OR_MEND),
    Cause("missing_port", "The port that the provider asks is missing in the line's address.", _SET_OR_MEND),
    Cause("port", "The provider asks another port than the line checks for.", _SET_OR_MEND),
    Cause(
        "prefix",
        "What stands before /voice outside is not what the line's address has there.",
        f"{_SET_OR_MEND} A proxy that sends a folder here must take its name away, and IVR_PUBLIC_URL have it.",
    ),
    Cause(
        "slash",
        "The address at the provider has a slash more or fewer than the line's.",
        "At the provider let no address of the number end with a slash, or have two in a row behind {base}; the proxy "
        "must not add or take one away.",
    ),
    Cause(
        "query",
        "The query was written anew on the way, in another order or encoding.",
        "Let the proxy hand the address on as it came (nginx: proxy_pass without a path behind the host).",
    ),
    Cause(
        "fields",
        "The address fits, but fields of the form were changed or taken away on the way.",
        "Let nothing between the provider and the line read or change the body; no redirect must stand between.",
    ),
    Cause(
        "shared_key",
        "The provider signs with a shared key, which this line does not check; unless a stranger says so.",
        "Switch shared keys for webhooks off at the provider, so that it signs with the auth token.",
    ),
    Cause(
        "account",
        "Nothing that the address could have been fits, and the request names another account than ours.",
        "Compare TWILIO_ACCOUNT_SID with the account that the number belongs to; a subaccount has a token of its own.",
    ),
    Cause(
        "token",
        "Nothing that the address could have been fits, so most likely it is the token: an old one, or another "
        "account's; unless a stranger has made the signature up.",
        "Compare TWILIO_AUTH_TOKEN with the first page of the provider's console; while one is replaced, list both. "
        "Then compare IVR_PUBLIC_URL with the number's voice URL, letter by letter.",
    ),
    Cause(
        "unsigned",
        "The request has no signature, or one that is none.",
        "The provider signs every request: this one is somebody else's, or a proxy takes X-Twilio-Signature away.",
    ),
    Cause(
        "unusable",
        "The request is not one that the provider makes: its method, its form or a field of it.",
        "Nothing, if it came from somebody else. If the provider has sent it, tell whoever develops the line.",
    ),
    Cause(
        "not_looked_into",
        "More requests were refused than are looked into.",
        "Limit requests that are refused (403) by address at the proxy; the provider sends none.",
    ),
)
CAUSES: Mapping[str, Cause] = {cause.name: cause for cause in _ALL}
"""Cause by name; of several that fit at once, the first one here gives the refusal its name."""
