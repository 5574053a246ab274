"""A share of the work: batches that one process runs and tells of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from fuzz.files import Files
from fuzz.webhooks import Tally, Webhooks

SORTS: dict[str, type[Webhooks] | type[Files]] = {"webhooks": Webhooks, "files": Files}


@dataclass(frozen=True)
class Share:
    """Some batches of a seed."""

    sort: str
    seed: int
    numbers: tuple[int, ...]


@cache
def made(sort: str) -> Webhooks | Files:
    """What is fuzzed, made once a process."""
    return SORTS[sort]()


def taken(share: Share) -> tuple[Share, Tally, float]:
    """Run a share; what came of it, and the seconds of processor time it took."""
    target = made(share.sort)
    began = time.process_time()
    tally = Tally()
    for number in share.numbers:
        tally.add(target.batch(share.seed, number))
    return share, tally, time.process_time() - began
