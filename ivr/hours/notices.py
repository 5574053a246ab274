"""The sentence callers hear before a change of hours takes effect (P-81)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ivr.hours import spoken
from ivr.hours.model import HoursFile
from ivr.hours.plan import Plan, announced_from

LONGEST_STRETCH = 60
"""Closed days in a row that are followed; a rule may well close all of them."""

PlansOf = Callable[[date], list[Plan]]
"""Every rule that speaks of a date, the deciding one first."""


def notice(file: HoursFile, plans_of: PlansOf, today: date) -> str:
    """One sentence on the nearest announced change after `today`, or empty.

    Closed days that follow each other are told together, though only the first is announced yet: who hears of
    Thursday should not call on Friday. Days that continue a closure of today are left out; the next opening tells them.
    """
    changes = _Changes(file, plans_of)
    day = (changes.last_closed(today) if changes.closes(today) else today) + timedelta(days=1)
    announced = [each for each in changes.announced(today) if each >= day]
    overlays = [
        each for each in file.overlays if each.notice_from and each.notice_from <= today and each.first_day >= day
    ]
    overlay = min(overlays, key=lambda each: each.first_day, default=None)
    if overlay and not any(each <= overlay.first_day for each in announced):
        return f"Our hours change {_when(overlay.first_day, today)} for {overlay.name}."
    return changes.told(announced[0], today) if announced else ""


@dataclass(frozen=True, slots=True)
class _Changes:
    file: HoursFile
    plans_of: PlansOf

    def is_change(self, day: date) -> bool:
        """Whether a holiday or special date gives the day other hours than its week does."""
        found = self.plans_of(day)
        usual = next(plan for plan in found if plan.rule in ("overlay", "weekly"))
        return found[0].hours != usual.hours

    def closes(self, day: date) -> bool:
        """Whether the day is closed that would have had hours."""
        return self.is_change(day) and not self.plans_of(day)[0].hours

    def last_closed(self, first: date) -> date:
        """The last of the closed days that follow each other from `first` on, or where one stops counting."""
        last = first
        while self.closes(last + timedelta(days=1)) and (last - first).days < LONGEST_STRETCH:
            last += timedelta(days=1)
        return last

    def announced(self, today: date) -> list[date]:
        """Dates after today that differ and of which callers hear today, in order."""
        ahead = {today + timedelta(days=days) for days in range(1, self.file.holidays.notice_days + 1)}
        found = []
        for day in sorted(ahead | {each for each in self.file.special_dates if each > today}):
            begins = announced_from(self.file, day, self.plans_of(day))
            if begins and begins <= today and self.is_change(day):
                found.append(day)
        return found

    def told(self, first: date, today: date) -> str:
        """The sentence for a date that differs, with the closed days that follow on it."""
        plan = self.plans_of(first)[0]
        if plan.hours:
            when = _when(first, today)
            for_name = f" for {plan.name}" if plan.name else ""
            return f"{when[0].upper()}{when[1:]} we're open {spoken.hours(plan.hours)}{for_name}."
        last = self.last_closed(first)
        stretch = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        because = _names([self.plans_of(day)[0].name for day in stretch])
        return f"We're closed {_stretch(first, last, today)}{f' for {because}' if because else ''}."


def _names(names: list[str]) -> str:
    """Each reason once; Thanksgiving Day also speaks for the Friday after Thanksgiving."""
    told: list[str] = []
    known: set[str] = set()
    for name in names:
        telling = {word for word in name.lower().split() if len(word) > 6}
        if name and name not in told and not telling & known:
            told.append(name)
            known |= telling
    return spoken.listed(told) if told else ""


def _when(day: date, today: date) -> str:
    """``tomorrow, Thursday,`` then ``this Thursday`` in the same week, ``on Monday`` in the next, then the date."""
    ahead = (day - today).days
    if ahead == 1:
        return f"tomorrow, {spoken.weekday(day)},"
    if ahead > 6:
        return f"on {spoken.full_date(day)},"
    return f"{'this' if day.weekday() > today.weekday() else 'on'} {spoken.weekday(day)}"


def _stretch(first: date, last: date, today: date) -> str:
    if first == last:
        return _when(first, today)
    begins = "tomorrow" if (first - today).days == 1 else _when(first, today)
    far = (last - today).days > 6
    ends = f"{spoken.full_date(last)}," if far else spoken.weekday(last)
    return f"{begins} {'and' if (last - first).days == 1 else 'through'} {ends}"
