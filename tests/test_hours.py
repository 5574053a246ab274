"""Business hours of the shipped line: the week, its holidays, and both clock changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hours_samples import LINE, always, at, calendar


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("Tue 2026-11-24 07:59:59", False),
        ("Tue 2026-11-24 08:00:00", True),
        ("Tue 2026-11-24 16:59:59", True),
        ("Tue 2026-11-24 17:00:00", False),
        ("Mon 2026-11-30 07:59:59", False),
        ("Mon 2026-11-30 08:00:00", True),
        ("Mon 2026-11-30 16:59:59", True),
        ("Mon 2026-11-30 17:00:00", False),
        ("Thu 2026-12-03 07:59:59", False),
        ("Thu 2026-12-03 08:00:00", True),
        ("Thu 2026-12-03 16:59:59", True),
        ("Thu 2026-12-03 17:00:00", False),
        ("Wed 2026-11-25 08:30:00", False),
        ("Wed 2026-11-25 08:59:59", False),
        ("Wed 2026-11-25 09:00:00", True),
        ("Wed 2026-11-25 16:59:59", True),
        ("Wed 2026-11-25 17:00:00", False),
        ("Fri 2026-12-04 08:00:00", True),
        ("Fri 2026-12-04 15:59:59", True),
        ("Fri 2026-12-04 16:00:00", False),
        ("Sat 2026-12-05 10:00:00", False),
        ("Sun 2026-12-06 10:00:00", False),
    ],
)
def test_the_week_opens_inclusive_and_closes_exclusive(moment: str, is_open: bool) -> None:
    """P-76, P-77, P-79, D-19, D-21."""
    standing = at(moment)
    assert (standing.open, standing.rule) == (is_open, "weekly")


@pytest.mark.parametrize(
    "day",
    # Computed from Minn. Stat. 645.44 beforehand and given to staff to confirm; the Fridays after Thanksgiving too.
    [
        "2026-11-26",
        "2026-11-27",
        "2026-12-25",
        "2027-01-01",
        "2027-01-18",
        "2027-02-15",
        "2027-05-31",
        "2027-06-18",
        "2027-07-05",
        "2027-09-06",
        "2027-11-11",
        "2027-11-25",
        "2027-11-26",
        "2027-12-24",
        "2027-12-31",
    ],
)
def test_every_pre_filled_closed_day_is_a_holiday(day: str) -> None:
    """D-19."""
    standing = at(f"{day} 10:00")
    assert (standing.open, standing.rule, standing.words()["standing"]) == (False, "holiday", "holiday")


def test_no_other_weekday_of_the_confirmed_time_is_closed() -> None:
    closed = [
        str(day.date)
        for year in (2026, 2027)
        for day in LINE.year(year)
        if not day.open and day.date.weekday() < 5 and day.date >= date(2026, 11, 24)
    ]
    assert closed == [
        "2026-11-26",
        "2026-11-27",
        "2026-12-25",
        "2027-01-01",
        "2027-01-18",
        "2027-02-15",
        "2027-05-31",
        "2027-06-18",
        "2027-07-05",
        "2027-09-06",
        "2027-11-11",
        "2027-11-25",
        "2027-11-26",
        "2027-12-24",
        "2027-12-31",
    ]


def test_fixed_dates_move_off_the_weekend_as_the_statute_says() -> None:
    """Minn. Stat. 645.44: Sunday to Monday, Saturday to Friday, for five dates, in every year of a generation."""
    for year in range(2022, 2051):
        kept = {day.date for day in LINE.year(year) if day.rule == "holiday"}
        for month, number in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
            day = date(year, month, number)
            moved = {5: day - timedelta(days=1), 6: day + timedelta(days=1)}.get(day.weekday(), day)
            if moved.year == year:
                assert {day, moved} <= kept


def test_a_new_year_on_a_saturday_closes_the_last_day_of_the_old_year() -> None:
    standing = at("Fri 2027-12-31 10:00")
    assert standing.reason == "closed: New Year's Day, observed"
    assert standing.words()["because"] == "New Year's Day is observed today."
    assert standing.words()["next_opening"] == "Monday at eight a.m."


def test_indigenous_peoples_day_is_struck() -> None:
    assert at("Mon 2027-10-11 10:00").open


def test_a_struck_holiday_opens_the_line() -> None:
    line = calendar(holidays={"closed": ["Thanksgiving Day"]})
    assert at("Thu 2026-11-26 10:00", line).open is False
    assert at("Fri 2026-11-27 10:00", line).open
    assert at("Fri 2026-12-25 10:00", line).open


@pytest.mark.parametrize(
    ("days", "closed"),
    [
        ({"a day": {"every": "December 24"}}, "2026-12-24"),
        ({"a day": {"every": "the last Monday of october"}}, "2026-10-26"),
        ({"a day": {"every": "second Monday of October"}}, "2026-10-12"),
        ({"a day": {"every": "fourth Thursday in November", "days_after": "1"}}, "2026-11-27"),
        ({"a day": {"rrule": "FREQ=YEARLY;BYMONTH=3;BYDAY=+1TU"}}, "2026-03-03"),
        ({"a day": {"every": "December 31", "days_after": "1"}}, "2026-01-01"),
    ],
)
def test_days_that_come_back_each_year(days: dict[str, Any], closed: str) -> None:
    line = calendar(holidays={"other_days": days}, weekly=always("08:00-17:00"))
    assert [str(day.date) for day in line.year(2026) if day.rule == "holiday"] == [closed]


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2027-03-08T13:59Z", False),
        ("2027-03-08T14:00Z", True),  # Central standard time
        ("2027-03-15T12:59Z", False),
        ("2027-03-15T13:00Z", True),  # Central daylight time
        ("2027-11-05T20:59Z", True),
        ("2027-11-05T21:00Z", False),  # Friday four p.m., daylight time
        ("2027-11-08T13:59Z", False),
        ("2027-11-08T14:00Z", True),  # standard time again
    ],
)
def test_both_clock_changes(utc: str, is_open: bool) -> None:
    """D-21: eight o'clock is eight o'clock on the wall in Minnesota, summer and winter."""
    assert at(utc).open is is_open


def test_an_opening_in_the_hour_that_the_clocks_skip_comes_when_they_go_forward() -> None:
    line = calendar(weekly=always("02:30-06:00"))
    assert at("2027-03-14T07:59:59Z", line).open is False
    assert at("2027-03-14T08:00Z", line).open
    assert at("2027-03-14T07:00Z", line).next_opening.isoformat() == "2027-03-14T03:00:00-05:00"


def test_hours_across_the_hour_that_comes_twice_last_an_hour_longer() -> None:
    line = calendar(weekly=always("00:30-02:00"))
    assert at("2027-11-07T05:30Z", line).open
    assert at("2027-11-07T07:59Z", line).open  # 01:59 for the second time
    assert at("2027-11-07T08:00Z", line).open is False
    assert at("2027-11-07T07:30Z", line).closes.isoformat() == "2027-11-07T02:00:00-06:00"


def test_a_closing_at_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    line = calendar(weekly=always("00:30-01:30"))
    assert at("2027-11-07T06:29Z", line).open
    assert at("2027-11-07T06:30Z", line).open is False
    assert at("2027-11-07T07:00Z", line).open is False


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_machine_may_stand_anywhere(zone: str, in_zone: Callable[[str], None]) -> None:
    in_zone(zone)
    moment = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("America/Chicago"))
    here = calendar().at(moment.astimezone())
    assert here.as_json() == LINE.at(moment).as_json()
    assert here.words() == LINE.at(moment).words()


def test_a_moment_may_come_in_any_zone() -> None:
    moment = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert LINE.at(elsewhere).as_json() == LINE.at(moment).as_json()
    assert LINE.at(elsewhere).moment.isoformat() == "2026-11-24T10:30:00-06:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        LINE.at(datetime(2026, 11, 24, 10))  # noqa: DTZ001
