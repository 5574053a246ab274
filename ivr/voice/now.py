"""Figures that are not counted but looked up when somebody asks: how the line stands at this moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ivr.brokers import Directory
from ivr.errors import StoreUnavailable
from ivr.turns import LiveReleases, NothingLive, SteadyStore

FRESH_S = 10.0
"""Seconds for which the calls under way are not counted again, whoever asks."""

KINDS = ("menu", "collect", "dial")
"""Kinds of steps where a call waits; each has its figure also while nobody is there."""


class Now(Collector):
    """How the line stands; nothing that cannot be had just now is shown, and nothing of it waits for anybody."""

    def __init__(
        self,
        releases: LiveReleases,
        store: SteadyStore,
        directory: Directory,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is the line's own; `ticks` counts seconds and never goes back."""
        self._releases, self._store, self._directory = releases, store, directory
        self._clock, self._ticks = clock, ticks
        self._calls: Mapping[str, int] | None = None
        self._counted_at = float("-inf")
        self._lock = Lock()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The library's hook: every figure of this moment."""
        now = self._clock()
        yield from self._line(now)
        if updated := self._directory.updated_at():
            words = "Seconds since the certification list was last brought up to date"
            yield GaugeMetricFamily("ivr_list_age_seconds", words, (now - updated).total_seconds())
        if (calls := self._under_way(now)) is not None:
            yield _by_kind(calls)

    def _line(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        try:
            release = self._releases.current().release
        except NothingLive:
            return
        live = GaugeMetricFamily("ivr_release_info", "1 for the release that new calls get", labels=["release"])
        live.add_metric([release.name[:12]], 1)
        yield live
        calendar = release.calendar
        is_open = calendar.at(now, self._releases.closures(now)).open
        yield GaugeMetricFamily("ivr_open", "1 while the line is open for callers, 0 while it is closed", is_open)
        days = (calendar.certain_until() - now.astimezone(calendar.zone).date()).days
        yield GaugeMetricFamily("ivr_hours_confirmed_days", "Days ahead whose hours staff have confirmed", days)

    def _under_way(self, now: datetime) -> Mapping[str, int] | None:
        """Calls by kind; None when the store could not tell."""
        with self._lock:
            if self._ticks() - self._counted_at >= FRESH_S:
                self._counted_at = self._ticks()
                try:
                    self._calls = self._store.under_way(now)
                except StoreUnavailable:
                    self._calls = None
            return self._calls


def _by_kind(calls: Mapping[str, int]) -> GaugeMetricFamily:
    words = "Calls under way, by the kind of step where they are; at dial with a representative or waiting for one"
    family = GaugeMetricFamily("ivr_calls_under_way", words, labels=["kind"])
    for kind in dict.fromkeys([*KINDS, *calls]):
        family.add_metric([kind], calls.get(kind, 0))
    return family
