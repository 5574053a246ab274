"""Fuzzed files for every loader: flows, config, scripted calls, certification lists. Faults come out, nothing else."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from fuzz.texts import changed, odd_bytes, odd_text
from fuzz.webhooks import Tally
from ivr.brokers import read_brokers
from ivr.errors import Fault, FileFaults
from ivr.flow.load import load_release, read_files
from ivr.softphone.scripted import read_calls

PROJECT = Path(__file__).parents[2]
SLOW_S = 10.0
"""Seconds of processor time for one file; more is a way to stop the machine."""


class Files:
    """The shipped project's files, each to be spoilt."""

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Flows and config without the scripted calls, which nothing but their own reader needs."""
        return {path: text for path, text in read_files(PROJECT).items() if not path.startswith("flows/calls/")}

    @cached_property
    def calls(self) -> dict[str, bytes]:
        """The scripted calls that are short."""
        found = {path: text for path, text in read_files(PROJECT).items() if path.startswith("flows/calls/")}
        return {path: text for path, text in found.items() if len(text) < 12_000}

    @cached_property
    def brokers(self) -> bytes:
        """The sample list."""
        return (PROJECT / "config" / "brokers.csv").read_bytes()

    def batch(self, seed: int, number: int, files: int = 5) -> Tally:
        """Read some spoilt files of each sort."""
        chance = random.Random(f"files {seed}/{number}")
        tally = Tally(Counter())
        for place in range(files):
            for sort in ("release", "calls", "brokers"):
                here = f"{sort} {place} of batch {number} of seed {seed}"
                began = time.process_time()
                try:
                    tally.answers[f"{sort} {getattr(self, f'_{sort}')(chance)}"] += 1
                except Exception as escaped:
                    tally.answers[f"{sort} failed"] += 1
                    tally.wrong.append(f"{here}: {type(escaped).__name__}: {escaped!s:.300}")
                if time.process_time() - began > SLOW_S:
                    tally.wrong.append(f"{here}: took {time.process_time() - began:.1f} s")
        return tally

    def _release(self, chance: random.Random) -> str:
        path = chance.choice(sorted(self.files))
        try:
            load_release({**self.files, path: _spoilt(self.files[path], chance)})
        except FileFaults as faults:
            return _told(faults.faults)
        return "read"

    def _calls(self, chance: random.Random) -> str:
        path = chance.choice(sorted(self.calls))
        try:
            read_calls({path: _spoilt(self.calls[path], chance)})
        except FileFaults as faults:
            return _told(faults.faults)
        return "read"

    def _brokers(self, chance: random.Random) -> str:
        return _told(read_brokers(_spoilt(self.brokers, chance), "brokers.csv").faults)


def _told(faults: Sequence[Fault]) -> str:
    """What came of a file with these faults; each must say what is wrong and what to do."""
    for fault in faults:
        if not (fault.wrong and fault.remedy):
            raise AssertionError(f"a fault without words: {fault!r}")
    return "told" if faults else "read"


def _spoilt(content: bytes, chance: random.Random) -> bytes:
    """The file with bytes changed, or with one value replaced so that it still reads as a file of its kind."""
    roll = chance.random()
    if roll < 0.03:
        return odd_bytes(chance, 2_000)
    if roll < 0.5:
        lines = content.split(b"\n")
        for _ in range(chance.randrange(1, 3)):
            at = chance.randrange(len(lines))
            value = chance.choice((odd_text(chance)[:400].encode("utf-8", "replace"), chance.choice(lines).strip()))
            mark = b"," if b": " not in lines[at] else b": "
            head, found, tail = lines[at].rpartition(mark)
            lines[at] = head + found + (value if chance.random() < 0.8 else value + tail)
        return b"\n".join(lines)
    for _ in range(chance.randrange(1, 4)):
        content = changed(content, chance)
    return content
