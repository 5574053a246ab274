"""From bytes to a document, or to everything that is wrong with them. Trusts nothing: the bytes may be anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import yaml

from ivr.errors import Fault, FileFaults
from ivr.yaml_text.building import Builder
from ivr.yaml_text.document import Document
from ivr.yaml_text.events import is_for_quick, quick_events
from ivr.yaml_text.unseen import UNSEEN

MOST_BYTES: Final = 1_000_000
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_yaml(file: str, content: bytes) -> Document:
    """Read one file.

    Args:
        file: its path as the operator knows it; only shown.
        content: its bytes, UTF-8.

    Raises:
        FileFaults: everything found wrong, at once.
    """
    text = _decoded(file, content)
    lines = tuple(_LINE_END.split(text))
    blank = Document(file, "", lines)
    faults = list(_unseen(blank))
    if not faults and (quick := _read_quickly(blank, "\n".join(lines))) and quick.places:
        return Document(file, quick.data, lines, MappingProxyType(quick.places))
    from ivr.yaml_text.mending import read_on  # slow to import, and only a file with a mistake needs it

    builder, broken = read_on(blank, [UNSEEN.sub(" ", line.expandtabs(2)) for line in lines])
    told = {fault.line for fault in faults}
    if not faults:
        # A tab or a strange space breaks lines after its own too, so syntax errors count only where there are none.
        faults += broken
        told = {fault.line for fault in broken}
    faults += [fault for fault in builder.faults if fault.line not in told]
    if not faults and not builder.places:
        faults.append(blank.fault_on(1, 1, "This file has nothing in it.", "Write what belongs here, or restore it."))
    if faults:
        raise FileFaults(faults)
    return Document(file, builder.data, lines, MappingProxyType(builder.places))


def _read_quickly(document: Document, text: str) -> Builder | None:
    """What the quick parser reads, if nothing at all is wrong with the text."""
    if not is_for_quick(text):
        return None
    builder = Builder(document)
    try:
        builder.read(quick_events(text))
    except (yaml.YAMLError, ValueError):
        return None
    return None if builder.faults else builder


def _decoded(file: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        size = f"This file is {len(content) / 1_000_000:.1f} MB; at most 1 MB is read."
        raise FileFaults([Fault(file, 0, 0, "", size, "Split it, or take out what does not belong here.")])
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        begin = before.rfind(b"\n") + 1
        column = len(content[begin : error.start].decode("utf-8")) + 1
        shown = content[begin:].split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
        wrong = f"This is not UTF-8 text: byte {error.start + 1} of the file is 0x{content[error.start]:02x}."
        remedy = "Save the file as UTF-8 in your editor, then look at this line again."
        raise FileFaults([Fault(file, line, column, shown, wrong, remedy)]) from None


def _unseen(document: Document) -> Iterator[Fault]:
    """One fault for each line that has such a character."""
    for number, text in enumerate(document.lines, 1):
        if found := UNSEEN.search(text):
            wrong, remedy = f"There is an invisible character here (U+{ord(found[0]):04X}).", "Delete it."
            if found[0] == "\t":
                wrong, remedy = "There is a tab here; YAML does not allow tabs.", "Use spaces: two for each level."
            elif found[0] == "\xa0":
                wrong, remedy = "There is a no-break space here, which looks like a space but is none.", "Type a space."
            yield document.fault_on(number, found.start() + 1, wrong, remedy)
