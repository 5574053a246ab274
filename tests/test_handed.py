"""A listening socket that is handed over at the start is taken if it is meant for us, and only if it can be used."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ivr.cli.handed import handed_over
from ivr.errors import SetupError

TAKES = "from ivr.cli.handed import handed_over; import os, socket, sys; {hand}; handed_over()"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment to write in; whatever is left of it afterwards is taken back."""
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        monkeypatch.setenv(name, "")
    return monkeypatch


@pytest.mark.parametrize(("holder", "count"), [("", ""), ("1", "1"), ("ours", ""), ("ours", "0")])
def test_without_a_socket_for_this_very_process_there_is_none(
    told: pytest.MonkeyPatch, holder: str, count: str
) -> None:
    told.setenv("LISTEN_PID", str(os.getpid()) if holder == "ours" else holder)
    told.setenv("LISTEN_FDS", count)
    assert handed_over() is None
    assert not {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} & os.environ.keys()


def test_two_sockets_stop_the_start_in_words(told: pytest.MonkeyPatch) -> None:
    told.setenv("LISTEN_PID", str(os.getpid()))
    told.setenv("LISTEN_FDS", "2")
    with pytest.raises(SetupError, match="LISTEN_FDS: 2 sockets were handed over; one is needed"):
        handed_over()


@pytest.mark.parametrize(
    ("hand", "wrong"),
    [
        ("os.dup2(os.open('/dev/null', os.O_RDONLY), 3)", "what was handed over is no socket"),
        ("keep = socket.socket(); os.dup2(keep.fileno(), 3)", "does not listen for TCP"),
    ],
)
def test_what_cannot_be_listened_at_stops_the_start_in_words(hand: str, wrong: str) -> None:
    telling = "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')"
    code = TAKES.format(hand=f"{hand}; {telling}")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert wrong in ran.stderr
