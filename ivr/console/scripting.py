"""A call played by hand, written down as a scripted call for `flows/calls/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ivr.softphone import CALLER, CallState
from ivr.softphone.tape import Line

EARLY_S = 1.0
"""Seconds after the line began to speak in which a key counts as pressed early."""


def heard(lines: Iterable[Line]) -> list[str]:
    """Parts the caller hears, in order, each once in a row."""
    parts: list[str] = []
    for line in lines:
        if line.who == "line" and line.to == "caller" and line.part and line.part not in parts[-1:]:
            parts.append(line.part)
    return parts


def pressed(keys: str, after_s: float) -> dict[str, str]:
    """The line of a script for keys, `after_s` seconds after the line began to speak."""
    return {"presses_early" if after_s < EARLY_S else "presses": keys}


def as_script(state: CallState, happened: Sequence[Mapping[str, Any]], ended: Mapping[str, str]) -> str:
    """YAML of the call: a title and rules to fill in, when and who, what happened, how it ended."""
    where = f" at {ended['at']}" if ended["at"] else ""
    lines = [
        f"- call: Played by hand, ends{where}",
        "  rules: []",
        f"  at: {_moment(state.began)}",
    ]
    if state.leg.caller != CALLER:
        lines.append(f'  from: "{state.leg.caller}"')
    lines.append("  happens:")
    for line in happened:
        [(name, value)] = line.items()
        lines.append(f"    - {name}: {_value(value)}")
    known = ", ".join(f"{name}: {ended[name]}" for name in ("at", "label", "by") if ended.get(name))
    lines.append(f"  ends: {{{known}}}")
    return "\n".join(lines) + "\n"


def _moment(moment: datetime) -> str:
    seconds = ":%S" if moment.second else ""
    return moment.strftime(f"%a %Y-%m-%d %H:%M{seconds}")


def _value(value: str | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return f'"{value}"' if value[0] in "*#" else value
