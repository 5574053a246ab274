"""The rules of the policy hold on every call of the shipped line, and thirty-odd edits that break one are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from tiny_line import tiny_files

from ivr.check_rules import broken_rule, prove, where_to_look
from ivr.errors import FileFaults
from ivr.flow.holds import Hold
from ivr.flow.load import load_release, read_files
from ivr.flow.rules import read_rules
from ivr.log import no_logging
from ivr.proof.rules import Violation, shown
from ivr.proof.rules_changed import ORDER, Before
from ivr.rehearsal import sample_brokers
from ivr.softphone.scripted import play, read_calls
from ivr.staging import Stage, check_project
from ivr.yaml_text import read_yaml

PROJECT = Path(__file__).parents[1]
RULES = "flows/broker_line.rules.yaml"
EDITS = sorted((PROJECT / "tests/violations").glob("*.yaml"))


@cache
def shipped() -> Mapping[str, bytes]:
    return read_files(PROJECT)


def edited(before: str, after: str, path: str) -> dict[str, bytes]:
    """The shipped files with one change, as a person would make it."""
    text = shipped()[path].decode()
    assert before in text, f"{path} has changed; so must this edit"
    return {**shipped(), path: text.replace(before, after, 1).encode()}


def test_every_rule_holds_on_every_call_of_the_shipped_line() -> None:
    rules = read_rules(shipped())
    graph, broken, findings = prove(load_release(shipped()), rules)
    assert graph is not None
    assert [violation.fault.wrong for violation in broken] == []
    assert findings == []
    assert sum(bool(rule.rule.holds) for rule in rules.values()) > 100


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_an_edit_that_breaks_a_rule_is_told_with_a_call_that_shows_it(path: Path) -> None:
    edit = read_yaml(path.name, path.read_bytes()).data
    files = edited(edit["before"], edit["after"], edit["file"])
    release = load_release(files)
    rules = read_rules(files)
    number = edit["breaks"]
    _, broken, _ = prove(release, {number: rules[number]})
    assert broken, f"nothing tells that {number} is broken"
    stage = Stage(files, sample_brokers(PROJECT), release)
    passed: set[str] = set()
    for violation in broken:
        assert violation.fault.wrong.startswith(f"{number}: ")
        call = read_calls({"flows/calls/broken.yaml": json.dumps([violation.script]).encode()})[0]
        with no_logging():
            outcome = play(call, stage.set_for)
        assert outcome.passes, f"{outcome.failures[0]}\n{violation.script}"
        assert violation.step in ("", *outcome.steps)
        passed |= outcome.steps
    assert edit["heard_at"] in passed
    near = 10 if edit["file"] == "config/hours.yaml" else 3
    assert any(abs(line - place) <= near for line in lines_told(broken[0], edit["file"]) for place in lines_of(edit))


@pytest.mark.parametrize(
    ("struck", "key"),
    [
        ("    - Memorial Day\n", "  closed:"),
        ("    the Friday after Thanksgiving: {every: fourth Thursday of November, days_after: 1}\n", "  other_days:"),
    ],
)
def test_a_struck_holiday_is_told_at_the_list_that_it_was_struck_from(struck: str, key: str) -> None:
    files = edited(struck, "", "config/hours.yaml")
    _, broken, _ = prove(load_release(files), {"D-19": read_rules(files)["D-19"]})
    assert [violation.fault.text for violation in broken] == [key]


@pytest.mark.parametrize("name", ["President's Day", "Washington's and Lincoln's Birthday"])
def test_a_holiday_by_another_of_its_names_breaks_no_rule(name: str) -> None:
    files = edited("- Presidents Day", f"- {name}", "config/hours.yaml")
    _, broken, _ = prove(load_release(files), {"D-19": read_rules(files)["D-19"]})
    assert not broken


def lines_of(edit: Mapping[str, str]) -> range:
    """Numbers of the lines that an edit changes."""
    text = shipped()[edit["file"]].decode()
    first = text[: text.index(edit["before"])].count("\n") + 1
    return range(first, first + edit["before"].count("\n") + 1)


def lines_told(violation: Violation, file: str) -> list[int]:
    """The line that is blamed, and those that the call passes."""
    passed = [line.partition("  ")[0].split(":") for line in violation.way if line.startswith(f"{file}:")]
    return [*([violation.fault.line] if violation.fault.file == file else []), *(int(line) for _, line in passed)]


def told(before: str, after: str, path: str = "flows/broker_line.yaml", number: str = "P-63") -> list[str]:
    files = edited(before, after, path)
    release = load_release(files)
    rules = read_rules(files)
    _, broken, _ = prove(release, {number: rules[number]})
    with no_logging():
        finding = broken_rule(broken[0], Stage(files, sample_brokers(PROJECT), release).set_for)
    return [str(finding.fault), *finding.call]


CALL = "A call at Tue 2026-11-24 10:00 shows it: presses 0, presses 0#, presses 3, presses *, presses 1."


def test_a_broken_rule_reads_as_a_call() -> None:
    lines = told("wrong_keys: 1\n    gave_up: goodbye", "wrong_keys: 1\n    gave_up: will_help")
    assert "flows/broker_line.yaml" in lines[0]
    assert "gave_up: will_help" in lines[0]
    assert "P-63: Consumers hear where to call, and never reach a representative; but" in lines[0]
    assert lines[1] == "Look at these lines first; they decide where the call goes:"
    assert [line.partition("  ")[2] for line in (line.strip() for line in lines[2 : lines.index(CALL)])] == [
        "representative open",
        "who_calls 3",
        "consumers *",
        "consumers_again gave_up",
        "put_through else",
        "put_through_by_topic else",
    ]
    assert any("Connecting you now." in line for line in lines)
    assert any(line.endswith("who_calls 3") and "flows/broker_line.yaml:" in line for line in lines)


BEFORE = "release 3 (on the air)"


def told_since(*edits: tuple[str, str], number: str, path: str = "flows/broker_line.yaml") -> Violation:
    """The first violation of a rule after edits of the shipped files, which are on the air."""
    files = dict(shipped())
    for before, after in edits:
        assert before in files[path].decode(), f"{path} has changed; so must this edit"
        files[path] = files[path].decode().replace(before, after, 1).encode()
    rules = read_rules(files)
    known = Before(BEFORE, shipped())
    return prove(load_release(files), {number: rules[number]}, lambda: known)[1][0]


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_where_it_is_known_what_is_on_the_air_the_edited_lines_are_blamed(path: Path) -> None:
    edit = read_yaml(path.name, path.read_bytes()).data
    violation = told_since((edit["before"], edit["after"]), number=edit["breaks"], path=edit["file"])
    first = shipped()[edit["file"]].decode().partition(edit["before"])[0].count("\n") + 1
    lines = range(first, first + max(edit["before"].count("\n"), edit["after"].count("\n")) + 1)
    is_gone = violation.changed[0].is_gone or violation.changed[0].path[-1] == ORDER
    assert violation.fault.file == edit["file"]
    assert violation.fault.line in lines or (is_gone and 0 < first - violation.fault.line < 10), str(violation.fault)
    assert f"This has changed since {BEFORE}: change it, or the rule: {RULES}:" in violation.fault.remedy


def test_the_wire_that_was_edited_is_blamed_and_not_the_last_one_of_the_way() -> None:
    violation = told_since(("told: consumers_again ", "told: will_help "), number="P-63")
    assert violation.fault.text.strip().startswith("told: will_help")
    assert violation.fault.step == "a_person_by_caller"
    head, told = where_to_look(violation)
    assert head == f"Changed since {BEFORE}:"
    assert told.startswith(f"  flows/broker_line.yaml:{violation.fault.line}  told: will_help # P-63")
    assert told.endswith("  (it was: consumers_again)")


def test_every_changed_wire_of_the_way_is_named_and_no_other() -> None:
    violation = told_since(
        (
            "unavailable: {go: unavailable, set: {certification: unavailable}}",
            "unavailable: {go: unavailable, set: {certification: certified}}",
        ),
        ("next: notice\n", "next: {go: notice, set: {topic: general}}\n"),
        ("gave_up: still_closed", "gave_up: closed_goodbye"),
        number="D-22",
    )
    assert [change.path for change in violation.changed] == [
        ("steps", "certification", "unavailable", "set", "certification"),
        ("steps", "greeting", "next", "set", "topic"),
    ]
    assert str(violation.changed[0]).endswith("(it was: certification: unavailable)")


def test_a_line_that_was_taken_out_is_told_where_it_stood() -> None:
    violation = told_since(("      told: consumers_again ", "    else: will_help #"), number="P-63")
    assert any("(taken out here: told: consumers_again)" in str(change) for change in violation.changed)


def test_a_rule_that_was_edited_is_named_as_what_has_changed() -> None:
    violation = told_since(
        ("until: [who_calls.1, who_calls.2, first_menu, npn, npn_once_more]", "until: [who_calls.2]"),
        number="P-63",
        path=RULES,
    )
    assert {change.document.file for change in violation.changed} == {RULES}
    assert any("(taken out here: who_calls.1)" in str(change) for change in violation.changed)


def test_where_nothing_has_changed_the_wires_that_decide_are_named() -> None:
    files = edited("told: consumers_again ", "told: will_help ", "flows/broker_line.yaml")
    rules = read_rules(files)
    known = Before(BEFORE, files)
    violation = prove(load_release(files), {"P-63": rules["P-63"]}, lambda: known)[1][0]
    assert list(where_to_look(violation))[:2] == [
        f"Nothing that leads here has changed since {BEFORE}.",
        "Look at these lines first; they decide where the call goes:",
    ]
    assert any(line.endswith("a_person_by_caller told") for line in violation.deciding)
    assert not any(line.endswith("will_help next") for line in violation.deciding)


@pytest.mark.parametrize(
    ("hold", "wrong", "remedy"),
    [
        ("never: {reach: representative_s}", 'There is no step called "representative_s".', '"representatives"?'),
        ("never: {kind: diall}", 'There is no kind of step called "diall".', 'Did you mean "dial"?'),
        ("never: {kind: dial, after: who_calls.6}", 'There is no step or outcome called "who_calls.6".', "who_calls."),
        ("never: {kind: dial, when: {lable: certified}}", 'There is no fact called "lable".', 'Did you mean "label"?'),
        (
            "never: {kind: dial, when: {label: certifyed}}",
            'The fact "label" has no value "certifyed".',
            'Did you mean "certified"?',
        ),
        ("key: {at: every_menus, press: 1, comes_to: npn}", 'There is no step called "every_menus".', "every_menu"),
        ("said: {at: status, say: '{{ contacts.dsh.phone }}'}", "contacts.dsh.phone", "contacts.dhs.phone"),
        ("made_of: {rings: teem}", 'There is no team of representatives called "teem".', 'Did you mean "team"?'),
        (
            "limit: {of: desk.paper_week, at_least: 3}",
            'There is nothing called "desk.paper_week".',
            'Did you mean "desk.paper_weeks"?',
        ),
        ("limit: {of: desk.paper_weeks}", '"limit" allows every number.', "Add at_least:, at_most:, or both."),
        ("nevver: {kind: dial}", '"nevver"', 'Did you mean "never"?'),
        ("never: {when: {line: open}}", '"never" does not say what is never reached.', "Add reach: with steps"),
    ],
)
def test_names_in_rules_are_looked_up_at_load(hold: str, wrong: str, remedy: str) -> None:
    files = edited("- made_of: {rings: team}", f"- {hold}", RULES)
    line = 1 + files[RULES].decode().splitlines().index(f"      - {hold}")
    with pytest.raises(FileFaults) as error:
        load_release(files)
    fault = error.value.faults[0]
    assert (fault.file, fault.line) == (RULES, line)
    assert wrong in fault.wrong
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("before", "after", "number", "but"),
    [
        ("reply_days: 2", "reply_days: 5", "P-25", "desk.reply_days is 5, more than 2"),
        ("reply_days: 2", "reply_days: 1", "P-25", "desk.reply_days is 1, less than 2"),
        ("paper_weeks: 3", "paper_weeks: 1", "P-52", "desk.paper_weeks is 1, less than 3"),
        ("inquiries: 3", "inquiries: 4", "P-32", "desk.inquiries is 4, more than 3"),
    ],
)
def test_a_number_of_the_policy_is_held_against_the_policy_and_not_against_itself(
    before: str, after: str, number: str, but: str
) -> None:
    files = edited(before, after, "config/desk.yaml")
    [violation] = prove(load_release(files), {number: read_rules(files)[number]})[1]
    assert violation.fault.file == "config/desk.yaml"
    assert violation.fault.text.strip().startswith(after)
    assert violation.but == but


def test_every_form_and_field_of_a_rule_is_told_to_operators() -> None:
    text = (PROJECT / "docs/rules.md").read_text(encoding="utf-8")
    for name, field in Hold.model_fields.items():
        assert f"## {name}\n" in text
        form = next(one for one in get_args(field.annotation) if one is not type(None))
        for inner, written in form.model_fields.items():
            assert f"| `{written.alias or inner}` | " in text, f"{name} {inner}"


def test_each_rule_is_proved_or_shown_or_kept_by_somebody() -> None:
    rules = read_rules(shipped())
    by_calls = {number for call in read_calls(shipped()) for number in call.rules}
    how = {number: shown(rule, by_calls, []) for number, rule in rules.items()}
    assert [number for number, one in how.items() if one == "not shown"] == []
    assert (how["P-63"], how["D-38"], how["P-14"], how["D-14"]) == ("proved", "calls", "desk", "queue")
    assert {number[0] for number, one in how.items() if one == "proved"} == {"P", "D", "U"}


OTHER_FLOW = (
    b"flow: other\nstart: bye\ncontrols: {0: bye, 9: bye}\nfacts: {}\nsteps:\n  bye: {kind: end, say: Goodbye.}\n"
)


def test_the_number_of_the_policy_must_get_the_flow_of_the_policy() -> None:
    files = edited('"+18445208695": broker_line', '"+18445208695": other', "config/line.yaml")
    files["flows/other.yaml"] = OTHER_FLOW
    release, rules = load_release(files), read_rules(files)
    _, broken, _ = prove(release, rules)
    assert [violation.rule.number for violation in broken] == ["P-10"]
    fault = broken[0].fault
    assert fault.file == "config/line.yaml"
    assert '"+18445208695": other' in fault.text
    assert fault.wrong == ("P-10: The line answers at 1 844 520 8695; but callers of +18445208695 get the flow other.")
    with no_logging():
        told = broken_rule(broken[0], Stage(files, sample_brokers(PROJECT), release).set_for)
    assert told.script
    assert told.script["to"] == "+18005550100"
    assert any("MNsure Broker Line" in line for line in told.call)


def test_a_flow_of_another_number_is_held_to_its_own_rules() -> None:
    files = edited(
        '    "+18445208695": broker_line',
        '    "+16125550100": other\n    "+18445208695": broker_line',
        "config/line.yaml",
    )
    files["flows/other.yaml"] = OTHER_FLOW
    files["flows/other.rules.yaml"] = (
        b"rules:\n  U-90: {shown_by: proof, says: Nobody is hung up on., holds: [{never: {reach: bye}}]}\n"
    )
    release = load_release(files)
    graph, broken, _ = prove(release, read_rules(files))
    assert graph is not None
    assert graph.flow.name == "broker_line"
    assert [violation.rule.number for violation in broken] == ["U-90"]
    call = read_calls({"flows/calls/broken.yaml": json.dumps([broken[0].script]).encode()})[0]
    assert call.script.dialled == "+16125550100"
    with no_logging():
        assert play(call, Stage(files, sample_brokers(PROJECT), release).set_for).passes


def test_a_rule_beside_a_flow_that_no_number_gets_is_told_and_not_called_proved(tmp_path: Path) -> None:
    files = {
        **tiny_files(),
        "flows/number.rules.yaml": (
            b"rules:\n  U-90: {shown_by: proof, says: Short., holds: [{at_most: {at: every_step, seconds: 9s}}]}\n"
        ),
    }
    report = check_project(files, tmp_path, None)
    assert report.shown["U-90"] == "not shown"
    assert "Nothing proves U-90: no call gets this flow." in [finding.fault.wrong for finding in report.findings]


BROKEN_LINES = [
    ("one_turn: {steps: 3}", "steps follow one another"),
    ("made_of: {kinds: [say, menu, collect]}", "is a step of the kind"),
    ("reachable: {to: secure_email, keys: 1}", "secure_email cannot be reached from the beginning with 1 key"),
    ("reachable: {to: forms, keys: 2, menus: 1}", "a caller passes 2 menus on the way"),
    ("every_caller: {who: stays_silent, hours: open, comes_to: representatives, turns: 1}", "only after 2 turns"),
    ("every_caller: {who: stays_silent, hours: open, comes_to: representatives, within: 9s}", "only after"),
    ("together: {wherever: press one, also: press nine}", 'says "press one" without "press nine"'),
    ("at_most: {at: first_menu, options: 4}", "first_menu offers 5 choices, more than 4"),
    ("key: {at: first_menu, press: 7, comes_to: same}", "key 7 does nothing at first_menu"),
    ("interrupted: {}", "no key interrupts connecting"),
    ("limit: {of: desk.paper_weeks, at_most: 2}", "desk.paper_weeks is 3, more than 2"),
    ("limit: {of: desk.identifiers, at_least: 4}", "desk.identifiers is 3, less than 4"),
]


@pytest.mark.parametrize(("hold", "but"), BROKEN_LINES, ids=[hold.partition(":")[0] for hold, _ in BROKEN_LINES])
def test_a_line_that_does_not_hold_says_what_happens_and_its_call_is_played(hold: str, but: str) -> None:
    files = edited("- made_of: {rings: team}", f"- {hold}", RULES)
    release = load_release(files)
    _, broken, _ = prove(release, {"P-03": read_rules(files)["P-03"]})
    assert but in broken[0].but
    stage = Stage(files, sample_brokers(PROJECT), release)
    call = read_calls({"flows/calls/broken.yaml": json.dumps([broken[0].script]).encode()})[0]
    with no_logging():
        assert play(call, stage.set_for).passes
