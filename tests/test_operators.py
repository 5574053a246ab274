"""What operators meet on a careless day: every message says what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path

from commands import Ivr
from projects import edit

# the check


def test_of_many_scripted_calls_that_go_otherwise_one_is_shown_and_the_others_are_named(ivr: Ivr, tiny: Path) -> None:
    happens = "[presses: 2, hears: [number/npn]]"
    calls = "\n".join(f"- {{call: Call {number}, rules: [P-01], happens: {happens}}}" for number in (1, 2, 3))
    (tiny / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    ran = ivr("check", project=tiny)
    assert ran.err.count("Write to brokers at M N sure dot org") == 1
    assert 'The call "Call 1" (P-01) goes otherwise.' in ran.err
    assert (
        "2 more calls of flows/calls/ went otherwise as well:\n"
        "  flows/calls/tiny.yaml  Call 2\n"
        "  flows/calls/tiny.yaml  Call 3\n"
        "Mend the one above and look again: one slip often is behind all. In full: ivr check --all\n"
    ) in ran.err
    assert "3 wrong, 0 to look at" in ran.err


def test_all_of_them_are_shown_when_asked(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "flows/calls/tiny.yaml", "presses: 1", "presses: 2")
    text = (tiny / "flows/calls/tiny.yaml").read_text(encoding="utf-8")
    (tiny / "flows/calls/more.yaml").write_text(text, encoding="utf-8")
    ran = ivr("check", "--all", project=tiny)
    assert ran.err.count("Write to brokers at M N sure dot org") == 2
    assert "more call" not in ran.err
