"""Why two turns part: which of the edits makes somebody hear or get something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from ivr.flow.release import Flow, Release
from ivr.proof.diff_edits import TIMES, Cause, Edits
from ivr.proof.diff_names import Path, fields_of
from ivr.proof.diff_pairs import Move
from ivr.proof.diff_values import Taken
from ivr.proof.explore import ON_ERROR
from ivr.steps.step import Step

RINGING: Final = (("numbers", "ring"), ("ring_time",), ("caller_id",), ("recording",))
"""What representatives' telephones are rung by, in the order in which a turn asks for it (see `as_answered`)."""

ASKING: Final = (*TIMES, "digits", "finish", "team", "kind", "to")
"""Fields of what a turn asks for when its words are spoken."""


class Causes:
    """Finds what is to blame, by the steps that two turns passed."""

    def __init__(
        self,
        release_a: Release,
        a: Flow,
        release_b: Release,
        b: Flow,
        names: Mapping[str, str],
        told: Mapping[str, str],
    ) -> None:
        """`names`: step of `a` to the step of `b` that does its work.

        `told`: word about the hours to what became of it.
        """
        self.edits = Edits((release_a, release_b), (a, b), names, told)
        self._a, self._b, self._names = a, b, names
        self._kept: list[tuple[Cause, ...]] = [()]
        self._number_of: dict[tuple[Cause, ...], int] = {(): 0}

    def blame(self, move: Move, before: int) -> int:
        """What is to blame after a move for being elsewhere, by number (see `SideBySide`)."""
        causes = self._along(move, before, is_heard=False)
        if causes not in self._number_of:
            self._number_of[causes] = len(self._kept)
            self._kept.append(causes)
        return self._number_of[causes]

    def of(self, move: Move, before: int) -> tuple[Cause, ...]:
        """Why the turns of a move can be told apart; `before` is to blame for what was different already."""
        return self._along(move, before, is_heard=True)

    def _along(self, move: Move, before: int, *, is_heard: bool) -> tuple[Cause, ...]:
        """Every edit met along the two turns until they part.

        `is_heard`: what is said and asked counts, not only where the call is led.
        """
        found: list[Cause] = []
        # Facts set otherwise are to blame for what has no reason of its own; if there are none, what came before is.
        noted: tuple[Cause, ...] = ()
        is_explained, stayed = True, ""
        for one, other in zip(move.a.trail, move.b.trail, strict=False):
            if self._names.get(one.step) != other.step:
                if one is move.a.trail[0] and move.comes.mishap:
                    continue
                elsewhere = self._of_elsewhere(move, one)
                found += elsewhere
                is_explained &= bool(elsewhere)
                break
            if is_heard and one.said != other.said:
                words = self._of_words(one, other, stayed)
                found += words
                is_explained &= bool(words)
            if one.outcome != other.outcome:
                decisions = self._of_decision(one, move)
                found += decisions
                is_explained &= bool(decisions)
                break
            stayed = one.outcome if one.outcome in self._a.steps[one.step].stays() else ""
            wire = self.edits.wire(one.step, one.outcome)
            if wire and self.edits.leads_elsewhere(one.step, one.outcome):
                found.append(wire)
                break
            if wire:
                noted = (wire,)
        else:
            asking = self._of_asking(move) if is_heard else ()
            found += asking
            is_explained &= bool(asking) or move.is_alike_but_for_words
        if not found or not is_explained:
            found += noted or self._kept[before]
        return tuple(dict.fromkeys(found)) or self._unknown(move.a.trail[-1])

    def _of_elsewhere(self, move: Move, taken: Taken) -> tuple[Cause, ...]:
        """Where a call begins, or what a mishap leads to."""
        place = move.a.trail.index(taken)
        if move.comes.mishap and place == 1:
            return (self._head("on_error" if move.comes.mishap == ON_ERROR else "worn_out"),)
        is_first = not place and not move.comes.mishap and taken.step == self._a.start
        return (self._head("start"),) if is_first and self._names.get(self._a.start) != self._b.start else ()

    def _head(self, name: str) -> Cause:
        before, now = getattr(self._a, name), getattr(self._b, name)
        return Cause("routing", f"{name}: {now} instead of {before}", "", (name,), "flows")

    def _of_words(self, one: Taken, other: Taken, stayed: str) -> tuple[Cause, ...]:
        """What makes a step say something else, by how the call has stayed there."""
        step_a, step_b = self._a.steps[one.step], self._b.steps[other.step]
        changed = self.edits.changed(one.step)
        found: list[Cause] = []
        kept = ["say", "offer", "order", "press"]
        if stayed in ("no_input", "wrong_key", "start_over") and any(path[0] == "again" for path in fields_of(step_a)):
            kept = ["again", "again_order"]
        if stayed == "wrong_key":
            kept.append("key_not_used")
        if stayed == "slow":
            kept = ["meanwhile"]
        is_changed = [
            path
            for path in changed
            if path[0] in kept or (path[-1] in kept and path[0] == "options") or path[0] == "kind"
        ]
        for path in changed:
            if path[0] == "options" and "offer" in kept and self._offer_comes_or_goes(step_a, step_b, path):
                found.append(self.edits.option(one.step, path[1]))
        others = [
            path for path in is_changed if path[0] not in ("options", "order") or not self._is_option_cause(found, path)
        ]
        others = [path for path in others if path != ("order",) or not found]
        if others:
            found.append(self.edits.words(one.step, others))
        found += self._of_data(step_a, step_b, kept)
        return tuple(dict.fromkeys(found))

    def _is_option_cause(self, found: list[Cause], path: Path) -> bool:
        return path[0] == "options" and any(cause.path[:2] == path[:2] for cause in found)

    def _offer_comes_or_goes(self, step_a: Step, step_b: Step, path: Path) -> bool:
        options_a, options_b = getattr(step_a, "options", {}), getattr(step_b, "options", {})
        one, other = options_a.get(path[1]), options_b.get(path[1])
        offered_a, offered_b = one is not None and bool(one.offer), other is not None and bool(other.offer)
        return offered_a != offered_b or (path[2:3] == ("when",) and offered_a)

    def _of_data(self, step_a: Step, step_b: Step, kept: list[str]) -> Iterator[Cause]:
        words_b = step_b.words()
        for field, words in step_a.words().items():
            parts = field.split(".")
            if (parts[0] in kept or parts[-1] in kept) and words == words_b.get(field):
                yield from self.edits.references(words)

    def _of_decision(self, one: Taken, move: Move) -> tuple[Cause, ...]:
        """What makes a step decide otherwise."""
        changed = self.edits.changed(one.step)
        step = self._a.steps[one.step]
        key = move.comes.meeting.keys[:1]
        if step.kind == "menu" and one is move.a.trail[0] and key:
            if any(path[:2] == ("options", key) and path[2:3] != ("offer",) for path in changed):
                return (self.edits.option(one.step, key),)
            named: tuple[str, ...] = ("wrong_keys",)
        elif step.kind == "menu":
            named = ("attempts",)
        else:
            wires = {path for path in changed if path[-1] == "go" or "set" in path}
            coming = {path for path in wires if None in changed[path]}
            named = tuple({path[0] for path in changed if path not in wires or path in coming})
        paths = [
            path for path in changed if path[0] in named and path[0] not in ("say", "again", "whisper", "meanwhile")
        ]
        return tuple(dict.fromkeys(self.edits.field(one.step, path) for path in paths))

    def _of_asking(self, move: Move) -> tuple[Cause, ...]:
        """What differs although the same steps were passed: waiting, ringing, the whisper, interruption."""
        last = move.a.trail[-1].step
        if last not in self._names:
            return ()
        found: list[Cause] = []
        changed = self.edits.changed(last)
        if move.a.answered.whisper != move.b.answered.whisper:
            if ("whisper",) in changed:
                found.append(self.edits.words(last, [("whisper",)]))
            found += self._of_data(self._a.steps[last], self._b.steps[self._names[last]], ["whisper"])
        if move.a.answered.asks != move.b.answered.asks:
            found += [
                self.edits.field(last, path)
                for path in changed
                if path[0] in ASKING and (path[0] != "team" or path[1] in _ringing_otherwise(move))
            ]
        steps = [taken.step for taken in move.a.trail if taken.step in self._names]
        for step in steps:
            if ("interrupt",) in self.edits.changed(step):
                found.append(self.edits.field(step, ("interrupt",)))
        return tuple(dict.fromkeys(found))

    def _unknown(self, taken: Taken) -> tuple[Cause, ...]:
        return (Cause("routing", f"{self._names.get(taken.step, taken.step)}: works otherwise", taken.step, ()),)

    @cached_property
    def renamed(self) -> list[tuple[str, str]]:
        """Steps with another name: before and after."""
        return [(old, new) for old, new in self._names.items() if old != new]


def _ringing_otherwise(move: Move) -> set[str]:
    """What telephones are rung by, that two turns have otherwise."""
    rung = [[asked[1:] for asked in turn.answered.asks if asked[0] == "ring"] for turn in (move.a, move.b)]
    if not all(rung):
        return {name for names in RINGING for name in names}
    parts = zip(RINGING, rung[0][0], rung[1][0], strict=True)
    return {name for names, one, other in parts if one != other for name in names}
