"""What each part of the file says about one date, in order of precedence, without closures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ivr.hours import spoken
from ivr.hours.dates import holidays_of, library_name, recurrences
from ivr.hours.model import HoursFile
from ivr.hours.standing import RuleName
from ivr.hours.text import CLOSED, Intervals


@dataclass(frozen=True, slots=True)
class Plan:
    """A date's hours by one rule.

    Args:
        name: of the holiday, special date or overlay, as the file has it; empty for weekly hours.
        reason: for operators, without a full stop.
        because: one sentence for callers who find the line closed, or empty.
        opens_later: the same, only before the day's first opening (P-78).
    """

    rule: RuleName
    hours: Intervals
    name: str
    reason: str
    because: str = ""
    opens_later: str = ""


def plans(file: HoursFile, day: date) -> list[Plan]:
    """Every rule that speaks of the date, the deciding one first; weekly hours always come last."""
    found = (_special(file, day), holiday(file, day), _overlay(file, day), _weekly(file, day))
    return [plan for plan in found if plan]


def _special(file: HoursFile, day: date) -> Plan | None:
    special = file.special_dates.get(day)
    if not special:
        return None
    for_name = f" for {special.name}" if special.name else ""
    if special.hours:
        because = f"Today's hours are {spoken.hours(special.hours)}{for_name}"
    else:
        because = f"We're closed today{for_name}"
    reason = f"special date, {written(special.hours)}" + (f": {special.name}" if special.name else "")
    return Plan("special", special.hours, special.name, reason, because=spoken.sentence(because))


def holiday(file: HoursFile, day: date) -> Plan | None:
    """The kept holiday on the date, or the day on which one is observed; None for days that were struck."""
    kept = {library_name(name): name for name in file.holidays.closed}
    known, observed = holidays_of(day.year).get(day, ("", False))
    if name := kept.get(known):
        if observed:
            return Plan("holiday", CLOSED, name, f"{name}, observed", because=f"{name} is observed today.")
        return Plan("holiday", CLOSED, name, name, because=f"Today is {name}.")
    for name, yearly in file.holidays.other_days.items():
        if day in recurrences(yearly.rule, yearly.days_after, day.year):
            return Plan("holiday", CLOSED, name, name, because=f"Today is {name}.")
    return None


def _overlay(file: HoursFile, day: date) -> Plan | None:
    for overlay in file.overlays:
        changed = overlay.hours.days()[day.weekday()]
        if changed and overlay.first_day <= day <= overlay.last_day:
            reason = f"{overlay.name} hours for {spoken.weekday(day)}, {written(changed.hours)}"
            return Plan("overlay", changed.hours, overlay.name, reason, opens_later=changed.opens_later)
    return None


def _weekly(file: HoursFile, day: date) -> Plan:
    weekday = file.weekly.days()[day.weekday()]
    reason = f"weekly hours for {spoken.weekday(day)}, {written(weekday.hours)}"
    return Plan("weekly", weekday.hours, "", reason, opens_later=weekday.opens_later)


def week_of(file: HoursFile, day: date) -> list[Intervals]:
    """The week in force on the date, Monday first: weekly hours with the changes of an overlay that covers it."""
    changed = next((each.hours.days() for each in file.overlays if each.first_day <= day <= each.last_day), (None,) * 7)
    usual = file.weekly.days()
    return [(change or weekday).hours for change, weekday in zip(changed, usual, strict=True)]


def written(hours: Intervals) -> str:
    """Hours for operators: ``08:00-12:00, 13:00-17:00`` or ``closed``."""
    return ", ".join(map(str, hours)) or "closed"


def announced_from(file: HoursFile, day: date, found: list[Plan]) -> date | None:
    """From which date callers hear of the date's holiday or special hours (P-81); None when nothing is announced.

    A special date on a holiday keeps the holiday's notice unless it has one of its own.
    """
    special = file.special_dates.get(day)
    if special and special.notice_from:
        return special.notice_from
    if file.holidays.notice_days and any(plan.rule == "holiday" for plan in found):
        return day - timedelta(days=file.holidays.notice_days)
    return None
