"""Fields with a unit, as flows write them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema


def _whole_seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d{1,4})s", value)
    if not found or not int(found[1]):
        raise ValueError("This is not a time in whole seconds.", "Write whole seconds with their unit, such as 7s.")
    return int(found[1])


WholeSeconds = Annotated[
    int, BeforeValidator(_whole_seconds), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,3}s$"})
]
"""Whole seconds, written `7s`; the provider counts no smaller ones."""


def _key_count(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", value)
    if not found:
        raise ValueError("This is not a number of keys.", "Write one number, or the fewest and the most, such as 1-10.")
    fewest, most = int(found[1]), int(found[2] or found[1])
    if not 1 <= fewest <= most <= 15:
        raise ValueError("This is not a number of keys: it goes from 1 to 15.", "Put the smaller number first: 1-10.")
    return (fewest, most)


KeyCount = Annotated[
    tuple[int, int],
    BeforeValidator(_key_count),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,2}(-[0-9]{1,2})?$"}),
]
"""Fewest and most keys of an entry, written `1-10` or `8`."""
