"""What the browser telephone says of star, zero, nine and pound: true at every step of the shipped line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from ivr.console.keys_here import keys_here
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.softphone.state import GatherWait
from ivr.softphone.tape import Utterance
from ivr.steps.menu import MenuStep

OPEN = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("America/Chicago"))
MEANING = {"*": {"repeat"}, "0": {"representative", "person_without_number"}, "9": {"top"}}


@pytest.fixture(scope="module")
def release() -> Release:
    """The shipped line."""
    return load_release(read_files(Path(__file__).parents[1]))


def waiting(*texts: str, finish: str = "") -> GatherWait:
    return GatherWait(
        began=0,
        said=[Utterance(text=text, seconds=1) for text in texts],
        media_s=1,
        speech_s=1,
        timeout_s=7,
        most=10 if finish else 1,
        finish=finish,
        action="",
        method="POST",
        acts_on_empty=True,
        hears_keys=True,
        deadline=8,
    )


def test_while_a_number_is_keyed_zero_and_nine_are_digits_and_star_starts_over() -> None:
    assert keys_here(waiting("Please enter the broker's number.", finish="#"), {"line": "open"}) == (
        ("*", "starts over"),
        ("#", "ends the number"),
        ("0 #", "no number at hand"),
    )


def test_a_menu_that_says_what_its_keys_do_is_taken_at_its_word() -> None:
    spelling = "Without your own, write to us. For spelling, press star. For a representative, zero."
    assert keys_here(waiting(spelling), {"line": "open"}) == (("*", "for spelling"), ("0", "for a representative"))
    back = "We open at nine a.m. Please call your own resource center. To go back, press nine."
    assert keys_here(waiting("Zero.", back), {"line": "open"}) == (("9", "to go back"),)


@pytest.mark.parametrize(("line", "zero"), [("open", "representative"), ("closed", "next opening")])
def test_a_menu_that_says_nothing_of_them_has_them_as_everywhere(line: str, zero: str) -> None:
    menu = "For MinnesotaCare, press one. Appeals, two. Call six five one, four three one, two six seven zero."
    assert keys_here(waiting(menu), {"line": line}) == (("*", "repeats"), ("0", zero), ("9", "first menu"))


@pytest.mark.parametrize("line", ["open", "closed"])
@pytest.mark.parametrize("after", [None, "no_input", "wrong_key"])
def test_no_menu_of_the_shipped_line_is_told_otherwise_than_it_is(
    release: Release, line: str, after: str | None
) -> None:
    flow = release.flows["broker_line"]
    facts: Mapping[str, str] = MappingProxyType({**flow.initial_facts, "line": line})
    scene = {
        **release.spoken,
        "hours": release.calendar.at(OPEN).words(),
        "facts": facts,
        "entry": "99900001",
        "key": "",
    }
    menus = {name: step for name, step in flow.steps.items() if isinstance(step, MenuStep)}
    assert len(menus) > 20
    for name, step in menus.items():
        said = [say.speech.plain for say in step.spoken(name, scene, after)]
        told = dict(keys_here(waiting(*said), facts))
        for key, does in told.items():
            assert key in step.options, (name, key)
            if does in ("repeats", "representative", "next opening", "first menu"):
                assert step.options[key].go in MEANING[key], (name, key)
