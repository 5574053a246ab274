"""What callers hear of the hours: the next opening, the closing time, reasons, notices, times in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hours_samples import always, calendar

from ivr.hours import Calendar, Interval, parse_moment, spoken

LINE = calendar()


def words(moment: str, line: Calendar = LINE) -> Any:
    return line.at(parse_moment(moment, line.zone)).words()


@pytest.mark.parametrize(
    ("moment", "next_opening"),
    [
        ("Tue 2026-11-24 07:59", "today at eight a.m."),
        ("Tue 2026-11-24 19:00", "tomorrow, Wednesday, at nine a.m."),
        ("Wed 2026-11-25 08:30", "today at nine a.m."),
        ("Wed 2026-11-25 19:00", "Monday at eight a.m."),
        ("Thu 2026-11-26 10:00", "Monday at eight a.m."),
        ("Fri 2026-11-27 10:00", "Monday at eight a.m."),
        ("Fri 2026-12-04 16:00", "Monday at eight a.m."),
        ("Sat 2026-12-05 10:00", "Monday at eight a.m."),
        ("Sun 2026-12-06 10:00", "tomorrow, Monday, at eight a.m."),
        ("Fri 2026-12-25 10:00", "Monday at eight a.m."),
        ("Thu 2026-12-31 23:59:59", "Monday at eight a.m."),
    ],
)
def test_the_next_opening_is_a_day_and_a_time(moment: str, next_opening: str) -> None:
    """D-18, D-19, U-17."""
    assert words(moment)["next_opening"] == next_opening


@pytest.mark.parametrize(
    ("asked", "next_opening"),
    [
        ("Tue 2026-12-29 10:00", "Monday at eight a.m."),
        ("Mon 2026-12-28 10:00", "Monday, January fourth, at eight a.m."),
        ("Sun 2026-12-20 10:00", "Monday, January fourth, at eight a.m."),
    ],
)
def test_an_opening_more_than_six_days_ahead_has_its_date(asked: str, next_opening: str) -> None:
    away = {"starts": "2026-12-19 00:00", "until": "2027-01-02 00:00", "reason": "a move"}
    assert words(asked, calendar(closures=[away]))["next_opening"] == next_opening


def test_the_later_wednesday_is_explained_only_before_its_opening_and_after_the_time() -> None:
    """P-78."""
    standing = LINE.at(parse_moment("Wed 2026-12-02 08:10", LINE.zone))
    assert standing.spoken == "We're closed; we open today at nine a.m. Central time. We open later for training."
    assert len(standing.words()["because"].removeprefix("We ").split()) <= 5
    assert words("Wed 2026-12-02 17:30")["because"] == ""
    assert words("Tue 2026-12-01 19:00")["because"] == ""
    assert words("Wed 2026-12-02 10:00")["because"] == ""


@pytest.mark.parametrize(
    ("moment", "because"),
    [
        ("Thu 2026-11-26 10:00", "Today is Thanksgiving Day."),
        ("Fri 2026-11-27 10:00", "Today is the Friday after Thanksgiving."),
        ("Fri 2027-12-24 10:00", "Christmas Day is observed today."),
        ("Sat 2026-12-05 10:00", ""),
        ("Tue 2026-11-24 19:00", ""),
    ],
)
def test_a_holiday_is_named(moment: str, because: str) -> None:
    assert words(moment)["because"] == because


def test_a_holiday_is_announced_three_days_before_and_no_longer_when_it_is_over() -> None:
    """P-81; the Friday that follows is told in the same sentence, so that nobody calls in vain on it."""
    notices = {
        day: words(f"{day} 10:00")["notice"]
        for day in ("2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30")
    }
    assert notices == {
        "2026-11-22": "",
        "2026-11-23": "We're closed this Thursday and Friday for Thanksgiving Day.",
        "2026-11-24": "We're closed this Thursday and Friday for Thanksgiving Day.",
        "2026-11-25": "We're closed tomorrow and Friday for Thanksgiving Day.",
        "2026-11-26": "",
        "2026-11-27": "",
        "2026-11-30": "",
    }


@pytest.mark.parametrize(
    ("moment", "notice"),
    [
        ("Mon 2026-12-21 10:00", ""),
        ("Tue 2026-12-22 10:00", "We're closed this Friday for Christmas Day."),
        ("Thu 2026-12-24 10:00", "We're closed tomorrow, Friday, for Christmas Day."),
        ("Fri 2027-05-28 10:00", "We're closed on Monday for Memorial Day."),
        ("Sun 2027-05-30 10:00", "We're closed tomorrow, Monday, for Memorial Day."),
        ("Wed 2027-12-22 10:00", "We're closed this Friday for Christmas Day."),
        ("Fri 2027-07-02 10:00", "We're closed on Monday for Independence Day."),
    ],
)
def test_notices_name_the_day_as_people_do(moment: str, notice: str) -> None:
    assert words(moment)["notice"] == notice


def test_an_exception_is_announced_from_its_own_date_even_on_a_holiday() -> None:
    """P-81: exception for 2026-11-26 with notice from 2026-11-23."""
    line = calendar(special_dates={"2026-11-26": {"hours": "closed", "notice_from": "2026-11-23"}}, holidays={})
    assert words("Sun 2026-11-22 10:00", line)["notice"] == ""
    assert words("Mon 2026-11-23 10:00", line)["notice"] == "We're closed this Thursday."
    assert words("Mon 2026-11-30 10:00", line)["notice"] == ""
    named = {"hours": "closed", "name": "a staff meeting", "notice_from": "2026-11-02"}
    line = calendar(special_dates={"2026-11-26": named})
    assert words("Mon 2026-11-16 10:00", line)["notice"] == (
        "We're closed on Thursday, November twenty-sixth, and Friday, November twenty-seventh, "
        "for a staff meeting and the Friday after Thanksgiving."
    )
    assert words("Mon 2026-11-09 10:00", line)["notice"] == "We're closed this Wednesday for Veterans Day."


def test_a_special_date_on_a_holiday_keeps_the_holidays_notice() -> None:
    line = calendar(special_dates={"2026-11-11": {"hours": "10:00-14:00", "name": "open enrollment"}})
    assert words("Tue 2026-11-10 10:00", line)["notice"] == (
        "Tomorrow, Wednesday, we're open ten to two for open enrollment."
    )
    assert words("Tue 2026-11-10 10:00", calendar(special_dates={"2026-11-11": "09:00-17:00"}))["notice"] == ""


def test_longer_hours_are_announced_too() -> None:
    line = calendar(
        special_dates={"2026-12-05": {"hours": "09:00-13:00", "name": "open enrollment", "notice_from": "2026-12-01"}}
    )
    assert words("Wed 2026-12-02 10:00", line)["notice"] == "This Saturday we're open nine to one for open enrollment."
    assert words("Sat 2026-12-05 10:00", line)["notice"] == ""


def test_an_overlay_is_announced_before_it_begins() -> None:
    overlay = {
        "name": "open enrollment",
        "first_day": "2026-11-02",
        "last_day": "2026-12-31",
        "notice_from": "2026-10-20",
        "hours": {"saturday": "09:00-13:00"},
    }
    line = calendar(overlays=[overlay])
    assert words("Tue 2026-10-20 10:00", line)["notice"] == (
        "Our hours change on Monday, November second, for open enrollment."
    )
    assert words("Thu 2026-10-29 10:00", line)["notice"] == "Our hours change on Monday for open enrollment."
    assert words("Mon 2026-11-02 10:00", line)["notice"] == ""
    assert words("Mon 2026-10-19 10:00", line)["notice"] == ""


def test_three_closed_days_are_told_from_first_to_last() -> None:
    closed = {"hours": "closed", "name": "a move", "notice_from": "2026-12-07"}
    line = calendar(special_dates={"2026-12-09": closed, "2026-12-10": closed, "2026-12-11": closed})
    assert words("Mon 2026-12-07 10:00", line)["notice"] == "We're closed this Wednesday through Friday for a move."
    assert words("Tue 2026-12-08 10:00", line)["notice"] == "We're closed tomorrow through Friday for a move."
    assert words("Wed 2026-12-09 10:00", line)["notice"] == ""


@pytest.mark.parametrize(
    ("moment", "notice"),
    [
        ("Fri 2026-12-04 15:49:59", ""),
        ("Fri 2026-12-04 15:50:00", "We close at four p.m. today."),
        ("Fri 2026-12-04 15:59:59", "We close at four p.m. today."),
        ("Fri 2026-12-04 16:00:00", ""),
        ("Tue 2026-12-01 16:55", "We close at five p.m. today."),
        ("Wed 2026-11-25 16:55", "We close at five p.m. today."),
    ],
)
def test_the_last_ten_minutes_say_when_we_close(moment: str, notice: str) -> None:
    """D-17; what is announced stays announced (P-81)."""
    assert words(moment)["notice"] == notice


def test_the_closing_notice_is_a_setting() -> None:
    assert words("Tue 2026-12-01 16:35", calendar(closing_notice="30m"))["notice"] == "We close at five p.m. today."
    assert words("Tue 2026-12-01 16:59", calendar(closing_notice="0m"))["notice"] == ""


def test_the_week_in_words() -> None:
    """P-76, P-77, P-79."""
    assert words("Tue 2026-11-24 10:00")["weekly"] == (
        "Monday, Tuesday and Thursday, eight to five. Wednesday, nine to five. Friday, eight to four."
    )
    assert words("Tue 2026-11-24 10:00")["closes"] == "five p.m."
    assert words("Tue 2026-11-24 10:00")["zone"] == "Central time"


def test_a_zone_may_be_said_otherwise() -> None:
    line = calendar(zone="Europe/Berlin", zone_says="Berlin time")
    assert line.at(parse_moment("2026-11-24 10:00", line.zone)).spoken == "We're open until five p.m. Berlin time."


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "midnight"),
        (5, "twelve oh five a.m."),
        (60, "one a.m."),
        (510, "eight thirty a.m."),
        (545, "nine oh five a.m."),
        (720, "noon"),
        (750, "twelve thirty p.m."),
        (1020, "five p.m."),
        (1425, "eleven forty-five p.m."),
        (1440, "midnight"),
    ],
)
def test_times_in_words(minutes: int, said: str) -> None:
    assert spoken.time_of_day(minutes) == said


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        (480, 1020, "eight to five"),
        (480, 720, "eight to noon"),
        (510, 975, "eight thirty to four fifteen"),
        (780, 1020, "one p.m. to five p.m."),
        (480, 660, "eight a.m. to eleven a.m."),
        (0, 1440, "midnight to midnight"),
    ],
)
def test_hours_in_words_are_never_ambiguous(opens: int, closes: int, said: str) -> None:
    assert spoken.hours((Interval(opens, closes),)) == said


def test_several_hours_a_day_in_words() -> None:
    line = calendar(weekly=always("closed") | {"monday": "08:00-12:00, 13:00-17:00"})
    assert words("Mon 2026-12-07 10:00", line)["weekly"] == "Monday, eight to noon and one p.m. to five p.m."


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2027, 1, 4), "Monday, January fourth"),
        (date(2026, 11, 20), "Friday, November twentieth"),
        (date(2026, 12, 31), "Thursday, December thirty-first"),
        (date(2026, 11, 30), "Monday, November thirtieth"),
        (date(2026, 11, 22), "Sunday, November twenty-second"),
    ],
)
def test_dates_in_words(day: date, said: str) -> None:
    assert spoken.full_date(day) == said
