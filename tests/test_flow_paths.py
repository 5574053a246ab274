"""Questions about a flow as a graph: they hold at any size, and take time that grows with the flow."""

from __future__ import annotations

import random

import pytest

from ivr.flow.paths import knots


def test_a_knot_is_all_names_that_come_back_to_themselves() -> None:
    ways = {"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": ["e"], "e": [], "f": ["f"], "g": ["a"]}
    assert knots(ways) == [["b", "c"], ["f"]]


def test_a_chain_of_ten_thousand_names_has_no_knot() -> None:
    chain = {str(number): [str(number + 1)] for number in range(10_000)} | {"10000": []}
    assert knots(chain) == []


def test_a_ring_of_ten_thousand_names_is_one_knot() -> None:
    ring = {str(number): [str((number + 1) % 10_000)] for number in range(10_000)}
    assert [len(knot) for knot in knots(ring)] == [10_000]


@pytest.mark.parametrize("seed", range(40))
def test_knots_are_those_found_by_following_every_way(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(12)]
    ways = {name: chance.sample(names, chance.choice([0, 1, 1, 2])) for name in names}
    after = {name: followed(ways, name) for name in names}
    by_hand = []
    for name in names:
        knot = [other for other in names if other in after[name] and name in after[other]]
        if name in after[name] and knot not in by_hand:
            by_hand.append(knot)
    assert knots(ways) == by_hand


def followed(ways: dict[str, list[str]], name: str) -> set[str]:
    """Every name that follows, in one way or more."""
    found: set[str] = set()
    waiting = list(ways[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += ways[other]
    return found
