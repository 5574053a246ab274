"""`make mutants`: tries every mutant on both cores, goes on where it stopped, and writes docs/mutants.md."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from bench.told import told

from mutants.catching import PROJECT
from mutants.making import Mutant
from mutants.report import Tried, report
from mutants.trying import Wanted, bench, tried

AT_ONCE = 2
SHARE = 20
"""Mutants tried at a time by one process, and kept."""

STRIDE = 7919
"""A prime, so that steps of it come to every number once."""

DOCS = PROJECT / "docs" / "mutants.md"


def results_file(rules_for: int) -> Path:
    """Where results are kept: a file of its own for each state of the line and of these tools."""
    digest = hashlib.sha256(f"{rules_for}".encode())
    tools = (PROJECT / "tests" / "mutants" / f"{name}.py" for name in ("making", "catching", "equivalence", "trying"))
    for path in (*sorted(PROJECT.glob("flows/**/*.yaml")), *sorted(PROJECT.glob("config/*.*")), *tools):
        digest.update(path.read_bytes())
    return PROJECT / "build" / f"mutants-{digest.hexdigest()[:12]}.jsonl"


def kept(file: Path) -> list[Tried]:
    """Results of earlier runs."""
    if not file.exists():
        return []
    return [Tried(**json.loads(line)) for line in file.read_text().splitlines()]


def shares(numbers: Iterable[int], rules_for: int) -> Iterator[Wanted]:
    """Numbers in handfuls."""
    left = list(numbers)
    for first in range(0, len(left), SHARE):
        yield Wanted(tuple(left[first : first + SHARE]), rules_for)


def run(minutes: float, rules_for: int) -> bool:
    """Try what is left, for so long at most; True when all has been tried."""
    file = results_file(rules_for)
    file.parent.mkdir(exist_ok=True)
    done = kept(file)
    total = len(bench().mutants)
    tried_before = {one.number for one in done}
    left = [number for number in spread(bench().mutants) if number not in tried_before]
    until = time.monotonic() + minutes * 60
    print(f"{total:,} mutants of the shipped line, {len(done):,} tried before; results in {file.relative_to(PROJECT)}")
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool, file.open("a") as out:
        for found in pool.map(tried, shares(left, rules_for)):
            out.write("".join(json.dumps(asdict(one)) + "\n" for one in found))
            out.flush()
            done += found
            missed = sum(one.verdict in ("different", "not decided") for one in done)
            told(f"{len(done):,} of {total:,} tried, {missed} not noticed")
            if time.monotonic() > until:
                pool.shutdown(cancel_futures=True)
                break
    DOCS.write_text(report(done, total, rules_for))
    print(f"\nwritten: {DOCS.relative_to(PROJECT)}")
    if len(done) < total:
        print(f"{len(done):,} of {total:,} tried in {minutes:g} minutes; the next `make mutants` goes on from here.")
    return len(done) == total


def spread(made: Sequence[Mutant]) -> list[int]:
    """All numbers, the many wires last and those spread over the flow, so that a run cut short is a fair sample."""
    few = [number for number, mutant in enumerate(made) if mutant.sort != "wire"]
    many = [number for number, mutant in enumerate(made) if mutant.sort == "wire"]
    return few + [many[place * STRIDE % len(many)] for place in range(len(many))]


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(prog="mutants", description=__doc__)
    options.add_argument("--minutes", type=float, default=60, help="stop after so long; a later run goes on")
    options.add_argument(
        "--rules-for", type=int, default=25, help="put one in so many to the rules as well; 0 for none"
    )
    chosen = options.parse_args()
    if not run(chosen.minutes, chosen.rules_for):
        sys.exit(1)


if __name__ == "__main__":
    main()
