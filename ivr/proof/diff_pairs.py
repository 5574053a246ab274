"""Two versions of the line walked side by side, the same coming to both: where they part, and how one gets there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ivr.flow.release import Release
from ivr.proof.diff_known import KnownPair
from ivr.proof.diff_meetings import AT_FIRST, may_come_to_either
from ivr.proof.diff_moments import Moments, Numbers, wired_standings
from ivr.proof.diff_turns import Version
from ivr.proof.diff_values import DIRECTORY_ANSWERS, HOURS_SAID, Answered, Comes, Leaving, Turn, counts_of
from ivr.proof.explore import LIMIT, Progress, TooManyStates, too_many
from ivr.proof.facts import live_facts

TOLD_EVERY: Final = 5_000


@dataclass(frozen=True, slots=True)
class Move:
    """One turn in both versions.

    Args:
        differs: somebody on the telephone can tell the two apart, at some moment.
        at: the spans of moments at which that is so (see `Moments`); None: at every one.
        goes_on: neither version has ended then.
    """

    comes: Comes
    a: Turn
    b: Turn
    differs: bool
    at: Numbers | None
    goes_on: bool

    @property
    def is_alike_but_for_words(self) -> bool:
        """Those on the telephone are asked for the same, and the representative hears the same."""
        a, b = self.a.answered, self.b.answered
        return (a.asks, a.whisper) == (b.asks, b.whisper)


PairKey = tuple[int, int, int, int]
"""A call in both versions: place and facts in the one, place and facts in the other, all by number."""

Blame = Callable[[Move, int], int]
"""From a move, and what is to blame for what was different before it, to what is to blame after it; both by number,
0 for nothing."""


class SideBySide:
    """Every pair of places that the same call can be in, number 0 the start; and the moves in which they part.

    Exact: from a pair, everything that may come to either place is tried on both. It goes on after a turn that is
    the same for those on the telephone, be it at some moments only; and after one that differs in words alone and
    leads to the same step, or leads to the same place with the same facts. What comes after any other difference
    befalls only callers who have met that one already.
    """

    def __init__(self, a: Version, b: Version, names: Mapping[str, str], blame: Blame, moments: Moments) -> None:
        """`names`: step of `a` to the step of `b` that does its work."""
        self.a, self.b, self._names, self._blame, self.moments = a, b, names, blame, moments
        self.pairs: list[PairKey] = []
        self.blames: list[int] = []
        self.parting: list[tuple[int, Move]] = []
        self._number_of: dict[PairKey, int] = {}
        self._from: list[tuple[int, Move] | None] = []
        self._spots: dict[tuple[int, int], _Spot] = {}
        self._joints: dict[tuple[int, int, Comes], _Joint] = {}
        # By what is said with `HOURS_SAID`: what is said at a moment follows from that.
        self.differing: dict[tuple[Answered, Answered, str], Numbers | None] = {}
        self._same_counts: dict[tuple[int, int], bool] = {}
        self._same_facts: dict[tuple[int, int], bool] = {}
        declared_b = b.flow.facts
        self._is_declared_alike = a.flow.facts == declared_b and dict(a.flow.initial_facts) == dict(
            b.flow.initial_facts
        )
        self._common = tuple(name for name, values in a.flow.facts.items() if declared_b.get(name) == values)
        self.standings = wired_standings(a.flow, b.flow)

    def explore(self, progress: Progress | None = None, limit: int = LIMIT) -> None:
        """Walk every call that both can have. Raises TooManyStates."""
        waiting: deque[int] = deque()
        mishaps: deque[tuple[PairKey, int, Move]] = deque()
        self._found((self.a.start, 0, self.b.start, 0), None, 0, waiting)
        after_a, after_b = self.a.numbers.after, self.b.numbers.after
        number_of = self._number_of
        while waiting or mishaps:
            if not waiting:
                # What only a mishap leads to comes last, so that no example needs one that can do without.
                key, source, move = mishaps.popleft()
                if key not in number_of:
                    self._found(key, (source, move), self._blamed(key, move, self.blames[source]), waiting)
                continue
            number = waiting.popleft()
            place_a, facts_a, place_b, facts_b = self.pairs[number]
            spot = self._spots.get((place_a, place_b)) or self._spot(place_a, place_b)
            for joint in spot.joints(facts_a, facts_b):
                for move in joint.moves(facts_a, facts_b):
                    a, b = move.a, move.b
                    if move.differs:
                        self.parting.append((number, move))
                    if not move.goes_on:
                        continue
                    key = (a.place, after_a(facts_a, a.effect), b.place, after_b(facts_b, b.effect))
                    if key in number_of or not self._is_led_on(move, key):
                        continue
                    if move.comes.mishap:
                        mishaps.append((key, number, move))
                    else:
                        self._found(key, (number, move), self._blamed(key, move, self.blames[number]), waiting)
            if len(self.pairs) > limit:
                raise TooManyStates(too_many(self.b.flow, limit))
            if progress and number % TOLD_EVERY == 0:
                progress(len(self.pairs), len(waiting))

    def moves(self, number: int) -> Iterator[Move]:
        """All moves from a pair."""
        place_a, facts_a, place_b, facts_b = self.pairs[number]
        spot = self._spots.get((place_a, place_b)) or self._spot(place_a, place_b)
        for joint in spot.joints(facts_a, facts_b):
            yield from joint.moves(facts_a, facts_b)

    def joint(self, a: Leaving, b: Leaving, comes: Comes) -> _Joint:
        """The turns that begin with a decision in both, made once."""
        key = (id(a), id(b), comes)
        found = self._joints.get(key)
        if found is None:
            found = self._joints[key] = _Joint(self, a, b, comes)
        return found

    def _spot(self, place_a: int, place_b: int) -> _Spot:
        return self._spots.setdefault((place_a, place_b), _Spot(self, place_a, place_b))

    def path(self, number: int) -> list[tuple[int, Move]]:
        """The way from the start to a pair: pair and move, in order."""
        found = []
        while (step := self._from[number]) is not None:
            found.append(step)
            number = step[0]
        return found[::-1]

    def _found(self, key: PairKey, came: tuple[int, Move] | None, blame: int, waiting: deque[int]) -> None:
        self._number_of[key] = len(self.pairs)
        waiting.append(len(self.pairs))
        self.pairs.append(key)
        self.blames.append(blame)
        self._from.append(came)

    def _blamed(self, key: PairKey, move: Move, before: int) -> int:
        return 0 if self._is_same(key) else self._blame(move, before)

    def _is_led_on(self, move: Move, key: PairKey) -> bool:
        """Whether somebody who meets a difference after this move may have met none before, or words alone."""
        if not move.differs or move.at is not None:
            return True
        if move.is_alike_but_for_words and self._is_same_step(key):
            return True
        return self._is_same(key)

    def _is_same_step(self, key: PairKey) -> bool:
        place_a, _, place_b, _ = key
        return self._names.get(self.a.sessions[place_a].step) == self.b.sessions[place_b].step

    def _is_same(self, key: PairKey) -> bool:
        """The same place, by the steps' new names, with the same counts and facts."""
        place_a, facts_a, place_b, facts_b = key
        same = self._same_counts.get((place_a, place_b))
        if same is None:
            one, other = self.a.sessions[place_a], self.b.sessions[place_b]
            renamed = replace(one, step=self._names.get(one.step, ""))
            same = self._same_counts[place_a, place_b] = counts_of(renamed) == counts_of(other)
        if not same:
            return False
        if self._is_declared_alike:
            return facts_a == facts_b
        alike = self._same_facts.get((facts_a, facts_b))
        if alike is None:
            of_a, of_b = self.a.numbers.facts(facts_a), self.b.numbers.facts(facts_b)
            alike = self._same_facts[facts_a, facts_b] = all(of_a[name] == of_b[name] for name in self._common)
        return alike


class _Spot:
    """Two places at once, and all that may come there."""

    def __init__(self, sides: SideBySide, place_a: int, place_b: int) -> None:
        self._sides, self._places = sides, (place_a, place_b)
        started = sides.a.sessions[place_a].turn
        self._comes = may_come_to_either(sides.a, place_a, sides.b, place_b) if started else list(AT_FIRST)
        self._known: KnownPair[list[_Joint]] = KnownPair(sides.a.values_of, sides.b.values_of)

    def joints(self, facts_a: int, facts_b: int) -> list[_Joint]:
        """What both decide first, on each thing that may come."""
        found = self._known.find(facts_a, facts_b)
        if found is None:
            a, b = self._sides.a, self._sides.b
            place_a, place_b = self._places
            seen_a, seen_b = set[str](), set[str]()
            found = []
            for comes in self._comes:
                left_a, left_b = a.leaving(place_a, facts_a, comes, seen_a), b.leaving(place_b, facts_b, comes, seen_b)
                found.append(self._sides.joint(left_a, left_b, comes))
            self._known.keep(facts_a, facts_b, found, seen_a, seen_b)
        return found


class _Joint:
    """A first decision in both versions: the turns that begin with it."""

    def __init__(self, sides: SideBySide, a: Leaving, b: Leaving, comes: Comes) -> None:
        self._sides, self._a, self._b, self._comes = sides, a, b, comes
        self._known: KnownPair[list[Move]] = KnownPair(sides.a.values_of, sides.b.values_of)

    def moves(self, facts_a: int, facts_b: int) -> list[Move]:
        """A move for each way in which the questions left open may be answered."""
        found = self._known.find(facts_a, facts_b)
        if found is None:
            seen_a, seen_b = set[str](), set[str]()
            found = list(self._all(self._comes, facts_a, facts_b, seen_a, seen_b))
            self._known.keep(facts_a, facts_b, found, seen_a, seen_b)
        return found

    def _all(self, comes: Comes, facts_a: int, facts_b: int, seen_a: set[str], seen_b: set[str]) -> Iterator[Move]:
        turn_a = self._sides.a.turn(self._a, facts_a, comes, seen_a)
        turn_b = self._sides.b.turn(self._b, facts_b, comes, seen_b)
        if isinstance(turn_a, Turn) and isinstance(turn_b, Turn):
            at = self._differs_at(turn_a, turn_b, facts_a, facts_b, comes)
            yield Move(comes, turn_a, turn_b, at != frozenset(), at, not (turn_a.is_over or turn_b.is_over))
            return
        question = turn_a if isinstance(turn_a, str) else str(turn_b)
        for said in answered(comes, question, self._sides.standings):
            yield from self._all(said, facts_a, facts_b, seen_a, seen_b)

    def _differs_at(self, one: Turn, other: Turn, facts_a: int, facts_b: int, comes: Comes) -> Numbers | None:
        """The spans of moments at which two turns can be told apart; None: at every one."""
        if one.answered == other.answered:
            return frozenset()
        asked = one.asked | other.asked
        if not asked:
            return None
        known, mark = self._sides.differing, (one.answered, other.answered, comes.standing)
        if mark in known:
            return known[mark]

        def differs(hours_a: Mapping[str, str], hours_b: Mapping[str, str]) -> bool:
            heard = self._sides.a.told_then(self._a, facts_a, comes, hours_a)
            return heard != self._sides.b.told_then(self._b, facts_b, comes, hours_b)

        known[mark] = self._sides.moments.differing(comes.standing, asked, differs)
        return known[mark]


def answered(comes: Comes, question: str, standings: tuple[str, ...]) -> list[Comes]:
    """What may come, with a question left open answered in every way."""
    if question == "standing":
        return [replace(comes, standing=standing) for standing in standings]
    return [replace(comes, answers=(*comes.answers, answer)) for answer in DIRECTORY_ANSWERS]


def two_versions(
    release_a: Release,
    flow_a: str,
    release_b: Release,
    flow_b: str,
    names: Mapping[str, str],
    told: Collection[str] = (),
) -> tuple[Version, Version]:
    """Both versions of a flow, each keeping the facts that the other looks at, so that their facts can be compared.

    `told`: words about the hours that are said otherwise at some moments.
    """
    one, other = release_a.flows[flow_a], release_b.flows[flow_b]
    back = {new: old for old, new in names.items()}
    live_one, live_other = live_facts(one, {}), live_facts(other, {})
    watched_one = {name: live_other[names[name]] & set(one.facts) for name in one.steps if name in names}
    watched_other = {name: live_one[back[name]] & set(other.facts) for name in other.steps if name in back}
    hours = {word: f"{said}, said otherwise" if word in told else said for word, said in HOURS_SAID.items()}
    return Version(release_a, one, watched_one), Version(release_b, other, watched_other, hours)
