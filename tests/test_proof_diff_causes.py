"""What the diff names as the cause of a change, on the tiny line."""

from __future__ import annotations

import pytest
from brute_force import CENTRAL, OPEN
from edited_lines import (
    CONTACTS,
    after,
    changed,
    shipped,
)
from tiny_line import tiny_files

from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.hours import parse_moment
from ivr.proof.diff import NOTHING_ELSE, NOTHING_FOR_CALLERS, compared

LINE = "config/line.yaml"


def tiny(**texts: str) -> Release:
    return load_release(tiny_files(**texts))


def tiny_text(name: str, before: str, now: str) -> str:
    paths = {"flow": "flows/tiny.yaml", "line": "config/line.yaml", "rules": "flows/tiny.rules.yaml"}
    text = tiny_files()[paths[name]].decode()
    assert before in text
    return text.replace(before, now)


TINY_MOMENT = parse_moment("Tue 2026-11-24 10:00", CENTRAL)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("wait: 7s", "wait: 9s", "menu: wait is 9s instead of 7s, wherever a step does not say otherwise"),
        ("ring_time: 20s", "ring_time: 30s", "representatives of team: ring_time is 30 s instead of 20 s"),
        ("attempts: 2\n  wrong", "attempts: 1\n  wrong", "menu: attempts is 1 instead of 2"),
        ("ring: in_order", "ring: all_at_once", "representatives of team: ring is all_at_once instead of in_order"),
        ("wrong_keys: 3", "wrong_keys: 2", "menu: wrong_keys is 2 instead of 3"),
        ("That key isn't used here.", "Not that key.", "the words for a key that is not used are others"),
    ],
)
def test_a_change_for_every_step_is_one_cause(before: str, now: str, said: str) -> None:
    diff = compared(tiny(), tiny(line=tiny_text("line", before, now)), TINY_MOMENT)
    assert len(diff.changes) == 1
    assert diff.changes[0].cause.says.startswith(said)
    assert diff.changes[0].file == "config/line.yaml"
    assert now.split(":")[0].split("\n")[0] in tiny_text("line", before, now).splitlines()[diff.changes[0].line - 1]


def test_limits_and_the_voice_are_told_although_no_step_speaks_of_them() -> None:
    text = tiny_text("line", "turns: 60", "turns: 50").replace("Polly.Joanna-Neural", "Polly.Matthew-Neural")
    diff = compared(tiny(), tiny(line=text), TINY_MOMENT)
    assert list(diff.files.limits) == ["A call is led to the worn_out step after 50 turns instead of 60."]
    assert list(diff.files.heard) == ["The voice is Polly.Matthew-Neural instead of Polly.Joanna-Neural."]
    assert diff.verdict == NOTHING_ELSE


def test_a_new_step_is_named_by_the_wire_that_leads_to_it() -> None:
    text = tiny_text(
        "flow", "  greeting:\n", "  hello:\n    kind: say\n    say: Hello.\n    next: greeting\n\n  greeting:\n"
    )
    diff = compared(tiny(), tiny(flow=text.replace("{go: greeting, set", "{go: hello, set")), TINY_MOMENT)
    assert [change.cause.says for change in diff.changes] == ["hours, open: leads to hello instead of greeting"]
    assert diff.changes[0].places == ["calls in open hours"]
    assert list(diff.unmet) == []


def test_two_edits_are_two_causes() -> None:
    text = tiny_text("flow", "say: Tiny Line.", "say: Small Line.").replace("For the address", "For our address")
    diff = compared(tiny(), tiny(flow=text), TINY_MOMENT)
    assert [change.cause.says for change in diff.changes] == [
        "greeting: the words are changed",
        "first_menu: the words are changed",
    ]


def test_words_and_a_wire_that_are_met_on_the_same_turn_are_both_told() -> None:
    text = tiny_text("flow", "say: Tiny Line.", "say: Small Line.")
    diff = compared(tiny(), tiny(flow=text.replace("next: first_menu", "next: closed", 1)), TINY_MOMENT)
    assert [change.cause.says for change in diff.changes] == [
        "greeting, next: leads to closed instead of first_menu",
        "greeting: the words are changed",
    ]
    assert list(diff.unmet) == []


def test_an_address_that_is_said_otherwise_is_told_as_it_is_said() -> None:
    release = after(changed(CONTACTS, r"says: brokers at M N sure dot org", "says: brokers at mensure dot org"))
    diff = compared(shipped()[1], release, OPEN)
    assert [change.cause.says for change in diff.changes] == [
        "contacts.email.address is said brokers at mensure dot org instead of brokers at M N sure dot org"
    ]


def test_a_second_telephone_is_noticed_only_where_it_is_rung() -> None:
    diff = compared(shipped()[1], after(changed(LINE, r"\+16515550101", "+16515550102")), OPEN)
    assert [change.example.caller for change in diff.changes] == [
        "Caller, in open hours, presses 4, gets no representative"
    ]


def test_a_rule_of_the_policy_is_told_last_and_changes_no_call() -> None:
    text = tiny_text("rules", "The line serves brokers.", "The line serves brokers and staff.")
    diff = compared(tiny(), tiny(rules=text), TINY_MOMENT)
    assert list(diff.files.rules) == ["P-01 says: The line serves brokers and staff. Before: The line serves brokers."]
    assert diff.verdict == NOTHING_FOR_CALLERS
