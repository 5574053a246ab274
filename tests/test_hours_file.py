"""config/hours.yaml as people write it: every mistake is answered with what is wrong and what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hours_samples import SHIPPED

from ivr.errors import FileFaults
from ivr.hours import HoursFile, parse_moment
from ivr.yaml_text import parse, read_yaml

CHICAGO = ZoneInfo("America/Chicago")
TEXT = SHIPPED.read_text(encoding="utf-8")
OVERLAYS = "overlays: []"
SPECIAL = "special_dates: {}"
CLOSURES = "closures: []"
FRIDAY_AFTER = "{every: fourth Thursday of November, days_after: 1}"
TRAINING = "We open later for training."
PAST_MIDNIGHT = "To stay open past midnight, write {}-24:00 on this day and 00:00-{} on the next."
SKIPPED = "02:30 does not exist on Sunday 2027-03-14: the clocks go forward past it."
TWO_OVERLAYS = """overlays:
  - {name: a, first_day: 2026-11-01, last_day: 2026-11-30, hours: {}}
  - {name: b, first_day: 2026-11-30, last_day: 2026-12-01, hours: {}}"""


def faults_of(old: str, new: str) -> list[tuple[int, str, str]]:
    """Line, what is wrong and what to do, for the shipped file with one piece replaced."""
    assert TEXT.count(old) >= 1
    try:
        parse(HoursFile, read_yaml("config/hours.yaml", TEXT.replace(old, new, 1).encode()))
    except FileFaults as found:
        return [(fault.line, fault.wrong, fault.remedy) for fault in found.faults]
    return []


def line_of(piece: str) -> int:
    return TEXT[: TEXT.index(piece)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "wrong", "remedy"),
    [
        (
            "08:00-16:00",
            "16:00-08:00",
            '"friday" closes before it opens.',
            f"Write the earlier time first: 08:00-16:00. {PAST_MIDNIGHT.format('16:00', '08:00')}",
        ),
        (
            "08:00-16:00",
            "08:00-08:00",
            "08:00 is both opening and closing.",
            "Write closed for a day without hours.",
        ),
        (
            "08:00-16:00",
            "8-16",
            '"8-16" is not hours.',
            "Write them as 08:00-17:00, several as 08:00-12:00, 13:00-17:00, or write closed.",
        ),
        (
            "08:00-16:00",
            "08:00-25:00",
            '"25:00" is not a time of day.',
            "Write 00:00 to 24:00, such as 08:00 or 17:00.",
        ),
        ("08:00-16:00", "08:00-12:00, 11:00-16:00", "08:00-12:00 and 11:00-16:00 overlap.", "Write each hour once."),
        (
            "08:00-16:00",
            "8:00-12:00, 1:00-5:00",
            "01:00-05:00 is in the night, before 08:00-12:00.",
            "Hours are on the 24-hour clock; did you mean 13:00-17:00?",
        ),
        (
            SPECIAL,
            "special_dates: {2026-12-05: '8:00-12:00, 1:00-5:00'}",
            "01:00-05:00 is in the night, before 08:00-12:00.",
            "Hours are on the 24-hour clock; did you mean 13:00-17:00?",
        ),
        (
            "08:00-16:00",
            "20:00-23:00, 02:00-10:00",
            "02:00-10:00 is in the night, before 20:00-23:00.",
            "Write the earlier hours first: 02:00-10:00, 20:00-23:00.",
        ),
        (
            "08:00-16:00",
            "08:00-12:00, 12:00-16:00",
            "08:00-12:00 and 12:00-16:00 meet.",
            "Write them as one: 08:00-16:00.",
        ),
        *(
            (
                "zone: America/Chicago",
                f"zone: {meant}",
                f'"{meant}" is not a time zone.',
                f"Did you mean {zone}?",
            )
            for meant, zone in {
                "CST": "America/Chicago",
                "Central": "America/Chicago",
                "central time": "America/Chicago",
                "EST": "America/New_York",
                "Mountain Time": "America/Denver",
            }.items()
        ),
        (
            "zone: America/Chicago",
            "zone: America/Chicgo",
            '"America/Chicgo" is not a time zone.',
            "Did you mean America/Chicago?",
        ),
        (
            "confirmed_through: 2027-12-31",
            "confirmed_through: 12/31/2027",
            '"12/31/2027" is not a date.',
            "Write year, month and day with dashes: 2027-12-31.",
        ),
        (
            "confirmed_through: 2027-12-31",
            "confirmed_through: 2027-12-32",
            "2027-12-32 is not in the calendar.",
            "Check the month and the day.",
        ),
        (
            "confirmed_through: 2027-12-31",
            "confirmed_through: 9999-12-31",
            "9999-12-31 is too far from today.",
            "Write a year from 2000 to 2199.",
        ),
        (
            "closing_notice: 10m",
            "closing_notice: 10",
            '"10" is not a number of minutes.',
            "Write it with its unit: 10m.",
        ),
        (
            "notice_days: 3",
            "notice_days: three",
            '"three" is not a number of days.',
            "Write a whole number, such as 3.",
        ),
        ("- Labor Day", "- Labour Dy", '"Labour Dy" is not a holiday of Minnesota.', "Did you mean Labor Day?"),
        (
            "- Labor Day",
            "- Xyz",
            '"Xyz" is not a holiday of Minnesota.',
            "Days that the state's list lacks go under other_days.",
        ),
        ("- Thanksgiving Day", "- Veterans Day", '"Veterans Day" stands here twice.', "Strike one of the two."),
        ("Thursday of November", "Thursday of Novembr", '"Novembr" is not known here.', "Did you mean November?"),
        (
            "fourth Thursday of November",
            "Thanksgiving",
            '"Thanksgiving" is not a day that comes back each year.',
            'Write it as "fourth Thursday of November" or "December 24".',
        ),
        (
            "fourth Thursday of November",
            "February 30",
            '"February 30" is not in the calendar.',
            "Check the month and the day.",
        ),
        (
            FRIDAY_AFTER,
            "{}",
            '"the Friday after Thanksgiving" needs one of every and rrule.',
            "Write every: fourth Thursday of November.",
        ),
        (
            FRIDAY_AFTER,
            "{rrule: FREQ=YEARLY;BYDAY=QQ}",
            "\"FREQ=YEARLY;BYDAY=QQ\" is not a recurrence rule: invalid 'BYDAY': QQ.",
            "Correct it, or use every in plain words.",
        ),
        (
            FRIDAY_AFTER,
            "{rrule: every Friday}",
            '"every Friday" is not a recurrence rule.',
            "Start it with FREQ=YEARLY, or use every in plain words.",
        ),
        (
            FRIDAY_AFTER,
            "{rrule: FREQ=YEARLY;INTERVAL=2;BYMONTH=5}",
            "A rule like this counts from a first day, and a calendar has none.",
            "Name the days with BYMONTH, BYMONTHDAY or BYDAY, without DTSTART, COUNT and INTERVAL.",
        ),
        (
            TRAINING,
            "We open later because of training.",
            "The reason has more than five words.",
            "Say it in five: callers wait for the time (P-78).",
        ),
        (
            SPECIAL,
            "special_dates: {2026-11-26: {hours: closed, notice_from: 2026-11-27}}",
            "The notice begins after the day itself.",
            "Write a date up to 2026-11-26.",
        ),
        (
            SPECIAL,
            "special_dates: {2026-11-26: {hours: closed, notic_from: 2026-11-25}}",
            '"notic_from" is not known here.',
            'Did you mean "notice_from"?',
        ),
        (
            OVERLAYS,
            "overlays: [{name: enrollment, first_day: 2026-12-31, last_day: 2026-11-01, hours: {}}]",
            "enrollment ends before it begins.",
            "Write first_day: 2026-11-01 and last_day: 2026-12-31.",
        ),
        (
            OVERLAYS,
            TWO_OVERLAYS,
            "b shares days with a.",
            "Let one end before the other begins.",
        ),
        (
            CLOSURES,
            "closures: [{starts: 2027-03-14 02:30, until: 2027-03-14 05:00, reason: a test}]",
            SKIPPED,
            "Write a time before it, or from 03:00 on.",
        ),
        (
            CLOSURES,
            "closures: [{starts: 2026-12-01 17:00, until: 2026-12-01 13:00, reason: a test}]",
            "The closure ends before it starts.",
            "Write a later moment.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_remedy(old: str, new: str, wrong: str, remedy: str) -> None:
    """The fault is on the last line of what was put in."""
    assert faults_of(old, new) == [(line_of(old) + new.count("\n"), wrong, remedy)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("08:00-05:00", "08:00-17:00"),
        ("9:00-1:00", "09:00-13:00"),
        ("8:30-8:00", "08:30-20:00"),
        ("12:00-5:00", "12:00-17:00"),
        ("13:00-4:30", "13:00-16:30"),
    ],
)
def test_a_closing_by_the_twelve_hour_clock_is_not_taken_for_the_opening(written: str, meant: str) -> None:
    said = f"Hours are on the 24-hour clock; did you mean {meant}?"
    assert faults_of("friday: 08:00-16:00", f"friday: {written}")[0][2] == said
    assert faults_of(SPECIAL, f"special_dates: {{2026-12-05: {{hours: {written}}}}}")[0][2] == said


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("17:00-08:00", f"Write the earlier time first: 08:00-17:00. {PAST_MIDNIGHT.format('17:00', '08:00')}"),
        ("22:00-06:00", f"Write the earlier time first: 06:00-22:00. {PAST_MIDNIGHT.format('22:00', '06:00')}"),
        (
            "18:00-02:00",
            "If the line stays open past midnight, write 18:00-24:00 on this day and 00:00-02:00 on the next.",
        ),
        (
            "09:00-00:30",
            "If the line stays open past midnight, write 09:00-24:00 on this day and 00:00-00:30 on the next.",
        ),
        ("09:00-00:00", "Midnight at the end of a day is 24:00: 09:00-24:00."),
    ],
)
def test_hours_that_twelve_more_do_not_mend_are_told_as_they_are(written: str, remedy: str) -> None:
    assert faults_of("friday: 08:00-16:00", f"friday: {written}")[0][2] == remedy


def test_a_forgotten_day_of_the_week_is_an_error_and_not_a_closed_day() -> None:
    faults = faults_of("  friday: 08:00-16:00\n", "")
    assert [(wrong, remedy) for _, wrong, remedy in faults] == [
        ('"friday" is missing here.', "Add a line friday: and its value.")
    ]


def test_a_line_that_is_never_open_is_an_error() -> None:
    closed = TEXT.replace("08:00-17:00", "closed").replace("09:00-17:00", "closed").replace("08:00-16:00", "closed")
    with pytest.raises(FileFaults, match="The line is never open"):
        parse(HoursFile, read_yaml("config/hours.yaml", closed.encode()))


@pytest.mark.parametrize("key", ["special_dates", "overlays", "closures"])
def test_a_key_with_nothing_after_it_is_an_empty_list(key: str) -> None:
    text = re.sub(rf"^{key}: .*$", f"{key}:", TEXT, flags=re.M)
    assert f"\n{key}:\n" in text
    assert not getattr(parse(HoursFile, read_yaml("config/hours.yaml", text.encode())), key)


def test_holidays_with_every_line_struck_are_no_holidays() -> None:
    text = re.sub(r"holidays:.*?(?=^\S|\Z)", "holidays:\n  closed:\n  other_days:\n", TEXT, flags=re.S | re.M)
    holidays = parse(HoursFile, read_yaml("config/hours.yaml", text.encode())).holidays
    assert (holidays.closed, holidays.other_days) == ((), {})


def test_a_zone_without_spoken_name_asks_for_one() -> None:
    text = TEXT.replace("America/Chicago", "Europe/Berlin").replace("zone_says: Central time\n", "")
    with pytest.raises(FileFaults, match="Add zone_says"):
        parse(HoursFile, read_yaml("config/hours.yaml", text.encode()))


def test_several_mistakes_come_together() -> None:
    faults = faults_of(
        SPECIAL, "special_dates: {2026-11-26: {hours: 9-17}, 2026-11-31: closed, 2026-12-01: {hours: closed, nam: x}}"
    )
    assert [wrong for _, wrong, _ in faults] == [
        '"9-17" is not hours.',
        "2026-11-31 is not in the calendar.",
        '"nam" is not known here.',
    ]


@pytest.mark.parametrize(
    "name",
    ["Christmas", "christmas day", "New Years Day", "Martin Luther King Jr Day", "Presidents' Day", "Juneteenth"],
)
def test_holidays_are_known_by_the_names_people_use(name: str) -> None:
    assert faults_of("    - Labor Day\n", "") == []
    text = TEXT[: TEXT.index("    - New Year")] + f"    - {name}\n\n" + TEXT[TEXT.index("  # Closed days that come") :]
    parse(HoursFile, read_yaml("config/hours.yaml", text.encode()))


def test_the_examples_in_the_shipped_comments_load_when_they_are_uncommented() -> None:
    text = TEXT
    for empty in (SPECIAL, OVERLAYS, CLOSURES):
        text = text.replace(f"{empty}\n", "", 1)
    begin = text.index("# special_dates:")
    lines = [
        line[2:] if line.startswith(("#   ", "# special_dates:", "# overlays:", "# closures:")) else line
        for line in text[begin:].splitlines()
    ]
    file = parse(HoursFile, read_yaml("config/hours.yaml", (text[:begin] + "\n".join(lines)).encode()))
    assert (len(file.special_dates), len(file.overlays), len(file.closures)) == (2, 1, 1)


def test_the_shipped_file_names_its_schema_first() -> None:
    assert TEXT.splitlines()[0] == "# yaml-language-server: $schema=../docs/schemas/hours.json"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue 2026-11-24 10:00", "2026-11-24T10:00:00-06:00"),
        ("tuesday 2026-11-24 10:00", "2026-11-24T10:00:00-06:00"),
        ("Tue, 2026-11-24 10:00:30", "2026-11-24T10:00:30-06:00"),
        ("2026-12-25 10:00", "2026-12-25T10:00:00-06:00"),
        (" 2026-07-01 9:05 ", "2026-07-01T09:05:00-05:00"),
        ("2026-12-25T16:00Z", "2026-12-25T10:00:00-06:00"),
        ("2026-12-25T16:00:00+00:00", "2026-12-25T10:00:00-06:00"),
        ("2026-12-25 10:00-0600", "2026-12-25T10:00:00-06:00"),
        ("2026-12-31 24:00", "2027-01-01T00:00:00-06:00"),
        ("2027-11-07 01:30", "2027-11-07T01:30:00-05:00"),
        ("2027-11-07 01:30-06:00", "2027-11-07T01:30:00-06:00"),
        ("17:00", "2026-11-24T17:00:00-06:00"),
        ("today 17:00", "2026-11-24T17:00:00-06:00"),
        ("Tomorrow 9:00", "2026-11-25T09:00:00-06:00"),
    ],
)
def test_moments_as_people_type_them(text: str, moment: str) -> None:
    now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert parse_moment(text, CHICAGO, now).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Mon 2026-11-24 10:00", "2026-11-24 is a Tuesday, not a Monday. Correct the day or the date."),
        (
            "Foo 2026-11-24 10:00",
            '"Foo" is not a day of the week. 2026-11-24 is a Tuesday: write Tue, or leave it out.',
        ),
        ("2026-11-31 10:00", "2026-11-31 is not in the calendar. Check the month and the day."),
        ("2026-11-24 10:61", '"10:61" is not a time of day. Write 00:00 to 24:00, such as 08:00 or 17:00.'),
        ("2026-11-24 10:00:75", '"2026-11-24 10:00:75" is not a moment. A minute has seconds 00 to 59.'),
        ("2026-11-24 10:00+99:00", "+99:00 is no offset from UTC. Write one such as -06:00, or Z for UTC."),
        (
            "2027-03-14 02:30",
            f"{SKIPPED} Write a time before it, or from 03:00 on.",
        ),
        ("noon", '"noon" is not a moment. Write it as "2026-11-24 10:00" or "Tue 2026-11-24 10:00".'),
        ("17:00", '"17:00" is not a moment. Write it as "2026-11-24 10:00" or "Tue 2026-11-24 10:00".'),
        ("", '"" is not a moment. Write it as "2026-11-24 10:00" or "Tue 2026-11-24 10:00".'),
    ],
)
def test_a_moment_that_is_none_is_answered_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the whole sentence is compared)
        parse_moment(text, CHICAGO)
    assert str(refused.value) == message
