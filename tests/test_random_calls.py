"""Ten thousand callers who do anything: none is failed, none goes round in a circle, every one ends or is asked."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.log import no_logging
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.softphone import InProcess, Number, ProviderHabits, Representative, Softphone
from ivr.softphone.state import DialWait

PROJECT = Path(__file__).parents[1]
CALLS = 10_000
AT_ONCE = 2
CENTRAL = ZoneInfo("America/Chicago")
KEYS = "0123456789*#"
ENTRIES = [
    "99900001#",
    "99900002#",
    "99999999#",
    "0#",
    "#",
    "123456789#",
    "9990000010",
    "99900001",
    "*",
    "99*99900001#",
]
CALLERS = ["+16125550199", "anonymous", "+266696687", "client:someone", "sip:a@b.example"]
DOES: tuple[Representative, ...] = ("answers", "no_answer", "busy", "failed", "declines")
MOST_ACTIONS = 8
MOST_REQUESTS_A_TURN = 25


@cache
def application() -> Flask:
    line = rehearsal_line(load_release(read_files(PROJECT)), sample_brokers(PROJECT))
    return app_for(line)


def call(number: int) -> list[str]:
    """One random caller, the same for the same number; what went wrong, in words."""
    chance = random.Random(number)
    moment = datetime(2026, 11, 1, tzinfo=CENTRAL) + timedelta(seconds=chance.randrange(90 * 86_400))
    habits = ProviderHabits(finished_on_key=chance.random() < 0.5)
    transport = InProcess(application().wsgi_app, BASE_URL)
    phone = Softphone(
        transport,
        Number.at(BASE_URL, ACCOUNT_SID, AUTH_TOKEN),
        moment,
        caller=chance.choice(CALLERS),
        habits=habits,
        call_sid=f"CA{number:032x}",
    )
    wrong: list[str] = []
    phone.dial()
    for _ in range(MOST_ACTIONS):
        if phone.is_over:
            break
        before = len(phone.requests)
        act(phone, chance)
        if len(phone.requests) - before > MOST_REQUESTS_A_TURN:
            wrong.append(f"call {number} goes round in a circle at {phone.step}")
        if not phone.is_over and phone.waiting is None:
            wrong.append(f"call {number} neither ended nor asked at {phone.step}")
        repeat_something(phone, transport, chance, wrong)
    wrong += [f"call {number}: {complaint}" for complaint in phone.complaints]
    wrong += [f"call {number}: answered {received.status}" for received in phone.received if received.status >= 500]
    return wrong


def act(phone: Softphone, chance: random.Random) -> None:
    """Something a caller, or the telephone that rings, may do."""
    roll = chance.random()
    if isinstance(phone.waiting, DialWait) and roll < 0.8:
        phone.representative(chance.choice(DOES))
    elif roll < 0.04:
        phone.hang_up()
    elif roll < 0.2:
        phone.stay_silent()
    elif roll < 0.3:
        phone.press("".join(chance.choice(KEYS) for _ in range(chance.randrange(2, 14))))
    elif roll < 0.5:
        phone.press(chance.choice(ENTRIES))
    else:
        phone.press(chance.choice(KEYS), at_second=chance.random() * 5)


def repeat_something(phone: Softphone, transport: InProcess, chance: random.Random, wrong: list[str]) -> None:
    """Send the last webhook again, or an old one out of its order: the first is answered alike, none fails."""
    roll = chance.random()
    if roll < 0.05 and not phone.is_over:
        last, answer = phone.requests[-1], phone.received[-1]
        again = transport.fetch(last)
        if again.body != answer.body:
            wrong.append(f"call {phone.state.leg.sid}: a repeated webhook was answered otherwise")
    elif roll < 0.1:
        old = transport.fetch(chance.choice(phone.requests))
        if old.status >= 500:
            wrong.append(f"call {phone.state.leg.sid}: an old webhook was answered {old.status}")


def calls(numbers: range) -> list[str]:
    with no_logging():
        return [problem for number in numbers for problem in call(number)]


def test_ten_thousand_random_calls_all_end_or_ask() -> None:
    shares = [range(first, CALLS, AT_ONCE) for first in range(AT_ONCE)]
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        problems = [problem for share in pool.map(calls, shares) for problem in share]
    assert problems == []
