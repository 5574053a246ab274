"""Which step of one version does the work of which step of another: the same name, or what was renamed."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from ivr.flow.release import Flow
from ivr.steps.dial import DialStep
from ivr.steps.menu import MenuStep
from ivr.steps.step import Step

ALIKE = 0.6
"""How much of its words a step must have kept to be taken for a renamed one that was edited, too."""

Path = tuple[str, ...]


def names_of(a: Flow, b: Flow) -> dict[str, str]:
    """Step of `a` to the step of `b` that does its work; steps without one are left out."""
    names = {name: name for name in a.steps if name in b.steps}
    while found := _same_text(a, b, names) or _same_work(a, b, names):
        names |= found
    return names


def _left(a: Flow, b: Flow, names: Mapping[str, str]) -> tuple[list[str], list[str]]:
    taken = set(names.values())
    return [name for name in a.steps if name not in names], [name for name in b.steps if name not in taken]


def _same_text(a: Flow, b: Flow, names: Mapping[str, str]) -> dict[str, str]:
    """Steps that are written alike but for names that are not matched yet."""
    left_a, left_b = _left(a, b, names)
    known = set(names.values())
    texts_b = {name: _text(b.steps[name], {new: new for new in known}) for name in left_b}
    found = {}
    for name in left_a:
        text = _text(a.steps[name], names)
        alike = [other for other in left_b if texts_b[other] == text]
        if len(alike) == 1:
            found[name] = alike[0]
    return {name: other for name, other in found.items() if list(found.values()).count(other) == 1}


def _same_work(a: Flow, b: Flow, names: Mapping[str, str]) -> dict[str, str]:
    """One step of the same kind, and mostly the same words, that the same wires lead to."""
    left_a, left_b = _left(a, b, names)
    for name in left_a:
        for other in left_b:
            if a.steps[name].kind == b.steps[other].kind and _led_to_alike(a, name, b, other, names):
                words, others = _words(a.steps[name]), _words(b.steps[other])
                if SequenceMatcher(None, words, others, autojunk=False).ratio() >= ALIKE:
                    return {name: other}
    return {}


def _led_to_alike(a: Flow, name: str, b: Flow, other: str, names: Mapping[str, str]) -> bool:
    before = {(names[step], way) for step, way in _ways_to(a, name) if step in names}
    after = set(_ways_to(b, other))
    return bool(before) and before <= after


def _ways_to(flow: Flow, target: str) -> list[tuple[str, str]]:
    return [(name, way) for name, step in flow.steps.items() for way, wire in step.wires().items() if wire.go == target]


def _words(step: Step) -> list[str]:
    return " ".join(words.source for words in step.words().values()).split()


def _text(step: Step, names: Mapping[str, str]) -> dict[Path, Any]:
    return {
        path: names.get(value, "?") if path[-1] == "go" and value != "repeat" else value
        for path, value in fields_of(step).items()
    }


def fields_of(step: Step) -> dict[Path, Any]:
    """Everything that a step says, defaults included: path to value, flat."""
    found: dict[Path, Any] = {}
    _flatten(step.model_dump(by_alias=True), (), found)
    if isinstance(step, MenuStep):
        found["order",] = tuple(key for key, option in step.options.items() if option.offer)
        found["again_order",] = tuple(step.again)
    if isinstance(step, DialStep) and step.team:
        team = step.team
        found["team", "numbers"] = tuple(number for leg in team.legs for number in leg)
        found["team", "ring"] = "all_at_once" if len(team.legs[0]) > 1 else "in_order"
        found["team", "ring_time"] = team.ring_s
        found["team", "caller_id"] = "caller" if team.show_caller else "dialled"
        found["team", "recording"] = "yes" if step._defaults and step._defaults.record else "no"
    return found


def _flatten(value: Any, path: Path, found: dict[Path, Any]) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _flatten(item, (*path, str(key)), found)
    elif value is not None:
        found[path] = value
