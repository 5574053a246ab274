"""What a turn and each question cost, from a thousand calls kept to a million; writes docs/stored.md."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from own_postgresql import a_postgresql
from projects import shipped_project

from bench.measured import note
from bench.presigned import first_menu
from bench.scaling_page import refresh
from bench.stored import STEPS_OF_A_TURN, fill, now, used_bytes
from bench.stored_cost import ROUNDS, Cost, Server, costs, filled
from ivr.log import no_logging
from ivr.store import Store

CALLS = (1_000, 100_000, 1_000_000)
MOST = 1.3
"""Times that a turn may cost with the most calls of what it costs with the fewest."""

DOCS = Path(__file__).parents[2] / "docs"
SORTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FOUND: dict[str, Mapping[str, Sequence[Cost]]] = {}
SIZES: dict[str, Sequence[float]] = {}


@pytest.fixture(params=SORTS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, list[str], Server]]:
    """Three empty databases of a sort, and the server that they are on."""
    if request.param == "sqlite":
        yield request.param, [f"sqlite:///{tmp_path / f'{calls}.db'}" for calls in CALLS], Server(None)
        for file in tmp_path.glob("*.db*"):
            file.unlink()
        return
    with a_postgresql() as server:
        for calls in CALLS:
            with psycopg.connect(server.address, autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA calls_{calls}")
        addresses = [f"{server.address}?options=-csearch_path%3Dcalls_{calls}" for calls in CALLS]
        yield request.param, addresses, Server(server.pid)


def test_a_turn_costs_the_same_however_many_calls_are_kept(
    databases: tuple[str, list[str], Server], tmp_path: Path
) -> None:
    sort, addresses, server = databases
    assert shutil.disk_usage(tmp_path).free > 15e9, "a million calls of either sort need 5 GB, and as much to be filled"
    project = shipped_project(tmp_path / "line")
    menu = first_menu(project)
    sizes = []
    for address, calls in zip(addresses, CALLS, strict=True):
        with closing(Store(address)) as store:
            store.create_tables()
            fill(store, calls, now())
            sizes.append(used_bytes(store) / calls)
    with ExitStack() as stack, no_logging():
        lines = []
        for address, calls in zip(addresses, CALLS, strict=True):
            line = filled(project, menu, address, calls, tmp_path / f"outbox-{calls}")
            assert line.line.background
            stack.callback(line.store.close)
            stack.callback(line.line.background.stop)
            lines.append(line)
        FOUND[sort] = costs(lines, menu, server)
    SIZES[sort] = sizes
    for name, of_each in FOUND[sort].items():
        print(f"\n{sort:10} {name:52} {'  '.join(f'{cost.cpu_us:9,.0f}' for cost in of_each)}", end="")
    if sort == "postgresql":
        note("call_bytes", sizes[-1])
        (DOCS / "stored.md").write_text(page(), encoding="utf-8")
        refresh()
    for name in ("a whole turn", "eight turns appended"):
        assert FOUND[sort][name][-1].cpu_us < MOST * FOUND[sort][name][0].cpu_us


def page() -> str:
    """docs/stored.md."""
    turns = len(STEPS_OF_A_TURN)
    lines = [
        "# Stored calls: what a turn and each question cost when very many are kept",
        "",
        "`make bench` measures this again and writes this page. Databases with so many calls, each of",
        f"{turns} turns and {sum(STEPS_OF_A_TURN)} events, spread over thirteen months, are asked in turn. What is",
        "asked for is chosen at random; each turn is of a call of its own. Processor time is that of the line's",
        f"process and, on PostgreSQL, of the server's together, in the median of {ROUNDS} rounds; nothing waits for",
        "a disk here, since what is needed is in memory.",
    ]
    for sort, found in FOUND.items():
        heads = " | ".join(f"{calls:,} calls" for calls in CALLS)
        lines += [
            "",
            f"## {SORTS[sort]}",
            "",
            f"| microseconds of processor time | {heads} | most to least calls | the same, by the clock |",
            f"|---|{'---:|' * (len(CALLS) + 2)}",
        ]
        for name, of_each in found.items():
            ratio = of_each[-1].cpu_us / of_each[0].cpu_us
            by_clock = of_each[-1].wall_us / of_each[0].wall_us
            figures = (*(f"{cost.cpu_us:,.0f}" for cost in of_each), f"{ratio:.2f}", f"{by_clock:.2f}")
            lines.append(f"| {name} | {' | '.join(figures)} |")
        sizes = " | ".join(f"{size:,.0f}" for size in SIZES[sort])
        lines.append(f"| *bytes on disk for each call, indexes included* | {sizes} | | |")
    lines += [
        "",
        "*A whole turn* is a signed webhook answered by the application, with its append. *The last fifty calls*",
        "reads the log backwards by time until it has met fifty, then those calls' events in one question. Nothing",
        "counts all that is kept, except `ivr store retain` and `ivr store copy`.",
    ]
    return "\n".join(lines) + "\n"
