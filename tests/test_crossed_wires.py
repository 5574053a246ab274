"""The shipped line: a slip in a wire, the keys of a menu, a fact or the hours is noticed, or nobody could notice it.

Here a share of all slips is tried, and every fact; `make mutants` tries them all (docs/mutants.md).
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from mutants.equivalence import is_equivalent
from mutants.making import Mutant
from mutants.report import LET_LIVE
from mutants.trying import Wanted, bench, tried

SHARE = 29
"""One in so many slips; which ones differs from wire to wire."""

AT_ONCE = 2


def chosen() -> list[int]:
    return [number for number, mutant in enumerate(bench().mutants) if mutant.sort == "fact" or number % SHARE == 0]


def test_every_step_of_the_shipped_flow_is_passed_by_a_scripted_call() -> None:
    passed = {step for played in bench().calls for step in played.steps}
    assert [step for step in bench().flow.steps if step not in passed] == []


def test_every_slip_is_noticed_unless_nobody_could_tell() -> None:
    numbers = chosen()
    shares = [Wanted(tuple(numbers[first::AT_ONCE]), rules_for=0) for first in range(AT_ONCE)]
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        found = [one for share in pool.map(tried, shares) for one in share]
    survivors = [one.change for one in found if not one.is_noticed and not one.is_equivalent]
    assert [change for change in survivors if change not in LET_LIVE] == []


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ("first_menu.options.9: first_menu instead of top", True),
        ("closed_menu.options.1: opened_since instead of representative", True),
        ("first_menu.options.9: closed_menu instead of top", False),
        ("certification.not_confirmed: certification not set", False),
        ("first_menu: keys 1 and 2 swapped, with their words", False),
    ],
)
def test_what_nobody_could_tell_is_decided_and_not_listed(change: str, is_one: bool) -> None:
    assert is_equivalent(bench().release, named(change)) is is_one


def test_rules_alone_name_what_a_fault_in_a_slow_look_up_leads_to() -> None:
    assert bench().rule_broken(named("on_error: closed_again instead of trouble")) == "P-11"


def named(change: str) -> Mutant:
    return next(mutant for mutant in bench().mutants if mutant.change == change)
