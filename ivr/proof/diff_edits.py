"""What was edited in the text of two versions: each wire, key, field, word and number that is otherwise, as a cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ivr.flow.release import Flow, Release
from ivr.prompts import Words
from ivr.proof.diff_files import HOURS
from ivr.proof.diff_names import Path, fields_of
from ivr.proof.diff_wording import defaults_of, said, sets_said, value_at, when_said, wire_path, written

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
WHICH_WORDS: Final = {
    "again": "the words said the second time",
    "again_order": "the words said the second time",
    "key_not_used": "the words for a key that is not used",
    "whisper": "what the representative hears",
    "meanwhile": "the words while a look-up is slow",
    "kind": "the kind of step",
}


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

    def covers(self, path: Path) -> bool:
        """Whether this is the change of a field of its step."""
        if path[: len(self.path)] == self.path:
            return True
        if self.sort != "words":
            # A key that comes or goes changes the order in which keys are offered.
            return self.path[:1] == ("options",) and path == ("order",)
        if self.path[0] == "again":
            return path[0] in ("again", "again_order")
        return self.path[0] not in WHICH_WORDS and (path[0] in ("say", "order", "press") or path[-1] == "offer")


class Edits:
    """What is otherwise in a flow of one version than of another, step by step."""

    def __init__(
        self,
        releases: tuple[Release, Release],
        flows: tuple[Flow, Flow],
        names: Mapping[str, str],
        told: Mapping[str, str],
    ) -> None:
        """`names`: step before to the step now that does its work.

        `told`: word about the hours to what became of it.
        """
        self._releases, self._names, self._told = releases, names, told
        self._a, self._b = flows
        self._changed: dict[str, dict[Path, tuple[Any, Any]]] = {}

    def changed(self, step: str) -> dict[Path, tuple[Any, Any]]:
        """Fields of a step before that its step now has otherwise: before and now, None where there is none."""
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

    def wire(self, step: str, outcome: str) -> Cause | None:
        """The wire of an outcome, if it is not what it was."""
        step_a, step_b = self._a.steps[step], self._b.steps[self._names[step]]
        wire_a, wire_b = step_a.wires().get(outcome), step_b.wires().get(outcome)
        if wire_a is None or wire_b is None:
            return None
        go, sets = self._names.get(wire_a.go, wire_a.go), dict(wire_a.set)
        if go == wire_b.go and sets == dict(wire_b.set):
            return None
        if step_a.kind == "menu" and outcome in step_b.wires() and outcome != "gave_up":
            return self.option(step, outcome)
        led = [f"leads to {wire_b.go} instead of {go}"] if go != wire_b.go else []
        says = f"{self._names[step]}, {outcome}: {', '.join([*led, *sets_said(sets, dict(wire_b.set))])}"
        return Cause("routing", says, self._names[step], wire_path(step_b, outcome))

    def leads_elsewhere(self, step: str, outcome: str) -> bool:
        """Whether an outcome leads to a step that does other work."""
        wire_a = self._a.steps[step].wires()[outcome]
        return self._names.get(wire_a.go) != self._b.steps[self._names[step]].wires()[outcome].go

    def option(self, step: str, key: str) -> Cause:
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
        how = self._option_said(one, other)
        if self._is_control(key, one.go, other.go):
            return Cause("routing", f"key {key} in every menu: {', '.join(how)}", "", ("menu", "controls", key), LINE)
        return Cause("routing", f"{who}: {', '.join(how)}", new_name, ("options", key))

    def _option_said(self, one: Any, other: Any) -> list[str]:
        go = self._names.get(one.go, one.go)
        how = [f"leads to {other.go} instead of {go}"] if go != other.go else []
        how += sets_said(dict(one.set), dict(other.set))
        if dict(one.when) != dict(other.when):
            how.append(f"works when {when_said(other.when)} instead of {when_said(one.when)}")
        if bool(one.offer) != bool(other.offer):
            how.append("is offered now" if other.offer else "is not offered any more")
        return how

    def _is_control(self, key: str, go_a: str, go_b: str) -> bool:
        """Whether a key leads where the line's controls say, in both versions."""
        one, other = defaults_of(self._a), defaults_of(self._b)
        return bool(one and other and (one.controls.get(key), other.controls.get(key)) == (go_a, go_b))

    def field(self, step: str, path: Path) -> Cause:
        """A field of a step; one that the line's defaults or its representatives give stands in config."""
        new_name = self._names[step]
        before, after = self.changed(step)[path]
        if path[0] == "team":
            return self._team(getattr(self._b.steps[new_name], "to", ""), path[1], before, after)
        sort: Sort = "numbers" if path[0] in TIMES else "words" if path[0] == "interrupt" else "routing"
        unit = "s" if path[0] in TIMES else ""
        if default := BY_LINE.get((self._b.steps[new_name].kind, path[0])):
            values = [getattr(defaults_of(flow), default[0], None) for flow in (self._a, self._b)]
            if values == [before, after]:
                says = (
                    f"{default[1]} is {after}{unit} instead of {before}{unit}, wherever a step does not say otherwise"
                )
                return Cause(sort, says, "", tuple(default[1].split(": ")), LINE)
        if path[0] in ("cases", "lengths", "holiday", "special", "closure", "else"):
            path = path[:2] if path[0] in ("cases", "lengths") else path[:1]
            return Cause(sort, f"{new_name}: {'.'.join(path)} is wired otherwise", new_name, path)
        says = f"{new_name}: {path[0]} is {written(after)}{unit} instead of {written(before)}{unit}"
        return Cause(sort, says, new_name, path)

    def _team(self, to: str, name: str, before: Any, after: Any) -> Cause:
        verb, unit = ("are", "") if name == "numbers" else ("is", " s" if name == "ring_time" else "")
        says = f"representatives of {to}: {name} {verb} {written(after)}{unit} instead of {written(before)}{unit}"
        where = ("line", "recording") if name == "recording" else ("representatives", to, name)
        return Cause("numbers", says, "", where, LINE)

    def words(self, step: str, paths: Sequence[Path]) -> Cause:
        """Words of a step, by the fields that are otherwise."""
        new_name = self._names[step]
        first = paths[0][0]
        which = WHICH_WORDS.get(first, "the words")
        if first == "key_not_used":
            return Cause("words", f"{which} are others", "", ("menu", "key_not_used"), LINE)
        path = paths[0] if first not in ("order", "again_order", "press") else (first.removesuffix("_order"),)
        says = f"{new_name}: {which} {'is' if first in ('whisper', 'kind') else 'are'} changed"
        return Cause("words", says, new_name, path)

    def references(self, words: Words) -> Iterator[Cause]:
        """What some words refer to that is otherwise."""
        for reference in sorted(words.references):
            root, *rest = reference.split(".")
            if root == "hours" and rest[0] in self._told:
                yield Cause("numbers", self._told[rest[0]], "", (root, rest[0]), HOURS)
            if root in CONFIG:
                before, after = (value_at(release.spoken[root], rest) for release in self._releases)
                if (before, written(before)) != (after, written(after)):
                    is_said = written(before) == written(after)
                    texts = (said(after), said(before)) if is_said else (written(after), written(before))
                    says = f"{reference} is {'said ' if is_said else ''}{texts[0]} instead of {texts[1]}"
                    yield Cause("numbers", says, "", (root, *rest), CONFIG[root])
