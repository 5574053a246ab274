"""Figures for Prometheus: turns by step and outcome, their time, refused requests, how store and outbox are."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from ivr.turns import Condition, Reply
from ivr.voice.causes import CAUSES

LOOK_UP_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1, 1.5, 3)
"""A look may take 1.5 s (D-22); the list in the store takes a millisecond."""

TURNS = Counter("ivr_turns", "Turns answered, by the step where the call then is", ["step", "kind"])
OUTCOMES = Counter("ivr_outcomes", "Outcomes of steps", ["step", "outcome"])
TURN_SECONDS = Histogram(
    "ivr_turn_seconds", "From request to answer", buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3)
)
REFUSED = Counter("ivr_refused", "Requests to voice routes that were refused, by cause", ["cause"])
LOOK_UP_SECONDS = Histogram(
    "ivr_look_up_seconds", "Look-ups of the certification directory, by result", ["result"], buckets=LOOK_UP_BUCKETS
)
ASKED_TO_WAIT = Counter("ivr_asked_to_wait", "Callers told to wait, since more called than could be answered in time")
for _cause in CAUSES:  # a figure that begins with its first event has no rise for an alert to see
    REFUSED.labels(cause=_cause)
for _result in ("certified", "not_confirmed", "slow", "unavailable"):
    LOOK_UP_SECONDS.labels(result=_result)
LAST_RESORTS = Counter("ivr_last_resorts", "Turns answered with the fixed sentence")
LOST = Counter("ivr_records_lost", "Records of calls that neither the store nor the outbox took")
STORE_DOWN = Gauge("ivr_store_down", "1 while the store cannot be read or written to", multiprocess_mode="mostrecent")
WAITING = Gauge("ivr_outbox_waiting", "Records in the outbox for the store", multiprocess_mode="mostrecent")
WAITING_BYTES = Gauge("ivr_outbox_bytes", "Bytes of the records in the outbox", multiprocess_mode="mostrecent")
DROPPED = Gauge("ivr_outbox_dropped", "Records not taken because the outbox was full", multiprocess_mode="mostrecent")
SET_ASIDE = Gauge("ivr_outbox_set_aside", "Records that the store refuses", multiprocess_mode="mostrecent")


def show_condition(condition: Condition) -> None:
    """Let the figures be those of this moment; they are the same in every worker of the machine."""
    STORE_DOWN.set(bool(condition.trouble))
    if outbox := condition.outbox:
        for gauge, figure in (
            (WAITING, outbox.waiting),
            (WAITING_BYTES, outbox.bytes),
            (DROPPED, outbox.dropped),
            (SET_ASIDE, outbox.set_aside),
        ):
            gauge.set(figure)


def count_turn(reply: Reply) -> None:
    """Count one answered turn."""
    if reply.answer is None:
        LAST_RESORTS.inc()
        return
    TURN_SECONDS.observe(reply.milliseconds / 1000)
    *taken, now = reply.answer.events
    _turns_at(now.step, now.kind).inc()
    for event in taken:
        _outcomes_of(event.step, event.outcome).inc()


@cache  # finding a figure by its labels costs more than counting
def _turns_at(step: str, kind: str) -> Counter:
    return TURNS.labels(step=step, kind=kind)


@cache
def _outcomes_of(step: str, outcome: str) -> Counter:
    return OUTCOMES.labels(step=step, outcome=outcome)
