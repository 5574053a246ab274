"""Scripted calls played on every core: a check should not keep an operator waiting."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from ivr.errors import Fault
from ivr.softphone.scripted import MakeApp, Outcome, ScriptedCall, play

Heard = tuple[Sequence[Fault], Sequence[str], Sequence[tuple[str, str]]]

AT_ONCE = 12
"""Calls handed to a process at a time: those in the same circumstances together, for each takes an application."""

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
    alike = sorted(range(len(calls)), key=lambda place: calls[place].given.circumstances)
    shares = [alike[first : first + AT_ONCE] for first in range(0, len(alike), AT_ONCE)]
    with warnings.catch_warnings():
        # A fork beside other threads is fine here: the child only plays calls, and shares no lock with anybody.
        warnings.simplefilter("ignore", DeprecationWarning)
        playing = [pool.submit(_play_some, share) for share in shares]
    where = {place: (work, at) for work, share in zip(playing, shares, strict=True) for at, place in enumerate(share)}
    return _told(calls, pool, where)


def _told(
    calls: Sequence[ScriptedCall], pool: ProcessPoolExecutor, where: Mapping[int, tuple[Future[list[Heard]], int]]
) -> Iterator[Outcome]:
    with pool:
        for place, call in enumerate(calls):
            work, at = where[place]
            yield Outcome(call, *work.result()[at])


def _play_some(share: Sequence[int]) -> list[Heard]:
    """In a process of the pool: play the calls at these places; what an `Outcome` has besides its call."""
    if _work is None:
        raise LookupError("there is nothing to play: the process was not forked for it")
    if _work.make_app is None:
        _work.make_app = _work.stage()
    outcomes = [play(_work.calls[place], _work.make_app) for place in share]
    return [(outcome.failures, outcome.transcript, outcome.taken) for outcome in outcomes]
