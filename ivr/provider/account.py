"""What the provider's account says of its numbers and of failures, and setting a number up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from ivr.errors import one_line
from ivr.log import masked_text
from ivr.provider.failures import ProviderTrouble
from ivr.provider.setup import Setup, Webhook
from ivr.provider.written import nearest_number
from ivr.settings import Settings, made_here

if TYPE_CHECKING:
    from twilio.rest import Client

TIMEOUT_S: Final = 10.0
MOST_ALERTS: Final = 1000
"""Alerts looked at, newest first; ours are found among them."""

NO_CALL_TAKEN: Final = frozenset({"10001", "10003", "10004"})
"""Alerts of the account itself: no call was taken, so no address was asked that could be ours."""

ALERTS_A_PAGE: Final = 200
COPY_AGAIN: Final = "Copy both again from the first page of its console."
NOT_SET: Final = "The token used is the one made for development: set TWILIO_AUTH_TOKEN to the account's."
LONGEST_SAID: Final = 300
"""Characters of an alert's text that are told."""

SHOWN: Final = 5
"""Numbers named when none is like the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account.

    Args:
        sid: the provider's name for it.
        number: E.164.
        name: what the account's people call it.
        bound: what takes its calls instead of the addresses, in words; empty as a rule.
    """

    sid: str
    number: str
    name: str
    setup: Setup
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An error or warning of the provider's debugger about an address of ours.

    Args:
        at: with zone.
        code: the provider's error code; 0 when it gave none.
        path: of the address asked, without its query, which holds a call's place; empty when none was asked.
        says: the provider's word, with digits masked; empty when it gave none.
        call_sid: the call; empty when it is none of a call.
    """

    at: datetime
    level: str
    code: int
    method: str
    path: str
    says: str
    call_sid: str


class Account:
    """The provider's account of these credentials. Every method raises ProviderTrouble."""

    def __init__(
        self, account_sid: str, tokens: Sequence[str], timeout_s: float = TIMEOUT_S, if_refused: str = COPY_AGAIN
    ) -> None:
        self.sid = account_sid
        self._if_refused = if_refused
        self._tokens = tuple(tokens)
        self._timeout_s = timeout_s
        self._client: Client | None = None

    @classmethod
    def of(cls, settings: Settings, timeout_s: float = TIMEOUT_S) -> Account:
        """The account that the settings name. Raises ProviderTrouble when they name none."""
        if settings.account_sid is None:
            remedy = "It stands, with the token, on the first page of the provider's console."
            raise ProviderTrouble("credentials", f"TWILIO_ACCOUNT_SID is not set. {remedy}")
        tokens = [token.get_secret_value() for token in settings.auth_tokens]
        return cls(settings.account_sid, tokens, timeout_s, NOT_SET if made_here(settings) else COPY_AGAIN)

    @property
    def client(self) -> Client:
        """The provider's client, imported when first asked for."""
        if self._client is None:
            from ivr.provider.rest import client_for

            self._client = client_for(self.sid, self._tokens, self._timeout_s, self._if_refused)
        return self._client

    def numbers(self) -> list[Number]:
        """Every number of the account."""
        from ivr.provider.rest import understood

        with understood():
            return [_number(found) for found in self.client.incoming_phone_numbers.list()]

    def number(self, number: str) -> Number:
        """A number of the account (E.164); the nearest one is named when it has none such."""
        from ivr.provider.rest import understood

        with understood():
            found = self.client.incoming_phone_numbers.list(phone_number=number)
            for one in found:
                if one.phone_number == number:
                    return _number(one)
        raise no_such_number(number, self.numbers())

    def set_up(self, number: Number, setup: Setup) -> Number:
        """Set where a number's calls go; returns what the provider then says it has."""
        from ivr.provider.rest import understood

        with understood():
            return _number(
                self.client.incoming_phone_numbers(number.sid).update(
                    voice_url=setup.voice.url,
                    voice_method=setup.voice.method,
                    voice_fallback_url=setup.fallback.url,
                    voice_fallback_method=setup.fallback.method,
                    status_callback=setup.status.url,
                    status_callback_method=setup.status.method,
                )
            )

    def alerts(self, base: str, since: datetime) -> list[Alert]:
        """Errors and warnings about addresses below `base`, and of calls that were not taken at all.

        `since` has a zone; the provider keeps 30 days.
        """
        from ivr.provider.rest import understood

        with understood():
            # The client writes the moment down as it is and calls it UTC.
            found = self.client.monitor.v1.alerts.list(
                start_date=since.astimezone(UTC), limit=MOST_ALERTS, page_size=ALERTS_A_PAGE
            )
            return [_alert(one) for one in found if _is_ours(one, base)]


def no_such_number(number: str, known: Sequence[Number]) -> ProviderTrouble:
    """What to say of a number that the account does not have."""
    if not known:
        remedy = "Buy one at the provider's console, or use the credentials of its account."
        return ProviderTrouble("no_such_number", f"This account has no numbers. {remedy}")
    near = nearest_number(number, (one.number for one in known))
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    has = f"It has {', '.join(one.number for one in known[:SHOWN])}{more}."
    meant = f"Was {near} meant?" if near else has
    return ProviderTrouble("no_such_number", f"This account does not have {number}. {meant}")


def _number(found: Any) -> Number:
    bound = ""
    if found.trunk_sid:
        bound = f"the SIP trunk {one_line(str(found.trunk_sid))}"
    elif found.voice_application_sid:
        bound = f"the TwiML application {one_line(str(found.voice_application_sid))}"
    elif found.voice_receive_mode == "fax":
        bound = "the fax"
    return Number(
        sid=str(found.sid),
        number=one_line(str(found.phone_number)),
        name=one_line(found.friendly_name or ""),
        setup=Setup(
            voice=Webhook(found.voice_url or "", found.voice_method or "POST"),
            fallback=Webhook(found.voice_fallback_url or "", found.voice_fallback_method or "POST"),
            status=Webhook(found.status_callback or "", found.status_callback_method or "POST"),
        ),
        bound=bound,
    )


def _is_ours(found: Any, base: str) -> bool:
    url = (found.request_url or "").partition("#")[0]
    if not url:
        return str(found.error_code) in NO_CALL_TAKEN
    return found.log_level in ("error", "warning") and (url == base or url.startswith((f"{base}/", f"{base}?")))


def _moment(value: datetime | str) -> datetime:
    """The client leaves a moment that is written in a way it does not know as text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _alert(found: Any) -> Alert:
    text = found.alert_text or ""
    said = parse_qs(text).get("Msg", [""])[0] if "=" in text else text
    code, sid = str(found.error_code or ""), str(found.resource_sid or "")
    return Alert(
        at=_moment(found.date_generated or found.date_created),
        level=found.log_level,
        code=int(code) if re.fullmatch(r"[0-9]{1,9}", code) else 0,
        method=one_line(found.request_method or ""),
        path=one_line(urlsplit(found.request_url or "").path),
        says=masked_text(one_line(said))[:LONGEST_SAID],
        call_sid=sid if re.fullmatch(r"CA[0-9a-fA-F]{32}", sid) else "",
    )
