"""How the diff tells an edit of the shipped line: its cause, its place, the shortest call, before and now."""

from __future__ import annotations

from datetime import datetime

from brute_force import BEFORE_NINE, CENTRAL, CLOSED, HOLIDAY, OPEN
from edited_lines import (
    FLOW,
    HOURS,
    after,
    changed,
    diff_of,
    said,
    shipped,
)

from ivr.proof.diff import NOTHING, NOTHING_ELSE, NOTHING_FOR_CALLERS, compared


def test_each_edit_is_named_as_the_cause_and_nothing_else_is() -> None:
    assert said("a wire") == ["routing: first_menu, key 3: leads to status_menu instead of agencies_menu"]
    assert said("a word") == ["words: appeals: the words are changed"]
    assert said("a number") == ["numbers: contacts.dhs.phone is +16514312671 instead of +16514312670"]
    assert said("a new option") == ["routing: information_menu, key 5, is new (For agencies)"]
    assert said("a step renamed") == []
    assert said("a fact dropped") == ["routing: life_event, key 1: no longer sets topic: life_event"]
    assert said("attempts") == ["routing: status_menu: attempts is 3 instead of 2"]
    assert said("two keys swapped") == [
        "routing: agencies_menu, key 1: leads to medical_assistance instead of minnesotacare",
        "routing: agencies_menu, key 2: leads to minnesotacare instead of medical_assistance",
        "words: agencies_menu: the words are changed",
    ]


def test_who_is_named_hears_otherwise_at_the_moment_that_is_named() -> None:
    """The reason comes before the next opening: nobody can tell on a plain Saturday, everybody can on a holiday."""
    change = diff_of("a reason")[1].changes[0]
    assert change.example.when == "on Wed 2026-12-16 at 07:00"
    assert change.example.before.startswith(
        "MNsure Broker Line. We're closed; we open today at nine a.m. Central time. We"
    )
    assert change.example.now.startswith("MNsure Broker Line. We open later for training. We're closed; we open today")
    assert change.times is not None
    assert [change.times.covers(moment) for moment in (OPEN, CLOSED, HOLIDAY, BEFORE_NINE)] == [
        False,
        False,
        True,
        True,
    ]


def test_an_option_that_is_gone_is_a_cause_with_its_line_in_the_old_file() -> None:
    change = diff_of("an option gone")[1].changes[0]
    assert change.cause.says == "not_confirmed, key 2, is gone (For certification or training questions)"
    line = shipped()[0][FLOW].decode().splitlines()[change.line - 1]
    assert (change.file, line.strip()[:10]) == (FLOW, "2: {offer:")


def test_the_shortest_call_is_told_with_before_and_now() -> None:
    example = diff_of("a wire")[1].changes[0].example
    assert example.caller == "Caller, in open hours, presses 3"
    assert example.before.startswith("For MinnesotaCare, press one.")
    assert example.now.startswith("For application, enrollment or verification status, press one.")


def test_a_fact_that_is_dropped_shows_where_a_representative_hears_of_it() -> None:
    example = diff_of("a fact dropped")[1].changes[0].example
    assert example.leads_before.startswith("A representative is rung and hears: Broker Line, certified, life event.")
    assert example.leads_now.startswith("A representative is rung and hears: Broker Line, certified, general.")
    assert example.who == "Certified broker"


def test_the_same_files_change_nothing() -> None:
    release = shipped()[1]
    assert compared(release, release, OPEN).verdict == NOTHING


def test_a_renamed_step_is_no_change_for_callers_and_is_mentioned() -> None:
    diff = diff_of("a step renamed")[1]
    assert diff.verdict == NOTHING_FOR_CALLERS
    assert list(diff.renamed) == [("who_calls", "whos_calling")]
    assert (diff.files.rules, diff.files.calls) == ((), ())


def test_nothing_else_changes_is_said_only_after_the_whole_exploration() -> None:
    diff = diff_of("a word")[1]
    assert diff.verdict == NOTHING_ELSE
    assert diff.states > 10_000


def test_a_comment_is_no_change() -> None:
    diff = compared(shipped()[1], after(changed(HOURS, r"\A", "# Looked through.\n")), OPEN)
    assert diff.verdict == NOTHING_FOR_CALLERS
    assert list(diff.files.quiet) == ["Comments or layout only."]


def test_a_special_date_is_told_with_its_times_and_its_reason() -> None:
    special = "special_dates: {2026-12-05: {hours: 09:00-13:00, name: open enrollment}}"
    release = after(changed(HOURS, r"^special_dates: \{\}", special))
    diff = compared(shipped()[1], release, datetime(2026, 11, 24, 10, 0, tzinfo=CENTRAL))
    (days,) = diff.hours.alike
    assert days.sentence == (
        "On Sat 2026-12-05 from 09:00 to 13:00 the line is open instead of closed (special date, 09:00-13:00: "
        "open enrollment; before: weekly hours for Saturday, closed)."
    )
    assert "we open Monday at eight a.m." in days.before
    assert days.now.startswith("MNsure Broker Line, for brokers and their staff.")


def test_a_friday_that_ends_earlier_is_told_once_for_all_fridays() -> None:
    (days,) = diff_of("hours")[1].hours.alike
    assert "Fridays from 2026-12-18" in days.sentence
    assert "from 15:00 to 16:00 the line is closed instead of open" in days.sentence
