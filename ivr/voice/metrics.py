"""Figures for Prometheus: turns by step and outcome, their time, refused requests."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from ivr.turns import Reply

TURNS = Counter("ivr_turns", "Turns answered, by the step where the call then is", ["step", "kind"])
OUTCOMES = Counter("ivr_outcomes", "Outcomes of steps", ["step", "outcome"])
TURN_SECONDS = Histogram(
    "ivr_turn_seconds", "From request to answer", buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3)
)
REFUSED = Counter("ivr_refused", "Requests to voice routes that were refused")
LAST_RESORTS = Counter("ivr_last_resorts", "Turns answered with the fixed sentence")


def count_turn(reply: Reply) -> None:
    """Count one answered turn."""
    if reply.answer is None:
        LAST_RESORTS.inc()
        return
    TURN_SECONDS.observe(reply.milliseconds / 1000)
    *taken, now = reply.answer.events
    TURNS.labels(step=now.step, kind=now.kind).inc()
    for event in taken:
        OUTCOMES.labels(step=event.step, outcome=event.outcome).inc()
