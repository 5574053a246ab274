"""What a turn costs beside bare Flask, server by server, and how long callers wait; writes docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from databases import schema_of
from projects import shipped_project

from bench.open_calls import Waited, open_calls
from bench.performance_page import FLOOR, MENU, POSTGRESQL, SQLITE, Measured, page
from bench.presigned import ENVIRONMENT, first_menu, webhooks, write
from bench.rounds import GRANIAN, GTHREAD, OURS, SYNC, Contestant, command, free_port, memory_mb, rounds, running

DOCS = Path(__file__).parents[2] / "docs"
ROUNDS, SECONDS = 5, 3.0
CALLERS = 30_000
"""Webhooks signed beforehand for each run of a turn; more than any server here answers in its seconds."""

AT_ONCE = (1_000, 2_500, 5_000)
OPEN_S = 20.0


@dataclass(frozen=True)
class Bench:
    """A project with its requests."""

    project: Path
    requests: Sequence[Path]

    def environment(self, url: str) -> dict[str, str]:
        """The settings of a line that keeps its events there."""
        return {**ENVIRONMENT, "IVR_PROJECT": str(self.project), "IVR_DATABASE_URL": url}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The shipped line, and a round's webhooks in each file, every one of a call of its own; one more for the first."""
    folder = tmp_path_factory.mktemp("performance")
    project = shipped_project(folder)
    menu = first_menu(project)
    files = [write(folder / f"round-{n}.bin", webhooks(menu, "2", CALLERS)) for n in range(ROUNDS + 1)]
    return Bench(project, files)


COMPARED = (
    (SYNC, FLOOR),
    (SYNC, MENU),
    (SYNC, SQLITE),
    (SYNC, POSTGRESQL),
    (GTHREAD, FLOOR),
    (GTHREAD, SQLITE),
    (GRANIAN, FLOOR),
    (GRANIAN, SQLITE),
    (OURS, SQLITE),
    (OURS, POSTGRESQL),
)


def contestants(stack: ExitStack, bench: Bench, postgresql: str) -> Iterator[Contestant]:
    """Everything that is compared, running; each has a database of its own, for all are asked the same."""
    apps = {FLOOR: "bench.floor:app", MENU: "bench.menu_sample:app"}
    for number, (server, name) in enumerate(COMPARED):
        port = free_port()
        environment = {}
        if name == SQLITE:
            environment = bench.environment(f"sqlite:///{bench.project / f'bench-{number}.db'}")
        elif name == POSTGRESQL:
            environment = bench.environment(stack.enter_context(schema_of(postgresql, f"bench_{number}")))
        words = command(server, apps.get(name, "bench.line:app"), port)
        pid = stack.enter_context(running(words, port, environment))
        yield Contestant(f"{server}: {name}", pid, port, bench.requests)


def test_a_full_turn_beside_bare_flask(bench: Bench, postgresql: str) -> None:
    with ExitStack() as stack:
        running_now = list(contestants(stack, bench, postgresql))
        tried = rounds(running_now, ROUNDS, SECONDS)
        memory = {one.name: memory_mb(one.pid) for one in running_now}
    for one in tried:
        print(f"{one.name:45} {one.per_second:8,.0f} a second {one.cpu_us:7,.0f} us {one.wrong} wrong")
    assert sum(one.wrong for one in tried) == 0
    waits = waited(bench)
    measured = Measured(tried, waits, memory)
    (DOCS / "performance.md").write_text(page(measured))


def waited(bench: Bench) -> dict[int, list[Waited]]:
    """What callers meet at so many calls at once, under the server of `ivr serve`, five times each."""
    found: dict[int, list[Waited]] = {}
    port = free_port()
    with running(command(OURS, "", port), port, bench.environment(f"sqlite:///{bench.project / 'open.db'}")):
        for calls in AT_ONCE:
            found[calls] = [open_calls(port, calls, OPEN_S) for _ in range(ROUNDS)]
            assert sum(one.wrong for one in found[calls]) == 0
    return found
