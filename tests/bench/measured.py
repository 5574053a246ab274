"""The few figures that `docs/scaling.md` is computed from, kept beside the measurements that write them."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).with_name("measured.json")


def note(name: str, value: float) -> None:
    """Keep a figure in place of the one of an earlier run."""
    FILE.write_text(json.dumps({**figures(), name: round(value, 4)}, indent=2, sort_keys=True) + "\n")


def figures() -> dict[str, float]:
    """Every figure by name."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}
