"""The certification directory as an HTTP service; nothing it sends is trusted beyond one yes or no."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ivr.brokers.directory import Answer
from ivr.brokers.record import normal_npn
from ivr.errors import DirectoryUnavailable, SetupError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

LARGEST_ANSWER = 16_384
"""Bytes of an answer that are read at most; a good one has fewer than a hundred."""

MOST_AT_ONCE = 32
"""Looks under way at once in one process; a service that hangs cannot use up more threads than this."""


class RetryBudget:
    """How many looks may be repeated: one in ten, with ten in hand, so that an outage does not double the traffic."""

    def __init__(self, in_hand: float = 10.0, each_look: float = 0.1) -> None:
        self._most = in_hand
        self._in_hand = in_hand
        self._each_look = each_look
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A look was answered."""
        with self._lock:
            self._in_hand = min(self._most, self._in_hand + self._each_look)

    def spend(self) -> bool:
        """Whether one more look may be made; if so it is paid for."""
        with self._lock:
            if self._in_hand < 1:
                return False
            self._in_hand -= 1
            return True


class HttpDirectory:
    """The directory from a service.

    What is asked, with the day in Central time and the number without leading zeros::

        GET {url}/{npn}?on=2026-11-24
        Authorization: Bearer {token}
        Accept: application/json

    What it answers, with status 200 (or 404 for a number that it does not know)::

        {"certified": true, "updated_at": "2026-11-24T04:00:00-06:00"}

    `certified` must be true or false; `updated_at` may be missing. Anything else is no answer: a redirect, another
    status, an answer over 16 kB, not JSON. A plain 404 page is no answer either, since a mistyped address must not
    turn certified brokers away (D-22).

    A look ends when its seconds are over, whatever the service is doing: name look-up, TLS, headers that trickle in.
    After a time-out, a lost connection, 429 or 5xx, `can_retry` is true as long as the retry budget lasts.

    Args:
        url: http or https address without the number. Names the setting to mend when it cannot work.
        token: what `Authorization` carries; no header when empty.
    """

    may_be_slow = True

    def __init__(self, url: str, token: str = "") -> None:
        if not url.startswith(("http://", "https://")) or "?" in url or "#" in url:
            raise SetupError(f"The address of the certification service must be http(s)://host/path, not {url!r}.")
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "broker-line"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._budget = RetryBudget()
        self._at_once = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._pool: PoolManager | None = None
        self._updated_at: datetime | None = None

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`."""
        npn = normal_npn(npn)
        if not (npn.isascii() and npn.isdigit()):
            return "not_confirmed"
        return self._in_time(lambda: self._ask(npn, today, within_s), within_s)

    def updated_at(self) -> datetime | None:
        """What the service last said; None before it said so."""
        return self._updated_at

    def _in_time(self, ask: Callable[[], Answer], within_s: float) -> Answer:
        """Ask on a thread of its own, since neither a name look-up nor trickling headers heed a socket's time limit."""
        if not self._at_once.acquire(blocking=False):
            raise self._within_budget("The certification service has too many unanswered questions already.")
        answers: SimpleQueue[Answer | BaseException] = SimpleQueue()

        def run() -> None:
            try:
                answers.put(ask())
            except BaseException as error:  # handed over to the caller's thread, which raises it
                answers.put(error)
            finally:
                self._at_once.release()

        threading.Thread(target=run, name="certification look-up", daemon=True).start()
        try:
            outcome = answers.get(timeout=within_s)
        except Empty:
            raise self._within_budget(f"The certification service did not answer within {within_s:g} s.") from None
        if isinstance(outcome, DirectoryUnavailable) and outcome.can_retry:
            raise self._within_budget(str(outcome)) from outcome.__cause__
        if isinstance(outcome, BaseException):
            raise outcome
        self._budget.earn()
        return outcome

    def _within_budget(self, sentence: str) -> DirectoryUnavailable:
        """A failure that may pass: worth a second look as long as the budget lasts."""
        return DirectoryUnavailable(sentence, can_retry=self._budget.spend())

    def _ask(self, npn: str, today: date, within_s: float) -> Answer:
        from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

        until = time.monotonic() + within_s
        try:
            response = self._connections().request(
                "GET",
                f"{self._url}/{npn}?on={today.isoformat()}",
                headers=self._headers,
                timeout=within_s,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                body = _read(response, until)
            finally:
                # An answer read to its end has given its connection back to the pool; any other is useless.
                if response.connection is not None:
                    response.close()
        except (HTTPError, OSError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):
                raise DirectoryUnavailable(
                    f"The certification service did not answer within {within_s:g} s."
                ) from error
            raise DirectoryUnavailable("The certification service cannot be reached.") from error
        return self._understood(response.status, body)

    def _understood(self, status: int, body: bytes) -> Answer:
        if status == 429 or status >= 500:
            raise DirectoryUnavailable(f"The certification service answered with status {status}.")
        if status not in (200, 404):
            raise DirectoryUnavailable(f"The certification service answered with status {status}.", can_retry=False)
        try:
            said: Any = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise DirectoryUnavailable("The certification service answered without JSON.", can_retry=False) from error
        certified = said.get("certified") if isinstance(said, dict) else None
        if not isinstance(certified, bool) or (certified and status != 200):
            raise DirectoryUnavailable('The certification service did not say "certified".', can_retry=False)
        self._updated_at = _moment(said.get("updated_at")) or self._updated_at
        return "certified" if certified else "not_confirmed"

    def _connections(self) -> PoolManager:
        if self._pool is None:
            from urllib3 import PoolManager

            # urllib3 logs addresses, and ours hold the number (D-26); what it has to say reaches us as errors.
            logging.getLogger("urllib3").setLevel(logging.CRITICAL)
            self._pool = PoolManager(maxsize=MOST_AT_ONCE, block=False)
        return self._pool


def _read(response: BaseHTTPResponse, until: float) -> bytes:
    """The whole body, as long as it is small and comes in time."""
    body = b""
    while chunk := response.read1(LARGEST_ANSWER):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise DirectoryUnavailable("The certification service answered far too much.", can_retry=False)
        if time.monotonic() > until:
            break
    return body


def _moment(said: object) -> datetime | None:
    """An ISO moment with zone, or None for anything else."""
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
