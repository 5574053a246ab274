"""Calendars for the tests of hours: the shipped one, and the shipped one with parts changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ivr.hours import Calendar, Closure, HoursFile, parse_moment
from ivr.yaml_text import read_yaml

SHIPPED = Path(__file__).parent.parent / "config" / "hours.yaml"


def shipped_data() -> dict[str, Any]:
    """config/hours.yaml as nested text."""
    data: dict[str, Any] = read_yaml("config/hours.yaml", SHIPPED.read_bytes()).data
    return data


def calendar(**changed: Any) -> Calendar:
    """The shipped calendar with top-level fields put in place of its own."""
    return Calendar(HoursFile.model_validate(shipped_data() | changed))


def always(hours: str) -> dict[str, str]:
    """The same hours on all seven days."""
    return dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), hours)


def closure(line: Calendar, starts: str, until: str, reason: str = "a power outage") -> Closure:
    """A closure between two moments on the line's clock."""
    return Closure(parse_moment(starts, line.zone), parse_moment(until, line.zone), reason)


LINE = calendar()
"""The shipped line's hours, without closures."""


def at(text: str, line: Calendar = LINE, closures: tuple[Closure, ...] = ()) -> Any:
    """How the line stands at a moment on its clock."""
    return line.at(parse_moment(text, line.zone), closures)
