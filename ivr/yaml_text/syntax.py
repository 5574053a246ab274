"""Says in plain English what is wrong where the YAML parser stopped, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

Place = tuple[int, int]
Explained = tuple[int, int, str, str]

_KEY_WITHOUT_SPACE = re.compile(r"^(\s*(?:- +)*[\w\"'*#-]+):(?=\S)")
_STARTS_WITH_KEY = re.compile(r"^\s*(?:- +)*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*:(?:\s|$)")
_DASH_WITHOUT_SPACE = re.compile(r"^\s*-[^\s-]")
_WORDS_IN_BRACES = re.compile(r"(?::|-|^|,|\{)\s*\{\{")


def explain(error: BaseException, lines: Sequence[str], last_quoted: tuple[Place, Place] | None) -> Explained:
    """Line, column, what is wrong and what to do.

    Args:
        error: what the parser raised.
        last_quoted: begin and end of the quoted text read just before, if one was.
    """
    problem: str = getattr(error, "problem", None) or ""
    line, column = _place(getattr(error, "problem_mark", None), lines)
    text = lines[line - 1]
    begun = getattr(error, "context_mark", None)
    if "quoted scalar" in (getattr(error, "context", None) or "") and begun is not None:
        return _in_quotes(problem, line, column, *_place(begun, lines))
    if last_quoted and "found '<scalar>'" in problem:
        (opened, at), (closed, _) = last_quoted
        if opened < closed:
            return opened, at, "The quote that opens here is not closed on its line.", "Close it with the same quote."
        if closed == line:
            wrong = "There is more text after the closing quote."
            return line, column, wrong, "Put double quotes around the whole text, and no double quote inside it."
    if _WORDS_IN_BRACES.search(text):
        at = text.index("{{") + 1
        return line, at, "Text that begins with {{ must stand in quotes.", "Put double quotes around the whole text."
    if "simple key" in (getattr(error, "context", None) or "") and begun is not None:
        return _no_colon(*_place(begun, lines), lines)
    if "escape" in problem or "indentation indicator" in problem or "chomping" in problem:
        return line, column, "Text after | or > must begin on the next line.", "Move it there, two spaces further in."
    if found := re.search(r"found character '(.)' that cannot start", problem):
        return line, column, f"Text cannot begin with {found[1]} here.", "Put double quotes around the whole text."
    if "mapping values are not allowed" in problem:
        return _unexpected_colon(line, column, text)
    if "flow" in (getattr(error, "context", None) or "") and begun is not None:
        return _in_brackets(line, column, *_place(begun, lines), lines)
    return _misplaced(problem, line, column, text)


def _place(mark: object, lines: Sequence[str]) -> Place:
    """Line and column of a mark, from 1; what stands at the end of the file is put on its last line with text."""
    if mark is None:
        return 1, 1
    line, column = int(getattr(mark, "line", 0)), int(getattr(mark, "column", 0))
    if line >= len(lines) or (line == len(lines) - 1 and not lines[line].strip()):
        line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line])
    return line + 1, min(column, len(lines[line])) + 1


def _in_quotes(problem: str, line: int, column: int, opened: int, at: int) -> Explained:
    if "escape" in problem:
        remedy = "Write \\\\ for a backslash, or put the text in single quotes."
        return line, column, "A backslash inside double quotes begins a code that YAML does not know.", remedy
    return (
        opened,
        at,
        "The quote that opens here is never closed.",
        "Close it with the same quote at the end of the text.",
    )


def _no_colon(line: int, column: int, lines: Sequence[str]) -> Explained:
    text = lines[line - 1]
    if found := _KEY_WITHOUT_SPACE.match(text):
        return line, found.end() + 1, "There is no space after the colon.", f"Write {found[1].strip()}: and a space."
    if _DASH_WITHOUT_SPACE.match(text):
        return line, text.index("-") + 1, "There is no space after the dash.", "Write - and a space before the entry."
    before = next((one for one in reversed(lines[: line - 1]) if one.strip()), "")
    if before.lstrip().startswith("- ") and len(before) - len(before.lstrip()) == column - 1:
        return line, column, "This stands among the entries of a list but has no dash.", "Begin it with - and a space."
    return (
        line,
        column,
        "A word and a colon are expected here.",
        "Write key: value; or indent it, if it continues the line above.",
    )


def _unexpected_colon(line: int, column: int, text: str) -> Explained:
    found = _STARTS_WITH_KEY.match(text)
    if found and text[: column - 1].strip().endswith(found[0].strip().rstrip(":").strip()):
        remedy = "Begin it in the same column as its neighbours, or give the line above nothing but its key."
        return (
            line,
            column,
            "This line is indented further than it may be: the line above already has its value.",
            remedy,
        )
    wrong = "There is a colon and a space inside text that is not in quotes."
    return line, column, wrong, "Put double quotes around the whole text."


def _in_brackets(line: int, column: int, opened: int, at: int, lines: Sequence[str]) -> Explained:
    bracket = lines[opened - 1][at - 1 : at]
    closing = {"{": "}", "[": "]"}.get(bracket, bracket)
    if opened == line and lines[line - 1][column - 1 : column] == ":":
        wrong = "There is a colon too many between these braces."
        return line, column, wrong, "Put the text in quotes, or a comma between the entries."
    wrong = f"The {bracket} that opens here is not closed with {closing}, or a comma is missing."
    return opened, at, wrong, f"Close it with {closing}, and put a comma between its entries."


def _misplaced(problem: str, line: int, column: int, text: str) -> Explained:
    here = text[column - 1 : column]
    if here in ("}", "]"):
        return line, column, f"There is a {here} too many.", "Delete it, or put the text in quotes."
    if here == "," and "node content" in problem:
        return line, column, "Text cannot begin with a comma.", "Put the text in quotes."
    if here == "-" and "found '-'" in problem:
        remedy = "Write all entries with a dash, or none."
        return line, column, "This entry of a list stands among the keys of a table.", remedy
    if "found '?'" in problem:
        wrong = "This key stands in the column of a list's dashes."
        return line, column, wrong, "Begin it with - and a space, or in the column of the key above the list."
    if text[:1] == "%" or (line > 1 and "document start" in problem and not _STARTS_WITH_KEY.match(text)):
        return line, column, "This line does not belong to anything.", "Delete it, or indent it to where it belongs."
    if "block" in problem or "document start" in problem:
        remedy = "Begin it in the same column as its neighbours: two spaces for each level."
        return line, column, "This line does not begin in the column of the lines around it.", remedy
    return line, column, "This is not written as YAML needs it.", "Compare it with the lines around it."
