"""A broker's record and the one rule that makes it certified (D-01)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal, get_args

Status = Literal["active", "pending", "suspended", "ended"]
STATUSES: tuple[Status, ...] = get_args(Status)

LONGEST_NPN = 10
LONGEST_NAME = 100
LONGEST_AGENCY = 200


@dataclass(frozen=True, slots=True)
class Broker:
    """One row of the certification list.

    Args:
        npn: one to ten digits without leading zeros, as text (D-02); kept out of `repr`, and so of logs (D-26).
        first_name, last_name: the person; both empty when the number belongs to an agency (D-36).
        certified_from, certified_through: first and last day of the certification, both included; None when
            MNsure has not certified the broker.
        training_completed_on: None while training is outstanding (P-33).
        license_active: the Minnesota producer licence is active.
        status: what MNsure says of the registration as a whole.
        agency: the agency's name, empty when the list names none.
    """

    npn: str = field(repr=False)
    first_name: str
    last_name: str
    certified_from: date | None
    certified_through: date | None
    training_completed_on: date | None
    license_active: bool
    status: Status
    agency: str = ""

    @property
    def is_agency(self) -> bool:
        """The number is a business entity's: certification and training are personal, so it has none (D-36)."""
        return not (self.first_name or self.last_name)

    @property
    def name(self) -> str:
        """The person's name, or the agency's when no person is named."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.agency

    @property
    def plan_year(self) -> int | None:
        """The plan year of the certification: the year its last day lies in (P-15)."""
        return self.certified_through.year if self.certified_through else None


COLUMNS = tuple(item.name for item in fields(Broker))
"""The columns of the list, as a table and as a file, in order."""


def normal_npn(keyed: str) -> str:
    """A keyed number as the list spells it: without leading zeros; empty when it is all zeros (D-02)."""
    return keyed.strip().lstrip("0")


def is_certified(record: Broker, today: date) -> bool:
    """Whether a broker is certified on a day (D-01, D-07): everything must be true, no grace period.

    Args:
        today: the calendar day in Central time.
    """
    # Every condition is worked out every time, so that no state answers sooner than another (D-06).
    conditions = (
        record.certified_from is not None and record.certified_from <= today,
        record.certified_through is not None and today <= record.certified_through,
        record.training_completed_on is not None and record.training_completed_on <= today,
        record.license_active,
        record.status == "active",
        not record.is_agency,
    )
    return all(conditions)


def standing_reason(record: Broker | None, today: date) -> str:
    """A broker's standing in a few words, for the desk and `ivr brokers show`; never for the caller (D-06).

    Args:
        record: None when the number is not on the list.
        today: the calendar day in Central time.
    """
    if record is None:
        return "no such number on file"
    if is_certified(record, today):
        return f"certified, plan year {record.plan_year}"
    return "; ".join(_missing(record, today))


def _missing(record: Broker, today: date) -> list[str]:
    """Everything that stands between a record and a certification, the plainest cause first."""
    if record.is_agency:
        return [f"an agency's number ({record.agency}); certification is personal"]
    found: list[str] = []
    if record.status == "suspended":
        found.append("suspended: refer to a supervisor")
    elif record.status == "pending":
        found.append("application pending")
    elif record.status == "ended":
        found.append("ended by MNsure")
    if record.certified_through is not None and record.certified_through < today:
        found.append(f"ended {record.certified_through.isoformat()}")
    elif record.certified_from is not None and record.certified_from > today:
        found.append(f"certified only from {record.certified_from.isoformat()}")
    elif record.certified_from is None and record.status == "active":
        found.append("no certification on file")
    if record.training_completed_on is None:
        found.append("training not completed")
    elif record.training_completed_on > today:
        found.append(f"training dated {record.training_completed_on.isoformat()}, after today")
    if not record.license_active:
        found.append("Minnesota producer licence not active")
    return found or ["certification dates are incomplete"]


NOBODY = Broker("", "", "", None, None, None, license_active=False, status="ended")
"""Stands in for a number that is not on file, so that the rule does the same work for it (D-06)."""
