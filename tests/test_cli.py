"""The command line: what each word answers, and one clear sentence for each mistake of whoever types it."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from commands import Ivr, Ran
from projects import TINY_BROKERS, edit, shipped_project

from ivr.cli import COMMANDS, group
from ivr.flow.load import read_files
from ivr.settings import load_settings
from ivr.wiring import open_store

THANKSGIVING = "Thu 2026-11-26 10:00"
NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped line, which no test here changes."""
    return shipped_project(tmp_path_factory.mktemp("shipped"))


# hours


def test_hours_of_a_moment_for_programs(ivr: Ivr, shipped: Path) -> None:
    assert ivr("hours", "Tue 2026-11-24 10:00", "--json", project=shipped).json == {
        "moment": "2026-11-24T10:00:00-06:00",
        "open": True,
        "reason": "open: weekly hours for Tuesday, 08:00-17:00",
        "rule": "weekly",
        "closes": "2026-11-24T17:00:00-06:00",
        "next_opening": "2026-11-25T09:00:00-06:00",
        "spoken": "We're open until five p.m. Central time.",
    }


def test_hours_of_a_holiday_for_a_person(ivr: Ivr, shipped: Path) -> None:
    ran = ivr("hours", THANKSGIVING, project=shipped)
    assert ran.out.splitlines() == [
        "Thursday, November 26, 2026, 10:00 (America/Chicago): CLOSED",
        "  why           closed: Thanksgiving Day (rule: holiday)",
        "  next opening  Mon 2026-11-30 08:00",
        "  callers hear  We're closed; we open Monday at eight a.m. Central time. Today is Thanksgiving Day.",
    ]
    assert ran.code == 0


@pytest.mark.parametrize("words", [["--why", THANKSGIVING], [THANKSGIVING, "--why"], [*THANKSGIVING.split(), "--why"]])
def test_why_is_asked_before_or_after_the_moment(words: list[str], ivr: Ivr, shipped: Path) -> None:
    assert ivr("hours", *words, project=shipped).out.splitlines()[-5:] == [
        "     closure   nothing",
        "     special   nothing",
        "  -> holiday   Thanksgiving Day",
        "     overlay   nothing",
        "     weekly    weekly hours for Thursday, 08:00-17:00",
    ]


def test_why_for_programs_names_the_rule_that_decides(ivr: Ivr, shipped: Path) -> None:
    looks = ivr("hours", THANKSGIVING, "--why", "--json", project=shipped).json["why"]
    assert [look["rule"] for look in looks] == ["closure", "special", "holiday", "overlay", "weekly"]
    assert [look for look in looks if look["decides"]] == [
        {"rule": "holiday", "says": "Thanksgiving Day", "decides": True}
    ]


def test_a_year_for_programs_is_a_list_of_every_day(ivr: Ivr, shipped: Path) -> None:
    days = ivr("hours", "--year", "2027", "--json", project=shipped).json
    assert len(days) == 365
    assert {tuple(day) for day in days} == {("date", "open", "rule", "reason")}
    assert days[0] == {"date": "2027-01-01", "open": [], "rule": "holiday", "reason": "New Year's Day"}
    assert days[5]["open"] == [["09:00", "17:00"]]


def test_a_year_for_a_person_has_a_line_for_every_day(ivr: Ivr, shipped: Path) -> None:
    lines = ivr("hours", "--year", "2026", project=shipped).out.splitlines()
    assert lines[0].split() == ["day", "open", "rule", "reason"]
    assert len(lines) == 1 + 365
    [thanksgiving] = [line for line in lines if "2026-11-26" in line]
    assert thanksgiving.split()[:4] == ["Thu", "2026-11-26", "closed", "holiday"]


def test_a_year_warns_when_days_soon_to_come_are_not_confirmed(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "config/hours.yaml", "confirmed_through: 2027-12-31", "confirmed_through: 2020-12-31")
    ran = ivr("hours", "--year", "2027", "--json", project=tiny)
    assert "Warning: the days are confirmed through 2020-12-31, 0 days ahead (60 should be)" in ran.err
    assert "set `confirmed_through` in config/hours.yaml" in ran.err
    assert len(ran.json) == 365


def test_without_a_moment_now_is_meant(ivr: Ivr, tiny: Path) -> None:
    moment = datetime.fromisoformat(ivr("hours", "--json", project=tiny).json["moment"])
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_time_alone_is_one_of_today(ivr: Ivr, tiny: Path) -> None:
    later = datetime.fromisoformat(ivr("hours", "tomorrow", "09:30", "--json", project=tiny).json["moment"])
    sooner = datetime.fromisoformat(ivr("hours", "09:30", "--json", project=tiny).json["moment"])
    assert (sooner.hour, sooner.minute) == (9, 30)
    assert later.date() - sooner.date() == timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["banana"], 'Invalid value for MOMENT: "banana" is not a moment. Write it as "2026-11-24 10:00"'),
        (["Wed 2026-11-24 10:00"], "2026-11-24 is a Tuesday, not a Wednesday. Correct the day or the date."),
        (["2026-02-30 10:00"], "2026-02-30 is not in the calendar. Check the month and the day."),
        (["2027-03-14 02:30"], "02:30 does not exist on Sunday 2027-03-14: the clocks go forward past it."),
        (["24/11/2026"], '"24/11/2026" is not a moment.'),
        (["--year", "1888"], "Invalid value for '--year': 1888 is not in the range 2000<=x<=2100."),
        (["--year", "2027", "10:00"], "--year shows whole days with their reasons. Leave out MOMENT and --why"),
        (["--yeer", "2027"], "No such option '--yeer'. Did you mean '--year'?"),
    ],
)
def test_a_moment_or_option_that_is_none_gets_a_sentence_and_exit_code_2(
    words: list[str], said: str, ivr: Ivr, shipped: Path
) -> None:
    ran = ivr("hours", *words, project=shipped)
    assert said in ran.words
    assert ran.words.endswith("See: ivr hours --help")
    assert (ran.code, ran.out) == (2, "")


def test_hours_say_when_callers_hear_others(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    assert ivr("hours", project=tiny).err == ""
    edit(tiny, "config/hours.yaml", "tuesday: 08:00-17:00", "tuesday: 08:00-16:00")
    assert ivr("hours", project=tiny).err == (
        "By the files here. Callers hear release 1, which differs from them: ivr publish\n"
    )


# close and reopen


def test_the_line_is_closed_until_a_moment_and_reopened(ivr: Ivr, tiny: Path) -> None:
    closed = ivr("close", "--until", "2199-12-01 12:00", "--long", "--reason", "a power outage", project=tiny)
    assert closed.out.splitlines()[0] == (
        "Closed until Sunday, December 1, 2199, 12:00. New callers hear it within 2 seconds: "
        "We're closed for a power outage."
    )
    now = ivr("hours", "--json", project=tiny).json
    assert (now["open"], now["rule"]) == (False, "closure")
    assert "We're closed for a power outage." in now["spoken"]
    assert ivr("reopen", project=tiny).out.startswith("Reopened: within 2 seconds the usual hours hold again. We're ")
    assert ivr("hours", "--json", project=tiny).json["rule"] != "closure"


def test_until_may_be_a_time_of_tomorrow(ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", "tomorrow 10:00", "--reason", "We are closed because of snow.", project=tiny)
    assert ran.code == 0
    assert "10:00. New callers hear it within 2 seconds: We are closed because of snow." in ran.out


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        ("2020-01-01 10:00", "snow", "--until: 2020-01-01 10:00 is already over. Name a moment to come."),
        ("soon", "snow", '--until: "soon" is not a moment.'),
        ("tomorrow 10:00", " ", "--reason: callers hear it, so it cannot be empty."),
    ],
)
def test_a_closure_that_cannot_be_gets_a_sentence(until: str, reason: str, said: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", until, "--reason", reason, project=tiny)
    assert said in ran.words
    assert ran.code == 2
    assert ivr("reopen", project=tiny).out.startswith("Nothing to reopen: no closure by `ivr close` is in force.")


def test_the_line_can_be_closed_while_a_file_is_half_edited(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    edit(tiny, "config/hours.yaml", "zone: America/Chicago", "zone: Nowhere")
    assert ivr("close", "--until", "tomorrow 10:00", "--reason", "snow", project=tiny).code == 0
    assert ivr("reopen", project=tiny).code == 0


# brokers


def test_brokers_are_brought_in_and_looked_up(ivr: Ivr, tiny: Path) -> None:
    file = str(tiny / "config/brokers.csv")
    assert ivr("brokers", "import", file, project=tiny).out == f"{file}: 1 added, 0 changed, 0 unchanged, 0 removed\n"
    again = ivr("brokers", "import", file, "--json", project=tiny).json
    assert {name: again[name] for name in ("imported", "rows", "added", "unchanged", "skipped", "faults")} == {
        "imported": True,
        "rows": 1,
        "added": 0,
        "unchanged": 1,
        "skipped": 0,
        "faults": [],
    }
    assert ivr("brokers", "show", "99900001", project=tiny).out.startswith("99900001  Nora Sample\n")
    shown = ivr("brokers", "show", "99900099", "--json", project=tiny).json
    assert (shown["certified"], shown["reason"], shown["agency"]) == (False, "no such number on file", None)


def test_a_list_that_is_there_is_left_alone_if_wished(ivr: Ivr, tiny: Path) -> None:
    words = ("brokers", "import", str(tiny / "config/brokers.csv"), "--if-empty")
    assert "1 added" in ivr(*words, project=tiny).out
    assert "is there already; nothing was imported" in ivr(*words, project=tiny).out
    assert ivr(*words, "--json", project=tiny).json == {"imported": False}


@pytest.mark.parametrize("content", [TINY_BROKERS[:-30], "PK\x03\x04", TINY_BROKERS.replace(",", ";"), ""])
def test_a_cut_or_foreign_file_is_not_offered_in_part(content: str, ivr: Ivr, tiny: Path) -> None:
    (tiny / "bad.csv").write_text(content, encoding="utf-8")
    refused = ivr("brokers", "import", str(tiny / "bad.csv"), project=tiny)
    assert refused.code == 1
    assert refused.err.endswith("The list is as it was, and callers notice nothing.\n")


def test_the_same_fault_on_many_lines_is_told_once(ivr: Ivr, tiny: Path) -> None:
    rows = "".join(f"{npn},A,B,2026-09-01,{npn % 9 + 1}/31/2027,,yes,active,C\n" for npn in range(100, 140))
    (tiny / "bad.csv").write_text(TINY_BROKERS + rows, encoding="utf-8")
    refused = ivr("brokers", "import", str(tiny / "bad.csv"), project=tiny)
    assert refused.err.splitlines()[3:6] == [
        '  "2/31/2027" is not an ISO date.',
        "  Write year, month, day: 2027-02-31.",
        "  The same in this column on 39 more lines: 4, 5, 6, 7, 8, ...",
    ]
    assert "Nothing was imported: 40 to mend." in refused.err
    assert len(refused.err.splitlines()) == 8


def test_every_fault_of_a_list_is_told_and_the_good_rows_can_be_taken(ivr: Ivr, tiny: Path) -> None:
    bad = tiny / "bad.csv"
    rows = "9990000x,A,B,2026-09-01,2027-10-31,2026-08-20,yes,active,C\n5,A,B,2026-13-01,2027-10-31,,yes,active,C\n"
    bad.write_text(TINY_BROKERS + rows, encoding="utf-8")
    refused = ivr("brokers", "import", str(bad), project=tiny)
    assert refused.code == 1
    assert f"{bad}:3:1" in refused.err
    assert f"{bad}:4:7" in refused.err
    assert "Nothing was imported: 2 to mend. The list is as it was, and callers notice nothing." in refused.err
    assert refused.err.endswith("To take the good rows and leave these out: --skip-bad\n")
    for_programs = ivr("brokers", "import", str(bad), "--json", project=tiny)
    assert (for_programs.code, for_programs.json["imported"], len(for_programs.json["faults"])) == (1, False, 2)
    taken = ivr("brokers", "import", str(bad), "--skip-bad", project=tiny)
    assert taken.out.endswith("1 added, 0 changed, 0 unchanged, 0 removed; 2 rows skipped\n")


@pytest.mark.parametrize("npn", ["abc", "12345678901", "000", "99 900"])
def test_a_number_that_is_none_is_not_looked_up(npn: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("brokers", "show", npn, project=tiny)
    assert ran.err.startswith("Invalid value for NPN: a National Producer Number has 1 to 10 digits")
    assert ran.code == 2


def test_before_the_first_import_it_is_said_that_there_is_no_list(ivr: Ivr, tiny: Path) -> None:
    assert "no list has been imported yet" in ivr("brokers", "show", "99900001", project=tiny).out


# check, publish, releases, rollback


def test_a_check_that_passes_says_what_was_looked_at(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "config/hours.yaml", "confirmed_through: 2027-12-31", "confirmed_through: 2199-12-31")
    ran = ivr("check", project=tiny)
    assert ran.code == 0
    assert ran.words.startswith("1 scripted call played, 1 rule shown by them: nothing is wrong. ")
    assert ran.words.endswith("taken by no scripted call; `ivr check --suggest` writes one for each.")
    facts = ivr("check", "--json", project=tiny).json
    assert (facts["passes"], facts["calls_played"], facts["rules_shown"]) == (True, 1, ["P-01"])
    assert (len(facts["release"]), facts["findings"]) == (64, [])


def test_a_check_that_fails_says_where_what_what_to_do_and_what_callers_hear(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    edit(tiny, "flows/tiny.yaml", "next: first_menu", "next: frist_menu")
    edit(tiny, "config/line.yaml", "ring_time: 20s", "ring_time: 20")
    ran = ivr("check", project=tiny)
    assert ran.code == 1
    assert "ERROR  flows/tiny.yaml:19:11  step greeting\n  19 |     next: frist_menu\n" in ran.err
    assert "first_menu" in ran.err.split("frist_menu", 2)[2]
    assert "ERROR  config/line.yaml:" in ran.err
    assert ran.err.endswith("Callers meanwhile: release 1 goes on answering; nothing of this edit is on the air.\n")
    facts = ivr("check", "--json", project=tiny)
    assert (facts.code, facts.json["passes"], facts.json["release"]) == (1, False, None)
    assert {finding["kind"] for finding in facts.json["findings"]} == {"load"}


def test_a_scripted_call_that_goes_otherwise_is_shown_as_it_was_heard(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "flows/calls/tiny.yaml", "presses: 1", "presses: 2")
    ran = ivr("check", project=tiny)
    assert ran.code == 1
    assert "ERROR  flows/calls/tiny.yaml:" in ran.err
    assert "Write to brokers at M N sure dot org" in ran.err
    assert ran.err.endswith("Nothing is on the air yet; mend this first.\n")


def test_what_is_published_is_on_the_air_and_nothing_changed_is_said(ivr: Ivr, tiny: Path) -> None:
    assert ivr("releases", project=tiny).out == "No release yet: ivr publish makes the first.\n"
    first = ivr("publish", "-m", "the first", project=tiny)
    assert first.words.startswith("Release 1 (")
    assert first.out.endswith("is on the air for new calls. Calls under way finish on theirs.\n")
    assert ivr("publish", project=tiny).out.startswith("Nothing has changed: the files are release 1 (")
    edit(tiny, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
    published = ivr("publish", "--json", project=tiny).json
    assert (published["number"], published["live"], published["changed"]) == (2, True, True)
    rows = [row.split() for row in ivr("releases", project=tiny).out.splitlines()[1:]]
    assert [row[:4] for row in rows] == [["on", "the", "air", "2"], ["1", rows[1][1], rows[1][2], rows[1][3]]]
    assert rows[1][-2:] == ["the", "first"]
    facts = ivr("releases", "--json", project=tiny).json
    assert [(fact["number"], fact["live"], fact["note"]) for fact in facts] == [(2, True, ""), (1, False, "the first")]


def test_what_fails_its_check_is_not_published_and_every_finding_is_printed(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    edit(tiny, "flows/tiny.yaml", "next: first_menu", "next: nowhere")
    edit(tiny, "flows/tiny.yaml", "gave_up: unchecked", "gave_up: nobody")
    ran = ivr("publish", project=tiny)
    assert ran.code == 1
    assert "nowhere" in ran.err
    assert "nobody" in ran.err
    assert "Not published. Callers meanwhile: release 1 goes on answering" in ran.err
    for_programs = ivr("publish", "--json", project=tiny)
    assert (for_programs.code, for_programs.json["passes"]) == (1, False)
    assert len(ivr("releases", "--json", project=tiny).json) == 1


def test_an_older_release_is_put_back(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    edit(tiny, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
    ivr("publish", project=tiny)
    assert ivr("rollback", "2", project=tiny).out.startswith("Nothing has changed: release 2 (")
    back = ivr("rollback", "1", project=tiny)
    assert "is on the air for new calls. Calls under way finish on theirs." in back.out
    assert [fact["live"] for fact in ivr("releases", "--json", project=tiny).json] == [False, True]


def test_the_files_of_an_earlier_release_are_written_into_a_folder_of_their_own(
    ivr: Ivr, tiny: Path, tmp_path: Path
) -> None:
    ivr("publish", project=tiny)
    before = read_files(tiny)
    edit(tiny, "flows/tiny.yaml", "say: Tiny Line.", "say: Tinier Line.")
    ivr("publish", project=tiny)
    ran = ivr("releases", "--files", "1", str(tmp_path / "as it was"), project=tiny)
    assert ran.code == 0
    assert read_files(tmp_path / "as it was") == before
    assert ran.out.startswith(f"The {len(before)} files of release 1 (")
    assert f"ivr --project '{tmp_path / 'as it was'}' check" in ran.out
    assert "ivr publish" in ran.out
    assert ivr("check", project=tmp_path / "as it was").code == 0
    assert [fact["live"] for fact in ivr("releases", "--json", project=tiny).json] == [True, False]
    assert b"Tinier" in read_files(tiny)["flows/tiny.yaml"]


def test_files_of_a_release_replace_nothing(ivr: Ivr, tiny: Path, tmp_path: Path) -> None:
    ivr("publish", project=tiny)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/note.txt").write_text("mine")
    for taken in (tmp_path / "full", tmp_path / "full/note.txt"):
        ran = ivr("releases", "--files", "1", str(taken), project=tiny)
        assert ran == Ran(1, "", f"{taken} is not an empty folder. Name one that is empty or not there yet.\n")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["note.txt"]
    below_a_file = ivr("releases", "--files", "1", str(tmp_path / "full/note.txt/x"), project=tiny)
    assert below_a_file.err.startswith("The files cannot be written to ")
    assert ivr("releases", "--files", "9", str(tmp_path / "x"), project=tiny) == Ran(1, "", "There is no release 9.\n")
    assert not (tmp_path / "x").exists()
    (tmp_path / "empty").mkdir()
    assert ivr("releases", "--files", "1", str(tmp_path / "empty"), project=tiny).code == 0


def test_a_release_that_is_not_there_is_not_put_back(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    assert ivr("rollback", "9", project=tiny) == Ran(1, "", "There is no release 9.\n")
    assert ivr("rollback", "x", project=tiny).code == 2
    assert ivr("rollback", "0", project=tiny).code == 2


def test_a_release_of_another_version_of_the_program_is_not_put_back(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    store = open_store(load_settings({}, tiny))
    store.add_release("f" * 64, {"flows/old.yaml": b"steps: of another time\n"}, "", NOW)
    store.close()
    ran = ivr("rollback", "2", project=tiny)
    assert ran.code == 1
    assert "Release 2 was made for another version of the program" in ran.err
    assert [fact["live"] for fact in ivr("releases", "--json", project=tiny).json] == [False, True]


# call


def test_a_call_for_programs(ivr: Ivr, shipped: Path) -> None:
    ran = ivr("call", "--at", "Tue 2026-11-24 10:00", "--keys", "1 99900001#", "--json", project=shipped)
    assert ran.code == 0
    assert set(ran.json) == {
        "moment",
        "from",
        "to",
        "transcript",
        "seconds_of_speech",
        "elapsed",
        "key_presses",
        "ended",
        "complaints",
    }
    assert ran.json["ended"] == {"at": "representatives", "by": "connected", "label": "certified"}
    assert ran.json["complaints"] == []
    assert ran.json["seconds_of_speech"] <= 25


def test_a_call_whose_representatives_are_all_away(ivr: Ivr, tiny: Path) -> None:
    words = ("call", "--at", "Tue 2026-11-24 10:00", "--keys", "1 99900001#", "--json")
    ended = ivr(*words, "--representative", "no_answer", project=tiny).json["ended"]
    assert ended == {"at": "goodbye", "by": "hang_up", "label": "certified"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--keys", "1x"], '--keys: "1x" cannot be keyed. A group is keys of 0-9, * and #'),
        (["--at", "whenever", "--keys", "1"], '--at: "whenever" is not a moment.'),
        (["--keys", "1", "--representative", "sleeps"], "'sleeps' is not one of 'answers', 'no_answer', 'busy'"),
        (["--url", "line", "--keys", "1"], "--url: line is not an address. Write it like http://127.0.0.1:5000"),
        (["--url", "http://127.0.0.1:5000", "--at", "10:00"], "--at: a running server has its own clock."),
    ],
)
def test_a_call_that_cannot_be_made_gets_a_sentence(words: list[str], said: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("call", *words, project=tiny)
    assert said in ran.words
    assert (ran.code, ran.out) == (2, "")


def test_a_server_that_is_not_there_is_told_in_one_sentence(ivr: Ivr, tiny: Path) -> None:
    assert ivr("call", "--url", "http://127.0.0.1:1", "--keys", "1", project=tiny) == Ran(
        1,
        "",
        "Nothing answers at http://127.0.0.1:1 (The connection was refused). Is the server running there? "
        "Start one: ivr serve\n",
    )


# schema


def test_schemas_and_the_reference_are_written(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("schema", str(tmp_path / "schemas"), "--kinds", str(tmp_path / "kinds.md"))
    written = [Path(line) for line in ran.out.splitlines()]
    assert {path.name for path in written} >= {"flow.json", "hours.json", "line.json", "calls.json", "kinds.md"}
    assert all(path.is_file() for path in written)


def test_without_a_folder_schemas_are_not_written(ivr: Ivr) -> None:
    assert ivr("schema") == Ran(2, "", "Missing argument 'FOLDER'.\nSee: ivr schema --help\n")


# the command itself


def test_help_names_every_command(ivr: Ivr) -> None:
    listed = ivr("--help").out
    for word in set(COMMANDS) - {"watch"}:
        assert f"\n  {word} " in listed
        assert ivr(word, "--help").out.startswith(f"Usage: ivr {word} ")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hour", "There is no command hour. Did you mean hours?"),
        ("serv", "There is no command serv. Did you mean serve?"),
        ("frobnicate", "There is no command frobnicate. There are: serve, call, check, report, publish, releases,"),
    ],
)
def test_a_command_that_is_none_is_answered_with_the_one_that_was_meant(word: str, said: str, ivr: Ivr) -> None:
    ran = ivr(word)
    assert ran.err.startswith(said)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("words", [["hours"], ["check"], ["publish"], ["call", "--keys", "1"]])
def test_without_a_project_it_is_said_where_to_start(words: list[str], ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr(*words, project=tmp_path)
    assert ran.code == 1
    assert f"There is no folder flows in {tmp_path}." in ran.err
    assert "Start the command in the project's folder, or name it: --project DIR." in ran.err


def test_a_project_that_is_no_folder_is_told(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("hours", project=tmp_path / "nowhere")
    assert ran.err.startswith(f"Invalid value for '--project': Directory '{tmp_path}/nowhere' does not exist.")
    assert ran.code == 2


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(ivr: Ivr, tiny: Path) -> None:
    (tiny / "var").write_text("not a folder", encoding="utf-8")
    ran = ivr("releases", project=tiny)
    assert ran.code == 1
    assert str(tiny / "var") in ran.err


def test_a_database_that_is_none_is_told(ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tiny / "notes.db").write_text("Dear diary, " * 100, encoding="utf-8")
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tiny}/notes.db")
    assert ivr("releases", project=tiny) == Ran(1, "", "The file is not a database, or is damaged.\n")
    monkeypatch.setenv("IVR_DATABASE_URL", "somewhere")
    assert ivr("releases", project=tiny).err.startswith("IVR_DATABASE_URL ")


def test_migrate_says_what_the_database_is_what_would_be_done_and_does_it(
    ivr: Ivr, tiny: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    shown = ivr("migrate", "--show", project=tiny).out.splitlines()
    assert shown[1:3] == [
        "  is empty; wanted is 0003:",
        "  take 0001  The first tables: releases, closures, what happened on calls, the certification list.",
    ]
    assert ivr("migrate", project=tiny).out.endswith("Done: the database is of revision 0003.\n")
    assert ivr("migrate", project=tiny).out.endswith("is of revision 0003, as wanted: nothing to do.\n")
    back = ivr("migrate", "--back", "--yes", project=tiny)
    assert "undo 0003" in back.out
    back = ivr("migrate", "--back", "--yes", project=tiny)
    assert "undo 0002" in back.out
    assert back.out.endswith("this one would lead the database forward again.\n")
    assert ivr("migrate", "--back", project=tiny) == Ran(1, "", "There is no revision before this one.\n")
    assert ivr("migrate", "--to", "0003", project=tiny).code == 0
    unknown = ivr("migrate", "--to", "9", project=tiny)
    assert unknown == Ran(1, "", "There is no revision 9. There are: 0001, 0002, 0003.\n")


def test_going_back_is_asked_about_first(ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ivr("migrate", project=tiny)
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    ran = ivr("migrate", "--back", project=tiny)
    assert ran.code == 130
    assert "Is the line stopped, and the database copied?" in ran.out
    assert ivr("migrate", project=tiny).out.endswith("nothing to do.\n")


@pytest.mark.parametrize("command", ["migrate", "releases"])
def test_a_database_of_a_newer_program_is_refused_in_words(ivr: Ivr, tiny: Path, command: str) -> None:
    ivr("migrate", project=tiny)
    store = open_store(load_settings({}, tiny))
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE broker_line_revision SET version_num = '0007'")
    store.close()
    ran = ivr(command, project=tiny)
    assert ran.code == 1
    assert ran.err.startswith("The database is of revision 0007, from a newer version of this program")


def test_a_store_is_copied_file_to_server_and_both_are_told_without_a_password(
    ivr: Ivr, tiny: Path, postgresql_url: str
) -> None:
    ivr("brokers", "import", str(tiny / "config/brokers.csv"), project=tiny)
    target = postgresql_url.replace("postgres@", "postgres:hidden-word@")
    ran = ivr("store", "copy", str(tiny / "var/ivr.db"), target)
    assert ran.code == 0
    assert "hidden-word" not in ran.out + ran.err
    lines = ran.out.splitlines()
    assert lines[0] == f"From sqlite:///{tiny}/var/ivr.db"
    assert lines[1].startswith("  to postgresql://postgres:***@/postgres?host=")
    assert re.fullmatch(r"  brokers                         1 rows  sha256 [0-9a-f]{16}", lines[-2])
    assert lines[-1] == "Both hold the same: every table was read again and compared by count and hash."
    again = ivr("store", "copy", str(tiny / "var/ivr.db"), target)
    assert "brokers                         1 rows, 0 of them now" in again.out


def test_a_store_is_not_copied_from_a_file_that_is_not_there(ivr: Ivr, tiny: Path) -> None:
    ran = ivr("store", "copy", str(tiny / "nothing.db"), str(tiny / "other.db"))
    assert ran.code == 2
    assert ran.err.startswith(f"There is no file {tiny}/nothing.db to copy from.\n")
    assert not (tiny / "nothing.db").exists()


def test_a_port_in_use_is_told_in_one_sentence(ivr: Ivr, tiny: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = ivr("serve", "--port", str(port), project=tiny)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(
        f"\nPort {port} of 127.0.0.1 is in use already, perhaps by another `ivr serve`. "
        f"End that one, or take another port: ivr serve --port {port + 1}\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "99999"], "Invalid value for '--port': 99999 is not in the range 1<=x<=65535."),
        (["--workers", "0"], "Invalid value for '--workers': 0 is not in the range 1<=x<=64."),
    ],
)
def test_a_server_that_cannot_start_says_why(words: list[str], said: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("serve", *words, project=tiny)
    assert said in ran.err
    assert ran.code in (1, 2)


def test_production_without_secrets_names_them(ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_ENV", "production")
    ran = ivr("serve", project=tiny)
    assert ran.code == 1
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == [
        "IVR_PUBLIC_URL",
        "IVR_SECRET_KEYS",
        "TWILIO_AUTH_TOKEN",
    ]


def test_another_moment_is_not_rehearsed_in_production(ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "IVR_ENV": "production",
        "IVR_SECRET_KEYS": "cmVoZWFyc2FsIG9mIHRoZSBicm9rZXIgbGluZSAwMDA=",
        "TWILIO_AUTH_TOKEN": "12345",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "IVR_PUBLIC_URL": "https://line.example.gov",
    }.items():
        monkeypatch.setenv(name, value)
    ran = ivr("serve", "--at", "2026-12-25 10:00", project=tiny)
    assert ran == Ran(1, "", "--at: rehearsing another moment is refused when IVR_ENV=production.\n")


def test_the_module_runs_like_the_command_from_wherever_it_is_started(tiny: Path, tmp_path_factory: Any) -> None:
    words = ["hours", "Tue 2026-11-24 10:00", "--json"]
    module = [sys.executable, "-m", "ivr", "--project", str(tiny), *words]
    command = [str(Path(sys.executable).parent / "ivr"), *words]
    there = os.environ | {"IVR_PROJECT": str(tiny)}
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    one = subprocess.run(module, cwd=elsewhere, capture_output=True, text=True, timeout=30, check=True)
    other = subprocess.run(command, cwd=elsewhere, env=there, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(one.stdout) == json.loads(other.stdout)


@pytest.mark.parametrize(("said", "colours"), [("", None), ("1", False)])
def test_colours_are_left_out_where_nobody_wants_them(
    said: str, colours: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", said)
    with group.make_context("ivr", ["hours", "--help"]) as context, pytest.raises(click.exceptions.Exit):
        group.invoke(context)
    assert context.color is colours


def test_output_that_nobody_reads_to_its_end_is_no_error(tiny: Path) -> None:
    year = subprocess.Popen(
        [sys.executable, "-m", "ivr", "--project", str(tiny), "hours", "--year", "2027"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert year.stdout
    year.stdout.close()
    _, err = year.communicate(timeout=30)
    assert err == ""
