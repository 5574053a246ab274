"""Types for the fields of files: durations with their unit, and yes or no.

A validator says what is wrong and what to do with ``raise ValueError(wrong, remedy)``: two sentences, two arguments.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

_DURATION: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|m|h)")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(text: object) -> float:
    """Seconds of a duration such as ``500ms``, ``7s``, ``2m`` or ``48h``; a number is taken as seconds already.

    Raises:
        ValueError: with what is wrong and what to do as its two arguments.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError("This is not a duration.", "Write a duration with its unit, such as 7s (also 500ms, 2m, 48h).")
    return float(found[1]) * _UNIT_S[found[2]]


def _yes_or_no(text: Any) -> bool:
    if isinstance(text, bool):
        return text
    if text in ("yes", "no"):
        return bool(text == "yes")
    raise ValueError("This must be yes or no.", "Write yes or no.")


Seconds = Annotated[
    float,
    BeforeValidator(duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h)$",
            "examples": ["7s", "500ms", "2m", "48h"],
        }
    ),
]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "string", "enum": ["yes", "no"]})]
