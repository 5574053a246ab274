"""Dates that are most likely a slip of the year, and reasons that no voice speaks, are warned of at their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_line import tiny_files

from ivr.flow.load import load, read_files

FILE = "config/hours.yaml"
OVERLAY = "overlays:\n  - {name: autumn, first_day: %s, last_day: %s, hours: {saturday: 09:00-13:00}}"
CLOSURE = "closures:\n  - {starts: %s 13:00, until: %s 17:00, reason: %s}"


def warned(exceptions: str) -> list[tuple[str, str, str]]:
    """Line, what is wrong and what to do, for the tiny line, confirmed through 2027, with exceptions added."""
    files = tiny_files()
    files[FILE] += f"{exceptions}\n".encode()
    found = load(files).warnings
    assert {fault.file for fault in found} <= {FILE}
    return [(fault.text.strip(), fault.wrong, fault.remedy) for fault in found]


@pytest.mark.parametrize(
    ("exceptions", "wrong", "remedy"),
    [
        (
            "special_dates:\n  2062-12-05: {hours: 09:00-13:00}",
            "This date lies in 2062, and the days are confirmed through 2027.",
            "Check the year.",
        ),
        (
            "special_dates:\n  2025-12-05: closed",
            "This date lies in 2025, and the days are confirmed through 2027.",
            "Check the year; if it is long over, delete it.",
        ),
        (
            OVERLAY % ("2031-11-01", "2031-12-31"),
            "The last day lies in 2031, and the days are confirmed through 2027.",
            "Check the year.",
        ),
        (
            OVERLAY % ("2025-11-01", "2025-12-31"),
            "The last day lies in 2025, and the days are confirmed through 2027.",
            "Check the year; if it is long over, delete it.",
        ),
        (
            CLOSURE % ("2062-12-01", "2062-12-01", "an upgrade"),
            "The end of the closure lies in 2062, and the days are confirmed through 2027.",
            "Check the year.",
        ),
    ],
)
def test_a_date_years_away_is_warned_of_at_its_line(exceptions: str, wrong: str, remedy: str) -> None:
    assert warned(exceptions) == [(exceptions.splitlines()[-1].strip(), wrong, remedy)]


@pytest.mark.parametrize(
    "exceptions",
    [
        "special_dates: {2026-01-02: closed, 2030-12-31: closed}",
        OVERLAY % ("2025-11-01", "2026-01-15"),
        OVERLAY % ("2030-11-01", "2030-12-31"),
        CLOSURE % ("2026-12-01", "2026-12-01", "a systems upgrade"),
    ],
)
def test_dates_of_the_years_around_are_left_alone(exceptions: str) -> None:
    assert warned(exceptions) == []


def test_a_reason_of_the_file_that_cannot_be_spoken_is_warned_of_too() -> None:
    [(_, wrong, remedy)] = warned(CLOSURE % ("2026-12-01", "2026-12-01", "an outage. Call 651-431-2670"))
    assert wrong == "A telephone number is typed into the words."
    assert remedy == "Say only why, in plain words, such as: a power outage."


@pytest.mark.parametrize(
    "exceptions",
    [
        "special_dates:\n  2026-12-05: 1:00-5:00",
        "special_dates:\n  2026-12-05:\n    hours: 1:00-5:00",
        OVERLAY.partition("{saturday")[0] % ("2026-11-01", "2026-12-31") + "\n     {saturday: 1:00-5:00}}",
    ],
)
def test_hours_that_begin_in_the_night_are_warned_of_with_those_that_were_meant(exceptions: str) -> None:
    assert warned(exceptions) == [
        (
            exceptions.splitlines()[-1].strip(),
            "The line opens at 01:00 in the night.",
            "Hours are on the 24-hour clock; did you mean 13:00-17:00?",
        )
    ]


def test_a_night_that_goes_on_from_the_evening_before_is_left_alone() -> None:
    assert warned("special_dates: {2026-12-04: 18:00-24:00, 2026-12-05: 00:00-02:00}") == []


def test_the_shipped_hours_are_without_a_warning() -> None:
    assert load(read_files(Path(__file__).parents[1])).warnings == ()
