"""One run, from the first call to the verdict."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from own_postgresql import a_postgresql

from chaos.callers import Callers, number_at
from chaos.expected import Expected
from chaos.incidents import Chaos
from chaos.scene import ACCOUNT, NEW_WORDS, TOKEN, WORDS, Scene, a_scene, stored
from chaos.scripts import WRITTEN, Script, wandering
from chaos.verdict import Verdict, ended_calls, judged, log_of, written_words_are_heard
from ivr.flow.load import read_files
from ivr.log import no_logging
from ivr.rehearsal import sample_brokers

PROGRESS_S = 10.0
FLOW = "flows/broker_line.yaml"


@dataclass(frozen=True, slots=True)
class Run:
    """How long, how many, how quick.

    Args:
        pace_s: seconds between two keys of a caller, on the average.
        wanderers: scripts found by chance, beside the written ones.
        log: a file for what the servers said, to see what was behind something.
    """

    seconds: float
    calls: int
    pace_s: float = 5.0
    workers: int = 2
    wanderers: int = 24
    seed: int = 1
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, and figures in words."""

    verdict: Verdict
    figures: tuple[str, ...]
    broken: tuple[str, ...]


def run(wanted: Run, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Set the scene, let callers call and things happen, and compare."""
    with no_logging(), a_postgresql() as postgresql, a_scene(folder, postgresql, wanted.workers) as scene:
        expected, scripts = _expected(wanted, scene)
        number = number_at(scene.url, ACCOUNT, TOKEN)
        callers = Callers(number, scripts, wanted.calls, wanted.pace_s, wanted.seed)
        tell(
            f"{wanted.calls} callers, {len(scripts)} sorts of calls, {wanted.workers} workers; disk: {scene.disk.shown}"
        )
        callers.begin()
        with _progress(callers, scene, tell):
            Chaos(scene, wanted.seconds, tell).run()
            tell("no new calls; those under way go on to their ends")
            callers.finish(within_s=300)
            drained_s = scene.drained()
        tell(f"the outbox is empty after {drained_s:.1f} s; comparing {len(callers.played)} calls")
        store = stored(postgresql.address)
        verdict = judged(callers.played, expected, log_of(store), scene.gone)
        verdict.without_status = len({call.call_sid for call in callers.played} - ended_calls(store))
        if aside := scene.set_aside():
            verdict.wrong.append(f"{aside} letters were set aside")
        store.close()
        complained = scene.complained()
        if wanted.log:
            wanted.log.write_text(scene.said)
        return Outcome(verdict, tuple(_figures(callers, scene)), (*callers.broken, *complained))


def _expected(wanted: Run, scene: Scene) -> tuple[Expected, Sequence[Script]]:
    """Both releases that callers may meet, and what callers do."""
    expected = Expected(sample_brokers(scene.project))
    files = read_files(scene.project)
    first = expected.add(files)
    expected.add({**files, FLOW: files[FLOW].replace(WORDS.encode(), NEW_WORDS.encode(), 1)})
    apart = written_words_are_heard(expected, next(iter(expected.releases)))
    assert not apart, apart
    return expected, [*WRITTEN, *wandering(wanted.seed, wanted.wanderers, first.phone)]


@contextmanager
def _progress(callers: Callers, scene: Scene, tell: Callable[[str], None]) -> Iterator[None]:
    """A line now and then while the block runs."""
    is_over = threading.Event()

    def show() -> None:
        while not is_over.wait(PROGRESS_S):
            tell(
                f"  {callers.under_way} calls under way, {len(callers.played)} over, "
                f"{len(callers.carried.seconds)} requests answered, {scene.killed} workers killed, "
                f"attempts without an answer {dict(callers.carried.failed)}"
            )

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _figures(callers: Callers, scene: Scene) -> list[str]:
    seconds = sorted(callers.carried.seconds)
    median, p99 = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=100)[98] * 1000
    fallbacks = sum(call.fallbacks for call in callers.played)
    failed, statuses = dict(callers.carried.failed), dict(callers.carried.statuses)
    return [
        f"{len(seconds)} requests answered: median {median:.0f} ms, p99 {p99:.0f} ms, longest {seconds[-1]:.1f} s",
        f"{scene.killed} workers killed; {sum(failed.values())} attempts without an answer, by code: {failed}",
        f"answers that were errors: {statuses}; fallbacks asked: {fallbacks}",
    ]
