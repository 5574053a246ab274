"""Hundreds of callers at once, each with a telephone of our own over real HTTP, one call after another."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from webhooks import TUESDAY

from chaos.expected import Said, said_on
from chaos.scripts import Script, do
from ivr.address import ASK_AGAIN
from ivr.softphone import FetchFailed, Number, OverHttp, Reply, Request, Softphone
from ivr.softphone.asking import Received

LAST_KEYS = 100
"""Keys a second of all callers together, once nobody dials any more."""

BUSY = "Many are calling just now. One moment, please."
"""What is answered instead of a turn, when there are too many."""

MOMENT, MOMENT_S = b"One moment.", 1.0
"""What is said while a slow list is asked once more, and the seconds that saying it takes."""

DIALLED = "+18445208695"
TURNS = ("/voice", "/voice/turn", "/voice/dialled", "/voice/fallback")


@dataclass
class Carried:
    """What the provider's side met on the way, over all calls.

    Args:
        seconds: how long each answered request took.
        failed: attempts without an answer, by the provider's error code; statuses: answers that were errors.
    """

    seconds: list[float] = field(default_factory=list)
    failed: Counter[int] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


Span = tuple[float, float]
"""From when to when, in seconds on this process's clock."""


class Way:
    """Real HTTP for one call: what was asked when, from the first attempt to the last."""

    def __init__(self, carried: Carried) -> None:
        self._carried = carried
        self._speaks_s = 0.0
        self._asked: dict[str, tuple[str, float, float]] = {}

    def fetch(self, request: Request) -> Reply:
        """See `Transport`."""
        time.sleep(self._speaks_s)
        began = time.monotonic()
        try:
            reply = OverHttp().fetch(request)
        except FetchFailed as trouble:
            self._carried.failed[trouble.code] += 1
            raise
        finally:
            ended = time.monotonic()
            token = dict(request.headers)["I-Twilio-Idempotency-Token"]  # the same for every attempt
            path, first, _ = self._asked.get(token, (urlsplit(request.url).path, began, ended))
            self._asked[token] = (path, first, ended)
        self._speaks_s = MOMENT_S if MOMENT in reply.body else 0.0
        self._carried.seconds.append(ended - began)
        if reply.status >= 400:
            self._carried.statuses[reply.status] += 1
        return reply

    def turns(self, received: Sequence[Received]) -> tuple[Span, ...]:
        """When each turn was asked, of those that were answered with one."""
        asked = [(first, last) for path, first, last in self._asked.values() if path in TURNS]
        answers = [answer for answer in received if urlsplit(answer.url).path in TURNS]
        return tuple(span for span, answer in zip(asked, answers, strict=True) if is_a_turn(answer))


@dataclass(frozen=True, slots=True)
class Played:
    """One call as its caller had it.

    Args:
        began, ended: seconds on this process's clock.
        turns: when each answered turn was asked.
        fallbacks: times that the provider asked the fallback.
        complaints: what the provider's debugger would show.
    """

    script: Script
    call_sid: str
    began: float
    ended: float
    said: tuple[Said, ...]
    turns: tuple[Span, ...]
    fallbacks: int
    complaints: tuple[str, ...]


class Callers:
    """Everybody who calls, each in a thread.

    Args:
        number: where the provider asks; its addresses ask for more attempts, as README says to set them up.
        pace_s: seconds between two keys, on the average.
    """

    def __init__(self, number: Number, scripts: Sequence[Script], at_once: int, pace_s: float, seed: int) -> None:
        self.carried = Carried()
        self.played: list[Played] = []
        self.broken: list[str] = []
        self.under_way = 0
        self._number, self._scripts, self._pace_s = number, scripts, pace_s
        self._last_pace_s = min(pace_s, at_once / LAST_KEYS)
        self._is_over = threading.Event()
        self._counted = threading.Lock()
        self._numbers = count(2_000_000_000)
        self._threads = [
            threading.Thread(target=self._call_on, args=(random.Random(f"{seed} {place}"),), daemon=True)
            for place in range(at_once)
        ]

    def begin(self) -> None:
        """Everybody dials, within one pace."""
        for thread in self._threads:
            thread.start()

    def finish(self, within_s: float) -> None:
        """Nobody dials any more; calls under way go on to their ends, no quicker than `LAST_KEYS` all together."""
        self._is_over.set()
        deadline = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), "a call hangs"

    def _call_on(self, chance: random.Random) -> None:
        self._is_over.wait(chance.uniform(0, self._pace_s))
        while not self._is_over.is_set():
            script = chance.choice(self._scripts)
            with self._counted:
                self.under_way += 1
                caller = f"+1{next(self._numbers)}"
            try:
                self.played.append(self._play(script, caller, chance))
            except Exception as trouble:
                self.broken.append(f"{script.name}: {trouble!r}")
            finally:
                with self._counted:
                    self.under_way -= 1

    def _play(self, script: Script, caller: str, chance: random.Random) -> Played:
        way = Way(self.carried)
        phone = Softphone(way, self._number, TUESDAY, caller=caller, dialled=DIALLED)
        began = time.monotonic()
        phone.dial()
        for act in script.does:
            if self._is_over.wait(chance.uniform(0.5, 1.5) * self._pace_s):
                time.sleep(chance.uniform(0.5, 1.5) * self._last_pace_s)
            do(phone, act)
        phone.hang_up()
        return Played(
            script=script,
            call_sid=phone.state.leg.sid,
            began=began,
            ended=time.monotonic(),
            said=said_on(phone),
            turns=way.turns(phone.received),
            fallbacks=sum("/voice/fallback" in request.url for request in phone.requests),
            complaints=tuple(str(complaint) for complaint in phone.complaints),
        )


def is_a_turn(answer: Received) -> bool:
    """Whether we took a turn for it: not for who must wait, nor when a dial ends that the caller has hung up on."""
    is_none = answer.body.endswith(b"<Response />") or BUSY.encode() in answer.body
    return answer.status == 200 and urlsplit(answer.url).path in TURNS and not is_none


def number_at(url: str, account: str, token: str) -> Number:
    """The number as an operator sets it up, with more attempts than the provider makes by itself."""
    usual = Number.at(url, account, token)
    return Number(account, token, usual.voice + ASK_AGAIN, f"{usual.fallback}{ASK_AGAIN}", f"{usual.status}{ASK_AGAIN}")
