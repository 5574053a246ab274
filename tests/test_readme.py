"""README tells the truth: its commands, settings, files and targets exist, and its transcript is a real call."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from documents import command_named

from ivr.cli import group
from ivr.settings import NAMES, SECRETS

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
LINES = [line.strip().removeprefix("$ ").removeprefix(".venv/bin/") for block in BLOCKS for line in block.splitlines()]
COMMANDS = [line.split("  #")[0] for line in LINES if line.startswith("ivr ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_shown_in_readme_exists_with_its_options(line: str) -> None:
    command, words = command_named(shlex.split(line)[1:])
    known = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_readme_shows_every_command_that_operators_have() -> None:
    shown = {line.split()[1] for line in COMMANDS}
    hidden = {"schema"}
    named = {name for name in group.list_commands(click.Context(group)) if not command_named([name])[0].hidden}
    assert named - hidden == shown


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\b(?:IVR|TWILIO)_[A-Z_]+\b", README))))
def test_a_setting_named_in_readme_exists(name: str) -> None:
    assert name in NAMES or name.removesuffix("_FILE") in SECRETS


@pytest.mark.parametrize("name", NAMES)
def test_readme_names_every_setting(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:flows|config|ivr|tests|docs)/[\w./]*)`", README))))
def test_a_path_named_in_readme_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_a_link_of_readme_leads_somewhere(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?m:^|`)make ([a-z]+)", README))))
def test_a_make_target_of_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_make_run_takes_another_port() -> None:
    asked = ["make", "--dry-run", "--no-print-directory", "--old-file=install", "run", "PORT=5077"]
    would = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert would.splitlines()[-1] == ".venv/bin/ivr serve --watch --port 5077"


def test_the_call_shown_in_readme_is_what_the_line_says() -> None:
    block = next(block for block in BLOCKS if block.startswith("$ .venv/bin/ivr call"))
    command, _, shown = block.partition("\n")
    arguments = shlex.split(command)[3:]
    result = CliRunner(env={"COLUMNS": "110"}).invoke(group, ["--project", str(PROJECT), "call", *arguments])
    assert result.exit_code == 0
    heard = [line.rstrip() for line in result.output.splitlines()]
    assert untimed(shown.rstrip().splitlines()) == untimed(heard)


def untimed(lines: list[str]) -> list[str]:
    """Lines without the seconds, which a change of wording may shift."""
    return [re.sub(r"\d+:\d\d|\d+(?:\.\d)? s\b", "", line) for line in lines]
