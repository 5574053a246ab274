"""How long 100,000 rows of the certification list take: first filling, an unchanged list, a day's changes."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

from ivr.brokers import HEADER, TableDirectory, import_brokers
from ivr.store import Store

ROWS = 100_000
NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)


def listed(training: str, every: int) -> bytes:
    """A list in which every so many brokers have completed training on a given day, the others in August."""
    lines = [HEADER]
    for number in range(ROWS):
        day = training if number % every == 0 else "2026-08-28"
        agency = f'"Example, Agency {number % 700}"' if number % 3 == 0 else f"Example Agency {number % 700}"
        lines.append(
            f"{9_000_000_000 + number},First{number},Last{number},2026-09-01,2027-10-31,{day},yes,active,{agency}"
        )
    return "\n".join([*lines, ""]).encode()


def test_a_hundred_thousand_rows(url: str) -> None:
    """Filling the table, the same file again, and 1 % changed; the target is under 20 s each."""
    store = Store(url)
    TableDirectory(store.engine).create_tables()
    first, second = listed("2026-08-28", 1), listed("2026-11-01", 100)
    for what, content, expected in (
        ("first filling", first, (ROWS, 0)),
        ("same file again", first, (0, 0)),
        ("1 % changed", second, (0, ROWS // 100)),
    ):
        began = time.perf_counter()
        report = import_brokers(store.engine, content, file="brokers.csv", at=NOON)
        print(f"\n{ROWS:,} rows, {what}: {time.perf_counter() - began:.2f} s ({report.words()})")
        assert (report.added, report.changed) == expected
        assert time.perf_counter() - began < 20
    store.close()


def test_a_look_up_among_a_hundred_thousand(url: str) -> None:
    """A look-up in the full table, on file and not on file."""
    store = Store(url)
    directory = TableDirectory(store.engine)
    directory.create_tables()
    import_brokers(store.engine, listed("2026-08-28", 1), file="brokers.csv", at=NOON)
    today = date(2026, 11, 24)
    for npn, answer in (("9000000007", "certified"), ("8000000007", "not_confirmed")):
        began = time.perf_counter()
        for _ in range(500):
            assert directory.look_up(npn, today, within_s=1.5) == answer
        print(f"\nlook-up, {answer}: {(time.perf_counter() - began) * 2:.3f} ms")
    store.close()
