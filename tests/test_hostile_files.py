"""Files and words from people who mean harm, or from programs that fail: refused in time, and shown harmlessly."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import edit, tiny_project

from ivr.brokers import read_brokers
from ivr.brokers.csv_file import HEADER, MOST_FAULTS
from ivr.errors import Fault, FileFaults, one_line, visible
from ivr.flow.load import load_release, read_files

ESCAPE = "\x1b]0;mine\x07\x1b[2J\u009b31m\u202e"
COMMANDS = ("\x1b", "\x07", "\x9b", "\u202e", "\x08")


def harmless(text: str) -> bool:
    return not any(command in text for command in COMMANDS)


def ivr(project: Path, *words: str | bytes) -> subprocess.CompletedProcess[str]:
    """The command as a shell would run it, whatever bytes its words are; what it prints is read as a terminal would."""
    command = [sys.executable, "-m", "ivr", "--project", str(project), *words]
    return subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False)


def test_what_cannot_be_seen_is_shown_as_such_and_carets_stay_in_place() -> None:
    assert visible("a\x1b[2Jb\n\tc\udcff") == "a\ufffd[2Jb\n\tc\ufffd"
    assert one_line("a\nb\r\x1bc") == "a b\ufffd\ufffdc"
    shown = str(Fault("x\n\x1b.yaml", 3, 2, "a\x1bb", "wrong \x07.", "mend it"))
    assert shown == "x \ufffd.yaml:3:2\n  3 | a\ufffdb\n    |  ^\n  wrong \ufffd.\n  mend it"


def test_a_note_of_any_bytes_is_kept_and_listed_harmlessly(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    published = ivr(project, "publish", "-m", b"why \xff\x1b[2J\nlive")
    assert published.returncode == 0, published.stderr
    listed = ivr(project, "releases")
    assert "why \ufffd\ufffd[2J live" in listed.stdout
    assert harmless(listed.stdout)


def test_a_fault_in_a_file_commands_no_terminal(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    edit(project, "flows/tiny.yaml", "Tiny Line.", f"Tiny {ESCAPE} Line.")
    checked = ivr(project, "check")
    assert checked.returncode == 1
    assert harmless(checked.stdout.replace("\x1b[31m", "").replace("\x1b[0m", ""))


def test_a_list_whose_cells_and_name_hold_commands_is_told_about_harmlessly(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    file = tmp_path / "a\x1b[2J\nb.csv"
    file.write_text(f"{HEADER}\n99900001,A{ESCAPE},B,,,,yes,active,\n{ESCAPE},,,,,,,,\n", encoding="utf-8")
    told = ivr(project, "brokers", "import", str(file))
    assert told.returncode == 1
    assert "first_name holds a character that cannot be shown" in told.stderr
    assert harmless(told.stderr)
    file.write_text(f"{HEADER}\n99900001,A,B,,,,yes,active,\n", encoding="utf-8")
    taken = ivr(project, "brokers", "import", str(file))
    assert (taken.returncode, harmless(taken.stdout)) == (0, True)


@pytest.mark.parametrize(
    "words",
    [
        ("hours", "\x1b[2J now"),
        ("\x1b[2J",),
        ("close", "--until", "\x1b[2J", "--reason", "x"),
        ("brokers", "import", "nowhere\x1b[2J"),
        ("diff", "\x1b[2J"),
        ("call", "--url", "http://\x1b[2J"),
        ("call", "--keys", "\x1b[2J"),
    ],
)
def test_what_is_typed_comes_back_harmlessly(words: tuple[str, ...], tmp_path: Path) -> None:
    said = ivr(tiny_project(tmp_path), *words)
    assert said.returncode
    assert said.stderr
    assert "Traceback" not in said.stderr
    assert harmless(said.stderr + said.stdout)


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("FREQ=YEARLY;BYMONTH=1;BYHOUR=0,1,2", "BYHOUR has no place here: a day is open or closed as a whole."),
        (
            "FREQ=DAILY;BYDAY=MO;BYSECOND=" + ",".join(map(str, range(60))),
            "BYSECOND has no place here: a day is open or closed as a whole.",
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231", "A rule here has no last day."),
        ("FREQ=SECONDLY;BYMONTH=1", '"FREQ=SECONDLY;BYMONTH=1" is not a recurrence rule.'),
        ("FREQ=DAILY;BYDAY=" + "MO," * 200, None),
        ("RRULE:FREQ=DAILY;BYDAY=MO", None),
        ("FREQ=YEARLY;BYEASTER=99999999999", None),
        ("FREQ=YEARLY;BYSETPOS=99999;BYMONTH=1", None),
    ],
)
def test_a_rule_for_dates_that_would_take_for_ever_is_refused_at_once(rule: str, wrong: str | None) -> None:
    files = read_files(Path(__file__).parents[1])
    text = files["config/hours.yaml"].decode()
    old = "{every: fourth Thursday of November, days_after: 1}"
    assert old in text
    began = time.process_time()
    with pytest.raises(FileFaults) as refused:
        load_release({**files, "config/hours.yaml": text.replace(old, f'{{rrule: "{rule}"}}').encode()})
    assert time.process_time() - began < 10
    if wrong:
        assert wrong in [fault.wrong for fault in refused.value.faults]


def test_of_very_many_bad_rows_the_first_are_told_and_how_many_there_are() -> None:
    found = read_brokers((HEADER + "\n" + "x,y\n" * 200_000).encode(), "brokers.csv")
    assert len(found.faults) == MOST_FAULTS + 1
    assert found.faults[-1].wrong == "There are 200,000 faults; the first 1,000 are told."
    assert found.rows == 200_000
    assert str(FileFaults(found.faults)).startswith("brokers.csv\n  There are 200,000 faults")


@pytest.mark.parametrize("project", ["../../../../etc", "/etc/passwd", "nowhere\0", "flows"])
def test_a_project_that_is_none_of_ours_is_neither_read_nor_written(project: str, tmp_path: Path) -> None:
    folder = tiny_project(tmp_path / "p")
    if "\0" in project:
        return  # no command line can hold it
    before = sorted(path for path in Path("/etc").iterdir() if path.name in ("var", "flows"))
    said = subprocess.run(
        [sys.executable, "-m", "ivr", "--project", project, "hours"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={**os.environ, "IVR_DATABASE_URL": "sqlite://"},
    )
    assert said.returncode in (1, 2)
    assert "Traceback" not in said.stderr
    assert "root:" not in said.stderr + said.stdout
    assert sorted(path for path in Path("/etc").iterdir() if path.name in ("var", "flows")) == before
