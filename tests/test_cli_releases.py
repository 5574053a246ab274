"""`ivr check`, `publish`, `releases`, `rollback`: what they answer, and a sentence for each mistake."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from commands import Ivr, Ran
from projects import edit, shipped_project

from ivr.flow.load import read_files
from ivr.settings import load_settings
from ivr.wiring import open_store

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)


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
    assert "ERROR  flows/tiny.yaml:19:11  step greeting\n  19 |     next: frist_menu\n" in ran.out
    assert "first_menu" in ran.out.split("frist_menu", 2)[2]
    assert "ERROR  config/line.yaml:" in ran.out
    assert ran.out.endswith("Callers meanwhile: release 1 goes on answering; nothing of this edit is on the air.\n")
    facts = ivr("check", "--json", project=tiny)
    assert (facts.code, facts.json["passes"], facts.json["release"]) == (1, False, None)
    assert {finding["kind"] for finding in facts.json["findings"]} == {"load"}


def test_a_scripted_call_that_goes_otherwise_is_shown_as_it_was_heard(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "flows/calls/tiny.yaml", "presses: 1", "presses: 2")
    ran = ivr("check", project=tiny)
    assert ran.code == 1
    assert "ERROR  flows/calls/tiny.yaml:" in ran.out
    assert "Write to brokers at M N sure dot org" in ran.out
    assert ran.out.endswith("Nothing is on the air yet; mend this first.\n")


def test_what_is_published_is_on_the_air_and_nothing_changed_is_said(ivr: Ivr, tiny: Path) -> None:
    assert ivr("releases", project=tiny).out == "No release yet: ivr publish makes the first.\n"
    first = ivr("publish", "-m", "the first", project=tiny)
    assert "\nRelease 1 (" in first.out
    assert first.out.endswith("is on the air for new calls. Calls under way finish on theirs.\n")
    assert "\nNothing has changed: the files are release 1 (" in ivr("publish", project=tiny).out
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
    assert "nowhere" in ran.out
    assert "nobody" in ran.out
    assert "Not published. Callers meanwhile: release 1 goes on answering" in ran.out
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


def test_the_examples_of_the_hours_file_pass_the_check_as_they_stand(ivr: Ivr, tmp_path: Path) -> None:
    """Whoever takes their number signs away, as the file invites to, is not stopped by words too long for a caller."""
    project = shipped_project(tmp_path)
    hours = project / "config/hours.yaml"
    text = hours.read_text()
    for name, nothing in (("special_dates", "{}"), ("overlays", "[]")):
        before, _, after = text.partition(f"{name}: {nothing}\n")
        example = after.partition("\n\n")[0]
        text = before + re.sub(r"^# ", "", example, flags=re.MULTILINE) + after.removeprefix(example)
    hours.write_text(text)
    ran = ivr("check", project=project)
    assert (ran.code, "ERROR" in ran.out + ran.err) == (0, False), ran.out + ran.err
