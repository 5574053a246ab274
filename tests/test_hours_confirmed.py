"""`ivr check` warns before the days that staff have checked run out; a closed line stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from projects import edit
from tiny_line import tiny_files

from ivr.flow.confirmed import unconfirmed
from ivr.flow.load import load_release, read_files
from ivr.staging import check_project

FILES = tiny_files()
CALENDAR = load_release(FILES).calendar
"""Confirmed through 2027-12-31."""


def warned(now: datetime) -> list[str]:
    return [fault.wrong for fault in unconfirmed(FILES, CALENDAR, now)]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2027, 11, 2, 18, tzinfo=UTC), "59 days ahead"),
        (datetime(2027, 12, 30, 18, tzinfo=UTC), "1 day ahead"),
        (datetime(2027, 12, 31, 18, tzinfo=UTC), "0 days ahead"),
        (datetime(2028, 1, 1, 18, tzinfo=UTC), "which is past"),
    ],
)
def test_less_than_sixty_days_ahead_is_warned(now: datetime, left: str) -> None:
    assert warned(now) == [f"The hours are confirmed through 2027-12-31, {left}; 60 days ahead should be."]


def test_sixty_days_ahead_are_enough_counted_on_the_line_s_own_calendar() -> None:
    assert warned(datetime(2027, 11, 1, 18, tzinfo=UTC)) == []
    assert warned(datetime(2027, 11, 2, 4, tzinfo=UTC)) == [], "in Minnesota it is still November 1"


def test_the_warning_has_its_line_and_the_year_to_look_at() -> None:
    [fault] = unconfirmed(FILES, CALENDAR, datetime(2027, 12, 1, tzinfo=UTC))
    assert str(fault).splitlines() == [
        "config/hours.yaml:3:20",
        "  3 | confirmed_through: 2027-12-31",
        "    |                    ^",
        "  The hours are confirmed through 2027-12-31, 31 days ahead; 60 days ahead should be.",
        (
            "  Callers hear the same rules on later days, but nobody has looked at those: "
            "see them with ivr hours --year 2028, then move the date on."
        ),
    ]


def test_a_check_warns_and_passes(tiny: Path) -> None:
    edit(tiny, "config/hours.yaml", "confirmed_through: 2027-12-31", "confirmed_through: 2026-12-31")
    report = check_project(read_files(tiny), tiny, None, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert [(finding.level, finding.fault.file) for finding in report.findings] == [("warning", "config/hours.yaml")]
    assert report.passes
