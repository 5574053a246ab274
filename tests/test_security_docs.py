"""docs/security.md tells the truth: every test that it names exists, and every package is locked by its hashes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
THREATS = ("forged", "replayed", "tokens", "guessing", "leaks", "hostile", "template", "paths", "down", "dependencies")


def test_every_threat_has_its_section_and_a_test() -> None:
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    titles = " ".join(section.splitlines()[0].lower() for section in sections)
    assert [threat for threat in THREATS if threat not in titles] == []
    assert [section.splitlines()[0] for section in sections if "::test_" not in section] == ["Fuzzing"]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_what_looks_like_the_name_of_a_test_is_one() -> None:
    assert len(re.findall(r"\btest_\w+\.py::", TEXT)) == len(NAMED)
    assert len(NAMED) > 50


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_hashes_and_none_names_a_host(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    packages = re.findall(r"^[A-Za-z0-9][^\n\\]*(?:\\\n[^\n]*)*", text, re.MULTILINE)
    assert len(packages) > 20
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
    assert [package.split()[0] for package in packages if "==" not in package.split()[0]] == []
    assert "://" not in text
    assert "index-url" not in text


def test_security_md_leads_there() -> None:
    assert "docs/security.md" in (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
