"""Moments worth pretending on the browser telephone, as seen from now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from dateutil.relativedelta import SA, TH, TU, relativedelta


@dataclass(frozen=True, slots=True)
class Offer:
    """A moment by name; `at` is wall-clock time of the line's zone, as a date-and-time field holds it."""

    name: str
    at: str


def offered_moments(now: datetime) -> list[Offer]:
    """Four moments that hear something different each.

    Args:
        now: in the line's zone; a day that has begun already is still offered.
    """
    today = datetime.combine(now.date(), time())
    thanksgiving = _thanksgiving(today.year)
    if thanksgiving < today:
        thanksgiving = _thanksgiving(today.year + 1)
    return [
        Offer("Tuesday 10:00", _field(today + relativedelta(weekday=TU(1), hour=10))),
        Offer("Tonight 19:00", _field(today + relativedelta(hour=19))),
        Offer("Saturday", _field(today + relativedelta(weekday=SA(1), hour=11))),
        Offer("Thanksgiving", _field(thanksgiving + relativedelta(hour=10))),
    ]


def _thanksgiving(year: int) -> datetime:
    return datetime(year, 11, 1) + relativedelta(weekday=TH(4))  # noqa: DTZ001  wall-clock time of the line's zone


def _field(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
