"""What happens when, as parts of a run: workers all the time, everything else in its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from chaos.scene import Scene

KILL_EVERY_S = 2.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens once.

    Args:
        at: when, as a part of the run.
        what: in words.
        is_beside: what follows does not wait for it.
    """

    at: float
    what: str
    happens: Callable[[Scene], object]
    is_beside: bool = False


PLAN: Sequence[Incident] = (
    Incident(0.05, "another release is published", Scene.publish, is_beside=True),
    Incident(0.14, "PostgreSQL is stopped", Scene.stop_postgresql),
    Incident(0.20, "PostgreSQL is started", Scene.start_postgresql),
    Incident(0.27, "the disk is full", lambda scene: scene.disk.fill()),
    Incident(0.33, "the disk has room again", lambda scene: scene.disk.mend()),
    Incident(0.37, "the disk is read-only", lambda scene: scene.disk.make_read_only()),
    Incident(0.41, "the disk is writable again", lambda scene: scene.disk.mend()),
    Incident(0.46, "PostgreSQL is stopped", Scene.stop_postgresql),
    Incident(0.50, "the server itself is killed; its clock is an hour ahead then", Scene.kill_the_server),
    Incident(0.53, "PostgreSQL is started", Scene.start_postgresql),
    Incident(0.60, "the release is rolled back", Scene.roll_back, is_beside=True),
    Incident(0.66, "PostgreSQL is stopped", Scene.stop_postgresql),
    Incident(0.71, "PostgreSQL is started", Scene.start_postgresql),
    Incident(0.78, "the server stops and starts with a new key; its clock is an hour back", Scene.rotate_the_keys),
    Incident(0.88, "the tables are led back and forward (ivr migrate)", Scene.migrate, is_beside=True),
)


class Chaos:
    """Lets it all happen over so many seconds."""

    def __init__(self, scene: Scene, seconds: float, tell: Tell) -> None:
        self._scene, self._seconds, self._tell = scene, seconds, tell
        self._is_over = threading.Event()
        self._killer = threading.Thread(target=self._kill, daemon=True)

    def run(self) -> None:
        """Everything in its turn; what takes longer than planned puts off all that follows."""
        began = time.monotonic()
        self._killer.start()
        beside: list[Future[object]] = []
        pool = ThreadPoolExecutor()
        try:
            for incident in PLAN:
                early = began + incident.at * self._seconds - time.monotonic()
                time.sleep(max(0.0, early))
                began -= min(0.0, early)
                self._tell(incident.what)
                if incident.is_beside:
                    beside.append(pool.submit(incident.happens, self._scene))
                else:
                    incident.happens(self._scene)
            for done in beside:
                done.result()
            time.sleep(max(0.0, began + self._seconds - time.monotonic()))
        finally:
            self._is_over.set()
            self._killer.join()
            pool.shutdown()

    def _kill(self) -> None:
        while not self._is_over.wait(KILL_EVERY_S):
            self._scene.kill_a_worker()
