"""Bring the table of brokers in line with a file: all of it or nothing, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, insert, update

from ivr.brokers.csv_file import BrokerList, Progress, read_brokers
from ivr.brokers.difference import Difference, difference, doubts
from ivr.brokers.record import COLUMNS, Broker
from ivr.brokers.sql import take_time
from ivr.brokers.table import broker_of, brokers, directory_trouble, every_row, imports, latest_import
from ivr.errors import DirectoryUnavailable, Fault, FileFaults

_Thing = TypeVar("_Thing")

AT_ONCE = 5_000
"""Rows handed to the database at once; between two portions the progress is told."""


class RowFaults(FileFaults):
    """Only rows are wrong; the others could be imported without them (`skip_bad`)."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Args:
        rows: rows of the file with something in them.
        skipped: rows left out for their faults, which stand in `faults`.
        left: brokers on the list whose rows were skipped; they stay as they were.
        certified_before, certified: brokers certified on the day of the import, before it and after it.
        sha256: of the file's bytes.
    """

    rows: int
    added: int
    changed: int
    unchanged: int
    removed: int
    skipped: int
    left: int
    certified_before: int
    certified: int
    faults: Sequence[Fault]
    sha256: str
    at: datetime

    @property
    def changed_nothing(self) -> bool:
        """The list is as it was before."""
        return not (self.added or self.changed or self.removed)

    def words(self) -> str:
        """One line for a person."""
        if self.changed_nothing:
            return f"nothing changed: {self.unchanged + self.left:,} brokers as before{self._skipped()}"
        return (
            f"{self.added:,} added, {self.changed:,} changed, {self.unchanged:,} unchanged, "
            f"{self.removed:,} removed{self._skipped()}"
        )

    def _skipped(self) -> str:
        if not self.skipped:
            return ""
        rows = f"; {self.skipped:,} row{'' if self.skipped == 1 else 's'} skipped"
        if not self.left:
            return rows
        return f"{rows} ({self.left:,} broker{' stays as it was' if self.left == 1 else 's stay as they were'})"


def import_brokers(
    engine: Engine,
    content: bytes,
    *,
    file: str,
    at: datetime,
    today: date | None = None,
    skip_bad: bool = False,
    smaller: bool = False,
    replace_all: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Replace the list by what a file says; every reader sees the old list or the new one, nothing in between.

    Args:
        content: see `csv_file.read_brokers`.
        file: name for the faults and for the record of imports.
        at: the moment, with zone; it becomes the list's age (D-22), also when nothing changed.
        today: the calendar day in Central time, for who is certified; None for the date of `at`.
        skip_bad: leave out rows with faults instead of refusing the file. A broker whose row is skipped stays as
            it was.
        smaller: agree to a list that is more than a fifth smaller than before, or leaves more than a fifth fewer
            brokers certified today; and, with `skip_bad`, to removing brokers whose row may be one without a readable
            number.
        replace_all: agree to an import that removes more than half of the list, and to whatever it leaves.

    Raises:
        RowFaults: only rows are wrong; nothing was changed.
        FileFaults: the file, or what it would remove, is wrong; nothing was changed.
        DirectoryUnavailable: the database did not do its part, or another import ran at the same time; nothing was
            changed.
    """
    tell = _Halves(progress or (lambda done, total: None))
    wanted = read_brokers(content, file, tell.reading)
    if wanted.faults and not (skip_bad and wanted.usable):
        raise (RowFaults if wanted.usable else FileFaults)(wanted.faults)
    if not wanted.records:
        raise FileFaults([*wanted.faults, _no_good_row(wanted, file)])
    with directory_trouble():
        with engine.begin() as connection:
            take_time(connection)
            seen, _ = latest_import(connection)
            present = _present(connection)
        change = difference(wanted, present, today or at.date())
        if not replace_all and (found := list(doubts(change, len(present), wanted, file, smaller=smaller))):
            raise FileFaults(found)
        report = _report(wanted, change, at)
        with engine.begin() as connection:
            _alone(connection)
            _write(connection, change, report, file, seen, tell.writing)
    tell.writing(1, 1)
    return report


def _present(connection: Connection) -> dict[str, Broker]:
    return {row.npn: broker_of(tuple(row)) for row in connection.execute(every_row)}


def _no_good_row(wanted: BrokerList, file: str) -> Fault:
    """Not one row can be taken, so nothing is known of anybody: such a file is no newer list."""
    wrong = f"Not one of the {wanted.rows:,} rows is good, so there is nothing to import."
    return Fault(file, 0, 0, "", wrong, "Check that it is the right file, and mend what is told of its rows.")


def _report(wanted: BrokerList, change: Difference, at: datetime) -> ImportReport:
    return ImportReport(
        rows=wanted.rows,
        added=len(change.added),
        changed=len(change.changed),
        unchanged=change.unchanged,
        removed=len(change.removed),
        skipped=wanted.rows - len(wanted.records),
        left=change.left,
        certified_before=change.certified_before,
        certified=change.certified,
        faults=tuple(wanted.faults),
        sha256=wanted.sha256,
        at=at,
    )


def _alone(connection: Connection) -> None:
    """One import at a time. SQLite has one writer anyway; on PostgreSQL the second waits here, readers do not."""
    take_time(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {imports.name} IN EXCLUSIVE MODE")


def _write(
    connection: Connection, change: Difference, report: ImportReport, file: str, seen: int, progress: Progress
) -> None:
    """One transaction. The list was compared before it began, so that calls wait for the writing alone."""
    entry = connection.execute(
        insert(imports).values(
            at=report.at,
            file=file[-500:],
            sha256=report.sha256,
            rows=report.rows,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            removed=report.removed,
            skipped=report.skipped,
        )
    )
    _nobody_else_imported(connection, seen, entry.inserted_primary_key)
    done = 0
    for portion in _portions(change.added):
        connection.execute(insert(brokers), [_row(record) for record in portion])
        done += len(portion)
        progress(done, change.size)
    for portion in _portions(change.changed):
        connection.execute(_update_one, [{"of": record.npn, **_row(record)} for record in portion])
        done += len(portion)
        progress(done, change.size)
    for numbers in _portions(change.removed):
        connection.execute(_delete_one, [{"of": npn} for npn in numbers])
        done += len(numbers)
        progress(done, change.size)


_update_one = (
    update(brokers)
    .where(brokers.c.npn == bindparam("of"))
    .values({name: bindparam(name) for name in COLUMNS if name != "npn"})
)
_delete_one = delete(brokers).where(brokers.c.npn == bindparam("of"))


def _nobody_else_imported(connection: Connection, seen: int, key: Any) -> None:
    """The list must still be the one that the file was compared with."""
    earlier = connection.execute(
        imports.select().with_only_columns(imports.c.number).where(imports.c.number > seen, imports.c.number < key[0])
    ).first()
    if earlier is not None:
        raise DirectoryUnavailable("Another import ran at the same time; import the file again.", can_retry=True)


def _row(record: Broker) -> dict[str, Any]:
    return {name: getattr(record, name) for name in COLUMNS}


def _portions(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    for start in range(0, len(things), AT_ONCE):
        yield things[start : start + AT_ONCE]


@dataclass(frozen=True, slots=True)
class _Halves:
    """Reading is told as the first half of the work, writing as the second, in thousandths."""

    progress: Callable[[int, int], None]

    def reading(self, done: int, total: int) -> None:
        self.progress(500 * done // total, 1000)

    def writing(self, done: int, total: int) -> None:
        self.progress(500 + 500 * done // total, 1000)
