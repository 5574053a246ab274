"""How often the provider asks an address again, and after which failures: what stands behind its `#`.

The provider's page on connection overrides; what is behind the `#` is neither sent nor signed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

from ivr.softphone.transports import LOST

MOST_RETRIES = 5
FETCHING = range(11200, 11300)
"""Error codes of getting a document, not of reading it."""

_KINDS = {11201: "ct", 11202: "ct", LOST: "rt"}
"""Error codes of a request that got no answer, by what the overrides call them; any other is retried by `all` alone."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Of one address; the provider's defaults where it says nothing.

    Args:
        retries: attempts after the first.
        after: what is retried: of `4xx`, `5xx`, `ct` (no connection), `rt` (no answer in time), or `all`.
    """

    retries: int = 1
    after: Collection[str] = ("ct",)

    def again_after_status(self, status: int) -> bool:
        """Whether an answer of this status is asked for again."""
        return status >= 400 and ("all" in self.after or f"{status // 100}xx" in self.after)

    def again_after_failure(self, code: int) -> bool:
        """Whether a request that failed with this error code is made again.

        That `all` covers a connection which broke before a byte of the answer had come is inferred. An answer that
        has come and cannot be read is not asked for again.
        """
        return code in FETCHING and ("all" in self.after or _KINDS.get(code) in self.after)


def overrides_of(url: str) -> Overrides:
    """What an address asks for. Values that are none count as not given (the provider complains: E11240, E11243)."""
    given = dict(parse_qsl(urldefrag(url).fragment))
    retries = given.get("rc", "")
    usual = Overrides()
    return Overrides(
        retries=min(int(retries), MOST_RETRIES) if retries.isascii() and retries.isdigit() else usual.retries,
        after=frozenset(given["rp"].split(",")) if "rp" in given else usual.after,
    )
