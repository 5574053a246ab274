"""`make fuzz`: garbage for as many minutes as wished, in two processes, with its rate and everything it finds.

A finding names its seed and batch; `--seed S --only N` sends just that batch again. Results are added to
build/fuzz.jsonl, and the next run goes on behind the last batch of the same seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from fuzz.sharing import SORTS, Share, made, taken
from fuzz.webhooks import BATCH, Tally

AT_ONCE = 2
SHARE = 8
"""Batches that a process takes at a time."""

KEPT = Path(__file__).parents[2] / "build" / "fuzz.jsonl"


def shares(sort: str, seed: int, first: int) -> Iterator[Share]:
    """Batches in handfuls, without an end."""
    while True:
        yield Share(sort, seed, tuple(range(first, first + SHARE)))
        first += SHARE


def first_of(sort: str, seed: int) -> int:
    """The batch behind the last that an earlier run has kept."""
    if not KEPT.exists():
        return 0
    runs = (json.loads(line) for line in KEPT.read_text().splitlines())
    return max((run["next"] for run in runs if (run["sort"], run["seed"]) == (sort, seed)), default=0)


def run(sort: str, seed: int, minutes: float) -> Tally:
    """Fuzz for so long, and keep what came of it."""
    KEPT.parent.mkdir(exist_ok=True)
    first = first_of(sort, seed)
    print(f"{sort}, seed {seed}, from batch {first}; again: python -m fuzz --sort {sort} --seed {seed} --only N")
    began, spent, whole, behind = time.monotonic(), 0.0, Tally(), first
    waiting = shares(sort, seed, first)
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        under_way = [pool.submit(taken, next(waiting)) for _ in range(AT_ONCE)]
        while under_way:
            share, tally, seconds = under_way.pop(0).result()
            if time.monotonic() - began < minutes * 60:
                under_way.append(pool.submit(taken, next(waiting)))
            whole.add(tally)
            spent += seconds
            behind = share.numbers[-1] + 1
            for problem in tally.wrong:
                print(f"\n{problem}")
            rate = whole.requests / (time.monotonic() - began)
            told = f"{whole.requests:,} sent, {rate:,.0f} a second, {len(whole.wrong)} wrong"
            print(f"\r{told}", end="", flush=True)
    line = {"sort": sort, "seed": seed, "next": behind, "requests": whole.requests, "cpu_s": round(spent, 1)}
    with KEPT.open("a") as kept:
        kept.write(json.dumps({**line, "answers": dict(whole.answers), "wrong": whole.wrong}) + "\n")
    print(f"\n{whole.requests / spent:,.0f} for each second of processor time. By answer: {dict(whole.answers)}")
    return whole


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    options.add_argument("--minutes", type=float, default=5, help="how long, for each sort")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sort", choices=SORTS, help="only this sort; without it, one after the other")
    options.add_argument("--only", type=int, help=f"only this batch ({BATCH} requests, or 15 files)")
    chosen = options.parse_args()
    wrong = 0
    for sort in [chosen.sort] if chosen.sort else SORTS:
        if chosen.only is None:
            wrong += len(run(sort, chosen.seed, chosen.minutes).wrong)
        else:
            tally = made(sort).batch(chosen.seed, chosen.only)
            print("\n".join([*tally.wrong, f"{dict(tally.answers)}"]))
            wrong += len(tally.wrong)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
