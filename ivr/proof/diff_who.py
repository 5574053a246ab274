"""Whom a difference befalls: at which step, when, doing what, with which facts; exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import prod
from typing import Any, Final

from ivr.proof.diff_moments import Numbers, Times
from ivr.proof.diff_pairs import Move, SideBySide
from ivr.proof.diff_values import Comes

MOST_FEATURES: Final = 3
COUNTS: Final = ("silences", "wrong_keys", "tries", "looks", "leg", "stray_pound", "part", "entry")
COUNTED: Final = {
    "silences": "silence before this",
    "wrong_keys": "wrong keys before this",
    "tries": "numbers not confirmed before",
    "looks": "slow answers before",
    "leg": "telephones rung before",
    "stray_pound": "number just keyed",
    "part": "digits keyed already",
    "entry": "digits keyed",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Calls, exactly: those that are at a step when something comes, under a condition.

    Args:
        step, step_b: the step before and now.
        answers: the first answers of the directory on this turn; more may follow.
        names, values: facts (or counts) of the call, and which of their combinations are meant; no names: all.
            A fact of the new version alone is called `now.` and its name.
        times: the moments at which it is so; None: every one.
    """

    step: str
    step_b: str
    comes: Comes
    names: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    times: Times | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        meeting = self.comes.meeting
        return {
            "step": self.step,
            "step_now": self.step_b,
            "keys": meeting.keys,
            "finished_on": meeting.finished_on,
            "talked": meeting.talked,
            "mishap": self.comes.mishap or None,
            "standing": self.comes.standing or None,
            "answers": list(self.comes.answers),
            "when": [dict(zip(self.names, values, strict=True)) for values in self.values],
            "moments": self.times and self.times.as_json(),
        }

    @property
    def condition(self) -> str:
        """The facts in words; empty when there are none."""
        columns = [sorted(set(column)) for column in zip(*self.values, strict=True)]
        if len(set(self.values)) == prod(len(column) for column in columns):
            return ", and ".join(
                _named(name, column) for name, column in zip(self.names, columns, strict=True) if name != "part"
            )
        ways = sorted(
            " and ".join(_named(name, [value]) for name, value in zip(self.names, each, strict=True))
            for each in self.values
        )
        return "; or ".join(ways[:3]) + (f"; or {len(ways) - 3} more combinations" if len(ways) > 3 else "")


def listed(values: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))


def _named(name: str, values: Sequence[str]) -> str:
    """One fact or count with the values it may have, as it follows "if"."""
    now, _, plain = name.rpartition(".")
    counts = listed(["no" if value == "0" else value for value in values])
    said = f"{counts} {COUNTED[plain]}" if plain in COUNTED else f"{plain} is {listed(values)}"
    return f"{said} (in the new version)" if now else said


@dataclass(frozen=True, slots=True)
class Parting:
    """A move in which two versions part, by reason of one cause.

    Args:
        number: the pair it starts from.
        at: the spans of moments at which it is so; None: every one.
    """

    number: int
    move: Move
    at: Numbers | None


class Whose:
    """Finds, for the places where two versions part, the condition that tells those calls from all others there."""

    def __init__(self, sides: SideBySide) -> None:
        self._sides = sides
        self._pairs_at: dict[str, list[int]] = defaultdict(list)
        for number, (place, *_) in enumerate(sides.pairs):
            self._pairs_at[sides.a.sessions[place].step].append(number)
        self._moves_at: dict[str, dict[tuple[object, str], list[tuple[int, Comes]]]] = {}
        self._features: dict[int, tuple[str, ...]] = {}
        self._sides_of: dict[tuple[int, int, int], dict[str, str]] = {}
        own, now = [*sides.a.flow.facts, *COUNTS], [*sides.b.flow.facts, *COUNTS]
        self._names = (*own, *(f"now.{name}" for name in now), "now.step")
        plain = sorted(range(len(self._names)), key=lambda each: self._names[each] in COUNTS)
        self._order = sorted(plain, key=lambda each: each >= len(own))

    def of(self, parting: Sequence[Parting]) -> list[Where]:
        """Where calls part, in the order given: one entry for each step, thing that comes and set of moments."""
        found: dict[tuple[str, str, Comes, str, Numbers | None], list[int]] = defaultdict(list)
        mine: dict[Numbers | None, set[tuple[int, Comes]]] = defaultdict(set)
        for each in parting:
            place_a, _, place_b, _ = self._sides.pairs[each.number]
            one, other = self._sides.a.sessions[place_a], self._sides.b.sessions[place_b]
            found[one.step, other.step, each.move.comes, one.part, each.at].append(each.number)
            mine[each.at].add((each.number, each.move.comes))
        made = []
        for (step, step_b, comes, part, at), pairs in found.items():
            where = self._where(step, step_b, comes, pairs, mine[at])
            if at is not None:
                where = replace(where, times=self._sides.moments.times(at))
            if part and "part" not in where.names:
                # The same keys mean another number when digits are there already.
                values = tuple((str(len(part)), *each) for each in where.values or ((),))
                where = replace(where, names=("part", *where.names), values=values)
            made.append(where)
        return made

    def _where(
        self, step: str, step_b: str, comes: Comes, pairs: Sequence[int], mine: Collection[tuple[int, Comes]]
    ) -> Where:
        others = [
            number
            for number, other in self._at(step, comes)
            if (number, other) not in mine and _may_be_one(comes, other)
        ]
        if not others:
            return Where(step, step_b, comes)
        these = list(zip(*map(self._of_pair, pairs), strict=True))
        those = list(zip(*map(self._of_pair, others), strict=True))
        telling = [column for column in self._order if len({*these[column], *those[column]}) > 1]
        chosen = next(
            (
                columns
                for size in range(1, MOST_FEATURES + 1)
                for columns in combinations(telling, size)
                if _together(these, columns).isdisjoint(_together(those, columns))
            ),
            tuple(telling),
        )
        values = tuple(sorted(_together(these, chosen)))
        return Where(step, step_b, comes, tuple(self._names[column] for column in chosen), values)

    def _at(self, step: str, comes: Comes) -> list[tuple[int, Comes]]:
        """Pairs at a step, with all that comes there and begins alike."""
        found = self._moves_at.get(step)
        if found is None:
            found = self._moves_at[step] = defaultdict(list)
            for number in self._pairs_at[step]:
                for move in self._sides.moves(number):
                    found[move.comes.meeting, move.comes.mishap].append((number, move.comes))
        return found[comes.meeting, comes.mishap]

    def _of_pair(self, number: int) -> tuple[str, ...]:
        """All that may tell a pair from others, in the order of `_names`; of the new version, only what differs."""
        found = self._features.get(number)
        if found is None:
            place_a, facts_a, place_b, facts_b = self._sides.pairs[number]
            own, other = self._side(0, place_a, facts_a), self._side(1, place_b, facts_b)
            now = ("" if value == own.get(name) else value for name, value in other.items() if name != "step")
            found = (*(value for name, value in own.items() if name != "step"), *now, other["step"])
            self._features[number] = found
        return found

    def _side(self, side: int, place: int, facts: int) -> dict[str, str]:
        """Facts, counts and step of one version, the last under the name `step`."""
        key = (side, place, facts)
        found = self._sides_of.get(key)
        if found is None:
            version = self._sides.b if side else self._sides.a
            session = version.sessions[place]
            counts = {name: counted(session, name) for name in COUNTS}
            found = self._sides_of[key] = {**version.numbers.facts(facts), **counts, "step": session.step}
        return found


def _together(columns: Sequence[tuple[str, ...]], chosen: Sequence[int]) -> set[tuple[str, ...]]:
    return set(zip(*(columns[column] for column in chosen), strict=True))


def counted(session: Any, name: str) -> str:
    """A count of a session as a condition has it: digits by how many they are."""
    value = getattr(session, name)
    if name in ("part", "entry"):
        return str(len(value))
    return str(int(value))


def _may_be_one(one: Comes, other: Comes) -> bool:
    """Whether a call may be in both: what the one leaves open, the other may say."""
    if one.standing and other.standing and one.standing != other.standing:
        return False
    shorter = min(len(one.answers), len(other.answers))
    return one.answers[:shorter] == other.answers[:shorter]
