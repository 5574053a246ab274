"""Does the time of an answer tell whether a number is on the list? Measured in turns, one sort against the other."""

from __future__ import annotations

import random
import time

from test_attacker import NPN, line_over
from webhooks import Provider, action

from bench.told import told
from ivr.brokers.csv_file import HEADER
from ivr.wiring import Line

PAIRS = 400
WIDEST = 0.12
"""How far the rank statistic may be from a half. Chance alone moves it by 0.02; a load-dependent machine by less than
0.05, since the two are measured in turns; a look-up that takes one statement more moves it by 0.3 and more."""

ON_FILE = (
    f"{HEADER}\n{NPN},Bo,Sample,2026-09-01,2027-10-31,2026-08-20,yes,suspended,Agency\n99900001,A,B,,,,yes,active,\n"
)


def seconds(line: Line, number: int, npn: str) -> float:
    """Processor time of one answer to an entry, on a call of its own from a number of its own."""
    call = Provider(line, f"CA{number:032x}")
    caller = f"+1612{number:07d}"
    menu = call.post("/voice", From=caller)
    asked = call.post(action(menu), From=caller, Digits="1")
    began = time.thread_time()
    call.post(action(asked), From=caller, Digits=npn, FinishedOnKey="#")
    return time.thread_time() - began


def later(one: list[float], other: list[float]) -> float:
    """The chance that one of the first took longer than one of the second: a half when they cannot be told apart."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(place for place, (_, sort) in enumerate(ranked, 1) if sort == 0)
    return (ranks - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))


def test_the_time_of_an_answer_does_not_tell_whether_a_number_is_on_the_list() -> None:
    line = line_over(ON_FILE)
    chance = random.Random(4)
    times: dict[str, list[float]] = {"on the list": [], "not on it": [], "not on it either": []}
    numbers = {"on the list": NPN, "not on it": "99911177", "not on it either": "99922277"}
    for place in range(PAIRS):
        for sort in chance.sample(list(times), 3):
            times[sort].append(seconds(line, len(times) * place + list(times).index(sort), numbers[sort]))
    known = later(times["on the list"], times["not on it"])
    noise = later(times["not on it"], times["not on it either"])
    told(
        f"chance that a number on the list takes longer: {known:.3f}; two that are not: {noise:.3f} (a half is nothing)"
    )
    assert abs(known - 0.5) < WIDEST
    assert abs(noise - 0.5) < WIDEST
