"""Quantities of every ending: the fewest are what a call takes that is played, the most what can be worked out."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import pytest
from tiny_line import tiny_files

from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.log import no_logging
from ivr.proof.example import example
from ivr.proof.explore import Graph, explored
from ivr.proof.quantities import Quantity, label_watched, quantities
from ivr.softphone import Softphone
from ivr.softphone.scripted import play, read_calls
from ivr.staging import Stage

FROM = date(2026, 11, 24)


@cache
def tiny() -> tuple[Release, Graph, Stage, dict[tuple[str, str], Quantity]]:
    files = tiny_files()
    release = load_release(files)
    flow = release.flows["tiny"]
    graph = explored(flow, label_watched(flow))
    found = {(one.step, one.label): one for one in quantities(graph, release, FROM)}
    return release, graph, Stage(files, (), release), found


def test_every_ending_is_there_once_in_the_order_of_the_flow() -> None:
    assert list(tiny()[3]) == [
        ("representatives", "certified"),
        ("representatives", "unchecked"),
        ("goodbye", ""),
    ]


@pytest.mark.parametrize(
    ("ending", "fewest_keys", "menus"),
    [
        (("representatives", "certified"), 10, 1),  # 1, eight digits, pound
        (("representatives", "unchecked"), 0, 0),  # silence at the first menu
        (("goodbye", ""), 0, 0),  # silence when closed
    ],
)
def test_the_fewest_keys_and_menus(ending: tuple[str, str], fewest_keys: int, menus: int) -> None:
    ranges = tiny()[3][ending].ranges
    assert ranges["keys"].fewest == fewest_keys
    assert ranges["menus"].fewest == menus


def test_the_fewest_seconds_add_up_from_the_words() -> None:
    """150 words a minute: 0.4 s a word, 0.5 s between options."""
    ranges = tiny()[3]["representatives", "certified"].ranges
    greeting, menu = 2 * 0.4, (5 + 5) * 0.4 + 0.5
    npn, connecting = 8 * 0.4, 3 * 0.4
    assert ranges["heard_s"].fewest == pytest.approx(greeting + menu + npn + connecting)
    assert ranges["interrupting_s"].fewest == pytest.approx(connecting)


@pytest.mark.parametrize("ending", [("representatives", "unchecked"), ("goodbye", "")])
def test_a_call_made_from_the_way_presses_so_many_keys_and_comes_there(ending: tuple[str, str]) -> None:
    release, graph, stage, found = tiny()
    least = found[ending].ranges["keys"]
    script = example(graph, least.way, release.turns_limit).script("the least")
    phones: list[Softphone] = []
    call = read_calls({"flows/calls/made.yaml": json.dumps([script]).encode()})[0]
    with no_logging():
        play(call, stage.set_for, lambda number, phone: phones.append(phone))
    assert phones[-1].step == ending[0]
    assert phones[-1].tape.keys == least.fewest


def test_the_most_is_never_less_than_the_fewest_and_grows_with_slips() -> None:
    for quantity in tiny()[3].values():
        for one in quantity.ranges.values():
            assert one.fewest <= one.most
    keys = tiny()[3]["representatives", "unchecked"].ranges["keys"]
    # Wrong keys and both menus, an entry, another try, an entry once more: nobody is kept longer without turning back.
    assert 9 + 1 + 9 < keys.most < 60
