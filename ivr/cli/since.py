"""What a check compares with once a rule is broken: the release on the air, or the version that was named."""

from __future__ import annotations

from ivr.cli.diff import Version
from ivr.errors import BrokerLineError
from ivr.proof.rules_changed import Before, OnAir
from ivr.settings import Settings
from ivr.store import Store
from ivr.wiring import open_store


def on_air(settings: Settings) -> OnAir:
    """The release on the air, looked up when needed; none before the first, and none while no store can be had."""
    return lambda: _live(settings)


def _live(settings: Settings) -> Before | None:
    try:
        return live(open_store(settings))
    except BrokerLineError:
        return None


def live(store: Store) -> Before | None:
    """The release on the air; None before the first. Raises StoreUnavailable."""
    found = store.live()
    return Before(f"release {found.number} (on the air)", store.release_files(found.number)) if found else None


def named(version: Version) -> OnAir:
    """A version that was asked for."""
    return lambda: Before(version.name, version.files)
