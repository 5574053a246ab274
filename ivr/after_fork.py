"""Locks, threads and connections belong to the process that made them: a forked child makes its own."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def after_fork(owner: T, in_child: Callable[[T], object]) -> None:
    """Do `in_child` with the owner in every child forked from now on, before anything else there uses it.

    It must not hold on to the owner itself: one that is gone by then is left alone. What it does may neither use nor
    close what the parent still has.
    """
    known = weakref.ref(owner)

    def renew() -> None:
        if (inherited := known()) is not None:
            in_child(inherited)

    os.register_at_fork(after_in_child=renew)
