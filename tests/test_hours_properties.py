"""What holds for every calendar, at every moment, in every zone: found by trying, not by example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hours_samples import calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.hours import Calendar, Closure
from ivr.hours.text import clock

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@st.composite
def hours(draw: st.DrawFn) -> str:
    """Hours of one day as text: closed, or one to three stretches that do not meet."""
    ends = sorted(draw(st.lists(st.integers(0, 48), unique=True, max_size=6)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return ", ".join(f"{clock(opens * 30)}-{clock(closes * 30)}" for opens, closes in pairs) or "closed"


@st.composite
def lines(draw: st.DrawFn) -> Calendar:
    """Calendars with any week, some special dates, an overlay, in zones with and without clock changes."""
    week = {day: draw(hours()) for day in DAYS}
    if all(each == "closed" for each in week.values()):
        week["monday"] = "08:00-17:00"
    special = draw(st.dictionaries(st.sampled_from(["2027-03-14", "2027-11-07", "2027-11-08", "2027-01-01"]), hours()))
    zone = draw(st.sampled_from(["America/Chicago", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "UTC"]))
    overlay = {
        "name": "a busy time",
        "first_day": "2027-03-01",
        "last_day": "2027-03-31",
        "hours": {"sunday": "00:00-05:00"},
    }
    return calendar(
        weekly=week,
        special_dates=special,
        overlays=[overlay],
        zone=zone,
        zone_says="our time",
        confirmed_through="2027-12-31",
    )


MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 12, 20), datetime(2028, 1, 10), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 11, 7, 5, tzinfo=UTC)]).flatmap(
        lambda near: st.integers(0, 240).map(lambda minutes: near + timedelta(minutes=minutes))
    ),
)


@st.composite
def closures(draw: st.DrawFn, around: datetime) -> tuple[Closure, ...]:
    """Up to three closures near a moment."""
    return tuple(
        Closure(
            (starts := around + timedelta(minutes=draw(st.integers(-3000, 3000)))),
            starts + timedelta(minutes=draw(st.integers(1, 4000))),
            "a power outage",
        )
        for _ in range(draw(st.integers(0, 3)))
    )


SECOND = timedelta(seconds=1)


@settings(max_examples=150, deadline=None)
@given(lines(), MOMENTS, st.data())
def test_an_opening_is_open_and_the_moment_before_it_is_not(line: Calendar, moment: datetime, data: Any) -> None:
    shut = data.draw(closures(moment))
    standing = line.at(moment, shut)
    opening = standing.next_opening
    if opening is not None:
        assert opening > moment
        assert line.at(opening, shut).open
        assert not line.at(opening.astimezone(UTC) - SECOND, shut).open
    if standing.closes is not None:
        assert standing.open
        assert standing.closes.astimezone(UTC) > moment
        assert not line.at(standing.closes, shut).open
        assert line.at(standing.closes.astimezone(UTC) - SECOND, shut).open
    if not standing.open:
        assert standing.closes is None


@settings(max_examples=150, deadline=None)
@given(lines(), MOMENTS, st.data())
def test_between_now_and_the_next_change_nothing_changes(line: Calendar, moment: datetime, data: Any) -> None:
    """Open and closed never overlap: one holds until the named moment, then the other."""
    shut = data.draw(closures(moment))
    standing = line.at(moment, shut)
    change = standing.closes if standing.open else standing.next_opening
    if change is not None:
        within = (change.astimezone(UTC) - moment) * data.draw(st.floats(0, 0.999))
        assert line.at(moment + within, shut).open is standing.open


@settings(max_examples=100, deadline=None)
@given(lines(), MOMENTS, st.sampled_from(["Asia/Tokyo", "America/New_York", "UTC"]))
def test_the_zone_a_moment_comes_in_makes_no_difference(line: Calendar, moment: datetime, zone: str) -> None:
    assert line.at(moment.astimezone(ZoneInfo(zone))) == line.at(moment)


@settings(max_examples=25, deadline=None)
@given(lines(), st.data())
def test_a_year_agrees_with_its_moments(line: Calendar, data: Any) -> None:
    days = line.year(2027)
    assert [(later.date - day.date).days for day, later in pairwise(days)] == [1] * 364
    for day in data.draw(st.lists(st.sampled_from(days), min_size=20, max_size=20)):
        minute = data.draw(st.integers(0, 1439))
        wall = datetime(day.date.year, day.date.month, day.date.day, minute // 60, minute % 60, tzinfo=line.zone)
        if wall.astimezone(UTC).astimezone(line.zone).replace(fold=0) != wall:
            continue  # a time that the clocks skip
        standing = line.at(wall)
        assert standing.rule == day.rule
        assert standing.open is any(each.opens <= minute < each.closes for each in day.open)


@settings(max_examples=25, deadline=None)
@given(lines(), MOMENTS)
def test_the_hours_of_a_day_are_in_order_and_apart(line: Calendar, moment: datetime) -> None:
    for day in line.year(moment.year):
        assert all(each.opens < each.closes for each in day.open)
        assert all(one.closes < other.opens for one, other in pairwise(day.open))
