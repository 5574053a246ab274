"""The command line: what each word answers, and one clear sentence for each mistake of whoever types it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from commands import Ivr, Ran
from projects import shipped_project

from ivr.cli import COMMANDS, group
from ivr.hours import Closure
from ivr.settings import load_settings
from ivr.wiring import open_store


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped line, which no test here changes."""
    return shipped_project(tmp_path_factory.mktemp("shipped"))


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


ICE = Closure(datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 24, 20, tzinfo=UTC), "ice")
"""From nine to two, at the line."""


def closed_by_ice(project: Path) -> None:
    open_store(load_settings({}, project)).add_closure(ICE.starts, ICE.until, ICE.reason, ICE.starts)


def test_a_call_is_closed_by_a_declared_closure_and_says_so(ivr: Ivr, tiny: Path) -> None:
    closed_by_ice(tiny)
    ran = ivr("call", "--at", "Tue 2026-11-24 10:00", "--keys", "1", project=tiny)
    assert ran.err == (
        "Closed at this moment by `ivr close`, until Tuesday, November 24, 14:00, and so it is on this call. "
        "To call as if it were not: --as-usual\n"
    )
    assert "closed" in ran.out
    assert "number/npn" not in ran.out


@pytest.mark.parametrize("words", [["--at", "Tue 2026-11-24 10:00", "--as-usual"], ["--at", "Tue 2026-11-24 14:00"]])
def test_a_closure_that_is_over_or_left_out_is_not_on_the_call(words: list[str], ivr: Ivr, tiny: Path) -> None:
    closed_by_ice(tiny)
    ran = ivr("call", *words, "--keys", "1", project=tiny)
    assert ran.err == ""
    assert "number/npn" in ran.out


def test_a_call_says_that_a_closure_of_the_files_is_in_force(ivr: Ivr, tiny: Path) -> None:
    file = tiny / "config/hours.yaml"
    text = file.read_text().replace("closures: []", "")
    closure = '{starts: 2026-11-24 09:00, until: 2026-11-24 14:00, reason: "ice"}'
    file.write_text(f"{text}\nclosures:\n  - {closure}\n")
    ran = ivr("call", "--at", "Tue 2026-11-24 10:00", "--keys", "1", project=tiny)
    assert ran.err.startswith("Closed at this moment by a closure in config/hours.yaml: ")
    assert "ice" in ran.err


def test_a_database_that_cannot_be_asked_for_closures_is_told_and_stops_no_call(
    ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = ivr("call", "--at", "Tue 2026-11-24 10:00", "--keys", "1", project=tiny)
    assert ran.code == 0
    assert ran.err.startswith("Whether the line is closed by `ivr close` is not known here: ")
    assert "number/npn" in ran.out


def test_a_call_makes_no_database(ivr: Ivr, tiny: Path) -> None:
    ivr("call", "--keys", "1", project=tiny)
    assert not list(tiny.rglob("*.db*"))


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
        (["--url", "http://127.0.0.1:5000", "--as-usual"], "--as-usual: a running server is closed for everybody."),
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
    assert f"There is no folder flows in {tmp_path}." in ran.out + ran.err
    assert "Start the command in the project's folder, or name it: --project DIR." in ran.out + ran.err


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
    shown = ran.err.rsplit(" serve ", 1)[0].rsplit(" ", 1)[1]
    assert ran.err.endswith(
        f"\nPort {port} of 127.0.0.1 is in use already, perhaps by another `ivr serve`. "
        f"End that one, or take another port: {shown} serve --port {port + 1}\n"
    )
    assert shutil.which(shown) is not None


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
