"""Scripted calls written by the line itself: a way through the flow, played, and what was heard filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.proof.coverage import taking
from ivr.proof.example import example
from ivr.proof.explore import Way
from ivr.proof.rules_view import Calls
from ivr.softphone.call import Softphone
from ivr.softphone.scripted import MakeApp, parts_heard, play, read_calls
from ivr.softphone.state import DialWait

FILE = "flows/calls/suggested.yaml"
SAYS_NOTHING = ("clock", "hangs_up", "waits")
"""Happenings that the line does not answer."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready-made scripted call.

    Args:
        script: the call, in the terms of `flows/calls/*.yaml`.
        takes: the (step, outcome) it was made for, and those of the other ways that it takes as well.
    """

    script: Mapping[str, Any]
    takes: Sequence[tuple[str, str]]

    def yaml(self) -> str:
        """The call as it is pasted into a file of `flows/calls/`."""
        return as_yaml(self.script)


def suggestions(calls: Calls, ways: Sequence[Way], turns_limit: int, make_app: MakeApp) -> list[Suggestion]:
    """A call for each way that no earlier suggestion takes already, each checked by playing it."""
    graph = calls.graph
    wanted = {(graph.step_name(way.source), way.outcome): way for way in ways}
    found: list[Suggestion] = []
    for outcome, way in wanted.items():
        if any(outcome in suggestion.takes for suggestion in found):
            continue
        step, name = outcome
        script = example(graph, taking(calls, way), turns_limit).script(title(step, name))
        script, taken = heard(script, make_app)
        found.append(Suggestion(script, [one for one in wanted if one in taken]))
    return found


def title(step: str, outcome: str) -> str:
    """A sentence to begin with; whoever keeps the call will find a better one."""
    done = f"key {outcome}" if outcome.isdigit() else {"*": "star"}.get(outcome, outcome.replace("_", " "))
    return f"At {step.replace('_', ' ')}, {done}"


def heard(script: Mapping[str, Any], make_app: MakeApp) -> tuple[dict[str, Any], frozenset[tuple[str, str]]]:
    """A scripted call with `hears` and `ends` as they are when it is played, and the outcomes it takes."""
    happens: list[dict[str, Any]] = []
    ends: dict[str, str] = {}

    def watch(number: int, phone: Softphone) -> None:
        if number:
            happens.append(dict(script["happens"][number - 1]))
        (kind,) = happens[-1] if happens else [""]
        parts = parts_heard(phone)
        if parts and kind not in SAYS_NOTHING:
            happens.append({"hears": parts})
        by = "connected" if isinstance(phone.waiting, DialWait) else phone.ended["by"]
        ends.clear()
        ends.update({name: value for name, value in {**phone.ended, "by": by}.items() if value not in ("", "none")})

    call = read_calls({FILE: json.dumps([script]).encode()})[0]
    outcome = play(call, make_app, watch)
    return {**script, "happens": happens, "ends": ends}, frozenset(outcome.taken)


def as_yaml(script: Mapping[str, Any]) -> str:
    """A scripted call as people write it, one happening a line."""
    lines: list[str] = []
    for name, value in script.items():
        match name:
            case "happens":
                lines += ["happens:", *(f"  - {key}: {_inline(one)}" for line in value for key, one in line.items())]
            case "given":
                lines += ["given:", *(f"  {key}: {_inline(one)}" for key, one in value.items())]
            case _:
                lines.append(f"{name}: {_inline(value, within=',' if name == 'call' else '')}")
    return "".join(f"{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _inline(value: Any, within: str = "") -> str:
    """A value on one line; quoted only where YAML would read the plain text otherwise.

    Args:
        within: marks that plain text may hold here besides the usual ones.
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_inline(one)}' for name, one in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_inline(one) for one in value)}]"
    text = str(value)
    plain = re.fullmatch(rf"[\w/]([\w /.:+{within}-]*[\w/.])?(?<! )#?", text) and ": " not in text
    return text if plain else json.dumps(text)
