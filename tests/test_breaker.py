"""The breaker and the time limit: one failure, then nobody waits; work that hangs is not waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ivr.turns.breaker import Breaker
from ivr.turns.waiting import MOST_AT_ONCE, Helpers, TooLate


class Ticks:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def test_one_failure_opens_it_and_of_many_at_once_one_counts(ticks: Ticks) -> None:
    breaker = Breaker(ticks)
    assert breaker.failed("gone")
    assert [breaker.failed("gone too") for _ in range(20)] == [False] * 20
    assert breaker.is_open
    assert breaker.trouble == "gone"
    assert breaker.probe_in() == pytest.approx(0.05)


def test_pauses_between_probes_double_up_to_a_second(ticks: Ticks) -> None:
    breaker = Breaker(ticks)
    breaker.failed("gone")
    pauses = []
    for _ in range(9):
        pauses.append(round(breaker.probe_in(), 3))
        ticks.now += breaker.probe_in()
        assert breaker.probe_in() == 0
        breaker.still_failing("gone")
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0]


def test_after_a_good_probe_it_is_closed_but_patient_until_real_work_was_done(ticks: Ticks) -> None:
    breaker = Breaker(ticks)
    for _ in range(3):
        breaker.failed("full")
        breaker.close()
    assert not breaker.is_open
    breaker.failed("full")
    assert breaker.probe_in() == pytest.approx(0.4)
    breaker.close()
    breaker.worked()
    breaker.failed("full")
    assert breaker.probe_in() == pytest.approx(0.05)


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Work that hangs until the test is over: `stuck.wait`."""
    event = threading.Event()
    yield event
    event.set()


def test_work_gives_what_it_gives_and_raises_what_it_raises() -> None:
    helpers = Helpers()
    assert helpers.within(30, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        helpers.within(30, lambda: 1 // 0)
    assert helpers.within(30, lambda: 8) == 8


def test_one_thread_does_one_job_after_the_other() -> None:
    helpers = Helpers()
    assert len({helpers.within(30, threading.get_ident) for _ in range(20)}) <= 2
    assert threading.get_ident() != helpers.within(30, threading.get_ident)


def test_work_that_hangs_is_not_waited_for_and_other_work_goes_on(stuck: threading.Event) -> None:
    helpers = Helpers()
    with pytest.raises(TooLate):
        helpers.within(0.01, stuck.wait)
    assert helpers.within(30, lambda: 7) == 7


def test_hanging_work_takes_only_so_many_threads(stuck: threading.Event) -> None:
    helpers = Helpers()
    for _ in range(MOST_AT_ONCE):
        with pytest.raises(TooLate):
            helpers.within(0, stuck.wait)
    with pytest.raises(TooLate):
        helpers.within(30, lambda: 7)


def test_a_neighbour_that_falls_silent_may_be_slow_for_three_seconds_unless_it_refuses(ticks: Ticks) -> None:
    breaker = Breaker(ticks)
    breaker.failed("no answer", is_silent=True)
    slow = []
    for _ in range(4):
        ticks.now += 0.9
        breaker.still_failing("no answer", is_silent=True)
        slow.append(breaker.may_be_slow)
    assert slow == [True, True, True, False]
    breaker.close()
    breaker.failed("no answer", is_silent=True)
    breaker.still_failing("refused")
    assert not breaker.may_be_slow
