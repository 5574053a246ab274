"""The computed part of docs/scaling.md: what 10, 1,000 and 100,000 calls at once need, from a few measured figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path

from bench.measured import figures

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
BEGIN, END = "<!-- computed -->", "<!-- end -->"

CALLS = (10, 1_000, 100_000)
KEY_S = 5
"""Seconds between two keys of a caller."""

TURNS_OF_A_CALL = 8
BUSY = 0.6
"""Share of a core that may be used: the rest is for the minute in which everyone calls."""

HOURS_A_MONTH = 190
"""Hours in which the line is open, more or less: an upper bound, as if it were always that full."""


MEASURED = {
    "line_cpu_us",
    "postgresql_cpu_us",
    "proxy_cpu_us",
    "wal_bytes",
    "postgresql_turns_a_second",
    "call_bytes",
    "memory_mb",
    "memory_mb_a_million_turns",
    "memory_turns",
}


def page(found: Mapping[str, float]) -> str:
    """Measured figures, and what follows from them."""
    rows: Sequence[tuple[str, str, str]] = (
        ("processor time of the line, a turn", f"{found['line_cpu_us']:,.0f} µs", "test_scaling.py"),
        ("processor time of PostgreSQL, a turn", f"{found['postgresql_cpu_us']:,.0f} µs", "test_scaling.py"),
        ("processor time of nginx, a turn", f"{found['proxy_cpu_us']:,.0f} µs", "test_scaling.py"),
        ("write-ahead log of PostgreSQL, a turn", f"{found['wal_bytes']:,.0f} bytes", "test_scaling.py"),
        (
            "turns that PostgreSQL alone kept on two cores, each flushed to disk",
            f"{found['postgresql_turns_a_second']:,.0f} a second",
            "test_scaling.py",
        ),
        ("a stored call of eight turns, indexes included", f"{found['call_bytes']:,.0f} bytes", "test_stored_calls.py"),
        (
            "memory of a worker, with what it shares with the first process",
            f"{found['memory_mb']:,.0f} MB",
            "test_memory.py",
        ),
        (
            f"growth of a worker, as if for a million turns, over {found['memory_turns']:,.0f}",
            f"{found['memory_mb_a_million_turns']:.2f} MB",
            "test_memory.py",
        ),
    )
    lines = [
        "Measured, on two cores of a busy machine; each by the file of `tests/bench/` that is named:",
        "",
        "| figure | value | measured by |",
        "|---|---:|---|",
        *(f"| {name} | {value} | `{where}` |" for name, value, where in rows),
        "",
        f"Computed, for callers who press a key every {KEY_S} seconds, cores used to {BUSY:.0%}:",
        "",
        f"| calls at once | {' | '.join(f'{calls:,}' for calls in CALLS)} |",
        f"|---|{'---:|' * len(CALLS)}",
        *(f"| {name} | {' | '.join(needs[name] for needs in map(needed_by(found), CALLS))} |" for name in NEEDS),
        "",
        f"*Disk a month* is that of a line which is so full in all of its {HOURS_A_MONTH} open hours. PostgreSQL is",
        "given a tenth more than its turns take, for the provider's words on calls and for look-ups.",
        first_limit(found),
    ]
    return "\n".join(lines)


NEEDS = (
    "turns a second",
    "cores for the line",
    "workers, and at most their memory",
    "cores for PostgreSQL",
    "cores for the proxy",
    "database writes a second",
    "of what one database took here",
    "write-ahead log",
    "disk a month",
)


def needed_by(found: Mapping[str, float]) -> Callable[[int], Mapping[str, str]]:
    """What so many calls at once need, by what it is called."""

    def needs(calls: int) -> dict[str, str]:
        turns = calls / KEY_S
        line = turns * found["line_cpu_us"] / 1e6 / BUSY
        workers = max(2, ceil(line) + 1)
        bytes_a_turn = found["call_bytes"] / TURNS_OF_A_CALL
        return {
            "turns a second": f"{turns:,.0f}",
            "cores for the line": cores(line),
            "workers, and at most their memory": f"{workers:,}, {size(workers * found['memory_mb'] * 1e6)}",
            "cores for PostgreSQL": cores(1.1 * turns * found["postgresql_cpu_us"] / 1e6 / BUSY),
            "cores for the proxy": cores(turns * found["proxy_cpu_us"] / 1e6 / BUSY),
            "database writes a second": f"{turns:,.0f}",
            "of what one database took here": f"{turns / found['postgresql_turns_a_second']:.1%}",
            "write-ahead log": f"{size(turns * found['wal_bytes'])}/s",
            "disk a month": size(turns * 3600 * HOURS_A_MONTH * bytes_a_turn),
        }

    return needs


def first_limit(found: Mapping[str, float]) -> str:
    """How many calls one core, and one database, take."""
    core = BUSY * 1e6 / found["line_cpu_us"] * KEY_S
    database = found["postgresql_turns_a_second"] * KEY_S
    return (
        f"A core of the line takes {core:,.0f} calls at once; one PostgreSQL like the one measured is full at "
        f"{database:,.0f}."
    )


def cores(number: float) -> str:
    """Less than one is told as such."""
    return "under 0.1" if number < 0.1 else f"{number:,.1f}" if number < 10 else f"{ceil(number):,}"


def size(count: float) -> str:
    """Bytes in the unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def refresh() -> None:
    """Compute it anew, in place of what was computed before, once everything has been measured."""
    found = figures()
    if not found.keys() >= MEASURED:
        return
    whole = PAGE.read_text(encoding="utf-8")
    part = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    PAGE.write_text(part.sub(lambda _: f"{BEGIN}\n{page(found)}\n{END}", whole), encoding="utf-8")


if __name__ == "__main__":
    refresh()
