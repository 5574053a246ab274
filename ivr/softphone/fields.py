"""What the provider sends with every request, and the habits of its that nobody could confirm."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

ERROR_WORDS = "We are sorry, an application error has occurred. Goodbye."


@dataclass(frozen=True, slots=True)
class ProviderHabits:
    """Behaviour that the provider's documents leave open; the line must work with every combination.

    Args:
        empty_digits: whether an empty gather result carries an empty ``Digits`` or none.
        finished_on_key, msg: whether gather results carry the undocumented ``FinishedOnKey`` and ``msg``.
        stray_finish: what becomes of a finish key pressed after `numDigits` ended the gather.
        keys_outside: what becomes of keys pressed while no gather listens.
        dial_action_after_hang_up: whether a dial's action is asked for when the caller hangs up (answer ignored).
        dial_bridged: whether ``DialBridged`` is sent with a dial's result.
        redirect_keeps_body: whether a 307 or 308 repeats the POST with its form.
        cookies: whether cookies are returned within a call.
        same_token_on_retry: whether a second attempt carries the first one's idempotency token.
        most_documents: documents in a row without the caller doing anything, before we cut the loop.
        error_words: what a caller hears when the fallback failed too.
    """

    empty_digits: Literal["empty", "absent"] = "empty"
    finished_on_key: bool = True
    msg: bool = True
    stray_finish: Literal["drop", "carry"] = "drop"
    keys_outside: Literal["drop", "buffer"] = "drop"
    dial_action_after_hang_up: bool = True
    dial_bridged: bool = True
    redirect_keeps_body: bool = False
    cookies: bool = True
    same_token_on_retry: bool = True
    most_documents: int = 100
    error_words: str = ERROR_WORDS


USUAL_HABITS = ProviderHabits()

# City, state and a ZIP code of the area codes callers mostly have; the provider's look-up is about as coarse.
_PLACES = {
    "218": ("DULUTH", "MN", "55802"),
    "320": ("ST CLOUD", "MN", "56301"),
    "507": ("ROCHESTER", "MN", "55901"),
    "612": ("MINNEAPOLIS", "MN", "55401"),
    "651": ("ST PAUL", "MN", "55101"),
    "763": ("MAPLE GROVE", "MN", "55369"),
    "952": ("BLOOMINGTON", "MN", "55420"),
}


def _geography(side: str, number: str) -> dict[str, str]:
    known = number.startswith("+1") and len(number) == 12
    city, state, postcode = _PLACES.get(number[2:5], ("", "", "")) if known else ("", "", "")
    country = "US" if known else ""
    return {f"{side}City": city, f"{side}State": state, f"{side}Zip": postcode, f"{side}Country": country}


def call_token(call_sid: str) -> str:
    """``CallToken`` as the provider shapes it: JSON, percent-encoded before the form encodes it once more."""
    inner = base64.urlsafe_b64encode(call_sid.encode()).decode()
    return quote(json.dumps({"parentCallInfoToken": inner, "identityHeaderTokens": []}))


def standard_fields(
    *,
    call_sid: str,
    account_sid: str,
    caller: str,
    dialled: str,
    status: str,
    direction: str,
    parent_sid: str = "",
    method: str = "POST",
) -> dict[str, str]:
    """The fields of every request about a leg, the old duplicates among them (provider's TwiML page)."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call_sid,
        "CallStatus": status,
        "Called": dialled,
        "Caller": caller,
        "Direction": direction,
        "From": caller,
        "To": dialled,
    }
    for side, number in (("From", caller), ("Caller", caller), ("To", dialled), ("Called", dialled)):
        fields |= _geography(side, number)
    if parent_sid:
        fields["ParentCallSid"] = parent_sid
    elif direction == "inbound" and method == "POST":
        fields["CallToken"] = call_token(call_sid)
    return fields
