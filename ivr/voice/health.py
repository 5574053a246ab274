"""Is the process alive, can it answer calls and what is it doing without, and what are its figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ivr.brokers import Directory
from ivr.errors import BrokerLineError
from ivr.turns import Condition, LiveReleases, SteadyStore
from ivr.voice.metrics import LOST, show_condition
from ivr.voice.now import Now


def health_routes(
    releases: LiveReleases, store: SteadyStore, directory: Directory, clock: Callable[[], datetime]
) -> Blueprint:
    """`/healthz`, `/readyz` and `/metrics`. `clock` is the line's own."""
    routes = Blueprint("health", __name__)
    store.on_loss = LOST.inc
    at_this_moment = CollectorRegistry()
    at_this_moment.register(Now(releases, store, directory, clock))

    @routes.get("/healthz")
    def alive() -> Response:
        return plain("ok\n")

    @routes.get("/readyz")
    def ready() -> Response:
        # Without the store calls are answered all the same, so a load balancer must go on sending them here.
        try:
            first, status = f"ready, release {releases.current().release.name[:12]}", 200
        except BrokerLineError as trouble:
            first, status = f"not ready: {trouble}", 503
        condition = store.condition()
        return plain("\n".join([first, *degraded(condition, releases.not_kept), ""]), status)

    @routes.get("/metrics")
    def metrics() -> Response:
        show_condition(store.condition())
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        figures = generate_latest(registry) + generate_latest(at_this_moment)
        return Response(figures, content_type=CONTENT_TYPE_LATEST)

    return routes


def degraded(condition: Condition, not_kept: str) -> Iterator[str]:
    """A line for each thing that calls are answered without."""
    if condition.trouble:
        yield f"degraded: the store: {condition.trouble}"
    if condition.outbox is None:
        yield "degraded: the outbox cannot be read; records that the store does not take are lost"
    elif condition.outbox.waiting:
        yield f"degraded: {condition.outbox.waiting} records wait in the outbox for the store"
    if condition.outbox and condition.outbox.set_aside:
        yield f"degraded: {condition.outbox.set_aside} records in the outbox that the store refuses"
    if condition.outbox and condition.outbox.dropped:
        yield f"degraded: {condition.outbox.dropped} records dropped since the outbox was made, because it was full"
    if condition.lost:
        yield f"degraded: {condition.lost} records lost by this worker, neither store nor outbox took them"
    if not_kept:
        yield f"degraded: the live release is not kept on disk ({not_kept}); a start without the store would be silent"


def plain(text: str, status: int = 200) -> Response:
    """Lines for machines and people."""
    return Response(text, status, content_type="text/plain; charset=utf-8")
