"""The provider's REST client, and each of its failures as one of ours. Slow to import: `account` does, when asked.

Trusts no answer to be the provider's until it is JSON. `HTTPS_PROXY` and `REQUESTS_CA_BUNDLE` of the environment are
obeyed, as everywhere; no setting of ours can lead the credentials to another host.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from requests import exceptions as failures
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ivr.errors import one_line
from ivr.provider.failures import ProviderTrouble

SUSPENDED = (10001, 20005)
TEST_CREDENTIALS = 20008
LONGEST_WORD = 200
MOST_REQUESTS = 1000
"""Requests of one command: pages lead to the next, and an account of fifty thousand numbers has no more of them."""

HOME = ".twilio.com"
"""Where the account's token may go: pages of an answer name the next one by its whole address."""


def client_for(account_sid: str, tokens: Sequence[str], timeout_s: float, remedy: str) -> Client:
    """The provider's own client.

    Args:
        tokens: each is tried until one is accepted: one may be on its way out.
        remedy: what to do when none is.
    """
    return Client(account_sid, tokens[0], http_client=_Http(account_sid, tokens, timeout_s, remedy))


class _Http(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """The client's way to the network, with a time limit and our words for what fails."""

    def __init__(self, account_sid: str, tokens: Sequence[str], timeout_s: float, remedy: str) -> None:
        super().__init__(timeout=timeout_s)
        self._account_sid, self._tokens, self._remedy = account_sid, list(tokens), remedy
        self._left = MOST_REQUESTS

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        """One request, refused or answered. Raises ProviderTrouble."""
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme != "https" or not host.endswith(HOME):
            reason = f"The provider's answer leads to {one_line(host)}, which is not its own."
            raise ProviderTrouble("provider_fails", reason)
        self._left -= 1
        if self._left < 0:
            raise ProviderTrouble("provider_fails", f"The answers of {host} lead to ever more of them.")
        with _network(method, url, self.timeout):
            for token in list(self._tokens):
                more["auth"] = (self._account_sid, token)
                response = super().request(method, url, *args, **more)
                if response.status_code != 401:
                    self._tokens = [token]
                    break
        if response.status_code == 401:
            reason = "The provider does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN."
            raise ProviderTrouble("credentials", f"{reason} {self._remedy}")
        if not 200 <= response.status_code < 300:
            raise _refused(response, host)
        return response


@contextmanager
def _network(method: str, url: str, timeout_s: float | None) -> Iterator[None]:
    """No answer at all, as our failure."""
    host = urlsplit(url).hostname
    try:
        yield
    except failures.Timeout as error:
        connected = not isinstance(error, failures.ConnectTimeout)
        reason = f"{host} did not answer within {timeout_s:g} seconds."
        doubt = " What was asked may have been done: look with ivr twilio status." if method != "GET" else ""
        remedy = "Try again in a minute, or give it longer with --timeout."
        settled = not connected or method == "GET"
        raise ProviderTrouble("no_answer", f"{reason}{doubt} {remedy}", is_settled=settled) from error
    except failures.SSLError as error:
        reason = f"The TLS certificate of {host} is not trusted here: something on the way answers in its place."
        remedy = "If that is your own proxy, name its certificate in REQUESTS_CA_BUNDLE."
        raise ProviderTrouble("unreachable", f"{reason} {remedy}") from error
    except failures.ProxyError as error:
        reason = f"The proxy named by HTTPS_PROXY does not lead to {host}."
        raise ProviderTrouble("unreachable", f"{reason} Correct HTTPS_PROXY, or start the proxy.") from error
    except (failures.ConnectionError, failures.ChunkedEncodingError) as error:
        reason = f"No connection to {host}, or it broke."
        remedy = "Look at this machine's network, name server and firewall (port 443 outwards)."
        raise ProviderTrouble("unreachable", f"{reason} {remedy}", is_settled=method == "GET") from error
    except failures.RequestException as error:
        raise ProviderTrouble("unreachable", f"{host} could not be asked ({type(error).__name__}).") from error
    except OSError as error:  # a file that is named for certificates and is not there
        reason = f"{host} could not be asked: {one_line(str(error))}."
        raise ProviderTrouble("unreachable", f"{reason} Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE.") from error


@contextmanager
def understood() -> Iterator[None]:
    """Answers that the client cannot make sense of, as our failure."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, TwilioException) as error:
        reason = "What came back is no answer of the provider's: something on the way may answer in its place."
        raise ProviderTrouble("provider_fails", f"{reason} Look at the network and at HTTPS_PROXY.") from error


def _refused(response: Response, host: str) -> ProviderTrouble:
    """An answer that is a refusal, by its status and the provider's own code."""
    status, (code, says) = response.status_code, _said(response.text)
    told = f" ({code}: {says})" if code and says else f" ({says})" if says else ""
    if code == TEST_CREDENTIALS:
        remedy = "Set those of the account itself: test credentials can neither read nor set a number."
        return ProviderTrouble("not_allowed", f"These are test credentials. {remedy}")
    if code in SUSPENDED:
        return ProviderTrouble("not_allowed", f"The account is suspended or closed{told}. Its console says why.")
    if status == 403:
        remedy = "Use credentials of the account that owns the number."
        return ProviderTrouble("not_allowed", f"The account may not do this{told}. {remedy}")
    if status == 404:
        remedy = "The number may have been released or moved meanwhile: look with ivr twilio status."
        return ProviderTrouble("no_such_number", f"The account does not have what was asked for{told}. {remedy}")
    if status == 429:
        pause = _header(response.headers, "Retry-After")
        wait = f"{pause} seconds" if pause.isdigit() else "a minute"
        return ProviderTrouble("too_many", f"The provider has had too many requests of this account. Wait {wait}.")
    if status >= 500:
        remedy = "Its own failure, as a rule a short one: try again in a few minutes."
        return ProviderTrouble("provider_fails", f"{host} answered {status}{told}. {remedy}", is_settled=False)
    if 300 <= status < 400:
        reason = f"{host} answered {status}, leading elsewhere: something on the way answers in its place."
        return ProviderTrouble("provider_fails", f"{reason} Look at the network and at HTTPS_PROXY.")
    page = f" What that means: https://www.twilio.com/docs/api/errors/{code}" if code else ""
    return ProviderTrouble("refused", f"The provider does not take what was asked{told or f' ({status})'}.{page}")


def _said(text: str) -> tuple[int, str]:
    """The provider's own code and word of an answer; 0 and nothing where it is none of its."""
    try:
        found = json.loads(text)
        return int(found.get("code") or 0), one_line(str(found.get("message") or ""))[:LONGEST_WORD]
    except (ValueError, AttributeError, TypeError, ArithmeticError, RecursionError):
        return 0, ""


def _header(headers: Mapping[str, str] | None, name: str) -> str:
    return next((value for key, value in (headers or {}).items() if key.lower() == name.lower()), "")
