"""`ivr diff`, and what publishing says of it: what is on the air against files, folders and git revisions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from projects import edit, tiny_project

from ivr.cli import group
from ivr.cli.diff import files_at
from ivr.flow.load import read_files
from ivr.proof.diff import NOTHING, NOTHING_ELSE


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
