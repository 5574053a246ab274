"""Fields of config/hours.yaml that are written as text, and how a mistake finds its place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from ivr.hours import spoken
from ivr.hours.dates import check_rule, known_holidays, library_name, rule_of
from ivr.hours.text import Intervals, Misread, nearest_of, read_date, read_hours, read_reason

HOURS_EXAMPLES = ["08:00-17:00", "08:00-12:00, 13:00-17:00", "closed"]


Reader = Callable[[str], object]


def _read_by(read: Reader) -> BeforeValidator:
    """Text goes through `read`; values that are typed already pass."""
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


def _shows_nothing(schema: dict[str, Any]) -> None:
    schema["type"] = [schema["type"], "null"]


MAY_BE_EMPTY = (
    BeforeValidator(lambda value: () if value == "" else value),
    Field(json_schema_extra=_shows_nothing),
)
"""For a list: the key with nothing after it is an empty list, as when every entry has been deleted."""

MAY_BE_AN_EMPTY_TABLE = (
    BeforeValidator(lambda value: {} if value == "" else value),
    Field(json_schema_extra=_shows_nothing),
)
"""For a table: as `MAY_BE_EMPTY`."""


def _read_minutes(text: str) -> int:
    match = re.fullmatch(r"(\d{1,3})\s*m", text.strip())
    if not match:
        raise Misread(f'"{text}" is not a number of minutes.', "Write it with its unit: 10m.")
    return int(match[1])


def _read_count(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text.strip()):
        raise Misread(f'"{text}" is not a number of days.', "Write a whole number, such as 3.")
    return int(text)


_ZONES_MEANT = {
    "America/New_York": ("est", "edt", "et", "eastern"),
    "America/Chicago": ("cst", "cdt", "ct", "central"),
    "America/Denver": ("mst", "mdt", "mt", "mountain"),
    "America/Los_Angeles": ("pst", "pdt", "pt", "pacific"),
}
"""Zones, and what people call them. EST and MST are zones, too, without daylight saving time: nobody means those."""


def _read_zone(text: str) -> str:
    spoken_of = text.lower().removesuffix("time").strip()
    for zone, words in _ZONES_MEANT.items():
        if spoken_of in words:
            raise Misread(f'"{text}" is not a time zone.', f"Did you mean {zone}?")
    if text not in available_timezones():
        meant = nearest_of(text, available_timezones())
        raise Misread(f'"{text}" is not a time zone.', f"Did you mean {meant or 'America/Chicago'}?")
    return text


def _read_holiday(text: str) -> str:
    library_name(text)
    return text


def _read_every(text: str) -> str:
    rule_of(text)
    return text


def _read_note(text: str) -> str:
    if len(text.split()) > 5:
        raise Misread("The reason has more than five words.", "Say it in five: callers wait for the time (P-78).")
    return spoken.sentence(text.strip())


DateText = Annotated[
    date, _read_by(read_date), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-26"]})
]
HoursText = Annotated[Intervals, _read_by(read_hours), WithJsonSchema({"type": "string", "examples": HOURS_EXAMPLES})]
Minutes = Annotated[
    int, _read_by(_read_minutes), WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}m$", "examples": ["10m"]})
]
Count = Annotated[
    int,
    _read_by(_read_count),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 0, "pattern": r"^\d{1,3}$"}),
]
ZoneText = Annotated[str, _read_by(_read_zone), WithJsonSchema({"type": "string", "examples": ["America/Chicago"]})]
HolidayName = Annotated[
    str, _read_by(_read_holiday), WithJsonSchema({"type": "string", "enum": list(known_holidays())})
]
Note = Annotated[
    str, _read_by(_read_note), WithJsonSchema({"type": "string", "examples": ["We open later for training."]})
]
Recurring = Annotated[
    str, _read_by(_read_every), WithJsonSchema({"type": "string", "examples": ["fourth Thursday of November"]})
]
RecurrenceRule = Annotated[
    str,
    _read_by(check_rule),
    WithJsonSchema({"type": "string", "examples": ["FREQ=YEARLY;BYMONTH=10;BYDAY=+2MO"]}),
]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Reason = Annotated[
    str,
    Field(min_length=1, max_length=200),
    _read_by(read_reason),
    WithJsonSchema({"type": "string", "maxLength": 200}),
]


def fault_at(place: tuple[str | int, ...], misread: Misread, value: str) -> InitErrorDetails:
    """A mistake that shows only when several fields are seen together, at the field that should change."""
    error = PydanticCustomError("value_error", "{error}", {"error": misread})
    return InitErrorDetails(type=error, loc=place, input=value)


def raise_all(faults: list[InitErrorDetails]) -> None:
    """All at once, each at its own place in the file; raised inside a validator pydantic keeps the places."""
    if faults:
        raise ValidationError.from_exception_data("hours", faults)
