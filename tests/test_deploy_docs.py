"""docs/deploy.md and docs/watching.md tell the truth: commands, settings, files, links exist; the order works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Ivr
from cryptography.fernet import Fernet
from documents import command_named
from projects import tiny_project

from ivr.settings import NAMES, SECRETS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("deploy.md", "watching.md")}
UNIT = (DOCS / "deploy/broker-line.service").read_text(encoding="utf-8")


def commands_of(page: str) -> list[str]:
    """Every `ivr` command line of a page's blocks, without what stands before the word."""
    blocks = re.findall(r"^```\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)
    lines = [line.split("  #")[0].lstrip("#$ ") for block in blocks for line in block.splitlines()]
    return [re.sub(r"^/opt/\S+/ivr ", "ivr ", line) for line in lines if re.match(r"(/opt/\S+/)?ivr ", line)]


ALL = [(page, line) for page in PAGES for line in commands_of(page)]


@pytest.mark.parametrize(("page", "line"), ALL)
def test_a_command_that_is_shown_exists_with_its_options(page: str, line: str) -> None:
    words = shlex.split(line.replace("--project /srv/broker-line ", ""))[1:]
    command, words = command_named(words)
    known = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in words if word.startswith("-") and word not in known] == []


@pytest.mark.parametrize("page", PAGES)
def test_settings_files_and_links_that_are_named_exist(page: str) -> None:
    text = PAGES[page]
    settings = set(re.findall(r"\b(?:IVR|TWILIO)_[A-Z_]+\b", text))
    assert {name for name in settings if name not in NAMES and name.removesuffix("_FILE") not in SECRETS} == set()
    for path in re.findall(r"docs/deploy/[\w.-]+", text):
        assert (DOCS.parent / path).exists(), path
    for link in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (DOCS / link).exists(), link


def test_everything_shipped_for_a_deployment_is_told_about() -> None:
    both = "".join(PAGES.values())
    assert {path.name for path in (DOCS / "deploy").iterdir() if path.name not in both} == set()


def test_the_units_and_the_page_speak_of_the_same_places() -> None:
    assert "ExecStart=/opt/broker-line/now/.venv/bin/ivr --project /srv/broker-line serve" in UNIT
    assert "EnvironmentFile=/etc/broker-line.env" in UNIT
    for place in ("/opt/broker-line/now", "/srv/broker-line/var", "/etc/broker-line.env"):
        assert place in PAGES["deploy.md"]


def test_the_first_release_is_put_on_the_air_by_the_commands_as_they_stand(
    tmp_path: Path, ivr: Ivr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_project(tmp_path))
    chapter = PAGES["deploy.md"].partition("## 4. ")[2].partition("## 5. ")[0]
    lines = re.findall(r"^\$ (ivr .*)$", chapter, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        assert ivr(*shlex.split(line)[1:]).code == 0, line
    assert "on the air" in ivr("releases").out


def test_a_key_made_as_the_page_says_is_one() -> None:
    program = re.search(r'^\$ python3 -c "(.*)"$', PAGES["deploy.md"], re.MULTILINE)
    assert program
    Fernet(subprocess.run([sys.executable, "-c", program[1]], capture_output=True, check=True).stdout.strip())
