"""`ivr hours`, `ivr close`, `ivr reopen`: what they answer, and a sentence for each mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Ivr
from projects import edit, shipped_project

THANKSGIVING = "Thu 2026-11-26 10:00"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped line, which no test here changes."""
    return shipped_project(tmp_path_factory.mktemp("shipped"))


# hours


def test_hours_of_a_moment_for_programs(ivr: Ivr, shipped: Path) -> None:
    assert ivr("hours", "Tue 2026-11-24 10:00", "--json", project=shipped).json == {
        "moment": "2026-11-24T10:00:00-06:00",
        "open": True,
        "reason": "open: weekly hours for Tuesday, 08:00-17:00",
        "rule": "weekly",
        "closes": "2026-11-24T17:00:00-06:00",
        "next_opening": "2026-11-25T09:00:00-06:00",
        "spoken": "We're open until five p.m. Central time.",
    }


def test_hours_of_a_holiday_for_a_person(ivr: Ivr, shipped: Path) -> None:
    ran = ivr("hours", THANKSGIVING, project=shipped)
    assert ran.out.splitlines() == [
        "Thursday, November 26, 2026, 10:00 (America/Chicago): CLOSED",
        "  why           closed: Thanksgiving Day (rule: holiday)",
        "  next opening  Mon 2026-11-30 08:00",
        "  callers hear  We're closed; we open Monday at eight a.m. Central time. Today is Thanksgiving Day.",
    ]
    assert ran.code == 0


@pytest.mark.parametrize("words", [["--why", THANKSGIVING], [THANKSGIVING, "--why"], [*THANKSGIVING.split(), "--why"]])
def test_why_is_asked_before_or_after_the_moment(words: list[str], ivr: Ivr, shipped: Path) -> None:
    assert ivr("hours", *words, project=shipped).out.splitlines()[-5:] == [
        "     closure   nothing",
        "     special   nothing",
        "  -> holiday   Thanksgiving Day",
        "     overlay   nothing",
        "     weekly    weekly hours for Thursday, 08:00-17:00",
    ]


def test_why_for_programs_names_the_rule_that_decides(ivr: Ivr, shipped: Path) -> None:
    looks = ivr("hours", THANKSGIVING, "--why", "--json", project=shipped).json["why"]
    assert [look["rule"] for look in looks] == ["closure", "special", "holiday", "overlay", "weekly"]
    assert [look for look in looks if look["decides"]] == [
        {"rule": "holiday", "says": "Thanksgiving Day", "decides": True}
    ]


def test_a_year_for_programs_is_a_list_of_every_day(ivr: Ivr, shipped: Path) -> None:
    days = ivr("hours", "--year", "2027", "--json", project=shipped).json
    assert len(days) == 365
    assert {tuple(day) for day in days} == {("date", "open", "rule", "reason")}
    assert days[0] == {"date": "2027-01-01", "open": [], "rule": "holiday", "reason": "New Year's Day"}
    assert days[5]["open"] == [["09:00", "17:00"]]


def test_a_year_for_a_person_has_a_line_for_every_day(ivr: Ivr, shipped: Path) -> None:
    lines = ivr("hours", "--year", "2026", project=shipped).out.splitlines()
    assert lines[0].split() == ["day", "open", "rule", "reason"]
    assert len(lines) == 1 + 365
    [thanksgiving] = [line for line in lines if "2026-11-26" in line]
    assert thanksgiving.split()[:4] == ["Thu", "2026-11-26", "closed", "holiday"]


def test_a_year_warns_when_days_soon_to_come_are_not_confirmed(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "config/hours.yaml", "confirmed_through: 2027-12-31", "confirmed_through: 2020-12-31")
    ran = ivr("hours", "--year", "2027", "--json", project=tiny)
    assert "Warning: the days are confirmed through 2020-12-31, 0 days ahead (60 should be)" in ran.err
    assert "set `confirmed_through` in config/hours.yaml" in ran.err
    assert len(ran.json) == 365


def test_without_a_moment_now_is_meant(ivr: Ivr, tiny: Path) -> None:
    moment = datetime.fromisoformat(ivr("hours", "--json", project=tiny).json["moment"])
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_time_alone_is_one_of_today(ivr: Ivr, tiny: Path) -> None:
    later = datetime.fromisoformat(ivr("hours", "tomorrow", "09:30", "--json", project=tiny).json["moment"])
    sooner = datetime.fromisoformat(ivr("hours", "09:30", "--json", project=tiny).json["moment"])
    assert (sooner.hour, sooner.minute) == (9, 30)
    assert later.date() - sooner.date() == timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["banana"], 'Invalid value for MOMENT: "banana" is not a moment. Write it as "2026-11-24 10:00"'),
        (["Wed 2026-11-24 10:00"], "2026-11-24 is a Tuesday, not a Wednesday. Correct the day or the date."),
        (["2026-02-30 10:00"], "2026-02-30 is not in the calendar. Check the month and the day."),
        (["2027-03-14 02:30"], "02:30 does not exist on Sunday 2027-03-14: the clocks go forward past it."),
        (["24/11/2026"], '"24/11/2026" is not a moment.'),
        (["--year", "1888"], "Invalid value for '--year': 1888 is not in the range 2000<=x<=2100."),
        (["--year", "2027", "10:00"], "--year shows whole days with their reasons. Leave out MOMENT and --why"),
        (["--yeer", "2027"], "No such option '--yeer'. Did you mean '--year'?"),
    ],
)
def test_a_moment_or_option_that_is_none_gets_a_sentence_and_exit_code_2(
    words: list[str], said: str, ivr: Ivr, shipped: Path
) -> None:
    ran = ivr("hours", *words, project=shipped)
    assert said in ran.words
    assert ran.words.endswith("See: ivr hours --help")
    assert (ran.code, ran.out) == (2, "")


def test_hours_say_when_callers_hear_others(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    assert ivr("hours", project=tiny).err == ""
    edit(tiny, "config/hours.yaml", "tuesday: 08:00-17:00", "tuesday: 08:00-16:00")
    assert ivr("hours", project=tiny).err == (
        "By the files here. Callers hear release 1, which differs from them: ivr publish\n"
    )


# close and reopen


def test_the_line_is_closed_until_a_moment_and_reopened(ivr: Ivr, tiny: Path) -> None:
    closed = ivr("close", "--until", "2199-12-01 12:00", "--long", "--reason", "a power outage", project=tiny)
    assert closed.out.splitlines()[0] == (
        "Closed until Sunday, December 1, 2199, 12:00. New callers hear it within 2 seconds: "
        "We're closed for a power outage."
    )
    now = ivr("hours", "--json", project=tiny).json
    assert (now["open"], now["rule"]) == (False, "closure")
    assert "We're closed for a power outage." in now["spoken"]
    assert ivr("reopen", project=tiny).out.startswith("Reopened: within 2 seconds the usual hours hold again. We're ")
    assert ivr("hours", "--json", project=tiny).json["rule"] != "closure"


def test_until_may_be_a_time_of_tomorrow(ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", "tomorrow 10:00", "--reason", "We are closed because of snow.", project=tiny)
    assert ran.code == 0
    assert "10:00. New callers hear it within 2 seconds: We are closed because of snow." in ran.out


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        ("2020-01-01 10:00", "snow", "--until: 2020-01-01 10:00 is already over. Name a moment to come."),
        ("soon", "snow", '--until: "soon" is not a moment.'),
        ("tomorrow 10:00", " ", "--reason: callers hear it, so it cannot be empty."),
    ],
)
def test_a_closure_that_cannot_be_gets_a_sentence(until: str, reason: str, said: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", until, "--reason", reason, project=tiny)
    assert said in ran.words
    assert ran.code == 2
    assert ivr("reopen", project=tiny).out.startswith("Nothing to reopen: no closure by `ivr close` is in force.")


EXAMPLE = "Say only why, in plain words, such as: a power outage."
AS_IT_STANDS = "as it stands: nothing is filled in here, and markup is not obeyed."


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("{{ hours.foo }} & snow", f"Callers would hear the {{{{ {AS_IT_STANDS}"),
        ("<b>snow</b>", f"Callers would hear the < {AS_IT_STANDS}"),
        ("snow {", f"Callers would hear the {{ {AS_IT_STANDS}"),
        ("an outage. Call 651-431-2670 instead.", "A telephone number is typed into the words."),
        ("an outage. Write to help@mnsure.org.", "An email address is typed into the words."),
        ("a meeting until 2 p.m.", "A time of day is typed into the words."),
        (
            "See www.mnsure.org",
            'The voice would read the address "www.mnsure.org" sign by sign, and nobody can note it.',
        ),
        ("snow \N{SNOWMAN}", 'The voice says nothing for "\N{SNOWMAN}", or its name: "snowman".'),
    ],
)
def test_a_reason_that_cannot_be_spoken_is_refused_with_an_example(
    reason: str, wrong: str, ivr: Ivr, tiny: Path
) -> None:
    ran = ivr("close", "--until", "tomorrow 10:00", "--reason", reason, project=tiny)
    assert f"--reason: {wrong} {EXAMPLE}" in ran.words
    assert ran.code == 2
    assert ivr("reopen", project=tiny).out.startswith("Nothing to reopen")


@pytest.mark.parametrize("reason", ["snow & ice", "staff training", "We're closed because of the weather."])
def test_a_reason_in_plain_words_closes_the_line(reason: str, ivr: Ivr, tiny: Path) -> None:
    assert ivr("close", "--until", "tomorrow 10:00", "--reason", reason, project=tiny).code == 0


def test_the_line_can_be_closed_while_a_file_is_half_edited(ivr: Ivr, tiny: Path) -> None:
    ivr("publish", project=tiny)
    edit(tiny, "config/hours.yaml", "zone: America/Chicago", "zone: Nowhere")
    assert ivr("close", "--until", "tomorrow 10:00", "--reason", "snow", project=tiny).code == 0
    assert ivr("reopen", project=tiny).code == 0
