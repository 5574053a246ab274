"""Says in plain English what is wrong where the YAML parser stopped, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.yaml_text.moved import moved_left
from ivr.yaml_text.slips import QUOTE_THE_STAR, STAR_OUTSIDE_QUOTES

Place = tuple[int, int]

_KEY_WITHOUT_SPACE = re.compile(r"^(\s*(?:- +)*[\w\"'*#-]+):(?=\S)")
_STARTS_WITH_KEY = re.compile(r"^\s*(?:- +)*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*:(?:\s|$)")
_DASH_WITHOUT_SPACE = re.compile(r"^(\s*-)([^\s-].*)")
_NAMES_IN_BRACES = re.compile(r"(?:[:,{\[-]\s*|^\s*)(\{\{)")
_NOTHING = re.compile(r"^(\s*(?:- +)*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*:)\s+(\{\s*\}|\[\s*\])\s*(?:#.*)?$")
_STAR_AS_KEY = re.compile(r"(?:^\s*(?:- +)*|[{,]\s*)(\*)\s*:")
_MERGED = re.compile(r"^(?:<{7}|>{7})(?: |$)")
_LONGEST_KEY = 1024


@dataclass(frozen=True)
class Explained:
    """One syntax error.

    Args:
        line, column: from 1.
        mended: the line as it can be read on, so that later mistakes are told too; None if nothing simple helps.
    """

    line: int
    column: int
    wrong: str
    remedy: str
    mended: str | None = None


def explain(error: BaseException, lines: Sequence[str], last_quoted: tuple[Place, Place] | None) -> Explained:
    """What the parser's error means.

    Args:
        last_quoted: begin and end of the quoted text read just before, if one was.
    """
    problem: str = getattr(error, "problem", None) or ""
    context: str = getattr(error, "context", None) or ""
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        return _no_place(lines)
    if lines[0].startswith("%"):
        return Explained(1, 1, "A line that begins with % is not used here.", "Delete that line.", "")
    if merged := next((number for number, text in enumerate(lines, 1) if _MERGED.match(text)), None):
        wrong = "Two versions of this file were merged here, and both are left: from <<<<<<< to ======= to >>>>>>>."
        return Explained(merged, 1, wrong, "Keep one of the two, and delete these three lines.")
    line, column = _place(mark, lines)
    text = lines[line - 1]
    if "quoted scalar" in context and begun is not None:
        return _in_quotes(problem, line, column, _place(begun, lines), lines)
    if last_quoted and "found '<scalar>'" in problem and (found := _after_quotes(line, column, lines, *last_quoted)):
        return found
    if braces := _NAMES_IN_BRACES.search(text):
        remedy, mended = "Put double quotes around the whole text.", re.sub("[{}]", "x", text)
        return Explained(line, braces.start(1) + 1, "Text that begins with {{ must stand in quotes.", remedy, mended)
    if star := _star_as_key(line, text):
        return star
    if emptied := _below_nothing(line, lines):
        return emptied
    if "simple key" in context and begun is not None:
        return _no_colon(*_place(begun, lines), lines)
    if "indentation indicator" in problem or "chomping" in problem:
        return Explained(
            line, column, "Text after | or > must begin on the next line.", "Move it there, two spaces further in."
        )
    if found_character := re.search(r"found character '(.)' that cannot start", problem):
        wrong = f"Text cannot begin with {found_character[1]} here."
        return Explained(line, column, wrong, "Put double quotes around the whole text.", _put(text, column, "x"))
    if "mapping values are not allowed" in problem:
        return _unexpected_colon(line, column, lines)
    if "flow" in context and begun is not None:
        return _in_brackets(line, column, *_place(begun, lines), lines)
    return _misplaced(problem, line, column, lines)


def _place(mark: object, lines: Sequence[str]) -> Place:
    """Line and column of a mark, from 1; what stands at the end of the file is put on its last line with text."""
    line, column = int(getattr(mark, "line", 0)), int(getattr(mark, "column", 0))
    if line >= len(lines) or (line == len(lines) - 1 and not lines[line].strip()):
        line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line])
    return line + 1, min(column, len(lines[line])) + 1


def _put(text: str, column: int, character: str) -> str:
    return text[: column - 1] + character + text[column:]


def _no_place(lines: Sequence[str]) -> Explained:
    """The parser stumbled over a number of its own: a character code that does not exist, or a strange directive."""
    for number, text in enumerate(lines, 1):
        if "\\U" in text or "\\u" in text or text.startswith("%"):
            column = max(text.find("\\"), 0) + 1
            return Explained(number, column, "There is no character with this code.", "Type the character itself.")
    return Explained(1, 1, "This file is not written as YAML needs it.", "Compare it with an older version of it.")


def _in_quotes(problem: str, line: int, column: int, opened: Place, lines: Sequence[str]) -> Explained:
    if "escape" in problem:
        wrong = "A backslash inside double quotes begins a code that YAML does not know."
        remedy = "Write \\\\ for a backslash, or put the text in single quotes."
        text = lines[line - 1]
        return Explained(line, column, wrong, remedy, text.replace("\\", "/"))
    remedy = "Close it with the same quote at the end of the text."
    return Explained(*opened, "The quote that opens here is never closed.", remedy, _unquoted(lines, opened))


def _after_quotes(line: int, column: int, lines: Sequence[str], opened: Place, closed: Place) -> Explained | None:
    if opened[0] < closed[0]:
        remedy = "Close it with the same quote at the end of its text."
        wrong = "The quote that opens here is not closed on its line."
        return Explained(*opened, wrong, remedy, _unquoted(lines, opened))
    if closed[0] != line:
        return None
    remedy = "Put double quotes around the whole text, and no double quote inside it."
    return Explained(line, column, "There is more text after the closing quote.", remedy, _unquoted(lines, opened))


def _unquoted(lines: Sequence[str], opened: Place) -> str:
    text = lines[opened[0] - 1]
    return text[: opened[1] - 1] + re.sub(r"[^\w\s{}]", "x", text[opened[1] - 1 :])


def _star_as_key(line: int, text: str) -> Explained | None:
    star = _STAR_AS_KEY.search(text)
    if not star:
        return None
    mended = f'{text[: star.start(1)]}"*"{text[star.end(1) :]}'
    return Explained(line, star.start(1) + 1, STAR_OUTSIDE_QUOTES, QUOTE_THE_STAR, mended)


def _below_nothing(line: int, lines: Sequence[str]) -> Explained | None:
    """Entries below a key that has {} or [] already; None where the line is none."""
    text = lines[line - 1]
    number = line - 1
    while number and (not lines[number - 1].strip() or lines[number - 1].lstrip().startswith("#")):
        number -= 1
    found = _NOTHING.match(lines[number - 1]) if number else None
    if not found:
        return None
    indent, further = _indent(lines[number - 1]), _indent(text)
    is_entry = text.lstrip().startswith("- ") and found[2][0] == "["
    if further < indent or (further == indent and not is_entry):
        return None
    nothing = found[2].replace(" ", "")
    wrong = f"Line {number} already says {nothing} (nothing), but line {line} writes an entry below it."
    return Explained(number, found.start(2) + 1, wrong, f"Take the {nothing} away.", found[1])


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _no_colon(line: int, column: int, lines: Sequence[str]) -> Explained:
    text = lines[line - 1]
    if star := _star_as_key(line, text):
        return star
    if found := _KEY_WITHOUT_SPACE.match(text):
        remedy, mended = f"Write {found[1].strip()}: and a space.", f"{found[0]} {text[found.end() :]}"
        return Explained(line, found.end() + 1, "There is no space after the colon.", remedy, mended)
    if found := _DASH_WITHOUT_SPACE.match(text):
        remedy, mended = "Write - and a space before the entry.", f"{found[1]} {found[2]}"
        return Explained(line, found.end(1) + 1, "There is no space after the dash.", remedy, mended)
    before = next((one for one in reversed(lines[: line - 1]) if one.strip()), "")
    if before.lstrip().startswith("- ") and len(before) - len(before.lstrip()) == column - 1:
        wrong, mended = "This stands among the entries of a list but has no dash.", f"{text[: column - 1]}- x"
        return Explained(line, column, wrong, "Begin it with - and a space.", mended)
    remedy = "Write key: value; or indent it, if it continues the line above."
    return Explained(line, column, "A word and a colon are expected here.", remedy, "")


def _moved(line: int, lines: Sequence[str]) -> Explained | None:
    """A line above that was pushed to the left; told instead of the line that stands where it should."""
    found = moved_left(line, lines)
    if found is None:
        return None
    number, indent = found
    text = lines[number - 1]
    wrong = "This line begins further left than its neighbours above and below."
    remedy = f"Put {indent} space{'' if indent == 1 else 's'} before it, as before its neighbours."
    return Explained(number, _indent(text) + 1, wrong, remedy, " " * indent + text.lstrip())


def _unexpected_colon(line: int, column: int, lines: Sequence[str]) -> Explained:
    text = lines[line - 1]
    before, mended = text[: column - 1], _put(text, column, "x")
    if column > _LONGEST_KEY:
        wrong = f"The text before this colon is too long for a key (more than {_LONGEST_KEY} characters)."
        return Explained(line, column, wrong, "Shorten it, or put the whole text in quotes.", mended)
    if re.fullmatch(r"\s*(?:- +)*(?:[\w*-]+|\"[^\"]*\"|'[^']*')\s*", before):
        if moved := _moved(line, lines):
            return moved
        wrong = "This line is indented further than it may be: the line above already has its value."
        remedy = "Begin it in the same column as its neighbours, or leave nothing but the key on the line above."
        return Explained(line, len(before) - len(before.lstrip()) + 1, wrong, remedy, "")
    wrong = "There is a colon and a space inside text that is not in quotes."
    return Explained(line, column, wrong, "Put double quotes around the whole text.", mended)


def _in_brackets(line: int, column: int, opened: int, at: int, lines: Sequence[str]) -> Explained:
    bracket = lines[opened - 1][at - 1 : at]
    closing = {"{": "}", "[": "]"}.get(bracket, bracket)
    text = lines[line - 1]
    if opened == line and text[column - 1 : column] == ":":
        remedy = "Put the text in quotes, or a comma between the entries."
        return Explained(line, column, "There is a colon too many in these brackets.", remedy, _put(text, column, "x"))
    wrong = f"The {bracket} that opens here is not closed with {closing}, or a comma is missing."
    return Explained(opened, at, wrong, f"Close it with {closing}, and put a comma between its entries.")


def _misplaced(problem: str, line: int, column: int, lines: Sequence[str]) -> Explained:
    text = lines[line - 1]
    here, before = text[column - 1 : column], text[: column - 1].rstrip()
    if here and here in "}]":
        remedy = "Delete it, or put the text in quotes."
        return Explained(line, column, f"There is a {here} too many.", remedy, _put(text, column, " "))
    if here == "," and "node content" in problem:
        return Explained(
            line, column, "Text cannot begin with a comma.", "Put the text in quotes.", _put(text, column, "x")
        )
    if before[-1:] in ("}", "]"):
        wrong = f"There is more text after the closing {before[-1]}."
        return Explained(line, column, wrong, "Put the whole text in quotes, or delete what follows.", before)
    if here == "-" and "found '-'" in problem:
        wrong = "This entry of a list stands among the keys of a table."
        return Explained(line, column, wrong, "Write all entries with a dash, or none.", "")
    if "found '?'" in problem:
        wrong = "This key stands in the column of a list's dashes."
        return Explained(
            line, column, wrong, "Begin it with - and a space, or in the column of the key above the list."
        )
    if text[:1] == "%" or (line > 1 and "document start" in problem and not _STARTS_WITH_KEY.match(text)):
        return Explained(line, column, "This line does not belong to anything.", "Delete it, or indent it.", "")
    if "block" in problem or "document start" in problem:
        if moved := _moved(line, lines):
            return moved
        wrong = "This line does not begin in the column of the lines around it."
        return Explained(line, column, wrong, "Begin it in the column of its neighbours: two spaces for each level.")
    return Explained(line, column, "This is not written as YAML needs it.", "Compare it with the lines around it.")
