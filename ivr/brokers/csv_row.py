"""One row of the certification list: nine texts become a record, or every fault in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import cast

from ivr.brokers.record import LONGEST_AGENCY, LONGEST_NAME, LONGEST_NPN, STATUSES, Broker, Status, normal_npn

EARLIEST, LATEST = 1950, 2100
"""Years between which a date can be meant; outside them a digit has slipped."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one value of a row, and what to do."""

    column: str
    wrong: str
    remedy: str


def broker_from(values: Sequence[str]) -> Broker | list[RowFault]:
    """A record from the values of a row, stripped, in the order of the record's fields; or all that is wrong."""
    npn, first, last, from_text, through_text, training_text, license_text, status_text, agency = values
    faults = [*_npn_faults(npn), *_name_faults(first, last, agency)]
    days = {
        "certified_from": _day("certified_from", from_text),
        "certified_through": _day("certified_through", through_text),
        "training_completed_on": _day("training_completed_on", training_text),
    }
    faults += [day for day in days.values() if isinstance(day, RowFault)]
    license_active = _LICENSE.get(license_text.lower())
    if license_active is None:
        faults.append(_not_one_of("license_active", license_text, tuple(_LICENSE)))
    status = status_text.lower()
    if status not in STATUSES:
        faults.append(_not_one_of("status", status_text, STATUSES))
    if not faults:
        faults = _period_faults(from_text, through_text)
    if faults:
        return faults
    certified_from, certified_through, training = (cast("date | None", day) for day in days.values())
    return Broker(
        normal_npn(npn),
        first,
        last,
        certified_from,
        certified_through,
        training,
        bool(license_active),
        cast(Status, status),
        agency,
    )


_LICENSE = {"yes": True, "no": False}


def normal_or_empty(npn: str) -> str:
    """The number of a row that may be faulty, as the list spells it; empty when it is none."""
    return "" if _npn_faults(npn) else normal_npn(npn)


def _npn_faults(npn: str) -> list[RowFault]:
    if npn.isascii() and npn.isdigit() and len(npn) <= LONGEST_NPN:
        if normal_npn(npn):
            return []
        return [RowFault("npn", f'"{npn}" is no NPN: it is all zeros.', "Write the broker's number.")]
    if not npn:
        return [RowFault("npn", "The NPN is missing.", "Write the broker's number, 1 to 10 digits.")]
    if _SCIENTIFIC.fullmatch(npn):
        return [
            RowFault(
                "npn",
                f'"{npn}" is an NPN that a spreadsheet has shortened.',
                "Format the column as text in the spreadsheet, then export again.",
            )
        ]
    return [RowFault("npn", f'"{_short(npn)}" is no NPN.', "Write 1 to 10 digits and nothing else.")]


def _name_faults(first: str, last: str, agency: str) -> list[RowFault]:
    faults = [
        RowFault(column, f"The {column} has {len(value)} characters; {most} is the most.", "Shorten it.")
        for column, value, most in (
            ("first_name", first, LONGEST_NAME),
            ("last_name", last, LONGEST_NAME),
            ("agency", agency, LONGEST_AGENCY),
        )
        if len(value) > most
    ]
    faults += [
        RowFault(column, f"The {column} holds a character that cannot be shown.", "Type the value again.")
        for column, value in (("first_name", first), ("last_name", last), ("agency", agency))
        if not value.isprintable()
    ]
    if not last and (first or not agency):
        remedy = "Write it. Only an agency's own number has no names, and it needs the agency's."
        faults.append(RowFault("last_name", "The last_name is missing.", remedy))
    return faults


@lru_cache(maxsize=4096)
def _day(column: str, text: str) -> date | RowFault | None:
    """A day, None for an empty value, or what is wrong; a list repeats few days, so they are kept."""
    if not text:
        return None
    if american := _AMERICAN.fullmatch(text):
        month, day, year = american.groups()
        wanted = f"{year}-{int(month):02}-{int(day):02}"
        return RowFault(column, f'"{text}" is not an ISO date.', f"Write year, month, day: {wanted}.")
    if not _ISO.fullmatch(text):
        return RowFault(column, f'"{_short(text)}" is not an ISO date.', "Write year-month-day, as in 2026-10-31.")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return RowFault(column, f'"{text}" is not a day of the calendar.', "Write a day that exists.")
    if not EARLIEST <= found.year <= LATEST:
        return RowFault(column, f'The year of "{text}" cannot be meant.', f"Years run from {EARLIEST} to {LATEST}.")
    return found


def _period_faults(from_text: str, through_text: str) -> list[RowFault]:
    """What is wrong with two good ISO dates together; as texts they sort like the days."""
    if bool(from_text) != bool(through_text):
        column = "certified_through" if from_text else "certified_from"
        other = "certified_from" if from_text else "certified_through"
        return [RowFault(column, f"The {column} is missing.", f"Write both dates, or leave {other} empty too.")]
    if from_text > through_text:
        wrong = f"The certification ends ({through_text}) before it begins ({from_text})."
        return [RowFault("certified_through", wrong, "Exchange the two dates, or mend the one that is wrong.")]
    return []


def _not_one_of(column: str, value: str, known: Sequence[str]) -> RowFault:
    # A word near "active" may be its opposite: a guess here could certify somebody, so none is made.
    near = [] if column == "status" else get_close_matches(value.lower(), known, 1)
    if near:
        remedy = f'Did you mean "{near[0]}"?'
    elif value.lower() in ("true", "y", "1"):
        remedy = 'Write "yes".'
    elif value.lower() in ("false", "n", "0"):
        remedy = 'Write "no".'
    else:
        remedy = f"Write one of: {', '.join(known)}."
    wrong = f'"{_short(value)}" is no {column}.' if value else f"The {column} is missing."
    return RowFault(column, wrong, remedy)


def _short(value: str) -> str:
    """A value for a sentence: printable, and cut when it is long."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in value[:40])
    return shown + ("…" if len(value) > 40 else "")
