"""Which release answers new calls, and the releases that calls under way began on, with or without the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ivr.address import Layout
from ivr.errors import BrokerLineError, FileFaults
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.log import logger
from ivr.store import KeptReleases, NoSuchRelease
from ivr.turns.steady import SteadyStore

LOOK_AGAIN_S = 1.0
"""Seconds between looks at the store for a new live release or closure; both are on the air within 2 s."""

TOO_OLD_S = 1.7
"""Seconds after which what is known may be too old to answer with, while another thread is still looking."""

WAIT_S = 0.5
"""Seconds to wait for that other thread; then what is known must do."""

KEPT = 8
"""Releases kept ready in memory: the live one and those that calls under way may still be on."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Closures are read whole, whatever moment the line's clock rehearses."""

log = logger(__name__)


class NothingLive(BrokerLineError):
    """No release has been published yet, or none can be had."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A release with what a turn needs besides."""

    release: Release
    layout: Layout


class LiveReleases:
    """The store's releases as this process uses them. Goes on with what it knows when the store does not answer.

    What it knows is also kept on this machine's disk, for a process that starts while the store does not answer.
    """

    def __init__(
        self, store: SteadyStore, kept: KeptReleases | None = None, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """`kept` is None for rehearsals, which keep nothing."""
        self._store, self._kept, self._ticks = store, kept, ticks
        self._lock = threading.Lock()
        self._ready: dict[str, Ready] = {}
        self._live: str | None = None
        self._closures: Sequence[Closure] = ()
        self._looked_at = float("-inf")
        self._trouble = ""
        self._unusable: dict[str, str] = {}
        self._on_disk: tuple[str, Sequence[Closure]] | None = None
        self.not_kept = ""
        """Why the live release could not be kept on this machine's disk; empty when it is there."""

    def current(self) -> Ready:
        """The release that new calls get. Raises NothingLive, with the reason."""
        self._look()
        if self._live is None:
            raise NothingLive(self._trouble or "no release is on the air: run `ivr publish`")
        return self._ready[self._live]

    def named(self, prefix: bytes) -> Ready | None:
        """The release whose hash begins with these eight bytes, from memory, disk or store; None if there is none."""
        start = prefix.hex()
        for name, ready in list(self._ready.items()):
            if name.startswith(start):
                return ready
        try:
            if files := self._kept.files(start) if self._kept else None:
                return self._make_ready(files)
            ready = self._make_ready(self._store.release_files(start))
        except NoSuchRelease:
            return None
        except BrokerLineError as trouble:
            log.error("the release of a call under way cannot be read", release=start, trouble=str(trouble))
            return None
        self._keep_on_disk(lambda kept: kept.keep(ready.release.name, ready.release.files))
        return ready

    def closures(self, moment: datetime) -> Sequence[Closure]:
        """Closures by staff that end after this moment (D-20)."""
        self._look()
        return tuple(closure for closure in self._closures if closure.until > moment)

    def put_on(self, release: Release) -> None:
        """Let this process alone answer with a release that is in no store, until one is live there (rehearsal)."""
        self._live = self._keep(release).release.name

    def _look(self) -> None:
        """Ask the store, at most once a second, what is live and what is closed.

        One thread asks; the others meanwhile go on with what is known, if that is fresh, so that a slow store holds up
        few callers.
        """
        now = self._ticks()
        age = now - self._looked_at
        if age < LOOK_AGAIN_S or not self._lock.acquire(timeout=self._patience(age)):
            return
        try:
            if now - self._looked_at < LOOK_AGAIN_S:
                return
            self._closures = self._store.closures_since(LONG_AGO)
            self._trouble = self._take_live()
            self._note_what_is_live()
        except BrokerLineError as trouble:
            # A store that is down: the last good release answers on.
            self._trouble = str(trouble)
            log.error("cannot look for a new release; going on with the last one", trouble=self._trouble)
            if self._live is None:
                self._take_kept()
            self._looked_at = self._ticks()
        else:
            self._looked_at = now
        finally:
            self._lock.release()

    def _patience(self, age: float) -> float:
        """Seconds to wait for the thread that is looking: as long as it takes when nothing is known at all."""
        if self._live is None:
            return -1
        return 0 if age < TOO_OLD_S else WAIT_S

    def _take_live(self) -> str:
        """Answer with what is live in the store. Returns why not, or an empty text."""
        live = self._store.live()
        if live is None or live.name == self._live:
            return ""
        if live.name in self._unusable:
            return self._unusable[live.name]
        if live.name not in self._ready:
            try:
                self._make_ready(self._store.release_files(live.name))
            except FileFaults as faults:
                trouble = f"release {live.number} cannot be used by this version of the program:\n{faults}"
                log.error("going on with the release before", number=live.number, trouble=trouble)
                self._unusable[live.name] = trouble
                return trouble
        log.info("release on the air", number=live.number, release=live.name[:12])
        self._live = live.name
        return ""

    def _take_kept(self) -> None:
        """Answer with what was on the air when this machine last knew, since the store cannot be asked."""
        known = self._kept.live() if self._kept else None
        files = self._kept.files(known.name) if self._kept and known else None
        if known is None or files is None:
            return
        try:
            self._live = self._make_ready(files).release.name
        except FileFaults as faults:
            self._trouble = f"{self._trouble}\nThe release kept on this disk is of another version:\n{faults}"
            return
        self._closures = known.closures
        log.warning("answering with the release kept on this machine's disk", release=known.name[:12])

    def _note_what_is_live(self) -> None:
        """Keep the live release and the closures on disk, whenever they have changed."""
        if self._live is None or self._on_disk == (self._live, self._closures):
            return
        release, closures = self._ready[self._live].release, self._closures

        def note(kept: KeptReleases) -> None:
            kept.keep(release.name, release.files)
            kept.keep_live(release.name, closures)
            self._on_disk = (release.name, closures)

        self._keep_on_disk(note)

    def _keep_on_disk(self, keep: Callable[[KeptReleases], None]) -> None:
        if self._kept is None:
            return
        try:
            keep(self._kept)
        except OSError as trouble:
            if not self.not_kept:
                log.error("a release is not kept on disk, for a start without the store", trouble=str(trouble))
            self.not_kept = trouble.strerror or type(trouble).__name__
        else:
            self.not_kept = ""

    def _make_ready(self, files: Mapping[str, bytes]) -> Ready:
        return self._keep(load_release(files))

    def _keep(self, release: Release) -> Ready:
        ready = Ready(release, layout_of(release))
        self._ready[release.name] = ready
        for name in list(self._ready)[:-KEPT]:
            if name != self._live:
                self._ready.pop(name, None)
        return ready


def layout_of(release: Release) -> Layout:
    """How sessions of a release are written into addresses."""
    return Layout(
        release=release.name,
        flows=tuple(release.flows),
        steps={name: tuple(flow.steps) for name, flow in release.flows.items()},
        facts={name: tuple(flow.facts.items()) for name, flow in release.flows.items()},
    )
