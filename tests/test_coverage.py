"""What scripted calls leave out is found, and the line writes the missing calls itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from click.testing import CliRunner, Result
from projects import tiny_project
from tiny_line import tiny_files

from ivr.cli import group
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.log import no_logging
from ivr.proof.coverage import taking, uncovered
from ivr.proof.explore import MISHAPS, Graph, explored
from ivr.proof.rules_view import Calls
from ivr.softphone.scripted import play, read_calls
from ivr.softphone.suggested import Suggestion, suggestions
from ivr.staging import Stage


@cache
def tiny() -> tuple[Release, Graph, Stage]:
    files = tiny_files()
    release = load_release(files)
    return release, explored(release.flows["tiny"]), Stage(files, (), release)


@cache
def suggested() -> list[Suggestion]:
    """A call for every outcome of the tiny line."""
    release, graph, stage = tiny()
    with no_logging():
        return suggestions(Calls(release, graph), uncovered(graph, []), release.turns_limit, stage.set_for)


def ivr(project: Path, *words: str) -> Result:
    return CliRunner().invoke(group, ["--project", str(project), *words])


def test_without_calls_every_outcome_that_can_happen_is_uncovered() -> None:
    graph = tiny()[1]
    every = {
        (graph.step_name(way.source), way.outcome)
        for state in range(len(graph))
        for way in graph.ways(state)
        if way.outcome not in MISHAPS
    }
    ways = uncovered(graph, [])
    assert {(graph.step_name(way.source), way.outcome) for way in ways} == every
    steps = list(graph.flow.steps)
    assert [steps.index(graph.step_name(way.source)) for way in ways] == sorted(
        steps.index(graph.step_name(way.source)) for way in ways
    )
    assert {("hours", "open"), ("first_menu", "1"), ("first_menu", "gave_up"), ("number/npn", "part")} <= every


def test_what_a_call_takes_is_covered() -> None:
    graph = tiny()[1]
    taken = [("hours", "open"), ("first_menu", "1")]
    left = {(graph.step_name(way.source), way.outcome) for way in uncovered(graph, taken)}
    assert not left & set(taken)
    assert ("hours", "closed") in left


def test_the_way_to_an_outcome_is_short_and_through_open_hours_where_it_can_be() -> None:
    release, graph, _ = tiny()
    wanted = ("number/npn", "no_number")
    way = next(way for way in uncovered(graph, []) if (graph.step_name(way.source), way.outcome) == wanted)
    assert [(graph.step_name(one.source), one.outcome) for one in taking(Calls(release, graph), way)] == [
        ("hours", "open"),
        ("greeting", "next"),
        ("first_menu", "0"),
        ("representative", "open"),
        ("number", "enter"),
        wanted,
    ]


def test_suggested_calls_pass_and_leave_nothing_uncovered() -> None:
    _, graph, stage = tiny()
    text = "\n".join(suggestion.yaml() for suggestion in suggested())
    calls = read_calls({"flows/calls/pasted.yaml": text.encode()}, frozenset(graph.flow.steps))
    with no_logging():
        outcomes = [play(call, stage.set_for) for call in calls]
    assert [str(fault) for outcome in outcomes for fault in outcome.failures] == []
    assert uncovered(graph, [taken for outcome in outcomes for taken in outcome.taken]) == []
    for suggestion, outcome in zip(suggested(), outcomes, strict=True):
        assert set(suggestion.takes) <= set(outcome.taken)


def test_a_suggestion_reads_like_a_call_that_a_person_wrote() -> None:
    assert suggested()[0].yaml() == (
        "- call: At hours, open\n"
        "  at: Tue 2026-11-24 10:00\n"
        "  happens:\n"
        "    - hears: [greeting, first_menu]\n"
        "    - hangs_up: yes\n"
        "  ends: {at: first_menu, by: caller}\n"
    )
    talked = next(one for one in suggested() if ("representatives", "talked") in one.takes).yaml()
    assert "    - representative: answers\n    - hears: [goodbye]\n" in talked
    assert talked.endswith("  ends: {at: representatives, by: connected, label: unchecked}\n")


def test_check_tells_how_many_outcomes_are_left_and_suggests_a_call_for_each(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    checked = ivr(project, "check")
    assert checked.exit_code == 0
    assert "outcomes of steps taken by no scripted call; `ivr check --suggest` writes one for each." in checked.stdout
    suggested = ivr(project, "check", "--suggest")
    assert suggested.exit_code == 0
    (project / "flows/calls/suggested.yaml").write_text(suggested.stdout)
    after = ivr(project, "check", "--suggest")
    assert after.stderr.endswith("Nothing to suggest: scripted calls take every outcome that can happen.\n")
    assert after.exit_code == 0
    assert after.stdout == ""
    assert "taken by no scripted call" not in after.stderr


def test_suggestions_and_json_are_not_printed_into_one_another(tmp_path: Path) -> None:
    asked = ivr(tiny_project(tmp_path), "check", "--suggest", "--json")
    assert asked.exit_code == 2
    assert "--json and --suggest both print; choose one." in asked.stderr
