"""Plays fuzzed requests against the whole application in batches, and tells every answer that must not be."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from fuzz.requests import Fuzzed, FuzzedCall, fuzzed_request
from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.log import set_up_logging
from ivr.rehearsal import rehearsal_line
from ivr.softphone.twiml_check import check
from ivr.wiring import Line

PROJECT = Path(__file__).parents[2]
BATCH = 250
"""Requests that share calls, a log and a store; a batch is the same for the same seed and number."""

CALLS = 5
LONGEST_REFUSAL = 400
ADDRESS = re.compile(r'(?:action|url)="([^"]+)"|<Redirect[^>]*>([^<]+)<')


@dataclass
class Tally:
    """What came of many requests: answers by status, those of signed ones apart, and everything that was wrong."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Together with another's."""
        self.answers.update(other.answers)
        self.wrong.extend(other.wrong)

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(self.answers.values())


class Webhooks:
    """The shipped line with its log kept, over a store in memory."""

    def __init__(self) -> None:
        self.log = StringIO()

    @cached_property
    def line(self) -> Line:
        """The line; its directory gives every sort of answer, by the number's last digit."""
        return rehearsal_line(load_release(read_files(PROJECT)), [], directory="by_number")

    @cached_property
    def app(self) -> Flask:
        """Its application, logging everything it can."""
        app = app_for(self.line)
        set_up_logging(production=True, stream=self.log, level=10)
        return app

    def batch(self, seed: int, number: int, requests: int = BATCH) -> Tally:
        """Send a batch, and look at every answer and at the log."""
        chance = random.Random(f"{seed}/{number}")
        app = self.app
        self.log.seek(0)
        self.log.truncate()
        self.line.store.purge(datetime.max.replace(tzinfo=UTC))
        moment = datetime(2026, 11, 1, tzinfo=ZoneInfo("America/Chicago")) + timedelta(
            seconds=chance.randrange(90 * 86_400)
        )
        calls = [
            FuzzedCall(f"CA{chance.getrandbits(128):032x}", f"+1{chance.randrange(2_000_000_000, 9_999_999_999)}")
            for _ in range(CALLS)
        ]
        private = {call.caller[2:] for call in calls}
        tally = Tally()
        for place in range(requests):
            call = chance.choice(calls)
            keyed = _keyed(chance)
            private |= set(re.findall(r"\d{8,}", keyed))
            request, is_signed = fuzzed_request(call, chance, keyed)
            status, headers, body = _sent(app, request, moment)
            here = f"batch {number} of seed {seed}, request {place}: {request.method} {request.target[:120]!r}"
            tally.answers[f"{'signed' if is_signed else 'unsigned'} {status}"] += 1
            tally.wrong += [f"{here}: {problem}" for problem in _problems(request, is_signed, status, headers, body)]
            if status == 200 and is_signed and (found := ADDRESS.findall(body.decode())):
                call.addresses.append(chance.choice([one or other for one, other in found]).replace("&amp;", "&"))
        tally.wrong += [f"batch {number} of seed {seed}: {problem}" for problem in self._log_problems(calls, private)]
        return tally

    def _log_problems(self, calls: Iterable[FuzzedCall], private: set[str]) -> Iterable[str]:
        """What must not stand in the log: numbers, sessions, and errors that nobody foresaw."""
        log = self.log.getvalue()
        yield from (f"the log holds {number}" for number in sorted(private) if number in log)
        tokens = {address.partition("?s=")[2][:60] for call in calls for address in call.addresses}
        yield from (f"the log holds the session {token}" for token in tokens if len(token) > 40 and token in log)
        yield from (
            f"an error inside: {line[-600:]}"
            for line in log.splitlines()
            if '"exception"' in line and "chunks that are none" not in line
        )


def _keyed(chance: random.Random) -> str:
    """Nothing, a menu's key, a number, or keys at random."""
    return chance.choice(
        (
            "",
            chance.choice("0123456789*#"),
            chance.choice("123"),
            str(chance.randrange(10_000_000, 9_999_999_999)),
            "".join(chance.choice("0123456789*#") for _ in range(chance.randrange(2, 40))),
        )
    )


def _sent(app: Flask, request: Fuzzed, moment: datetime) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in small letters) and body of the application's answer; -1 for an error let out."""
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        told[:] = [int(status.split(" ", 1)[0]), {name.lower(): value for name, value in headers}]

    try:
        answer = app.wsgi_app(request.environ(**{"ivr.moment": moment}), start)
        body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close:
            close()
    except Exception as escaped:
        return -1, {}, repr(escaped).encode()
    return told[0], told[1], body


def _problems(request: Fuzzed, is_signed: bool, status: int, headers: dict[str, str], body: bytes) -> Iterable[str]:
    """What is wrong with an answer: only TwiML to whoever signed, and a plain refusal to everyone else, may be."""
    kind = headers.get("content-type", "")
    path = request.target.partition("?")[0]
    if status == -1:
        yield f"an error escaped: {body.decode()[:300]}"
    elif status >= 500:
        yield f"answered {status}: {body[:200]!r}"
    elif status == 200 and request.method == "HEAD" and not body:
        return
    elif status == 200 and not path.startswith("/voice"):
        if not kind.startswith("text/plain") and path != "/phone":
            yield f"a page of type {kind}"
    elif status == 200:
        if not is_signed:
            yield "answered although nobody signed it"
        if not kind.startswith("text/xml"):
            yield f"an answer of type {kind}"
        yield from (str(complaint) for complaint in check(body, kind, "whisper" if "whisper" in path else "call"))
    elif status == 204:
        if path != "/voice/status" or body or not is_signed:
            yield "an empty answer"
    elif not 400 <= status < 500:
        yield f"answered {status}"
    elif path.startswith("/phone"):
        return
    elif not kind.startswith("text/plain") or len(body) > LONGEST_REFUSAL:
        yield f"a refusal ({status}) that is not plain: {kind}, {len(body)} bytes: {body[:100]!r}"
