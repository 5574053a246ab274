"""Open or closed at a moment and why: the policy's hours, holidays, clock changes, precedence, closures."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hours_samples import always, calendar, closure

from ivr.hours import HOURS_WORDS, Calendar, Closure, parse_moment

LINE = calendar()


def at(text: str, line: Calendar = LINE, closures: tuple[Closure, ...] = ()) -> Any:
    return line.at(parse_moment(text, line.zone), closures)


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


def test_exceptions_close_a_weekday_and_open_a_saturday() -> None:
    """P-80."""
    line = calendar(
        holidays={},
        special_dates={"2026-11-26": "closed", "2026-12-05": {"hours": "09:00-13:00", "name": "a busy day"}},
    )
    closed = at("Thu 2026-11-26 10:00", line)
    assert (closed.open, closed.rule, closed.words()["standing"]) == (False, "special", "special")
    assert closed.words()["next_opening"] == "tomorrow, Friday, at eight a.m."
    assert closed.words()["because"] == "We're closed today."
    assert at("Sat 2026-12-05 08:59", line).words()["because"] == "Today's hours are nine to one for a busy day."
    assert at("Sat 2026-12-05 10:00", line).open
    assert at("Sat 2026-12-05 10:00", line).words()["standing"] == "open"
    assert at("Sat 2026-12-05 13:00", line).open is False
    assert at("Fri 2026-12-04 18:00", line).words()["next_opening"] == "tomorrow, Saturday, at nine a.m."


OVERLAY = {"name": "open enrollment", "first_day": "2026-11-23", "last_day": "2026-12-31"}


@pytest.mark.parametrize(
    ("higher", "lower", "changed"),
    [
        ("closure", "special", {"special_dates": {"2026-11-26": "08:00-17:00"}}),
        ("closure", "holiday", {}),
        ("special", "holiday", {"special_dates": {"2026-11-26": "08:00-17:00"}}),
        ("special", "overlay", {"special_dates": {"2026-11-26": "closed"}, "holidays": {}, "overlays": "yes"}),
        ("holiday", "overlay", {"overlays": "yes"}),
        ("holiday", "weekly", {}),
        ("overlay", "weekly", {"holidays": {}, "overlays": "yes"}),
        ("closure", "weekly", {"holidays": {}}),
        ("special", "weekly", {"holidays": {}, "special_dates": {"2026-11-26": "closed"}}),
        ("closure", "overlay", {"holidays": {}, "overlays": "yes"}),
    ],
)
def test_the_higher_rule_decides(higher: str, lower: str, changed: dict[str, Any]) -> None:
    """Closure before special date before holiday before overlay before weekly hours, at Thanksgiving, ten o'clock."""
    if "overlays" in changed:
        changed = changed | {"overlays": [OVERLAY | {"hours": {"thursday": "06:00-09:00"}}]}
    line = calendar(**changed)
    shut = (closure(line, "2026-11-26 09:30", "2026-11-26 11:00"),) if higher == "closure" else ()
    considered = line.why(parse_moment("2026-11-26 10:00", line.zone), shut)
    assert [each.rule for each in considered if each.decides] == [higher]
    assert next(each.says for each in considered if each.rule == lower) != "nothing"
    assert at("2026-11-26 10:00", line, shut).rule == higher


def test_an_overlay_changes_only_the_days_it_names_and_only_between_its_dates() -> None:
    line = calendar(overlays=[OVERLAY | {"hours": {"thursday": "08:00-19:00", "saturday": "09:00-13:00"}}])
    assert at("Thu 2026-12-03 18:59", line).open
    assert at("Sat 2026-12-05 10:00", line).reason == "open: open enrollment hours for Saturday, 09:00-13:00"
    assert at("Tue 2026-11-24 10:00", line).rule == "weekly"
    assert at("Sat 2026-11-21 10:00", line).open is False
    assert at("Thu 2026-12-31 18:59", line).open
    assert at("Sat 2027-01-02 10:00", line).open is False
    assert at("Mon 2026-11-30 10:00", line).words()["weekly"] == (
        "Monday and Tuesday, eight to five. Wednesday, nine to five. Thursday, eight to seven. "
        "Friday, eight to four. Saturday, nine to one."
    )


def test_a_closure_may_start_in_the_middle_of_a_day_and_ends_by_itself() -> None:
    """D-20."""
    shut = (closure(LINE, "2026-12-01 13:00", "2026-12-01 15:00", "the weather"),)
    before = at("2026-12-01 12:55", closures=shut)
    assert (before.open, before.closes.isoformat()) == (True, "2026-12-01T13:00:00-06:00")
    assert before.words()["notice"] == "We close at one p.m. today."
    during = at("2026-12-01 13:00", closures=shut)
    assert (during.open, during.rule, during.words()["standing"]) == (False, "closure", "closure")
    assert during.words()["because"] == "We're closed for the weather."
    assert during.words()["next_opening"] == "today at three p.m."
    assert during.reason == "closed: closure from Tue 2026-12-01 13:00 until Tue 2026-12-01 15:00: the weather"
    assert at("2026-12-01 15:00", closures=shut).open


def test_a_closure_of_the_file_needs_no_store() -> None:
    line = calendar(closures=[{"starts": "2026-12-01 13:00", "until": "2026-12-02 00:00", "reason": "We moved house."}])
    standing = at("2026-12-01 13:30", line)
    assert standing.words()["because"] == "We moved house."
    assert standing.words()["next_opening"] == "tomorrow, Wednesday, at nine a.m."


def test_of_two_closures_the_longer_one_gives_the_reason_and_both_are_passed_over() -> None:
    shut = (
        closure(LINE, "2026-12-01 08:00", "2026-12-01 12:00", "the weather"),
        closure(LINE, "2026-12-01 11:00", "2026-12-02 10:00", "a power outage"),
    )
    assert at("2026-12-01 11:30", closures=shut).words()["because"] == "We're closed for a power outage."
    assert at("2026-12-01 09:00", closures=shut).next_opening.isoformat() == "2026-12-02T10:00:00-06:00"


def test_the_search_for_an_opening_gives_up_after_400_days() -> None:
    shut = (closure(LINE, "2026-12-01 08:00", "2030-01-01 00:00"),)
    standing = at("2026-12-01 09:00", closures=shut)
    assert standing.next_opening is None
    assert standing.words()["next_opening"] == "at a time we'll post on Assister Central"
    assert standing.spoken == (
        "We're closed; we open at a time we'll post on Assister Central. We're closed for a power outage."
    )
    assert standing.as_json()["next_opening"] is None


def test_a_line_that_never_closes_says_no_closing_time() -> None:
    line = calendar(weekly=always("00:00-24:00"), holidays={})
    standing = at("2026-12-01 23:59", line)
    assert (standing.open, standing.closes, standing.next_opening) == (True, None, None)
    assert (standing.words()["closes"], standing.words()["notice"], standing.spoken) == ("", "", "We're open.")


def test_hours_that_meet_at_midnight_are_one_stretch() -> None:
    line = calendar(weekly=always("closed") | {"friday": "20:00-24:00", "saturday": "00:00-02:00"}, holidays={})
    standing = at("Fri 2026-12-04 23:55", line)
    assert standing.closes.isoformat() == "2026-12-05T02:00:00-06:00"
    assert standing.words()["notice"] == ""
    assert standing.next_opening.isoformat() == "2026-12-11T20:00:00-06:00"


def test_a_lunch_break_closes_the_line_until_the_afternoon() -> None:
    line = calendar(weekly=always("08:00-12:00, 13:00-17:00"))
    assert at("2026-12-01 12:30", line).words()["next_opening"] == "today at one p.m."
    assert at("2026-12-01 09:00", line).words()["closes"] == "noon"
    assert at("2026-12-01 13:00", line).open


@pytest.mark.parametrize(
    ("starts", "until", "message"),
    [
        (datetime(2026, 12, 1, 9), datetime(2026, 12, 1, 10, tzinfo=UTC), "zone"),  # noqa: DTZ001
        (datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC), "ends before it starts"),
    ],
)
def test_a_closure_needs_zones_and_an_end_after_its_start(starts: datetime, until: datetime, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Closure(starts, until, "a power outage")


def test_a_closure_needs_a_reason_that_callers_can_hear() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        closure(LINE, "2026-12-01 13:00", "2026-12-01 15:00", "  ")


def test_standing_as_json_is_what_the_command_prints() -> None:
    assert json.loads(json.dumps(at("Wed 2026-12-02 08:10").as_json())) == {
        "moment": "2026-12-02T08:10:00-06:00",
        "open": False,
        "reason": "closed: weekly hours for Wednesday, 09:00-17:00 (We open later for training)",
        "rule": "weekly",
        "closes": None,
        "next_opening": "2026-12-02T09:00:00-06:00",
        "spoken": "We're closed; we open today at nine a.m. Central time. We open later for training.",
    }


def test_every_word_is_always_there() -> None:
    for moment in ("Tue 2026-11-24 10:00", "Sat 2026-12-05 10:00", "Thu 2026-11-26 10:00"):
        assert tuple(at(moment).words()) == HOURS_WORDS


def test_a_year_has_every_day_with_its_hours_rule_and_reason() -> None:
    days = [day.as_json() for day in LINE.year(2026)]
    assert len(days) == 365
    assert len(LINE.year(2028)) == 366
    assert [day for day in days if "2026-11-25" <= day["date"] <= "2026-11-28"] == [
        {
            "date": "2026-11-25",
            "open": [["09:00", "17:00"]],
            "rule": "weekly",
            "reason": "weekly hours for Wednesday, 09:00-17:00 (We open later for training)",
        },
        {"date": "2026-11-26", "open": [], "rule": "holiday", "reason": "Thanksgiving Day"},
        {"date": "2026-11-27", "open": [], "rule": "holiday", "reason": "the Friday after Thanksgiving"},
        {"date": "2026-11-28", "open": [], "rule": "weekly", "reason": "weekly hours for Saturday, closed"},
    ]


def test_a_year_shows_what_closures_take_away() -> None:
    shut = (
        closure(LINE, "2026-12-01 13:00", "2026-12-01 15:00", "the weather"),
        closure(LINE, "2026-12-03 16:00", "2026-12-06 12:00", "a move"),
    )
    days = {str(day.date): day for day in LINE.year(2026, shut)}
    assert days["2026-12-01"].as_json() == {
        "date": "2026-12-01",
        "open": [["08:00", "13:00"], ["15:00", "17:00"]],
        "rule": "closure",
        "reason": "closed 13:00 to 15:00: the weather",
    }
    assert days["2026-12-03"].as_json()["open"] == [["08:00", "16:00"]]
    assert days["2026-12-04"].reason == "closed 00:00 to 24:00: a move"
    assert days["2026-12-05"].rule == "closure"
    assert days["2026-12-06"].rule == "weekly"  # ends on a day without hours, takes nothing away


def test_certainty_ends_where_staff_have_confirmed() -> None:
    assert LINE.certain_until() == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("Wed 2026-11-25 14:00", date(2026, 12, 1)),
        ("Mon 2026-11-30 10:00", date(2026, 12, 2)),
        ("Mon 2026-11-30 07:00", date(2026, 12, 2)),
        ("Fri 2026-12-04 16:00", date(2026, 12, 9)),  # after closing: counts from Monday
        ("Sat 2026-12-05 11:00", date(2026, 12, 9)),
    ],
)
def test_email_is_due_within_two_business_days(received: str, due: date) -> None:
    """P-25: days on which the line is open."""
    assert LINE.due(parse_moment(received, LINE.zone), 2) == due


def test_a_rule_that_closes_every_day_ends_the_search_and_not_the_program() -> None:
    """A date that never comes is no reason to look for it until the year 9999 either."""
    every_day = {"every day": {"rrule": "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU"}}
    line = calendar(weekly=always("08:00-17:00"), holidays={"other_days": every_day})
    assert at("2026-12-01 10:00", line).next_opening is None
    never = calendar(holidays={"other_days": {"never": {"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}}})
    assert at("2026-12-01 10:00", never).open
