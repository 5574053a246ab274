"""How long a start takes: `ivr serve` until the first call is answered, and each command until it has answered."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from projects import shipped_project
from servers import Server, ivr, serving

TIMES = 5


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped line, published once."""
    folder = shipped_project(tmp_path_factory.mktemp("line"))
    began = time.perf_counter()
    with serving(folder) as first:
        first.heard()
        print(f"\nfirst start, with its check, to the first answered call: {time.perf_counter() - began:.2f} s")
    return folder


def test_the_second_start_to_the_first_answered_call(project: Path) -> None:
    """The target is under 2 s."""
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        server = Server(project).ready()
        assert server.heard()
        seconds.append(time.perf_counter() - began)
        server.end()
    print(f"\nsecond start to first answered call: {min(seconds):.2f} to {max(seconds):.2f} s (target: under 2 s)")


@pytest.mark.parametrize("words", ["--version", "--help", "hours", "releases", "brokers show 99900001", "close --help"])
def test_a_command(words: str, project: Path) -> None:
    """From the shell and back."""
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        command = [sys.executable, "-m", "ivr", "--project", str(project), *words.split()]
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    print(f"\nivr {words}: {min(seconds):.2f} to {max(seconds):.2f} s")


def test_a_check_of_the_shipped_line(project: Path) -> None:
    """Load, lint and every scripted call, in this process."""
    began = time.perf_counter()
    ivr(project, "check")
    print(f"\nivr check, once imported: {time.perf_counter() - began:.2f} s")
