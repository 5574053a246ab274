"""How the table of brokers would change by a file, and the changes that are more likely a mistake than meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ivr.brokers.csv_file import BrokerList
from ivr.brokers.record import Broker, is_certified
from ivr.errors import Fault

MOST_NAMED: Final = 5
"""Numbers told of brokers that would be removed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the table must change to hold what the file says.

    Args:
        left: brokers on the list whose rows are skipped for their faults; they stay as they were.
        certified_before, certified: brokers certified on the day of the import, by the list in use and by the new one.
        lapsed: brokers on both lists who are certified that day by the list in use and not by the new one.
    """

    added: Sequence[Broker]
    changed: Sequence[Broker]
    removed: Sequence[str]
    unchanged: int
    left: int
    certified_before: int
    certified: int
    lapsed: int

    @property
    def size(self) -> int:
        """Rows of the table that are written."""
        return len(self.added) + len(self.changed) + len(self.removed)


def difference(wanted: BrokerList, present: Mapping[str, Broker], today: date) -> Difference:
    """Compare a file with the list in use.

    Args:
        present: the list in use, by number.
        today: the calendar day in Central time.
    """
    added, changed = [], []
    for record in wanted.records:
        before = present.get(record.npn)
        if before is None:
            added.append(record)
        elif before != record:
            changed.append(record)
    named = {record.npn for record in wanted.records}
    left = {npn for npn in wanted.doubtful if npn in present} - named
    were = {npn for npn, record in present.items() if is_certified(record, today)}
    are = {record.npn for record in wanted.records if is_certified(record, today)} | (were & left)
    return Difference(
        added=added,
        changed=changed,
        removed=[npn for npn in present if npn not in named and npn not in left],
        unchanged=len(wanted.records) - len(added) - len(changed),
        left=len(left),
        certified_before=len(were),
        certified=len(are),
        lapsed=len((were & named) - are),
    )


def doubts(change: Difference, present: int, wanted: BrokerList, file: str, *, smaller: bool) -> Iterator[Fault]:
    """Why an import should be agreed to before it is made; nothing when there is no reason.

    Args:
        present: brokers on the list in use.
        file: name for the faults.
        smaller: a much smaller list is agreed to, one with much fewer brokers certified, and one without the brokers
            whose rows may be those that nobody can read.
    """
    removed = len(change.removed)
    fewer = removed - len(change.added)
    agree = "--replace-all" if removed * 2 > present else "--smaller"
    shrinks = fewer * 5 > present
    if removed * 2 > present:
        # More likely half a file than half a list.
        wrong = f"The file would remove {removed:,} of the {present:,} brokers on the list."
        remedy = f"Check that it is whole and the right one; if it is, import it with {agree}."
        yield Fault(file, 0, 0, "", wrong, remedy)
    elif shrinks and not smaller:
        # A file that was cut off between two rows looks like a whole one.
        end = f" Its last row is NPN {wanted.records[-1].npn}." if wanted.records else ""
        wrong = f"The list would shrink from {present:,} brokers to {present - fewer:,}.{end}"
        remedy = f"Check that the file goes on to its end; if it does, import it with {agree}."
        yield Fault(file, 0, 0, "", wrong, remedy)
    if wanted.unread and removed and not smaller:
        yield _whose(wanted.unread, change.removed, file, agree)
    if smaller and agree == "--smaller":
        return
    before, after = change.certified_before, change.certified
    if (before - after) * 5 > before and (change.lapsed * 5 > before or not shrinks):
        wrong = f"Certified today: {before:,} before, {after:,} with this file."
        remedy = f"Is it an old list? Import the newest one; if this is it, import it with {agree}."
        yield Fault(file, 0, 0, "", wrong, remedy)


def _whose(unread: Sequence[int], removed: Sequence[str], file: str, agree: str) -> Fault:
    """Rows whose number cannot be read, beside brokers that no other row names: theirs may be among those rows."""
    is_one = len(unread) == 1
    rows = f"The NPN on line {unread[0]:,} cannot" if is_one else f"The NPNs of {len(unread):,} rows cannot"
    gone = ", ".join(removed[:MOST_NAMED]) + (", ..." if len(removed) > MOST_NAMED else "")
    who = "1 broker" if len(removed) == 1 else f"{len(removed):,} brokers"
    wrong = f"{rows} be read, and {who} would be removed whom no other row names: {gone}."
    remedy = f"Write the {'number' if is_one else 'numbers'} there; if these are to go, import the file with {agree}."
    return Fault(file, 0, 0, "", wrong, remedy)
