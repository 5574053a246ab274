"""Does the time of an answer tell whether a number is on the list? Measured in turns, one sort against the other."""

from __future__ import annotations

import random
import time

from test_attacker import NPN, line_over
from webhooks import Provider, action

from ivr.brokers import Broker, TableDirectory
from ivr.brokers.csv_file import HEADER
from ivr.wiring import Line, line_of

PAIRS = 300
WIDEST = 0.12
"""How far the rank statistic may be from a half. Chance alone moves it by 0.024 (one standard deviation)."""

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


class Leaky(TableDirectory):
    """A directory that takes about a millisecond more for a number that is on its list."""

    def find(self, npn: str) -> Broker | None:
        """See `TableDirectory`."""
        found = super().find(npn)
        for _ in range(30 if found else 0):
            super().find(npn)
        return found


def compared(line: Line, numbers: dict[str, str]) -> dict[str, list[float]]:
    """Times of answers to each sort of number, measured in turns, in an order of chance."""
    chance = random.Random(4)
    times: dict[str, list[float]] = {sort: [] for sort in numbers}
    for place in range(PAIRS):
        for sort in chance.sample(list(numbers), len(numbers)):
            times[sort].append(seconds(line, len(numbers) * place + list(numbers).index(sort), numbers[sort]))
    return times


def test_the_time_of_an_answer_does_not_tell_whether_a_number_is_on_the_list() -> None:
    times = compared(line_over(ON_FILE), {"on it": NPN, "not": "99911177", "not either": "99922277"})
    known, noise = later(times["on it"], times["not"]), later(times["not"], times["not either"])
    print(f"a number on the list takes longer with a chance of {known:.3f}; of two that are not: {noise:.3f}")
    assert abs(known - 0.5) < WIDEST
    assert abs(noise - 0.5) < WIDEST


def test_a_millisecond_more_for_a_number_on_the_list_would_be_noticed() -> None:
    sound = line_over(ON_FILE)
    leaky = line_of(sound.settings, sound.store, Leaky(sound.store.engine), sound.clock)
    leaky.releases.put_on(sound.releases.current().release)
    times = compared(leaky, {"on it": NPN, "not": "99911177"})
    known = later(times["on it"], times["not"])
    print(f"with a millisecond more a number on the list takes longer with a chance of {known:.3f}")
    assert known > 0.5 + WIDEST
