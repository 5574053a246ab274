"""Scripted calls are played on what is given for them: an edit of hours, numbers or the team leaves them alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from projects import edit, shipped_project, tiny_project
from tiny_line import HOURS, tiny_files

from ivr.cli.calls import suggested_calls
from ivr.errors import FileFaults
from ivr.findings import Report
from ivr.flow.given import given_files, given_release
from ivr.flow.load import load_release, read_files
from ivr.softphone.scripted import read_calls
from ivr.softphone.suggested import as_yaml
from ivr.staging import check_project

GIVEN_TEAM = "representatives:\n  team: {numbers: ['+16515550100', '+16515550101'], ring_time: 20s}\n"


def checked(project: Path) -> Report:
    return check_project(read_files(project), project, None)


def wrong(report: Report) -> list[str]:
    return [finding.fault.wrong for finding in report.findings]


def test_other_hours_numbers_team_limits_and_brokers_break_no_scripted_call(tmp_path: Path) -> None:
    project = shipped_project(tmp_path)
    special = "special_dates:\n  2026-12-05: {hours: 09:00-13:00, name: open enrollment, notice_from: 2026-11-30}"
    edit(project, "config/hours.yaml", "special_dates: {}", special)
    edit(project, "config/line.yaml", '"+16515550101"]', '"+16515550101", "+16515550102"]')
    edit(project, "config/contacts.yaml", "+16514312670", "+16514312671")
    edit(project, "config/desk.yaml", "paper_weeks: 3", "paper_weeks: 4")
    edit(project, "config/brokers.csv", "99900001,Nora", "12345678,Nora")
    report = checked(project)
    assert wrong(report) == []
    assert report.calls_played == len(read_calls(read_files(project))) > 250


@pytest.mark.parametrize("numbers", ["['+16515550100']", "['+16515550100', '+16515550101', '+16515550102']"])
def test_a_suggested_call_rings_the_given_team_whatever_the_real_one_is(tmp_path: Path, numbers: str) -> None:
    project = tiny_project(tmp_path)
    given(project, {"line": GIVEN_TEAM})
    edit(project, "config/line.yaml", '["+16515550100", "+16515550101"]', numbers)
    (project / "flows/calls/suggested.yaml").write_text(
        "\n".join(suggested_calls(read_files(project), project, checked(project))), encoding="utf-8"
    )
    report = checked(project)
    assert wrong(report) == []
    assert suggested_calls(read_files(project), project, report) == []


def test_a_call_hears_the_words_for_when_more_call_than_can_be_answered_and_then_the_line(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    happens = "happens: [hears: [busy, greeting, first_menu]]"
    calls = f"- {{call: Too many call, rules: [P-01], given: {{crowded: yes}}, {happens}}}\n"
    calls += f"- {{call: Nobody else calls, {happens}}}\n"
    (project / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    [told] = wrong(checked(project))
    assert told.startswith('The call "Nobody else calls" goes otherwise. Expected to hear busy, greeting, first_menu;')


def test_a_call_about_config_itself_is_played_on_it(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    given(project, {"hours": HOURS})
    edit(project, "config/hours.yaml", "tuesday: 08:00-17:00", "tuesday: 11:00-17:00")
    calls = "- {call: On what is given, rules: [P-01], happens: [hears: [greeting, first_menu]]}\n"
    calls += "- {call: On config, given: {config: real}, happens: [hears: [closed, address]]}\n"
    (project / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    assert wrong(checked(project)) == []


def test_a_call_on_config_that_goes_otherwise_says_what_it_is_played_on(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    calls = "- {call: On config, rules: [P-01], given: {config: real}, happens: [hears: [closed]]}\n"
    (project / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    assert [finding.fault.remedy for finding in checked(project).findings] == [
        "It is played on config/ as it is: change that, the flow, or what the call expects."
    ]


def test_a_broken_rule_is_shown_on_config_and_its_call_says_so(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    given(project, {"hours": HOURS})
    rule = "  P-02:\n    says: No caller comes to goodbye.\n    shown_by: proof\n    holds: [never: {reach: goodbye}]\n"
    rules = project / "flows/tiny.rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + rule, encoding="utf-8")
    [finding] = checked(project).findings
    assert "given:\n    config: real\n" in as_yaml(finding.script or {})


def test_hours_are_taken_whole_and_contacts_by_name() -> None:
    real_hours = HOURS + "special_dates: {2026-12-05: 09:00-13:00}\n"
    contacts = "contacts: {dhs: {name: Department, source: P-45, phone: '+16514312671'}}\n"
    files = tiny_files(hours=real_hours) | in_given({"hours": HOURS, "contacts": contacts})
    played = given_release(files, load_release(files))
    assert played.calendar.year(2026)[338].rule == "weekly"  # 5 December
    assert played.spoken["contacts"]["dhs"]["phone"].written == "+16514312671"
    assert "email" in played.spoken["contacts"]


def test_a_contact_that_is_only_in_config_may_be_spoken() -> None:
    files = tiny_files() | in_given({"contacts": "contacts: {dhs: {name: Department, source: P-45}}\n"})
    played = given_release(files, load_release(files))
    assert played.spoken["contacts"]["dhs"]["phone"].written == "+16514312670"


def test_what_is_given_changes_nothing_where_it_is_as_in_config() -> None:
    files = tiny_files() | in_given({"hours": HOURS, "line": GIVEN_TEAM.replace("20s", "20s, ring: in_order")})
    files["config/line.yaml"] = files["config/line.yaml"].replace(b"    caller_id: dialled\n", b"")
    real = load_release(files)
    assert given_release(files, real) is real


def test_calls_are_recorded_only_where_they_say_so(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    given(project, {"hours": HOURS})
    edit(project, "config/line.yaml", "recording: no", "recording: yes")
    calls = """\
    - {call: Not recorded, rules: [P-01], happens: [presses: 1, presses: 0#, hears_not: [recorded]]}
    - {call: Recorded, given: {recording: yes}, happens: [presses: 1, presses: 0#, hears_words: [recorded]]}
    """
    (project / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    assert wrong(checked(project)) == []


WRONG = {
    "a file that nothing reads": (
        {"hour": HOURS},
        (
            "flows/calls/given/hour.yaml\n  Nothing reads this file.\n"
            "  Did you mean flows/calls/given/hours.yaml? Rename it."
        ),
    ),
    "a mistake": (
        {"line": "representatives: {team: {numbers: ['+16515550100'], ring_time: 20}}\n"},
        (
            "flows/calls/given/line.yaml:1:64\n"
            "  1 | representatives: {team: {numbers: ['+16515550100'], ring_time: 20}}\n"
            "    |                                                                ^\n"
            '  "ring_time" is not a time in whole seconds.\n'
            "  Write whole seconds with their unit, such as 7s."
        ),
    ),
    "more than a team": (
        {"line": "menu: {wait: 7s}\nrepresentatives: {}\n"},
        (
            "flows/calls/given/line.yaml:1:1\n"
            "  1 | menu: {wait: 7s}\n"
            "    | ^\n"
            '  "menu" is not known here.\n'
            "  Known here: representatives."
        ),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_the_folder_is_told_with_its_place(what: str) -> None:
    texts, message = WRONG[what]
    with pytest.raises(FileFaults) as found:
        given_files(tiny_files() | in_given(texts))
    assert str(found.value) == message


def in_given(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {f"flows/calls/given/{name}.yaml": text.encode() for name, text in texts.items()}


def given(project: Path, texts: Mapping[str, str]) -> None:
    (project / "flows/calls/given").mkdir()
    for path, content in in_given(texts).items():
        (project / path).write_bytes(content)
