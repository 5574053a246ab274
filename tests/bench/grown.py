"""Loads, lints and explores one synthetic flow in a process of its own, and prints what that took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

from bench.synthetic import synthetic_files
from ivr.flow.load import load
from ivr.proof.explore import explored


@dataclass(frozen=True)
class Grown:
    """What a flow of a size takes.

    Args:
        load_s, explore_s: seconds of one core, whatever else the machine does.
        peak_mb: most memory of the whole process, interpreter and libraries included.
    """

    steps: int
    states: int
    ways: int
    load_s: float
    explore_s: float
    peak_mb: float


def grown(steps: int) -> Grown:
    """Measure; only the first measurement of a process tells its memory."""
    files = synthetic_files(steps)
    began = time.process_time()
    flow = load(files).release.flows["tiny"]
    loaded = time.process_time()
    graph = explored(flow)
    ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    if len(flow.steps) != steps:
        raise AssertionError(f"asked for {steps} steps, made {len(flow.steps)}")
    return Grown(steps, len(graph), graph.ways_count, loaded - began, ended - loaded, peak)


if __name__ == "__main__":
    print(json.dumps(asdict(grown(int(sys.argv[1])))))
