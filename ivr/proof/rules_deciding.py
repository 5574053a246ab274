"""Which of the wires that a call takes decided that it breaks a rule: the others any call takes, and lead on."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.flow.holds import Form, Never
from ivr.proof.explore import MISHAPS, Way
from ivr.proof.rules_states import States
from ivr.steps.check import CheckStep
from ivr.steps.menu import MenuStep


def deciding(calls: States, form: Form, path: Sequence[Way]) -> list[Way]:
    """Wires of a way, in its order.

    From the event on that a rule speaks of (`after`), else from the first thing the caller does: each at which the call
    could have gone another way; and wherever it stands, each that last set a fact which the rule or such a choice
    looks at.
    """
    first = _first(calls, form, path)
    looked_at = set(form.when) | set(form.unless) if isinstance(form, Never) else set()
    found: list[Way] = []
    for place in range(len(path) - 1, -1, -1):
        way = path[place]
        step = calls.flow.steps[calls.names[way.source]]
        wire = step.wires().get(way.outcome)
        sets = looked_at.intersection(wire.set if wire else ())
        is_choice = place >= first and way.outcome not in step.stays() and (len(step.wires()) > 1 or _befell(way))
        if sets or is_choice:
            found.append(way)
        looked_at -= sets
        if is_choice and isinstance(step, CheckStep):
            looked_at.add(step.fact)
        if is_choice and isinstance(step, MenuStep) and way.outcome in step.options:
            looked_at |= set(step.options[way.outcome].when)
    return found[::-1]


def _first(calls: States, form: Form, path: Sequence[Way]) -> int:
    """The place on a way from which on it can be told where it goes wrong."""
    if isinstance(form, Never) and form.after:
        events = [
            place
            for place, way in enumerate(path)
            if f"{calls.names[way.source]}.{way.outcome}" in form.after or calls.names[way.target] in form.after
        ]
        if events:
            return events[-1]
    return next((place for place, way in enumerate(path) if calls.waits_at[way.source]), 0)


def _befell(way: Way) -> bool:
    return way.outcome in MISHAPS
