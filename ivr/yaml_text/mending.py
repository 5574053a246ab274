"""Reads a file with mistakes as far as it goes, with the parser whose errors can be put into words."""

from __future__ import annotations

from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ivr.errors import Fault
from ivr.yaml_text.building import Builder
from ivr.yaml_text.document import Document
from ivr.yaml_text.events import events
from ivr.yaml_text.syntax import explain

MOST_MENDED: Final = 10
MOST_LINES_MENDED: Final = 3000
"""Reading a very long file again for each broken line would take too long to wait for."""


def read_on(document: Document, lines: list[str]) -> tuple[Builder, list[Fault]]:
    """Read as far as it goes, mending one broken line after another; what was read, and the syntax errors.

    A mended line is only a way to read on: with any error, nothing of what was read is used.
    """
    broken: list[Fault] = []
    while True:
        builder = Builder(document)
        try:
            builder.read(events(YAML(typ="safe", pure=True).parse("\n".join(lines))))
        except (YAMLError, ValueError, ArithmeticError) as error:
            found = explain(error, lines, builder.last_quoted)
            if any(fault.line == found.line for fault in broken):
                return builder, broken
            # What was refused on that line already says more than its echo in the syntax.
            refused = [fault for fault in builder.faults if fault.line == found.line]
            broken += refused or [document.fault_on(found.line, found.column, found.wrong, found.remedy)]
            if found.mended is None or len(broken) >= MOST_MENDED or len(lines) > MOST_LINES_MENDED:
                return builder, broken
            lines[found.line - 1] = found.mended
        else:
            return builder, broken
