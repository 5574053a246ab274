"""What came of a run: every call against what its caller should have heard, every event against the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from chaos.callers import Played
from chaos.expected import Course, Expected, Row
from chaos.scripts import WRITTEN
from ivr.softphone.fields import ERROR_WORDS
from ivr.store import Store
from ivr.store.tables import call_statuses, events

BUSY = "Many are calling just now. One moment, please."
NOTICED_S = 6.0
"""Seconds after the store is back in which look-ups may still not be answered (docs/outage.md: five, and a probe)."""


@dataclass
class Verdict:
    """Counts, and in words whatever is not as it should be.

    Args:
        unchecked: calls that went on unchecked because the store was gone when a number was looked up (D-22).
        too_slow: calls that went on unchecked because the store, which ran, gave no answer within 250 ms.
        otherwise: calls that heard anything but what they should.
        asked_to_wait: of those, calls that heard the sentence for who must wait (too many at once), and then the same.
        after_fallback: of those, calls that lost a key because the provider had to ask the fallback.
        cut_off: of those, calls that the provider ended with its own words.
        asked_twice: of those, calls that merely heard a question twice, by way of the fallback.
        lost, doubled: events of answered turns that are not in the log; events in it that no answered turn made.
    """

    calls: int = 0
    turns: int = 0
    unchecked: int = 0
    too_slow: int = 0
    otherwise: int = 0
    asked_to_wait: int = 0
    asked_twice: int = 0
    after_fallback: int = 0
    cut_off: int = 0
    lost: int = 0
    doubled: int = 0
    without_status: int = 0
    by_release: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """The zeros that issue and documents promise."""
        return not (self.otherwise or self.lost or self.doubled or self.wrong)


def judged(
    played: Iterable[Played],
    expected: Expected,
    logged: Mapping[str, Sequence[Row]],
    gone: Sequence[tuple[float, float]],
    unanswered: Collection[str],
) -> Verdict:
    """Compare. `gone`: from when to when the store was; `unanswered`: calls that it gave no answer in time."""
    verdict = Verdict()
    for call in played:
        verdict.calls += 1
        verdict.turns += call.turns
        was_gone = any(call.began <= until + NOTICED_S and since <= call.ended for since, until in gone)
        may_be_gone = was_gone or call.call_sid in unanswered
        rows = logged.get(call.call_sid, ())
        fitting = [
            (release, answers, course)
            for release, answers, course in expected.courses(call.script, list_may_be_gone=may_be_gone)
            if course.said == call.said
        ]
        if not fitting:
            _heard_otherwise(verdict, call, expected, rows)
            continue
        release, _, course = min(fitting, key=lambda one: len(set(one[2].rows) ^ set(rows)))
        verdict.by_release[release[:12]] += 1
        verdict.unchecked += was_gone and not all(fitting[0][1])
        verdict.too_slow += not was_gone and not all(fitting[0][1])
        _compare_rows(verdict, call, course, rows)
    return verdict


def _compare_rows(verdict: Verdict, call: Played, course: Course, rows: Sequence[Row]) -> None:
    missing, beyond = Counter(course.rows) - Counter(rows), Counter(rows) - Counter(course.rows)
    verdict.lost += missing.total()
    verdict.doubled += beyond.total()
    if missing or beyond:
        verdict.wrong.append(f"{call.call_sid} ({call.script.name}): lost {list(missing)}, beyond {list(beyond)}")


def _heard_otherwise(verdict: Verdict, call: Played, expected: Expected, rows: Sequence[Row]) -> None:
    """A call that fits no course: is it only a question asked twice? Its log is held against its answered turns."""
    verdict.otherwise += 1
    courses = [course for _, _, course in expected.courses(call.script, list_may_be_gone=True)]
    spoken = [line for line in call.said if line[0] == "line"]
    verdict.after_fallback += call.fallbacks > 0
    verdict.cut_off += any(text == ERROR_WORDS for _, _, text in spoken)
    verdict.asked_to_wait += any(BUSY in text for _, _, text in spoken)
    verdict.asked_twice += call.fallbacks > 0 and any(
        set(spoken) == {line for line in course.said if line[0] == "line"} for course in courses
    )
    turns = len({row[0] for row in rows})
    verdict.lost += max(0, call.turns - turns)
    if turns < call.turns:
        verdict.wrong.append(f"{call.call_sid}: {call.turns} turns answered, in the log: {rows}")
    usual = courses[0].said
    at = next((i for i, (one, other) in enumerate(zip(call.said, usual, strict=False)) if one != other), len(usual))
    heard = call.said[at] if at < len(call.said) else "(nothing more)"
    verdict.wrong.append(
        f"{call.call_sid} ({call.script.name}) from {call.began:.1f} to {call.ended:.1f}, {call.fallbacks} fallbacks: "
        f"heard {heard} instead of {usual[at] if at < len(usual) else '(nothing more)'}; {'; '.join(call.complaints)}"
    )


def written_words_are_heard(expected: Expected, release: str) -> list[str]:
    """Scripts whose written words are not in their own course: the scripts and the line have grown apart."""
    return [
        f"{script.name} does not hear {words!r}"
        for script in WRITTEN
        for words in script.hears
        if not any(words in text for _, _, text in expected.course(release, script).said)
    ]


def log_of(store: Store) -> dict[str, list[Row]]:
    """Every row of the event log, by call."""
    found: dict[str, list[Row]] = defaultdict(list)
    c = events.c
    wanted = (c.call_sid, c.turn, c.place, c.step, c.kind, c.outcome, c.input, c.label)
    query = select(*wanted).order_by(c.call_sid, c.turn, c.place)
    with store.reading() as connection:
        for call_sid, *row in connection.execute(query):
            found[call_sid].append(tuple(row))
    return found


def ended_calls(store: Store) -> set[str]:
    """Calls of which the provider has said that they are over."""
    with store.reading() as connection:
        return set(connection.execute(select(call_statuses.c.call_sid)).scalars())
