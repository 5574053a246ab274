"""A process that answers calls brings along what a turn needs, and not the check, the proof or the softphone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from projects import tiny_project
from servers import ivr

START = "import sys, ivr.app; ivr.app.create_app(); print(*sorted(sys.modules))"

NOT_FOR_CALLS = ("ivr.check", "ivr.console", "ivr.proof", "ivr.softphone", "alembic", "requests", "sqlalchemy.orm")


def brought_along(project: Path, program: str = START) -> set[str]:
    """What a start in production has imported."""
    environment = {
        "IVR_PROJECT": str(project),
        "IVR_ENV": "production",
        "IVR_PUBLIC_URL": "https://line.example.gov",
        "IVR_SECRET_KEYS": "k" * 43 + "=",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "a" * 32,
        "PATH": "/usr/bin:/bin",
    }
    words = [sys.executable, "-c", program]
    return set(subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.split())


def test_a_process_that_answers_calls_imports_neither_check_nor_softphone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tiny_project(tmp_path)
    for start in ("the first, which checks the files and publishes them", "any other"):
        imported = brought_along(project)
        assert "ivr.voice.routes" in imported
        assert [name for name in NOT_FOR_CALLS if name in imported] == [], start
    ivr(project, "releases")
    assert re.search(r"^on the air +1 .*first start$", capsys.readouterr().out, re.MULTILINE)


def test_nor_does_the_command_that_starts_the_server(tmp_path: Path) -> None:
    imported = brought_along(tmp_path, "import sys, ivr.cli.serve, ivr.answering; print(*sorted(sys.modules))")
    assert [name for name in NOT_FOR_CALLS if name in imported] == []
