"""The certification list as a CSV file: read whole, with every fault and its line; the file is not trusted."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ivr.brokers.csv_row import broker_from, normal_or_empty
from ivr.brokers.record import COLUMNS, Broker
from ivr.errors import Fault

HEADER = ",".join(COLUMNS)
LARGEST_FILE = 200_000_000
LONGEST_LINE = 2_000
SHOWN = 160
MOST_FAULTS = 1_000
"""Faults that are kept; a list of another kind altogether has one on every line, and nobody reads so many."""

Progress = Callable[[int, int], None]
"""Told `(done, total)` now and then; `done` never goes back and ends at `total`."""


@dataclass(frozen=True, slots=True)
class BrokerList:
    """What a file holds.

    Args:
        records: in the file's order, one for each number.
        faults: every mistake, in the file's order; of too many only the first, and one that says how many there are.
        rows: rows with something in them, good or not.
        doubtful: numbers of rows that have a fault, as far as they can be read.
        unread: lines of rows that have a fault and no number that could be read: nobody knows whose they are.
        usable: the file as a whole can be read and was not cut off; only rows have faults.
    """

    records: Sequence[Broker]
    faults: Sequence[Fault]
    rows: int
    sha256: str
    doubtful: frozenset[str] = frozenset()
    usable: bool = True
    unread: Sequence[int] = ()


def read_brokers(content: bytes, file: str, progress: Progress | None = None) -> BrokerList:
    """Read a certification list; mistakes come back as faults, never as another error.

    Args:
        content: UTF-8, with or without byte order mark; lines end as on any system. First row: `HEADER`, the
            columns in any order.
        file: name for the faults.
    """
    return _Reading(content, file, progress or _silent).result()


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


class _Reading:
    """One pass over one file."""

    def __init__(self, content: bytes, file: str, progress: Progress) -> None:
        self.content = content
        self.file = file
        self.progress = progress
        self.faults: list[Fault] = []
        self.found = 0
        self.records: dict[str, Broker] = {}
        self.first_lines: dict[str, int] = {}
        self.doubtful: set[str] = set()
        self.unread: list[int] = []
        self.rows = 0
        self.was_cut = False

    def result(self) -> BrokerList:
        usable = not self._wrong_altogether() and self._read_lines()
        return BrokerList(
            list(self.records.values()),
            self.faults,
            self.rows,
            hashlib.sha256(self.content).hexdigest(),
            frozenset(self.doubtful),
            usable and not self.was_cut,
            tuple(self.unread),
        )

    def _wrong_altogether(self) -> bool:
        start = self.content[:4]
        if len(self.content) > LARGEST_FILE:
            self._whole(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.", "Check that it is the right file.")
        elif not self.content.strip(b"\xef\xbb\xbf \t\r\n\v\f"):
            self._whole("The file is empty.", f"Its first line must be: {HEADER}")
        elif start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            self._whole("The file is a spreadsheet, not CSV.", "Save it as CSV UTF-8 and import that file.")
        elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._whole("The file is UTF-16, not UTF-8.", "Save it as CSV UTF-8 and import that file.")
        return bool(self.faults)

    def _read_lines(self) -> bool:
        """Whether the header could be read; without it no row can be trusted."""
        content = self.content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = content.split(b"\n")
        is_cut = lines[-1] != b""
        if not is_cut:
            lines.pop()
        head = next(number for number, line in enumerate(lines, 1) if line.strip())
        places = self._header(head, lines[head - 1])
        for number, raw in enumerate(lines[head:], head + 1):
            if not number % 1000:
                self.progress(number, len(lines))
            if places is not None:
                self._row(number, raw, places, is_last=is_cut and number == len(lines))
        self.progress(len(lines), len(lines))
        if self.found > MOST_FAULTS:
            self._whole(
                f"There are {self.found:,} faults; the first {MOST_FAULTS:,} are told.", "Is it the right file?"
            )
        if places is not None and not self.rows:
            self._whole("The file has a header but no broker.", "Check that it is the right file.")
            return False
        return places is not None

    def _header(self, number: int, raw: bytes) -> tuple[int, ...] | None:
        """Where each column of `COLUMNS` stands, or None after its faults are noted."""
        text = self._text(number, raw)
        cells = None if text is None else self._cells(number, text)
        if text is None or cells is None:
            return None
        names = [cell.strip() for cell in cells]
        before = len(self.faults)
        if len(names) == 1 and any(mark in text for mark in ";\t|"):
            self._fault(
                number, text, 1, "The columns are not separated by commas.", "Save the file as CSV with commas."
            )
        elif not set(names) & set(COLUMNS):
            self._fault(number, text, 1, "The first line is not the header.", f"It must be: {HEADER}")
        else:
            self._wrong_names(number, text, names)
        return None if len(self.faults) > before else tuple(names.index(column) for column in COLUMNS)

    def _wrong_names(self, number: int, text: str, names: Sequence[str]) -> None:
        missing = [column for column in COLUMNS if column not in names]
        for place, name in enumerate(names):
            column = _column_of(text, place)
            if name in COLUMNS:
                if name in names[:place]:
                    self._fault(number, text, column, f'The column "{name}" is there twice.', "Take one of them out.")
                continue
            near = get_close_matches(name.lower(), missing, 1) or get_close_matches(name.lower(), COLUMNS, 1)
            remedy = f'Did you mean "{near[0]}"?' if near else f"Take it out. The columns are: {HEADER}"
            self._fault(number, text, column, f'There is no column "{_clip(name)}".', remedy)
            if near and near[0] in missing:
                missing.remove(near[0])
        for column_name in missing:
            self._fault(number, text, 1, f'The column "{column_name}" is missing.', f"The header must be: {HEADER}")

    def _row(self, number: int, raw: bytes, places: Sequence[int], *, is_last: bool) -> None:
        if not raw.strip(b", \t"):
            return
        self.rows += 1
        text = self._text(number, raw)
        cells = None if text is None else self._cells(number, text)
        if text is None or cells is None:
            self._doubt(number, raw[:LONGEST_LINE].decode("utf-8", "replace").split(","), places[0])
            return
        if len(cells) != len(COLUMNS):
            self._wrong_width(number, text, len(cells), is_cut=is_last and len(cells) < len(COLUMNS))
            self._doubt(number, cells, places[0])
            return
        values = [cells[place].strip() for place in places]
        found = broker_from(values)
        if isinstance(found, Broker):
            self._keep(number, text, found, _column_of(text, places[0]))
            return
        for fault in found:
            place = places[COLUMNS.index(fault.column)]
            self._fault(number, text, _column_of(text, place), fault.wrong, fault.remedy)
        self._doubt(number, cells, places[0])

    def _keep(self, number: int, text: str, record: Broker, column: int) -> None:
        first = self.first_lines.setdefault(record.npn, number)
        if first == number:
            self.records[record.npn] = record
            return
        self._fault(
            number,
            text,
            column,
            f"NPN {record.npn} is in the file twice; it is on line {first} already.",
            "Keep the row that is right and take the other one out.",
        )
        if self.records.get(record.npn) != record:
            # Nobody can tell which of the two is right, so neither is used when bad rows are skipped.
            self.records.pop(record.npn, None)
            self.doubtful.add(record.npn)

    def _wrong_width(self, number: int, text: str, width: int, *, is_cut: bool) -> None:
        wanted = len(COLUMNS)
        if is_cut:
            self.was_cut = True
            wrong, remedy = "The last line stops in the middle.", "The file was cut off: fetch or export it again."
        elif width < wanted:
            wrong, remedy = f"The row has {width} columns instead of {wanted}.", f"Its columns are: {HEADER}"
        else:
            wrong = f"The row has {width} columns instead of {wanted}."
            remedy = 'Put a value with a comma in it between double quotes: "Birch, Lake and Co".'
        self._fault(number, text, 1, wrong, remedy)

    def _text(self, number: int, raw: bytes) -> str | None:
        """A line as text; None after its fault is noted."""
        if len(raw) > LONGEST_LINE:
            shown = raw[:SHOWN].decode("utf-8", "replace").replace("\0", "\ufffd")
            wrong = f"The line has {len(raw):,} bytes; no row is longer than {LONGEST_LINE:,}."
            self._fault(number, shown, 1, wrong, "Check that the line ends are still in the file.")
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            shown = raw.decode("utf-8", "replace").replace("\0", "\ufffd")
            column = len(raw[: error.start].decode("utf-8", "replace")) + 1
            wrong = f"The byte {raw[error.start]:#04x} is not UTF-8."
            self._fault(number, shown, column, wrong, "Save the file as CSV UTF-8.")
            return None
        if "\0" in text:
            column = text.index("\0") + 1
            wrong = "The line holds a NUL byte."
            self._fault(number, text.replace("\0", "\ufffd"), column, wrong, "The file is damaged: export it again.")
            return None
        return text

    def _cells(self, number: int, text: str) -> list[str] | None:
        """The values of a line; None after its fault is noted. A value never goes on on the next line."""
        if '"' not in text:
            return text.split(",")
        try:
            return next(csv.reader([text], strict=True))
        except csv.Error:
            remedy = "Close the quote on the same line; write a quote inside a value twice."
            self._fault(number, text, text.index('"') + 1, "A double quote is not closed or stands astray.", remedy)
            return None

    def _doubt(self, number: int, cells: Sequence[str], place: int) -> None:
        """Remember whose row is bad, as far as it can be read: such a broker is not taken off the list."""
        if place < len(cells) and (known := normal_or_empty(cells[place].strip())):
            self.doubtful.add(known)
        else:
            self.unread.append(number)

    def _fault(self, number: int, text: str, column: int, wrong: str, remedy: str) -> None:
        self.found += 1
        if self.found <= MOST_FAULTS:
            self.faults.append(Fault(self.file, number, column, _clip(text), wrong, remedy))

    def _whole(self, wrong: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, 0, 0, "", wrong, remedy))


def _column_of(text: str, place: int) -> int:
    """Where the value at a place (from 0) begins in its line, from 1."""
    return _starts(text)[place] if place else 1


def place_of(text: str, column: int) -> int:
    """Which value of a line (from 0) stands at a column (from 1)."""
    return sum(start <= column for start in _after_commas(text))


def _starts(text: str) -> list[int]:
    return [1, *_after_commas(text)]


def _after_commas(text: str) -> Iterator[int]:
    """Where values begin but for the first. As the `csv` module reads it, a quote within a value is one like others."""
    is_quoted = False
    first = 1
    for column, character in enumerate(text, 1):
        if character == '"' and text[first - 1] == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            first = column + 1
            yield first


def _clip(text: str) -> str:
    """A line fit to be shown: no control characters, not longer than a screen is wide."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text[:SHOWN])
    return shown + ("…" if len(text) > SHOWN else "")
