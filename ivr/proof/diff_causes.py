"""What was changed in the files, and which of it makes a turn differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from ivr.flow.release import Flow, Release
from ivr.prompts import Words
from ivr.proof.diff_names import Path, fields_of
from ivr.proof.diff_pairs import Move
from ivr.proof.diff_values import Taken
from ivr.proof.diff_wording import defaults_of, sets_said, value_at, when_said, wire_path, written
from ivr.proof.explore import ON_ERROR
from ivr.steps.step import Step

Sort = Literal["routing", "numbers", "words"]

BY_LINE: Final = {
    ("menu", "wait"): ("wait_s", "menu: wait"),
    ("menu", "attempts"): ("attempts", "menu: attempts"),
    ("menu", "wrong_keys"): ("wrong_keys", "menu: wrong_keys"),
    ("menu", "key_not_used"): ("key_not_used", "menu: key_not_used"),
    ("collect", "first_digit"): ("first_digit_s", "collect: first_digit"),
    ("collect", "between_digits"): ("between_digits_s", "collect: between_digits"),
    ("collect", "attempts"): ("collect_attempts", "collect: attempts"),
}
"""Kind and field to what it is called among the line's defaults, and in `config/line.yaml`."""

TIMES: Final = ("wait", "first_digit", "between_digits")
LINE: Final = "config/line.yaml"
CONFIG: Final = {"contacts": "config/contacts.yaml", "desk": "config/desk.yaml", "line": LINE}


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that was changed.

    Args:
        says: in one line, with what it was before.
        step: the step, by its new name if it still is; empty for what stands in config.
        path: where in the step's text, or in the file.
        file: for what stands in config.
    """

    sort: Sort
    says: str
    step: str
    path: Path
    file: str = ""
    is_gone: bool = False


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
        self._told = told
        self._releases, self._a, self._b, self._names = (release_a, release_b), a, b, names
        self._changed: dict[str, dict[Path, tuple[Any, Any]]] = {}
        self._kept: list[tuple[Cause, ...]] = [()]
        self._number_of: dict[tuple[Cause, ...], int] = {(): 0}

    def blame(self, move: Move, before: int) -> int:
        """What is to blame after a move, by number (see `SideBySide`)."""
        causes = self.of(move, before)
        if causes not in self._number_of:
            self._number_of[causes] = len(self._kept)
            self._kept.append(causes)
        return self._number_of[causes]

    def of(self, move: Move, before: int) -> tuple[Cause, ...]:
        """Why the turns of a move part; `before` is to blame for what was different already."""
        noted: tuple[Cause, ...] = ()
        stayed = ""
        for one, other in zip(move.a.trail, move.b.trail, strict=False):
            if self._names.get(one.step) != other.step:
                return (self._head(move),)
            if one.said != other.said and (found := self._of_words(one, other, stayed)):
                return found
            if one.outcome != other.outcome:
                return self._of_decision(one, other, move) or noted or self._kept[before] or self._unknown(one)
            stayed = one.outcome if one.outcome in self._a.steps[one.step].stays() else ""
            wire = self._of_wire(one)
            if wire and self._leads_elsewhere(one, other):
                return (wire,)
            if wire:
                noted = (wire,)
        last = move.a.trail[-1]
        return self._of_asking(move) or noted or self._kept[before] or self._unknown(last)

    def changed(self, step: str) -> dict[Path, tuple[Any, Any]]:
        """Fields of a step of `a` that its step in `b` has otherwise: before and after, None where there is none."""
        found = self._changed.get(step)
        if found is None:
            one, other = fields_of(self._a.steps[step]), fields_of(self._b.steps[self._names[step]])
            for path, value in one.items():
                if path[-1] == "go" and value in self._names:
                    one[path] = self._names[value]
            found = self._changed[step] = {
                path: (one.get(path), other.get(path))
                for path in dict.fromkeys((*one, *other))
                if one.get(path) != other.get(path)
            }
        return found

    def _of_words(self, one: Taken, other: Taken, stayed: str) -> tuple[Cause, ...]:
        step_a, step_b = self._a.steps[one.step], self._b.steps[other.step]
        changed = self.changed(one.step)
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
                found.append(self._option(one.step, path[1]))
        others = [
            path for path in is_changed if path[0] not in ("options", "order") or not self._is_option_cause(found, path)
        ]
        others = [path for path in others if path != ("order",) or not found]
        if others:
            found.append(self._words(one.step, others))
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
                yield from self._of_references(words)

    def _of_references(self, words: Words) -> Iterator[Cause]:
        for reference in sorted(words.references):
            root, *rest = reference.split(".")
            if root == "hours" and rest[0] in self._told:
                yield Cause("numbers", self._told[rest[0]], "", (root, rest[0]), "config/hours.yaml")
            if root in CONFIG:
                before, after = (value_at(release.spoken[root], rest) for release in self._releases)
                if before != after:
                    says = f"{reference} is {written(after)} instead of {written(before)}"
                    yield Cause("numbers", says, "", (root, *rest), CONFIG[root])

    def _of_decision(self, one: Taken, other: Taken, move: Move) -> tuple[Cause, ...]:
        changed = self.changed(one.step)
        step = self._a.steps[one.step]
        key = move.comes.meeting.keys[:1]
        if step.kind == "menu" and one is move.a.trail[0] and key:
            if any(path[:2] == ("options", key) and path[2:3] != ("offer",) for path in changed):
                return (self._option(one.step, key),)
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
        return tuple(dict.fromkeys(self._field(one.step, path) for path in paths))

    def _of_asking(self, move: Move) -> tuple[Cause, ...]:
        """What differs although the same steps said the same: waiting, ringing, the whisper, interruption."""
        last = move.a.trail[-1].step
        if move.a.answered == move.b.answered or last not in self._names:
            return ()
        found: list[Cause] = []
        changed = self.changed(last)
        if move.a.answered.whisper != move.b.answered.whisper:
            if ("whisper",) in changed:
                found.append(self._words(last, [("whisper",)]))
            found += self._of_data(self._a.steps[last], self._b.steps[self._names[last]], ["whisper"])
        if move.a.answered.asks != move.b.answered.asks:
            asking = (*TIMES, "digits", "finish", "team", "kind", "to")
            found += [self._field(last, path) for path in changed if path[0] in asking]
        for taken in move.a.trail:
            if ("interrupt",) in self.changed(taken.step):
                found.append(self._field(taken.step, ("interrupt",)))
        return tuple(dict.fromkeys(found))

    def _leads_elsewhere(self, one: Taken, other: Taken) -> bool:
        wire_a, wire_b = (
            flow.steps[taken.step].wires()[taken.outcome] for flow, taken in ((self._a, one), (self._b, other))
        )
        return self._names.get(wire_a.go) != wire_b.go

    def _of_wire(self, taken: Taken) -> Cause | None:
        """The wire of an outcome, if it is not what it was."""
        step_a, step_b = self._a.steps[taken.step], self._b.steps[self._names[taken.step]]
        wire_a, wire_b = step_a.wires().get(taken.outcome), step_b.wires().get(taken.outcome)
        if wire_a is None or wire_b is None:
            return None
        go, sets = self._names.get(wire_a.go, wire_a.go), dict(wire_a.set)
        if go == wire_b.go and sets == dict(wire_b.set):
            return None
        if step_a.kind == "menu" and taken.outcome in step_b.wires() and taken.outcome != "gave_up":
            return self._option(taken.step, taken.outcome)
        path = wire_path(step_b, taken.outcome)
        said = [f"leads to {wire_b.go} instead of {go}"] if go != wire_b.go else []
        says = f"{self._names[taken.step]}, {taken.outcome}: {', '.join([*said, *sets_said(sets, dict(wire_b.set))])}"
        return Cause("routing", says, self._names[taken.step], path)

    def _option(self, step: str, key: str) -> Cause:
        """A key of a menu that was changed: new, gone, leading elsewhere, setting or needing other facts."""
        new_name = self._names[step]
        one, other = (
            getattr(flow.steps[name], "options", {}).get(key) for flow, name in ((self._a, step), (self._b, new_name))
        )
        who = f"{new_name}, key {key}"
        if one is None or other is None:
            option = other if one is None else one
            offer = f" ({option.offer.source})" if option is not None and option.offer else ""
            says = f"{who}, is new{offer}" if one is None else f"{who}, is gone{offer}"
            return Cause("routing", says, new_name, ("options", key), is_gone=other is None)
        said = []
        go = self._names.get(one.go, one.go)
        if go != other.go:
            said.append(f"leads to {other.go} instead of {go}")
        said += sets_said(dict(one.set), dict(other.set))
        if dict(one.when) != dict(other.when):
            said.append(f"works when {when_said(other.when)} instead of {when_said(one.when)}")
        if bool(one.offer) != bool(other.offer):
            said.append("is offered now" if other.offer else "is not offered any more")
        controls_a, controls_b = (defaults_of(flow) for flow in (self._a, self._b))
        if (
            controls_a
            and controls_b
            and key in controls_a.controls
            and (go, other.go)
            == (
                self._names.get(controls_a.controls[key]),
                controls_b.controls.get(key),
            )
        ):
            return Cause("routing", f"key {key} in every menu: {', '.join(said)}", "", ("menu", "controls", key), LINE)
        return Cause("routing", f"{who}: {', '.join(said)}", new_name, ("options", key))

    def _field(self, step: str, path: Path) -> Cause:
        new_name = self._names[step]
        before, after = self.changed(step)[path]
        kind = self._b.steps[new_name].kind
        if path[0] == "team":
            to = getattr(self._b.steps[new_name], "to", "")
            verb = "are" if path[1] == "numbers" else "is"
            says = f"representatives of {to}: {path[1]} {verb} {written(after)} instead of {written(before)}"
            where = ("line", "recording") if path[1] == "recording" else ("representatives", to, path[1])
            return Cause("numbers", says, "", where, LINE)
        sort: Sort = "numbers" if path[0] in TIMES else "words" if path[0] == "interrupt" else "routing"
        unit = "s" if path[0] in TIMES else ""
        if default := BY_LINE.get((kind, path[0])):
            values = [getattr(defaults_of(flow), default[0], None) for flow in (self._a, self._b)]
            if values == [before, after]:
                says = (
                    f"{default[1]} is {after}{unit} instead of {before}{unit}, wherever a step does not say otherwise"
                )
                return Cause(sort, says, "", tuple(default[1].split(": ")), LINE)
        says = f"{new_name}: {path[0]} is {written(after)}{unit} instead of {written(before)}{unit}"
        if path[0] in ("cases", "lengths", "holiday", "special", "closure", "else"):
            says = (
                f"{new_name}: {'.'.join(path[:2] if path[0] in ('cases', 'lengths') else path[:1])} is wired otherwise"
            )
            path = path[:2] if path[0] in ("cases", "lengths") else path[:1]
        return Cause(sort, says, new_name, path)

    def _words(self, step: str, paths: list[Path]) -> Cause:
        new_name = self._names[step]
        first = paths[0][0]
        which = {
            "again": "the words said the second time",
            "again_order": "the words said the second time",
            "key_not_used": "the words for a key that is not used",
            "whisper": "what the representative hears",
            "meanwhile": "the words while a look-up is slow",
            "kind": "the kind of step",
        }.get(first, "the words")
        if first == "key_not_used":
            return Cause("words", f"{which} are others", "", ("menu", "key_not_used"), LINE)
        path = paths[0] if first not in ("order", "again_order", "press") else (first.removesuffix("_order"),)
        return Cause(
            "words", f"{new_name}: {which} {'is' if first in ('whisper', 'kind') else 'are'} changed", new_name, path
        )

    def _head(self, move: Move) -> Cause:
        flow_a, flow_b = self._a, self._b
        if move.comes.mishap:
            name = "on_error" if move.comes.mishap == ON_ERROR else "worn_out"
            before, after = getattr(flow_a, name), getattr(flow_b, name)
        else:
            name, before, after = "start", flow_a.start, flow_b.start
        return Cause("routing", f"{name}: {after} instead of {before}", "", (name,), "flows")

    def _unknown(self, taken: Taken) -> tuple[Cause, ...]:
        return (Cause("routing", f"{self._names.get(taken.step, taken.step)}: works otherwise", taken.step, ()),)

    @cached_property
    def renamed(self) -> list[tuple[str, str]]:
        """Steps with another name: before and after."""
        return [(old, new) for old, new in self._names.items() if old != new]
