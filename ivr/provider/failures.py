"""What can go wrong with the provider's account: one sentence each, and what a command then ends with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from ivr.errors import NeighbourError

Cause = Literal[
    "credentials",
    "not_allowed",
    "no_such_number",
    "bound",
    "too_many",
    "no_answer",
    "unreachable",
    "provider_fails",
    "refused",
]

DIFFERS: Final = 3
"""What a command ends with when it could look, and something is not as it should be."""

EXIT_CODES: Final[Mapping[Cause, int]] = {
    "credentials": 4,
    "not_allowed": 5,
    "no_such_number": 6,
    "bound": 7,
    "too_many": 8,
    "no_answer": 9,
    "unreachable": 10,
    "provider_fails": 11,
    "refused": 12,
}

MEANINGS: Final[Mapping[int, str]] = {
    0: "done, or everything is as it should be",
    1: "not done, for a reason of this machine or of the files here",
    2: "asked wrongly",
    DIFFERS: "a number, or its fallback, is not as it should be",
    4: "account SID or token are missing or not accepted",
    5: "the credentials may not do this (test credentials, suspended account)",
    6: "the account has no such number",
    7: "the number is bound to a SIP trunk or a TwiML application, which take its calls",
    8: "too many requests just now",
    9: "no answer in time",
    10: "the provider cannot be reached: name, network, proxy or TLS",
    11: "the provider's own failure, or an answer that is none of its",
    12: "the provider does not take a value",
}
"""Every exit code of `ivr twilio`."""


class ProviderTrouble(NeighbourError):
    """The provider's account did not do what was asked; the text is one or two sentences with the remedy.

    Args:
        cause: what sort of failure, for programs.
        is_settled: the provider surely did nothing; False when it may have done what was asked.
    """

    def __init__(self, cause: Cause, reason: str, *, is_settled: bool = True) -> None:
        self.cause: Cause = cause
        self.is_settled = is_settled
        self.exit_code = EXIT_CODES[cause]
        super().__init__(reason, can_retry=cause in ("too_many", "no_answer", "unreachable", "provider_fails"))
