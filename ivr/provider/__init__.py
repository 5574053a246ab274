"""The provider's account: what a number has, what it should have, setting it, bringing it back, and what went wrong.

The provider's library is imported when an account is first asked something, and nowhere else in the program.
"""

from __future__ import annotations

from ivr.provider.account import TIMEOUT_S, Account, Alert, Number, no_such_number
from ivr.provider.elsewhere import read_document
from ivr.provider.failures import DIFFERS, EXIT_CODES, MEANINGS, ProviderTrouble
from ivr.provider.kept import Kept, KeptSetups
from ivr.provider.setup import (
    ASK_AGAIN,
    Difference,
    Setup,
    Webhook,
    differences,
    is_elsewhere,
    points_to,
    wanted,
    wanted_here,
)
from ivr.provider.written import (
    PublicAddress,
    document_address,
    nearest_number,
    public_address,
    telephone,
    with_scheme,
    without_our_path,
)

__all__ = [
    "ASK_AGAIN",
    "DIFFERS",
    "EXIT_CODES",
    "MEANINGS",
    "TIMEOUT_S",
    "Account",
    "Alert",
    "Difference",
    "Kept",
    "KeptSetups",
    "Number",
    "ProviderTrouble",
    "PublicAddress",
    "Setup",
    "Webhook",
    "differences",
    "document_address",
    "is_elsewhere",
    "nearest_number",
    "no_such_number",
    "points_to",
    "public_address",
    "read_document",
    "telephone",
    "wanted",
    "wanted_here",
    "with_scheme",
    "without_our_path",
]
