"""The parts put together, in one place; the only file that reads the real clock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ivr.address import AddressKeys
from ivr.brokers import Directory, HttpDirectory, TableDirectory
from ivr.errors import StoreUnavailable
from ivr.settings import Settings, load_settings
from ivr.store import KeptReleases, Outbox, Store
from ivr.turns import Background, Drain, LiveReleases, NothingLive, SteadyStore, StoredDirectory, Turns
from ivr.voice.verified import Verifier

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def clock_from(moment: datetime) -> Clock:
    """A clock that stood at `moment` when it was made, and runs on from there (rehearsal)."""
    started = real_clock()
    return lambda: moment + (real_clock() - started)


def settings_here(project: Path) -> Settings:
    """Settings from this process's environment. Raises SetupError."""
    return load_settings(os.environ, project)


@dataclass(frozen=True)
class Line:
    """A line ready to answer: every part, made once a process."""

    settings: Settings
    store: Store
    steady: SteadyStore
    directory: Directory
    releases: LiveReleases
    turns: Turns
    verifier: Verifier
    clock: Clock
    background: Background | None = None

    @property
    def turns_wait(self) -> bool:
        """Whether a turn may wait for another machine, rather than for this one's disk alone."""
        return self.directory.may_be_slow or self.store.is_elsewhere

    def begin_work(self) -> None:
        """In each process that answers calls, before it takes one: time limits, draining, and what is on the air now.

        A process that is forked long after the start would else have a caller wait while it loads a newer release.
        """
        if self.background:
            self.background.start()
        with suppress(NothingLive):
            self.releases.current()


def open_store(settings: Settings) -> Store:
    """The store with its tables. Raises SetupError or StoreUnavailable."""
    store = store_as_it_is(settings)
    make_tables(store)
    return store


def make_tables(store: Store) -> None:
    """Make the tables that are missing. Raises SetupError or StoreUnavailable."""
    with for_nobody_else():
        store.create_tables()


def store_as_it_is(settings: Settings) -> Store:
    """The store, nothing made or changed in it yet. Raises SetupError."""
    return Store(settings.database_url.get_secret_value(), settings.durability)


@contextmanager
def for_nobody_else() -> Iterator[None]:
    """Files made meanwhile can be read by nobody else on this machine: names and numbers stand in a database's."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def directory_for(settings: Settings, store: Store, steady: SteadyStore) -> Directory:
    """The certification directory: a service when the settings name one, else the table in the store."""
    if settings.directory_url:
        token = settings.directory_token.get_secret_value() if settings.directory_token else ""
        return HttpDirectory(settings.directory_url, token)
    return StoredDirectory(TableDirectory(store.engine), steady)


def line_for(settings: Settings, clock: Clock = real_clock) -> Line:
    """Everything that answers calls by these settings, also while the store does not answer. Raises SetupError."""
    # The metrics library decides at its import whether several processes share figures, so it is not read before.
    from ivr.voice.watched import WatchedDirectory

    store = store_as_it_is(settings)
    outbox = Outbox(settings.outbox)
    steady = SteadyStore(store, outbox)
    try:
        make_tables(store)
    except StoreUnavailable as trouble:
        steady.asking.is_gone(str(trouble), lambda: make_tables(store))
    kept = KeptReleases(settings.outbox / "releases")
    directory = WatchedDirectory(directory_for(settings, store, steady))
    line = line_of(settings, store, directory, clock, steady=steady, kept=kept)
    return replace(line, background=Background(Drain(steady.asking, store, outbox), steady.asking))


def line_of(
    settings: Settings,
    store: Store,
    directory: Directory,
    clock: Clock,
    *,
    steady: SteadyStore | None = None,
    kept: KeptReleases | None = None,
) -> Line:
    """A line over a store and a directory that are there; without `steady` and `kept` it keeps nothing besides."""
    steady = steady or SteadyStore(store)
    releases = LiveReleases(steady, kept)
    turns = Turns(
        releases=releases,
        store=steady,
        directory=directory,
        keys=AddressKeys([key.get_secret_value() for key in settings.secret_keys]),
        secrets=caller_secrets(settings),
    )
    verifier = Verifier(
        [token.get_secret_value() for token in settings.auth_tokens], settings.account_sid, settings.public_url
    )
    return Line(settings, store, steady, directory, releases, turns, verifier, clock)


def caller_secrets(settings: Settings) -> list[bytes]:
    """What calling numbers are hashed with in the store, one for each secret key, the newest first (D-27)."""
    keys = (key.get_secret_value() for key in settings.secret_keys)
    return [hashlib.sha256(f"calling numbers {key}".encode()).digest() for key in keys]
