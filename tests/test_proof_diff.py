"""Callers whom the diff names are exactly those whom brute force finds, at exactly the moments named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from brute_force import BEFORE_NINE, CENTRAL, CLOSED, HOLIDAY, OPEN, Side, all_turns, names
from edited_lines import (
    EDITS,
    diff_of,
    shipped,
)

from ivr.hours import parse_moment

MOST_KEYS = 6
MOMENTS = {"a reason": (OPEN, CLOSED, HOLIDAY, BEFORE_NINE)}
"""An edit, to the moments at which its calls are played, if others are needed than an open and a closed one."""


@pytest.mark.parametrize("name", [name for name in EDITS if name != "hours"])
def test_the_callers_named_are_exactly_those_whom_brute_force_finds(name: str) -> None:
    """Every call of up to six keys is named if it differs, and only then; open and closed, whoever the caller is,
    with a fault of ours and with too many turns.
    """
    release, diff = diff_of(name)
    before, now = shipped()[2], Side(release)
    named_at: dict[str, list[dict[str, Any]]] = {}
    for change in diff.as_json()["changes"]:
        for where in change["where"]:
            named_at.setdefault(where["step"], []).append(where)
    turns = differing = 0
    for turn in all_turns(before, now, MOST_KEYS, MOMENTS.get(name, (OPEN, CLOSED))):
        is_named = any(names(where, turn, before, now) for where in named_at.get(turn.a.step, ()))
        assert is_named == turn.differs, turn
        turns, differing = turns + 1, differing + turn.differs
    assert turns > 1000
    assert (differing > 0) == bool(diff.changes)


def test_hours_differ_at_exactly_the_moments_named() -> None:
    """Every quarter of an hour of three weeks: the line stands otherwise, or is spoken of otherwise, as is said."""
    release, diff = diff_of("hours")
    before, now = shipped()[1].calendar, release.calendar
    days = {change.now.date: change for change in diff.hours.days}
    told = {change.word: change.spans for change in diff.hours.told}
    moment = OPEN - timedelta(hours=9)
    for _ in range(3 * 7 * 96):
        one, other = before.at(moment), now.at(moment)
        minutes = moment.hour * 60 + moment.minute
        day = days.get(moment.date())
        spans = [*day.opened, *day.closed] if day else []
        assert (one.open != other.open) == any(span.opens <= minutes < span.closes for span in spans)
        if one.open == other.open:
            for word in ("weekly", "notice", "next_opening", "because"):
                is_told = any(starts <= moment < until for starts, until in told.get(word, ()))
                assert (one.words()[word] != other.words()[word]) == is_told, (word, moment)
        moment += timedelta(minutes=15)
    assert {change.cause.path[-1] for change in diff.changes} == set(told)


@pytest.mark.parametrize("moment", ["Tue 2026-12-15 10:00", "Fri 2026-12-18 14:55", "Fri 2026-12-18 16:00"])
def test_callers_who_hear_of_other_hours_are_exactly_those_named(moment: str) -> None:
    """At a moment when both versions are open, or both closed: named are those who hear words that differ then."""
    release, diff = diff_of("hours")
    before, now = shipped()[2], Side(release)
    at = parse_moment(moment, CENTRAL)
    told = {change.word for change in diff.hours.told if any(starts <= at < until for starts, until in change.spans)}
    wheres = [where.as_json() for change in diff.changes if change.cause.path[-1] in told for where in change.where]
    differing = 0
    for turn in all_turns(before, now, MOST_KEYS, [at]):
        assert any(names(where, turn, before, now) for where in wheres) == turn.differs, turn
        differing += turn.differs
    assert differing


def test_every_caller_of_the_hour_that_is_closed_now_hears_something_else() -> None:
    release, _ = diff_of("hours")
    at = [parse_moment("Fri 2026-12-18 15:30", CENTRAL)]
    first = [turn for turn in all_turns(shipped()[2], Side(release), MOST_KEYS, at) if not turn.a.turn]
    assert [turn.differs for turn in first] == [True, True]
