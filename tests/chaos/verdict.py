"""What came of a run: every call against what its caller should have heard, every event against the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from chaos.callers import BUSY, Played, Span
from chaos.expected import Course, Expected, Row, Said
from chaos.scripts import WRITTEN
from ivr.softphone.fields import ERROR_WORDS
from ivr.store import Store
from ivr.store.tables import call_statuses, events

NOTICED_S = 2.0
"""Seconds after the store is back in which look-ups may still not be answered (docs/outage.md)."""


@dataclass
class Verdict:
    """Counts, and in words whatever is not as it should be.

    Args:
        unchecked: calls that went on unchecked because the store was gone when a number was looked up (D-22).
        asked_for_a_moment: calls that heard "one moment" while the list was asked once more (D-22).
        otherwise: calls that heard anything but what they should.
        unchecked_wrongly: of those, calls that went on unchecked although the store ran when the number was looked up.
        asked_to_wait: of those, calls that heard the sentence for who must wait (too many at once), and then the same.
        after_fallback: of those, calls that lost a key because the provider had to ask the fallback.
        cut_off: of those, calls that the provider ended with its own words.
        asked_twice: of those, calls that merely heard a question twice, by way of the fallback.
        lost, doubled: events of answered turns that are not in the log; events in it that no answered turn made.
    """

    calls: int = 0
    turns: int = 0
    unchecked: int = 0
    asked_for_a_moment: int = 0
    otherwise: int = 0
    unchecked_wrongly: int = 0
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
    gone: Sequence[Span],
) -> Verdict:
    """Compare. `gone`: from when to when the store was."""
    verdict = Verdict()
    for call in played:
        verdict.calls += 1
        verdict.turns += len(call.turns)
        rows = logged.get(call.call_sid, ())
        alike = [(release, course) for release, course in expected.courses(call.script) if course.said == call.said]
        fitting = [(release, course) for release, course in alike if _is_excused(call, course, gone)]
        if not fitting:
            verdict.unchecked_wrongly += bool(alike)
            _heard_otherwise(verdict, call, expected, rows)
            continue
        release, course = min(fitting, key=lambda one: len(set(one[1].rows) ^ set(rows)))
        verdict.by_release[release[:12]] += 1
        verdict.unchecked += bool(course.unanswered)
        verdict.asked_for_a_moment += course.is_slow
        _compare_rows(verdict, call, course, rows)
    return verdict


def _is_excused(call: Played, course: Course, gone: Sequence[Span]) -> bool:
    """Whether the store was gone at each look-up that got no answer, or had been a moment before."""
    spans = [
        call.turns[turn - 1] if turn <= len(call.turns) else (call.ended, call.ended) for turn in course.unanswered
    ]
    return all(any(began <= until + NOTICED_S and since <= ended for since, until in gone) for began, ended in spans)


def _compare_rows(verdict: Verdict, call: Played, course: Course, rows: Sequence[Row]) -> None:
    missing, beyond = Counter(course.rows) - Counter(rows), Counter(rows) - Counter(course.rows)
    verdict.lost += missing.total()
    verdict.doubled += beyond.total()
    if missing or beyond:
        verdict.wrong.append(f"{call.call_sid} ({call.script.name}): lost {list(missing)}, beyond {list(beyond)}")


def _heard_otherwise(verdict: Verdict, call: Played, expected: Expected, rows: Sequence[Row]) -> None:
    """A call that fits no course: is it only a question asked twice? Its log is held against its answered turns."""
    verdict.otherwise += 1
    courses = [course for _, course in expected.courses(call.script)]
    spoken = [line for line in call.said if line[0] == "line"]
    verdict.after_fallback += call.fallbacks > 0
    verdict.cut_off += any(text == ERROR_WORDS for _, _, text in spoken)
    verdict.asked_to_wait += any(BUSY in text for _, _, text in spoken)
    verdict.asked_twice += call.fallbacks > 0 and any(
        set(spoken) == {line for line in course.said if line[0] == "line"} for course in courses
    )
    turns = len({row[0] for row in rows})
    verdict.lost += max(0, len(call.turns) - turns)
    if turns < len(call.turns):
        verdict.wrong.append(f"{call.call_sid}: {len(call.turns)} turns answered, in the log: {rows}")
    at, usual = max(((_alike(call.said, course.said), course.said) for course in courses), key=lambda one: one[0])
    heard = call.said[at] if at < len(call.said) else "(nothing more)"
    verdict.wrong.append(
        f"{call.call_sid} ({call.script.name}) from {call.began:.1f} to {call.ended:.1f}, {call.fallbacks} fallbacks: "
        f"heard {heard} instead of {usual[at] if at < len(usual) else '(nothing more)'}; {'; '.join(call.complaints)}"
    )


def _alike(one: Sequence[Said], other: Sequence[Said]) -> int:
    """Lines that two transcripts begin with alike."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
