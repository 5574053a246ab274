"""How a process that answers calls starts: with a release on the air, and with what it has loaded kept for good."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from ivr.log import logger
from ivr.wiring import Line

SELDOM = (2_000, 10, 10)
"""When a process that answers calls looks for garbage: a turn leaves next to none."""


_PARENT_DEATH_SIGNAL = 1
"""`PR_SET_PDEATHSIG` of Linux's prctl.h."""

log = logger(__name__)


def publish_first(line: Line, at: datetime) -> None:
    """Unless a release is live, check the project's files and put them on the air.

    A child process does it and takes the memory of the check along; no thread may have been started yet. Raises
    CheckFailed with every finding, and StoreUnavailable: whether this is the first start is not known.
    """
    if line.steady.live() is None and not done_apart(lambda: _publish(line, at)):
        # Whatever is in the way is met again here, by who can tell of it.
        _publish(line, at)


def _publish(line: Line, at: datetime) -> None:
    # Only now: the check brings the proof and the softphone along, and most starts need neither.
    from ivr.staging import publish_files

    publish_files(line, at)


def done_apart(work: Callable[[], object]) -> bool:
    """Do something in a child process, which ends with this one. Returns whether it was done; why not is not told."""
    parent = os.getpid()
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code < 0:
            log.warning("a process of ours was ended from outside; its work is begun again", signal=-code)
        return code == 0
    code = 1
    try:
        end_with(parent)
        work()
        code = 0
    finally:
        os._exit(code)


def end_with(parent: int) -> None:
    """Let this process be killed when its parent ends: what that was told to leave alone must not go on behind it."""
    with suppress(OSError, AttributeError):  # where the C library has no such thing
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def keep_for_good() -> None:
    """What a process has loaded when it begins to answer calls stays for good, and is not looked through for garbage.

    That would keep a caller waiting for a tenth of a second now and then, and give every worker a copy of its own. Not
    even once: starting leaves next to none, and looking takes a twentieth of a second.
    """
    gc.freeze()
    gc.set_threshold(*SELDOM)
