"""Special dates, overlays and closures: which rule decides, and from when to when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hours_samples import LINE, always, at, calendar, closure

from ivr.hours import Closure, parse_moment


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
