"""Is the process alive, can it answer calls, and what are its figures."""

from __future__ import annotations

import os

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ivr.errors import BrokerLineError
from ivr.store import Store
from ivr.turns import LiveReleases


def health_routes(releases: LiveReleases, store: Store) -> Blueprint:
    """`/healthz`, `/readyz` and `/metrics`."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> Response:
        return plain("ok\n")

    @routes.get("/readyz")
    def ready() -> Response:
        try:
            name = releases.current().release.name
            store.ping()
        except BrokerLineError as trouble:
            return plain(f"not ready: {trouble}\n", 503)
        return plain(f"ready, release {name[:12]}\n")

    @routes.get("/metrics")
    def metrics() -> Response:
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes


def plain(text: str, status: int = 200) -> Response:
    """A line for machines and people."""
    return Response(text, status, content_type="text/plain; charset=utf-8")
