"""What YAML reads without complaint and nobody meant: text that a # or a comma cuts off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ivr.yaml_text.document import Place

STAR_OUTSIDE_QUOTES: Final = "A * outside quotes has a special meaning in YAML (an alias)."
QUOTE_THE_STAR: Final = 'Put it in quotes: "*".'

_MARK = re.compile(r" #(?=[^\s#])| # ")
_NEXT_ENTRY = re.compile(r"\s*,\s*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*:(?=\s|$)|\s*\}|$")


def cut_off(lines: Sequence[str], end: Place) -> tuple[int, str] | None:
    """Where a # cuts off text without quotes that surely went on, and what to do; None where it is a comment.

    A comment stands two spaces behind, or after a full stop, or after a single word.

    Args:
        end: the place behind the text, both from 1.
    """
    line = lines[end[0] - 1] if end[0] <= len(lines) else ""
    before, rest = line[: end[1] - 1], line[end[1] - 1 :]
    found = _MARK.match(rest)
    if not found:
        return None
    began = re.search(r"(?:^|[:\[{,-]\s+)([^:\[{,]*)$", before)
    text = (began[1] if began else before).strip()
    if found[0] == " # " and (" " not in text or text.endswith((".", "!", "?", "}"))):
        return None
    whole = words_from(line, before.rindex(text) + 1) if re.search(r"[{\[]", before) else f"{text}{rest.rstrip()}"
    remedy = f'If it is part of the text, quote all of it: "{whole}". If it is a comment, put two spaces before the #.'
    return end[1] + 1, remedy


def words_from(line: str, column: int) -> str:
    """Text in braces from a column (from 1) on, with the commas in it: up to the next key, or the closing brace."""
    rest = line[column - 1 :]
    found = _NEXT_ENTRY.search(rest)
    return rest[: found.start()] if found else rest
