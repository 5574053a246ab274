"""`ivr diff`: ten edits of the shipped line, each held against brute force; and what is said of each sort of change."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from brute_force import BEFORE_NINE, CENTRAL, CLOSED, HOLIDAY, OPEN, Side, all_turns, names
from click.testing import CliRunner
from projects import edit, tiny_project
from tiny_line import tiny_files

from ivr.cli import group
from ivr.cli.diff import files_at
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.hours import parse_moment
from ivr.proof.diff import NOTHING, NOTHING_ELSE, NOTHING_FOR_CALLERS, Diff, compared

PROJECT = Path(__file__).parents[1]
FLOW = "flows/broker_line.yaml"
LINE = "config/line.yaml"
HOURS = "config/hours.yaml"
CONTACTS = "config/contacts.yaml"
MOST_KEYS = 6

Files = dict[str, bytes]
Edit = Callable[[Files], None]


@cache
def shipped() -> tuple[Files, Release, Side]:
    files = read_files(PROJECT)
    release = load_release(files)
    return files, release, Side(release)


def changed(path: str, pattern: str, after: str) -> Edit:
    """Everything that fits a pattern, written otherwise; it must fit somewhere."""

    def change(files: Files) -> None:
        text, count = re.subn(pattern, after, files[path].decode(), flags=re.MULTILINE)
        assert count, f"{pattern} fits nothing in {path}"
        files[path] = text.encode()

    return change


def in_step(step: str, pattern: str, after: str) -> Edit:
    """The same within one step of the flow."""

    def change(files: Files) -> None:
        text = files[FLOW].decode()
        found = re.search(rf"^  {step}:.*?(?=^  (?:[a-z#])|\Z)", text, re.MULTILINE | re.DOTALL)
        assert found, f"no step {step}"
        block, count = re.subn(pattern, after, found[0])
        assert count, f"{pattern} fits nothing in {step}"
        files[FLOW] = (text[: found.start()] + block + text[found.end() :]).encode()

    return change


def everywhere(before: str, after: str) -> Edit:
    """A step renamed in every file."""

    def change(files: Files) -> None:
        for path, content in files.items():
            if path.startswith("flows/"):
                files[path] = re.sub(rf"\b{before}\b", after, content.decode()).encode()

    return change


def after(*edits: Edit) -> Release:
    files = dict(shipped()[0])
    for each in edits:
        each(files)
    return load_release(files)


@cache
def diff_of(name: str) -> tuple[Release, Diff]:
    release = after(*EDITS[name])
    return release, compared(shipped()[1], release, OPEN)


EDITS: dict[str, tuple[Edit, ...]] = {
    "a wire": (in_step("first_menu", r"go: agencies_menu", "go: status_menu"),),
    "two keys swapped": (
        in_step("agencies_menu", r"1: \{offer: For MinnesotaCare", "9: {offer: For MinnesotaCare"),
        in_step("agencies_menu", r"2: \{offer: Medical", "1: {offer: Medical"),
        in_step("agencies_menu", r"9: \{offer: For MinnesotaCare", "2: {offer: For MinnesotaCare"),
    ),
    "a word": (in_step("appeals", r"We can't help with appeals", "We do not help with appeals"),),
    "hours": (changed(HOURS, r"^  friday: 08:00-16:00", "  friday: 08:00-15:00"),),
    "a number": (changed(CONTACTS, r"\+16514312670", "+16514312671"),),
    "a new option": (
        in_step("information_menu", r"(    again:)", r"      5: {offer: For agencies, go: agencies_menu}\n\1"),
    ),
    "an option gone": (
        in_step("not_confirmed", r"      2: \{.*\n", ""),
        in_step("not_confirmed", r"(again: \{1: Try again), .*\}", r"\1}"),
    ),
    "a step renamed": (everywhere("who_calls", "whos_calling"),),
    "a fact dropped": (in_step("life_event", r", set: \{topic: life_event\}", ""),),
    "a reason": (
        in_step("closed_now", r"We're closed; (.*) \{\{ hours.because \}\}", r"{{ hours.because }} We're closed; \1"),
    ),
    "no answer": (changed(FLOW, r"set: \{certification: unavailable\}", "set: {certification: not_confirmed}"),),
    "a slow answer": (changed(FLOW, r"meanwhile: One moment", "meanwhile: Just a moment"),),
    "attempts": (in_step("status_menu", r"(    kind: menu\n)", r"\1    attempts: 3\n"),),
}


MOMENTS = {"a reason": (OPEN, CLOSED, HOLIDAY, BEFORE_NINE)}
"""An edit, to the moments at which its calls are played, if others are needed than an open and a closed one."""


@pytest.mark.parametrize("name", [name for name in EDITS if name != "hours"])
def test_the_callers_named_are_exactly_those_whom_brute_force_finds(name: str) -> None:
    """Every call of up to six keys is named if it differs, and only then; open and closed, whoever the caller is,
    with a fault of ours and with too many turns.
    """
    release, diff = diff_of(name)
    before, now = shipped()[2], Side(release)
    named_at: dict[str, list[dict[str, Any]]] = {}
    for change in diff.as_json()["changes"]:
        for where in change["where"]:
            named_at.setdefault(where["step"], []).append(where)
    turns = differing = 0
    for turn in all_turns(before, now, MOST_KEYS, MOMENTS.get(name, (OPEN, CLOSED))):
        is_named = any(names(where, turn, before, now) for where in named_at.get(turn.a.step, ()))
        assert is_named == turn.differs, turn
        turns, differing = turns + 1, differing + turn.differs
    assert turns > 1000
    assert (differing > 0) == bool(diff.changes)


def test_hours_differ_at_exactly_the_moments_named() -> None:
    """Every quarter of an hour of three weeks: the line stands otherwise, or is spoken of otherwise, as is said."""
    release, diff = diff_of("hours")
    before, now = shipped()[1].calendar, release.calendar
    days = {change.now.date: change for change in diff.hours.days}
    told = {change.word: change.spans for change in diff.hours.told}
    moment = OPEN - timedelta(hours=9)
    for _ in range(3 * 7 * 96):
        one, other = before.at(moment), now.at(moment)
        minutes = moment.hour * 60 + moment.minute
        day = days.get(moment.date())
        spans = [*day.opened, *day.closed] if day else []
        assert (one.open != other.open) == any(span.opens <= minutes < span.closes for span in spans)
        if one.open == other.open:
            for word in ("weekly", "notice", "next_opening", "because"):
                is_told = any(starts <= moment < until for starts, until in told.get(word, ()))
                assert (one.words()[word] != other.words()[word]) == is_told, (word, moment)
        moment += timedelta(minutes=15)
    assert {change.cause.path[-1] for change in diff.changes} == set(told)


@pytest.mark.parametrize("moment", ["Tue 2026-12-15 10:00", "Fri 2026-12-18 14:55", "Fri 2026-12-18 16:00"])
def test_callers_who_hear_of_other_hours_are_exactly_those_named(moment: str) -> None:
    """At a moment when both versions are open, or both closed: named are those who hear words that differ then."""
    release, diff = diff_of("hours")
    before, now = shipped()[2], Side(release)
    at = parse_moment(moment, CENTRAL)
    told = {change.word for change in diff.hours.told if any(starts <= at < until for starts, until in change.spans)}
    wheres = [where.as_json() for change in diff.changes if change.cause.path[-1] in told for where in change.where]
    differing = 0
    for turn in all_turns(before, now, MOST_KEYS, [at]):
        assert any(names(where, turn, before, now) for where in wheres) == turn.differs, turn
        differing += turn.differs
    assert differing


def test_every_caller_of_the_hour_that_is_closed_now_hears_something_else() -> None:
    release, _ = diff_of("hours")
    at = [parse_moment("Fri 2026-12-18 15:30", CENTRAL)]
    first = [turn for turn in all_turns(shipped()[2], Side(release), MOST_KEYS, at) if not turn.a.turn]
    assert [turn.differs for turn in first] == [True, True]


def said(name: str) -> list[str]:
    return [f"{change.cause.sort}: {change.cause.says}" for change in diff_of(name)[1].changes]


def test_each_edit_is_named_as_the_cause_and_nothing_else_is() -> None:
    assert said("a wire") == ["routing: first_menu, key 3: leads to status_menu instead of agencies_menu"]
    assert said("a word") == ["words: appeals: the words are changed"]
    assert said("a number") == ["numbers: contacts.dhs.phone is +16514312671 instead of +16514312670"]
    assert said("a new option") == ["routing: information_menu, key 5, is new (For agencies)"]
    assert said("a step renamed") == []
    assert said("a fact dropped") == ["routing: life_event, key 1: no longer sets topic: life_event"]
    assert said("attempts") == ["routing: status_menu: attempts is 3 instead of 2"]
    assert said("two keys swapped") == [
        "routing: agencies_menu, key 1: leads to medical_assistance instead of minnesotacare",
        "routing: agencies_menu, key 2: leads to minnesotacare instead of medical_assistance",
        "words: agencies_menu: the words are changed",
    ]


def test_who_is_named_hears_otherwise_at_the_moment_that_is_named() -> None:
    """The reason comes before the next opening: nobody can tell on a plain Saturday, everybody can on a holiday."""
    change = diff_of("a reason")[1].changes[0]
    assert change.example.when == "on Wed 2026-12-16 at 07:00"
    assert change.example.before.startswith(
        "MNsure Broker Line. We're closed; we open today at nine a.m. Central time. We"
    )
    assert change.example.now.startswith("MNsure Broker Line. We open later for training. We're closed; we open today")
    assert change.times is not None
    assert [change.times.covers(moment) for moment in (OPEN, CLOSED, HOLIDAY, BEFORE_NINE)] == [
        False,
        False,
        True,
        True,
    ]


def test_an_option_that_is_gone_is_a_cause_with_its_line_in_the_old_file() -> None:
    change = diff_of("an option gone")[1].changes[0]
    assert change.cause.says == "not_confirmed, key 2, is gone (For certification or training questions)"
    line = shipped()[0][FLOW].decode().splitlines()[change.line - 1]
    assert (change.file, line.strip()[:10]) == (FLOW, "2: {offer:")


def test_the_shortest_call_is_told_with_before_and_now() -> None:
    example = diff_of("a wire")[1].changes[0].example
    assert example.caller == "Caller, in open hours, presses 3"
    assert example.before.startswith("For MinnesotaCare, press one.")
    assert example.now.startswith("For application, enrollment or verification status, press one.")


def test_a_fact_that_is_dropped_shows_where_a_representative_hears_of_it() -> None:
    example = diff_of("a fact dropped")[1].changes[0].example
    assert example.leads_before.startswith("A representative is rung and hears: Broker Line, certified, life event.")
    assert example.leads_now.startswith("A representative is rung and hears: Broker Line, certified, general.")
    assert example.who == "Certified broker"


def test_the_same_files_change_nothing() -> None:
    release = shipped()[1]
    assert compared(release, release, OPEN).verdict == NOTHING


def test_a_renamed_step_is_no_change_for_callers_and_is_mentioned() -> None:
    diff = diff_of("a step renamed")[1]
    assert diff.verdict == NOTHING_FOR_CALLERS
    assert list(diff.renamed) == [("who_calls", "whos_calling")]
    assert (diff.files.rules, diff.files.calls) == ((), ())


def test_nothing_else_changes_is_said_only_after_the_whole_exploration() -> None:
    diff = diff_of("a word")[1]
    assert diff.verdict == NOTHING_ELSE
    assert diff.states > 10_000


def test_a_comment_is_no_change() -> None:
    diff = compared(shipped()[1], after(changed(HOURS, r"\A", "# Looked through.\n")), OPEN)
    assert diff.verdict == NOTHING_FOR_CALLERS
    assert list(diff.files.quiet) == ["Comments or layout only."]


def test_a_special_date_is_told_with_its_times_and_its_reason() -> None:
    special = "special_dates: {2026-12-05: {hours: 09:00-13:00, name: open enrollment}}"
    release = after(changed(HOURS, r"^special_dates: \{\}", special))
    diff = compared(shipped()[1], release, datetime(2026, 11, 24, 10, 0, tzinfo=CENTRAL))
    (days,) = diff.hours.alike
    assert days.sentence == (
        "On Sat 2026-12-05 from 09:00 to 13:00 the line is open instead of closed (special date, 09:00-13:00: "
        "open enrollment; before: weekly hours for Saturday, closed)."
    )
    assert "we open Monday at eight a.m." in days.before
    assert days.now.startswith("MNsure Broker Line, for brokers and their staff.")


def test_a_friday_that_ends_earlier_is_told_once_for_all_fridays() -> None:
    (days,) = diff_of("hours")[1].hours.alike
    assert "Fridays from 2026-12-18" in days.sentence
    assert "from 15:00 to 16:00 the line is closed instead of open" in days.sentence


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


def run(project: Path, *words: str) -> Any:
    return CliRunner(env={"COLUMNS": "100"}).invoke(group, ["--project", str(project), "diff", *words])


def test_the_command_compares_what_is_on_the_air_with_the_files(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    runner = CliRunner()
    assert "Nothing is on the air yet" in run(project).output
    assert runner.invoke(group, ["--project", str(project), "publish"]).exit_code == 0
    assert run(project).output.splitlines()[-1] == NOTHING
    edit(project, "flows/tiny.yaml", "say: Tiny Line.", "say: Small Line.")
    shown = run(project)
    assert shown.exit_code == 0
    assert shown.output.startswith("From release 1 (")
    assert "Caller, in open hours:\n  before  Tiny Line." in shown.output
    assert "now     Small Line." in shown.output
    line = (project / "flows/tiny.yaml").read_text().splitlines().index("    say: Small Line.") + 1
    assert f"- greeting: the words are changed  flows/tiny.yaml:{line}\n" in shown.output
    assert shown.output.splitlines()[-1] == NOTHING_ELSE
    found = json.loads(
        run(project, "1", ".", "--json").output if Path("flows").is_dir() else run(project, "--json").output
    )
    assert found["verdict"]


def test_a_git_revision_has_every_file_that_makes_a_release(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    (project / "flows/calls/given").mkdir(parents=True, exist_ok=True)
    (project / "flows/calls/given/brokers.csv").write_text("npn,first_name\n")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "A"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    kept = files_at("HEAD", project)
    assert "flows/calls/given/brokers.csv" in kept
    assert kept == read_files(project)


def test_publishing_says_in_a_few_lines_what_callers_hear_otherwise(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    publish = ["--project", str(project), "publish"]
    assert "Otherwise" not in CliRunner().invoke(group, publish).output
    edit(project, "flows/tiny.yaml", "say: Tiny Line.", "say: Small Line.")
    edit(project, "config/line.yaml", "wait: 7s", "wait: 9s")
    assert CliRunner().invoke(group, publish).output.splitlines()[-4:] == [
        "Otherwise for callers than on release 1:",
        "  Hours and numbers: menu: wait is 9s instead of 7s, wherever a step does not say otherwise",
        "  Words: greeting: the words are changed",
        "  ivr diff 1 shows the whole.",
    ]


def test_the_command_takes_folders_releases_and_git_revisions(tmp_path: Path) -> None:
    project = tiny_project(tmp_path / "one")
    other = tiny_project(tmp_path / "other")
    edit(other, "flows/tiny.yaml", "say: Tiny Line.", "say: Small Line.")
    shown = json.loads(run(project, str(project), str(other), "--json").output)
    assert [change["cause"] for change in shown["changes"]] == ["greeting: the words are changed"]
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "A"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    edit(project, "flows/tiny.yaml", "say: Tiny Line.", "say: Little Line.")
    assert "Little" in run(project, "HEAD").output
    assert "no release, no folder with flows/ and config/, and no git revision" in run(project, "HEAD~7").output
    assert run(project, "HEAD~7").exit_code == 2
