"""Python's search for garbage, left out where nearly everything that is made is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keeping_everything() -> Iterator[None]:
    """Let Python look for no garbage: a check or a comparison makes millions of small objects that live to its end.

    Each look at all of them takes a tenth of a second, and there would be a dozen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
