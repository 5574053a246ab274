"""One mutant after another, in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ivr.log import no_logging
from mutants.catching import Bench
from mutants.equivalence import CannotTell, is_equivalent
from mutants.making import Mutant
from mutants.report import Tried


@dataclass(frozen=True)
class Wanted:
    """What a process is to try.

    Args:
        rules_for: one in so many mutants is put to the rules although a scripted call notices it; 0 for none.
    """

    numbers: tuple[int, ...]
    rules_for: int


@cache
def bench() -> Bench:
    return Bench()


def tried(wanted: Wanted) -> list[Tried]:
    """What notices each of some mutants."""
    with no_logging():
        return [trial(number, bench().mutants[number], wanted.rules_for) for number in wanted.numbers]


def trial(number: int, mutant: Mutant, rules_for: int) -> Tried:
    """What notices one mutant; rules are asked where calls miss what somebody could notice, and of a share of all."""
    call = bench().call_that_notices(mutant)
    load = bench().fault_at_load(mutant)
    verdict = "" if call else verdict_on(mutant)
    asks = verdict in ("different", "not decided") or bool(rules_for and number % rules_for == 0)
    # Of files that do not load no rule is ever asked, and a circle without a caller in it has no end.
    rule = bench().rule_broken(mutant) if asks and not load else "" if asks else None
    return Tried(number, mutant.sort, mutant.change, call, load, rule, verdict)


def verdict_on(mutant: Mutant) -> str:
    """Whether anybody could notice it at all."""
    try:
        return "equivalent" if is_equivalent(bench().release, mutant) else "different"
    except CannotTell:
        return "not decided"
