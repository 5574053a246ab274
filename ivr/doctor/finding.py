"""What a check finds, and how one is made so that it can neither break nor hold up the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Literal

from ivr.errors import BrokerLineError, FileFaults, one_line, without_credentials

LONGEST = 2000
"""Characters of what is told in one line; nothing of ours comes near."""

Colour = Literal["green", "yellow", "red"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's.

    Args:
        colour: green: well; red: callers or staff meet it; yellow: better looked at, or not to be seen from here.
        says: what is, one or two sentences.
        remedy: what to do; empty when there is nothing to do.
    """

    colour: Colour
    says: str
    remedy: str = ""


def green(says: str) -> Finding:
    """All is well."""
    return Finding("green", _shown(says))


def yellow(says: str, remedy: str = "") -> Finding:
    """To be looked at by a person, or not to be seen from here."""
    return Finding("yellow", _shown(says), _shown(remedy))


def red(says: str, remedy: str = "") -> Finding:
    """Something is wrong."""
    return Finding("red", _shown(says), _shown(remedy))


def _shown(text: str) -> str:
    """One line, fit for a terminal and for a ticket, whatever others have put into it."""
    return without_credentials(one_line(text[:LONGEST]))


class NotLookedAt(Exception):
    """A check cannot be made for want of something that another check tells of."""

    def __init__(self, says: str, remedy: str = "") -> None:
        self.finding = yellow(says, remedy)
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class Check:
    """A check by name.

    Args:
        look: finds one thing after another, and may raise anything.
        within_s: seconds that it may be silent.
    """

    name: str
    look: Callable[[], Iterable[Finding]]
    within_s: float = 30.0


def found_by(check: Check) -> list[Finding]:
    """What a check finds in its time; what it raises is a finding, too."""
    told: SimpleQueue[Finding | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            for finding in check.look():
                told.put(finding)
            told.put(None)
        except BaseException as trouble:
            told.put(trouble)

    # Not joined at the end: a look-up of a name, or a disk, may hang for minutes.
    threading.Thread(target=work, name=check.name, daemon=True).start()
    found: list[Finding] = []
    while True:
        try:
            one = told.get(timeout=check.within_s)
        except Empty:
            late = f"Nothing more was found within {check.within_s:g} seconds, so it was left."
            return [*found, red(late, "Look at what it asks: network, name server, disk, database.")]
        if one is None:
            return found
        if isinstance(one, Finding):
            found.append(one)
        elif isinstance(one, Exception):
            return [*found, _of_trouble(one)]
        else:
            raise one


def _of_trouble(trouble: Exception) -> Finding:
    if isinstance(trouble, NotLookedAt):
        return trouble.finding
    if isinstance(trouble, FileFaults):
        first = trouble.faults[0]
        where = f"{first.file}:{first.line}: " if first.line else "" if first.file in first.wrong else f"{first.file}: "
        more = f" And {len(trouble.faults) - 1} more: ivr check" if len(trouble.faults) > 1 else ""
        return red(one_line(f"{where}{first.wrong}{more}"), one_line(first.remedy))
    if isinstance(trouble, BrokerLineError):
        return red(one_line(str(trouble)))
    if isinstance(trouble, OSError):
        return red(one_line(f"{trouble.filename or 'The system'}: {trouble.strerror or trouble}."))
    wrong = one_line(f"This check itself is broken: {type(trouble).__name__}: {trouble}")
    return red(wrong, "Tell whoever develops the line; the other checks are not concerned.")
