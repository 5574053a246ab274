"""Whole projects in a folder of their own, for tests that run commands and servers on them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tiny_line import tiny_files

HERE = Path(__file__).parent.parent

TINY_CALLS = """\
- call: A caller asks for a representative
  rules: [P-01]
  happens:
    - hears: [greeting, first_menu]
    - presses: 1
    - hears: [number/npn]
    - hangs_up: yes
  ends: {at: number/npn}
"""

TINY_BROKERS = """\
npn,first_name,last_name,certified_from,certified_through,training_completed_on,license_active,status,agency
99900001,Nora,Sample,2026-09-01,2027-10-31,2026-08-20,yes,active,Sample Agency
"""


def shipped_project(folder: Path) -> Path:
    """A copy of the line as it is shipped."""
    for name in ("flows", "config"):
        shutil.copytree(HERE / name, folder / name)
    return folder


def tiny_project(folder: Path) -> Path:
    """The smallest line that passes its check: one scripted call, so a check takes no time."""
    for path, content in tiny_files().items():
        _write(folder / path, content.decode())
    _write(folder / "flows/calls/tiny.yaml", TINY_CALLS)
    _write(folder / "config/brokers.csv", TINY_BROKERS)
    return folder


def edit(project: Path, path: str, before: str, after: str) -> None:
    """Change one thing in a file, as a person would."""
    file = project / path
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
