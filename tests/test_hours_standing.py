"""What is told of a standing and of a year, how far it is certain, and when email is due."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hours_samples import LINE, always, at, calendar, closure

from ivr.hours import HOURS_WORDS, parse_moment


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
