"""`make chaos`: calls over a line that is killed, stopped, filled up and replaced, with progress and a summary."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from chaos.run import Run, run

SHOWN = 20


def main() -> None:
    """Read the options, run, and end with 1 if a caller heard or the log holds anything but what it should."""
    options = argparse.ArgumentParser(prog="chaos", description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--calls", type=int, default=500, help="at once")
    options.add_argument("--pace", type=float, default=5, help="seconds between two keys, on the average")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--log", type=Path, help="a file for what the servers say")
    chosen = options.parse_args()
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)

    wanted = Run(chosen.minutes * 60, chosen.calls, chosen.pace, chosen.workers, seed=chosen.seed, log=chosen.log)
    with tempfile.TemporaryDirectory(prefix="broker-line-chaos-") as folder:
        outcome = run(wanted, Path(folder), tell)
    verdict = outcome.verdict
    print("\n".join(["", *outcome.figures]))
    print(f"{verdict.calls} calls with {verdict.turns} answered turns, by release: {dict(verdict.by_release)}")
    print(f"  {verdict.unchecked} went on unchecked while the database was gone, as they should (D-22)")
    print(f'  {verdict.asked_for_a_moment} heard "one moment" while a slow database was asked once more (D-22)')
    print(f"  {verdict.otherwise} heard anything but what they should; of them {verdict.asked_twice} a question twice,")
    print(f"    {verdict.unchecked_wrongly} went on unchecked although the database ran,")
    print(f"    {verdict.asked_to_wait} that many are calling just now,")
    print(f"    {verdict.after_fallback} lost a key to the fallback, {verdict.cut_off} were ended by the provider")
    print(f"  {verdict.lost} events of answered turns lost, {verdict.doubled} doubled")
    print(f"  {verdict.without_status} calls without the provider's last word")
    for wrong in [*outcome.broken[:SHOWN], *verdict.wrong[:SHOWN]]:
        print(f"  ! {wrong}")
    sys.exit(not verdict.is_well or bool(outcome.broken))


if __name__ == "__main__":
    main()
