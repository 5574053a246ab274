"""The model of config/hours.yaml; what it refuses, it refuses in the words of the people who edit the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails

from ivr.hours import spoken
from ivr.hours.dates import library_name, rule_of
from ivr.hours.fields import (
    HOURS_EXAMPLES,
    MAY_BE_AN_EMPTY_TABLE,
    MAY_BE_EMPTY,
    Count,
    DateText,
    HolidayName,
    HoursText,
    Minutes,
    Name,
    Note,
    Reason,
    RecurrenceRule,
    Recurring,
    ZoneText,
    fault_at,
    raise_all,
)
from ivr.hours.text import CLOSED, DAY_NAMES, LONGEST_CLOSURE, LONGEST_OVERLAY, Misread, parse_moment


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weekday(_Part):
    """Hours of one day of the week, and why it opens later than others, in at most five words (P-78)."""

    hours: Annotated[HoursText, Field(description="such as 08:00-17:00, or closed")]
    opens_later: Annotated[Note, Field(description="said before the opening, after the time; five words")] = ""


def _as_weekday(value: object) -> object:
    return {"hours": value} if isinstance(value, str) else value


HoursOrWeekday = Annotated[
    Weekday,
    BeforeValidator(_as_weekday),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "examples": HOURS_EXAMPLES}, Weekday.model_json_schema()]},
    ),
]


class Week(_Part):
    """Every day's hours; a day without hours says `closed`, so that no day is forgotten."""

    monday: HoursOrWeekday
    tuesday: HoursOrWeekday
    wednesday: HoursOrWeekday
    thursday: HoursOrWeekday
    friday: HoursOrWeekday
    saturday: HoursOrWeekday
    sunday: HoursOrWeekday

    def days(self) -> tuple[Weekday, ...]:
        """Monday first."""
        return tuple(getattr(self, name.lower()) for name in DAY_NAMES)


class ChangedWeek(_Part):
    """Hours of the days that differ; a day that is not named keeps its weekly hours."""

    monday: HoursOrWeekday | None = None
    tuesday: HoursOrWeekday | None = None
    wednesday: HoursOrWeekday | None = None
    thursday: HoursOrWeekday | None = None
    friday: HoursOrWeekday | None = None
    saturday: HoursOrWeekday | None = None
    sunday: HoursOrWeekday | None = None

    def days(self) -> tuple[Weekday | None, ...]:
        """Monday first; None where the weekly hours stay."""
        return tuple(getattr(self, name.lower()) for name in DAY_NAMES)


class YearlyDay(_Part):
    """A closed day of our own that comes back each year: `every` in plain words, or an `rrule` for anything else."""

    every: Annotated[Recurring, Field(description="such as fourth Thursday of November, or December 24")] = ""
    rrule: Annotated[
        RecurrenceRule, Field(description="a recurrence rule, such as FREQ=YEARLY;BYMONTH=10;BYDAY=+2MO")
    ] = ""
    days_after: Annotated[Count, Field(description="how many days after it; 0 for the day itself")] = 0

    @model_validator(mode="after")
    def _is_one_rule(self) -> YearlyDay:
        if bool(self.every) == bool(self.rrule):
            raise Misread("This needs one of every and rrule.", "Write every: fourth Thursday of November.")
        return self

    @property
    def rule(self) -> str:
        """The recurrence rule, as dateutil reads it."""
        return self.rrule or rule_of(self.every)


class Holidays(_Part):
    """Days on which the line is closed by the calendar. Strike a line and the line is open on that day."""

    notice_days: Annotated[Count, Field(description="callers hear of it this many days before")] = 3
    closed: Annotated[
        tuple[HolidayName, ...], *MAY_BE_EMPTY, Field(description="holidays of Minnesota that are kept")
    ] = ()
    other_days: Annotated[
        Mapping[Name, YearlyDay], *MAY_BE_AN_EMPTY_TABLE, Field(description="closed days that Minnesota's list lacks")
    ] = {}

    @model_validator(mode="after")
    def _names_each_once(self) -> Holidays:
        known = [library_name(name) for name in self.closed]
        faults = [
            fault_at(("closed", place), Misread(f'"{name}" stands here twice.', "Strike one of the two."), name)
            for place, name in enumerate(self.closed)
            if known[place] in known[:place]
        ]
        raise_all(faults)
        return self


class SpecialDate(_Part):
    """One date that is closed, or has hours of its own (P-80), and from when callers hear of it (P-81)."""

    hours: Annotated[HoursText, Field(description="such as 09:00-13:00, or closed")]
    name: Annotated[str, Field(max_length=80, description="said after for: open enrollment")] = ""
    notice_from: Annotated[DateText | None, Field(description="callers hear of it from this date on")] = None


def _as_special(value: object) -> object:
    return {"hours": value} if isinstance(value, str) else value


SpecialOrHours = Annotated[
    SpecialDate,
    BeforeValidator(_as_special),
    WithJsonSchema({"anyOf": [{"type": "string", "examples": HOURS_EXAMPLES}, SpecialDate.model_json_schema()]}),
]


class Overlay(_Part):
    """Other weekly hours between two dates, both included: open enrollment."""

    name: Annotated[Name, Field(description="said after for: open enrollment")]
    first_day: Annotated[DateText, Field(description="the first date with these hours")]
    last_day: Annotated[DateText, Field(description="the last date with these hours")]
    hours: Annotated[ChangedWeek, Field(description="days that differ; the others keep their weekly hours")]
    notice_from: Annotated[DateText | None, Field(description="callers hear of it from this date on")] = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Overlay:
        if self.last_day < self.first_day:
            raise Misread(
                f"{self.name} ends before it begins.",
                f"Write first_day: {self.last_day} and last_day: {self.first_day}.",
            )
        if self.notice_from and self.notice_from > self.first_day:
            raise Misread(
                f"{self.name} is announced only after it begins.", f"Write notice_from up to {self.first_day}."
            )
        return self


class FileClosure(_Part):
    """A closure known beforehand, from one moment to another on the line's clock; it ends by itself."""

    starts: Annotated[str, Field(description="such as 2026-12-01 13:00")]
    until: Annotated[str, Field(description="such as 2026-12-01 17:00")]
    reason: Annotated[Reason, Field(description="said after closed for: a power outage; or a whole sentence")]


class HoursFile(_Part):
    """config/hours.yaml: when representatives answer. First match wins: closure, special date, holiday, overlay, week.

    Everything is local time of `zone`. Opening is inclusive, closing exclusive (D-21).
    """

    zone: ZoneText
    zone_says: Annotated[str, Field(description="what callers hear, such as Central time")] = ""
    confirmed_through: Annotated[DateText, Field(description="staff have checked the days up to this date")]
    closing_notice: Annotated[Minutes, Field(description="callers hear the closing time this long before it")] = 10
    weekly: Week
    holidays: Holidays = Holidays()
    special_dates: Annotated[Mapping[DateText, SpecialOrHours], *MAY_BE_AN_EMPTY_TABLE] = {}
    overlays: Annotated[tuple[Overlay, ...], *MAY_BE_EMPTY] = ()
    closures: Annotated[tuple[FileClosure, ...], *MAY_BE_EMPTY] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> HoursFile:
        faults = []
        for day, special in self.special_dates.items():
            if special.notice_from and special.notice_from > day:
                wrong = Misread("The notice begins after the day itself.", f"Write a date up to {day}.")
                faults.append(fault_at(("special_dates", str(day), "notice_from"), wrong, str(special.notice_from)))
        for place, one in enumerate(self.overlays):
            for other in self.overlays[:place]:
                if one.first_day <= other.last_day and other.first_day <= one.last_day:
                    wrong = Misread(
                        f"{one.name} shares days with {other.name}.", "Let one end before the other begins."
                    )
                    faults.append(fault_at(("overlays", place, "first_day"), wrong, str(one.first_day)))
            if (length := one.last_day - one.first_day + timedelta(days=1)) > LONGEST_OVERLAY:
                wrong = Misread(
                    f"{one.name} is {length.days:,} days long; all that time the line keeps these hours.",
                    "Check the year. If it is meant, write two, one after the other.",
                )
                faults.append(fault_at(("overlays", place, "last_day"), wrong, str(one.last_day)))
        for place, closure in enumerate(self.closures):
            faults += self._faults_of(closure, place)
        if not (self.zone_says or self.zone in spoken.ZONES):
            wrong = Misread("The zone has no spoken name yet.", "Add zone_says, such as Central time.")
            faults.append(fault_at(("zone",), wrong, self.zone))
        if all(day.hours == CLOSED for day in self.weekly.days()):
            wrong = Misread("The line is never open.", "Write hours for at least one day.")
            faults.append(fault_at(("weekly",), wrong, ""))
        raise_all(faults)
        return self

    def _faults_of(self, closure: FileClosure, place: int) -> list[InitErrorDetails]:
        moments = {}
        for end in ("starts", "until"):
            text = getattr(closure, end)
            try:
                moments[end] = parse_moment(text, ZoneInfo(self.zone))
            except Misread as misread:
                return [fault_at(("closures", place, end), misread, text)]
        if moments["until"].timestamp() <= moments["starts"].timestamp():
            wrong = Misread("The closure ends before it starts.", "Write a later moment.")
            return [fault_at(("closures", place, "until"), wrong, closure.until)]
        if (length := moments["until"] - moments["starts"]) > LONGEST_CLOSURE:
            wrong = Misread(
                f"The closure is {length.days} days long; all that time callers hear that we're closed.",
                "Check the year and the month. If it is meant, write two, one after the other.",
            )
            return [fault_at(("closures", place, "until"), wrong, closure.until)]
        return []
