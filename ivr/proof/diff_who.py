"""Whom a difference befalls: at which step, doing what, with which facts; exactly, and in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import prod
from typing import Any, Final

from ivr.prompts import key_word
from ivr.proof.diff_pairs import Move, SideBySide
from ivr.proof.diff_values import NINE_DIGITS, Comes
from ivr.proof.explore import ON_ERROR, WORN_OUT
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep
from ivr.steps.step import Step

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
STANDINGS: Final = {
    "open": "in open hours",
    "closed": "while the line is closed",
    "holiday": "on a holiday",
    "special": "on a special date",
    "closure": "while staff have closed the line",
}
ANSWERS: Final = {
    "certified": "certified",
    "not_confirmed": "not confirmed",
    "unavailable": "no answer from the certification list",
    "slow": "a slow answer",
}
CALLERS: Final = {
    "certified": "Certified broker",
    "not_confirmed": "Broker whose certification isn't confirmed",
    "unavailable": "Broker whose certification can't be checked",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Calls, exactly: those that are at a step when something comes, under a condition.

    Args:
        step, step_b: the step before and now.
        answers: the first answers of the directory on this turn; more may follow.
        names, values: facts (or counts) of the call, and which of their combinations are meant; no names: all.
            A fact of the new version alone is called `now.` and its name.
    """

    step: str
    step_b: str
    comes: Comes
    names: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()

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
        }

    @property
    def condition(self) -> str:
        """The facts in words; empty when there are none."""
        columns = [sorted(set(column)) for column in zip(*self.values, strict=True)]
        if len(set(self.values)) == prod(len(column) for column in columns):
            return " and ".join(
                _named(name, column) for name, column in zip(self.names, columns, strict=True) if name != "part"
            )
        ways = sorted(
            " and ".join(_named(name, [value]) for name, value in zip(self.names, each, strict=True))
            for each in self.values
        )
        return "; or ".join(ways[:3]) + (f"; or {len(ways) - 3} more combinations" if len(ways) > 3 else "")


def _named(name: str, values: Sequence[str]) -> str:
    """One fact or count with the values it may have, as it follows "if"."""
    now, _, plain = name.rpartition(".")
    listed = " or ".join(values)
    said = f"{listed} {COUNTED[plain]}" if plain in COUNTED else f"{plain} is {listed}"
    return f"{said} (in the new version)" if now else said


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

    def of(self, parting: Sequence[tuple[int, Move]]) -> list[Where]:
        """Where calls part, in the order given: one entry for each step and thing that comes."""
        found: dict[tuple[str, str, Comes, str], list[int]] = defaultdict(list)
        for number, move in parting:
            place_a, _, place_b, _ = self._sides.pairs[number]
            one, other = self._sides.a.sessions[place_a], self._sides.b.sessions[place_b]
            found[one.step, other.step, move.comes, one.part].append(number)
        mine = {(number, move.comes) for number, move in parting}
        made = []
        for (step, step_b, comes, part), pairs in found.items():
            where = self._where(step, step_b, comes, pairs, mine)
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


def does(step: Step, other: Step, comes: Comes) -> str:
    """What somebody does on a turn, as it follows "who"."""
    if comes.mishap:
        return {ON_ERROR: "meets a fault of ours", WORN_OUT: "has had too many turns"}[comes.mishap]
    meeting = comes.meeting
    if meeting.talked is not None:
        return "talks with a representative" if meeting.talked else "gets no representative"
    if isinstance(step, MenuStep):
        return _pressed(step, other, meeting.keys)
    if isinstance(step, CollectStep):
        if comes.answers and not meeting.keys:
            return f"leaves a number unfinished{_answered(comes.answers)}"
        return _keyed(step, meeting.keys, meeting.finished_on) + _answered(comes.answers)
    return f"waits for the look-up{_answered(comes.answers)}"


def _pressed(step: MenuStep, other: Step, key: str) -> str:
    if not key:
        return "stays silent"
    if key in step.options or key in getattr(other, "options", {}):
        return f"presses {key_word(key) if key in '*#' else key}"
    return "presses a key that is not offered"


def _keyed(step: CollectStep, keys: str, finished_on: str | None) -> str:
    if not keys:
        return "presses pound alone" if finished_on else "stays silent"
    if keys == "*":
        return "presses star"
    if keys == "0":
        return "keys zero, then pound"
    if "*" in keys:
        return "keys a number with a star in it"
    if len(keys) < step.digits[0]:
        return "keys too few digits"
    if len(keys) == len(NINE_DIGITS):
        return "keys nine digits"
    return "keys a number"


def _answered(answers: Sequence[str]) -> str:
    return f" ({', then '.join(ANSWERS[answer] for answer in answers)})" if answers else ""


def way_in_words(sides: SideBySide, path: Sequence[tuple[int, Move]]) -> tuple[str, str, list[str]]:
    """A call: who it is, when, and what is done, turn by turn."""
    known: list[str] = []
    standing = ""
    done: list[str] = []
    for number, move in path:
        place_a, _, place_b, _ = sides.pairs[number]
        known += [answer for answer in move.comes.answers if answer in CALLERS]
        if sides.a.sessions[place_a].turn:
            said = does(sides.a.step(place_a), sides.b.step(place_b), move.comes)
            if move.comes.standing and standing and move.comes.standing != standing:
                said += f" ({STANDINGS[move.comes.standing]} by then)"
            done.append(said)
        standing = move.comes.standing or standing
    who = CALLERS.get(known[-1], "Caller") if known else "Caller"
    return who, STANDINGS.get(standing_first(path), "at any hour"), done


def standing_first(path: Sequence[tuple[int, Move]]) -> str:
    """How the hours stand when a step first asks; empty when none does."""
    return next((move.comes.standing for _, move in path if move.comes.standing), "")


def leads(answered_asks: tuple[Any, ...], whisper: str) -> str:
    """What follows on the words of a turn, in words; empty when the caller is asked for keys."""
    for asked in answered_asks:
        if asked[0] == "ring":
            return f"A representative is rung and hears: {whisper}"
        if asked[0] == "hang_up":
            return "The line hangs up."
        if asked[0] == "go_on":
            return "The list is asked once more."
    return ""


def asked_in_words(asks: tuple[Any, ...]) -> str:
    """All that is to be noticed of what follows; for turns that differ in nothing else."""
    said: list[str] = []
    for asked in asks:
        if asked[0] == "keys":
            _, first_s, wait_s, most, finish = asked
            keys = "any number of keys" if most is None else f"{most} key{'' if most == 1 else 's'}"
            later = f", {wait_s} s between them" if most != 1 else ""
            said.append(f"Waits {first_s} s for {keys}{later}{', ended by pound' if finish else ''}.")
        elif asked[0] == "ring":
            _, numbers, ring_s, show_caller, record = asked
            shown = "the caller's number" if show_caller else "our number"
            recorded = ", recorded" if record else ""
            said.append(f"Rings {' and '.join(numbers)} for {ring_s} s, showing {shown}{recorded}.")
        elif asked[0] == "pause":
            said.append(f"Keys are ignored for {asked[1]} s.")
        else:
            said.append(leads((asked,), ""))
    return " ".join(said)
