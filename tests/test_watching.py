"""The shipped dashboard and alert rules ask only for figures, labels and values that the line has."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from webhooks import CALL, Provider, action, tiny_line

from ivr.flow.load import load_release, read_files
from ivr.log import set_up_logging
from ivr.voice.causes import CAUSES

PROJECT = Path(__file__).parents[1]
DEPLOY = PROJECT / "docs/deploy"
PAGE = (PROJECT / "docs/watching.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
FROM_PROMETHEUS = {"instance", "job", "le"}


def asked() -> Iterator[tuple[str, str]]:
    """Every question of the files: where it stands, and the question."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


QUESTIONS = list(asked())


@pytest.fixture(scope="module")
def figures() -> Mapping[str, Mapping[str, set[str]]]:
    """Every figure that a line with a call shows: name, as it is asked for, to label to values."""
    provider = Provider(tiny_line())
    answered = provider.post(action(provider.post(action(provider.post()), Digits="1")), Digits="99900001")
    provider.post(action(answered), DialCallStatus="completed")
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(provider.client.get("/metrics").text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


@pytest.mark.parametrize(("where", "question"), QUESTIONS, ids=[where for where, _ in QUESTIONS])
def test_a_question_names_only_what_there_is(
    where: str, question: str, figures: Mapping[str, Mapping[str, set[str]]]
) -> None:
    names = set(re.findall(r"\bivr_\w+", question))
    assert names or "up{" in question
    assert names - figures.keys() == set()
    known = set().union(*(figures[name].keys() for name in names)) if names else set()
    grouped = {label.strip() for group in re.findall(r"by \(([^)]*)\)", question) for label in group.split(",")}
    chosen = set(re.findall(r"[{,]\s*(\w+)=", question))
    assert (grouped | chosen) - known - FROM_PROMETHEUS == set()
    assert question.count("(") == question.count(")")


def outcomes() -> set[str]:
    """Every outcome that a step of the shipped line can have."""
    release = load_release(read_files(PROJECT))
    steps = [step for flow in release.flows.values() for step in flow.steps.values()]
    return {outcome for step in steps for outcome in (*step.wires(), *step.stays())}


def test_values_that_are_asked_for_can_be() -> None:
    known = {
        "cause": set(CAUSES),
        "outcome": outcomes(),
        "result": {"certified", "not_confirmed", "slow", "unavailable"},
        "job": {"broker-line"},
    }
    for where, question in QUESTIONS:
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', question):
            if label != "instance":
                assert set(values.split("|")) - known[label] == set(), where


def test_an_alert_wakes_somebody_for_every_cause_that_only_the_provider_can_have() -> None:
    question = next(rule["expr"] for rule in RULES if rule["alert"] == "ProviderIsRefused")
    named = set(re.search(r'cause=~"([^"]*)"', question)[1].split("|"))  # type: ignore[index]
    anybodys = {"token", "account", "shared_key", "unsigned", "unusable", "not_looked_into"}
    assert set(CAUSES) - named == anybodys


def test_every_alert_says_who_is_woken_what_is_wrong_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert all(len(rule["annotations"][part].split()) > 2 for part in ("summary", "remedy"))
    named = {rule["alert"] for rule in RULES}
    assert {name for name in named if f"`{name}`" not in PAGE} == set()


def test_each_cause_and_result_has_a_figure_before_its_first_event(
    figures: Mapping[str, Mapping[str, set[str]]],
) -> None:
    assert figures["ivr_refused_total"]["cause"] >= set(CAUSES)
    assert figures["ivr_look_up_seconds_count"]["result"] == {"certified", "not_confirmed", "slow", "unavailable"}


def test_the_page_tells_of_every_figure_and_of_no_other(figures: Mapping[str, Mapping[str, set[str]]]) -> None:
    ours = {name for name in figures if name.startswith("ivr_") and not name.endswith(("_created", "_bucket", "_sum"))}
    told = set(re.findall(r"^\| `(ivr_\w+)`", PAGE, re.MULTILINE))
    assert {name.removesuffix("_count") for name in ours} == told
    assert {name for name in CAUSES if not re.search(rf"^\| [\w, ]*\b{name}\b[\w, ]* \|", PAGE, re.MULTILINE)} == set()


def test_panels_stand_side_by_side_and_tell_what_they_show() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_turn_is_one_line_of_the_log_with_its_call_step_outcomes_and_milliseconds() -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging(production=True, stream=stream)
    try:
        provider = Provider(tiny_line())
        asked_for_number = provider.post(action(provider.post()), Digits="1")
        provider.post(action(asked_for_number), Digits="99900001")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {tuple(sorted(line)) for line in lines} == {
        ("call", "event", "keyed", "level", "logger", "ms", "outcomes", "step", "timestamp", "turn")
    }
    assert [
        (line["event"], line["call"], line["turn"], line["step"], line["outcomes"], line["keyed"]) for line in lines
    ] == [
        ("turn", CALL, 1, "first_menu", "hours:open greeting:next", ""),
        ("turn", CALL, 2, "number/npn", "first_menu:1 representative:open number:enter", "1"),
        (
            "turn",
            CALL,
            3,
            "representatives",
            "number/npn:entered number/certification:certified number/certified:back connecting:next",
            "******01",
        ),
    ]
    assert all(0 < line["ms"] < 10_000 for line in lines)
