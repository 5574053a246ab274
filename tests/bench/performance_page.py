"""docs/performance.md: what a turn costs, how long callers wait, and which server stands behind `ivr serve`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.open_calls import Waited, spread
from bench.rounds import SYNC, Tried

FLOOR, MENU, SQLITE, POSTGRESQL = "bare Flask", "a sample menu", "a full turn, SQLite", "a full turn, PostgreSQL"


@dataclass(frozen=True)
class Measured:
    """Everything that was measured in one run.

    Args:
        tried: `server: application`, each with its rounds.
        waits: so many calls at once, with what callers met in each of several runs.
        memory_mb: of the first process and its workers together.
    """

    tried: Sequence[Tried]
    waits: Mapping[int, Sequence[Waited]]
    memory_mb: Mapping[str, float]

    def named(self, server: str, application: str) -> Tried:
        """One of those tried."""
        return next(one for one in self.tried if one.name == f"{server}: {application}")


def page(found: Measured) -> str:
    """The whole page."""
    floor = found.named(SYNC, FLOOR)
    lines = [
        "# Performance: what a turn costs",
        "",
        "`make bench` measures this again and writes this page. Every figure is the median of five rounds in which",
        "the contestants took turns on the same two cores; ratios are taken round by round against bare Flask under",
        "gunicorn sync, so that a busy machine disturbs both alike. A *full turn* is a signed webhook of a call of",
        "its own: the signature is checked, the session read from the address, the step taken, the answer written,",
        "what happened appended to the database. *A sample menu* is what one writes in an afternoon: no signature,",
        "no store.",
        "",
        "| server (2 workers) | application | turns a second | of the floor | CPU a turn | times the floor | memory |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for one in found.tried:
        server, _, application = one.name.partition(": ")
        row = (
            server,
            application,
            f"{one.per_second:,.0f}",
            f"{one.speed_against(floor):.2f}",
            f"{one.cpu_us:,.0f} µs",
            f"{one.cost_against(floor):.2f}",
            f"{found.memory_mb[one.name]:.0f} MB",
        )
        lines.append(f"| {' | '.join(row)} |")
    lines += [
        "",
        "## The server behind `ivr serve`",
        "",
        "It is gunicorn with threads and a worker of ours (`ivr/cli/patient.py`), not the quickest of these:",
        "",
        "- A request takes a thread only once it is there to its last byte. Under gunicorn sync one who sends slowly,",
        "  or a browser that opens a connection to be ready, keeps a whole worker from callers.",
        "- Where a turn waits for nobody but this machine's disk (SQLite, the list in the database), the thread that",
        "  watches the connections answers it itself. That is a quarter cheaper than handing it to another and back.",
        "- Where it may wait for another machine it gets a thread: while one turn waits for the certification service,",
        "  fifteen others of the same worker go on.",
        "- How long a request has waited is known: who has waited too long hears a sentence instead of nothing.",
        "- A worker that is killed takes at most as many requests along as it has threads, and the next one is forked",
        "  warm; the socket may be held by systemd. granian ends when the same worker dies twice within six seconds,",
        "  and each of its workers has a queue of its own in the system, which dies with it.",
        "",
        "Where every turn counts and a proxy in front takes in whole requests, any WSGI server will do:",
        "`ivr.app:create_app()` is the application.",
        "",
        "## How long callers wait",
        "",
        "Calls under `ivr serve` with two workers and SQLite, each pressing a key every five seconds whatever the",
        "server does; waiting is counted from the moment the key was due, so that a stalled server cannot hide it.",
        "The callers' side of the measurement runs on the same two cores.",
        "",
        "| calls at once | turns a second | p50 | p99, median of the runs | least to most | over 100 ms |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for calls, runs in found.waits.items():
        least, middle, most = spread(runs)
        turns = sum(len(one.seconds) for one in runs)
        half = sorted(one.percentile_ms(50) for one in runs)[len(runs) // 2]
        stalls = sum(one.stalls for one in runs)
        figures = (
            f"{calls:,}",
            f"{calls / 5:,.0f}",
            f"{half:.1f} ms",
            f"{middle:.1f} ms",
            f"{least:.1f} to {most:.1f} ms",
            f"{stalls:,} of {turns:,}",
        )
        lines.append(f"| {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"
