"""Scripted calls played on every core: a check should not keep an operator waiting."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from ivr.errors import Fault
from ivr.softphone.scripted import MakeApp, Outcome, ScriptedCall, play

Heard = tuple[Sequence[Fault], Sequence[str], Sequence[tuple[str, str]]]

AT_ONCE = 12
"""Calls handed to a process at a time."""

FEW = 30
"""So few calls are sooner played than shared out."""

MOST_PROCESSES = 4


@dataclass
class _Work:
    """What the processes were forked with; `make_app` is each process's own, made when it plays its first call."""

    calls: Sequence[ScriptedCall]
    stage: Callable[[], MakeApp]
    make_app: MakeApp | None = None


_work: _Work | None = None


def play_all(calls: Sequence[ScriptedCall], stage: Callable[[], MakeApp]) -> Iterator[Outcome]:
    """Begin to play calls at once, on other cores where there are any, and tell their outcomes in order when asked.

    Args:
        stage: makes the applications for a process of its own.
    """
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if len(calls) < FEW or processes < 2 or not hasattr(os, "fork"):
        make_app = stage()
        return (play(call, make_app) for call in calls)
    global _work
    _work = _Work(calls, stage)
    pool = ProcessPoolExecutor(processes, mp_context=get_context("fork"))
    with warnings.catch_warnings():
        # A fork beside other threads is fine here: the child only plays calls, and shares no lock with anybody.
        warnings.simplefilter("ignore", DeprecationWarning)
        shares = pool.map(_play_some, range(0, len(calls), AT_ONCE))
    return _told(calls, pool, shares)


def _told(calls: Sequence[ScriptedCall], pool: ProcessPoolExecutor, shares: Iterator[list[Heard]]) -> Iterator[Outcome]:
    with pool:
        heard = (one for share in shares for one in share)
        yield from (Outcome(call, *one) for call, one in zip(calls, heard, strict=True))


def _play_some(first: int) -> list[Heard]:
    """In a process of the pool: play the calls from `first` on; what an `Outcome` has besides its call."""
    if _work is None:
        raise LookupError("there is nothing to play: the process was not forked for it")
    if _work.make_app is None:
        _work.make_app = _work.stage()
    outcomes = [play(call, _work.make_app) for call in _work.calls[first : first + AT_ONCE]]
    return [(outcome.failures, outcome.transcript, outcome.taken) for outcome in outcomes]
