"""The graph of a flow: no live call leaves it, and every way of it is taken by some call."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_line import tiny_files
from webhooks import TUESDAY

from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.log import no_logging
from ivr.proof.example import example
from ivr.proof.explore import MISHAPS, Graph, TooManyStates, Way, explored
from ivr.rehearsal import sample_brokers
from ivr.softphone import InProcess, Number, Softphone
from ivr.softphone.scripted import Given, play, read_calls
from ivr.softphone.state import DialWait
from ivr.staging import Stage

PROJECT = Path(__file__).parents[1]
FLOW = "broker_line"


@cache
def shipped() -> tuple[Release, Graph, Stage]:
    files = read_files(PROJECT)
    release = load_release(files)
    return release, explored(release.flows[FLOW]), Stage(files, sample_brokers(PROJECT), release)


@cache
def outcomes() -> frozenset[tuple[str, str]]:
    graph = shipped()[1]
    return frozenset(
        (graph.step_name(way.source), way.outcome) for state in range(len(graph)) for way in graph.ways(state)
    )


def random_call(chance: random.Random) -> Softphone:
    """A call of random keys at a random moment, with any answer of the directory."""
    moment = TUESDAY + timedelta(minutes=chance.randrange(10 * 24 * 60))
    app, base, token, account = shipped()[2].set_for(Given(at=moment, directory="by_number"))
    phone = Softphone(InProcess(app, base), Number.at(base, account, token), moment)
    phone.dial()
    for _ in range(chance.randrange(1, 25)):
        if phone.is_over:
            break
        roll = chance.random()
        if isinstance(phone.waiting, DialWait):
            phone.representative(chance.choice(["answers", "no_answer", "declines"]))
        elif roll < 0.2:
            phone.stay_silent()
        elif roll < 0.3:
            phone.garble_next_answer()
            phone.stay_silent()
        elif roll < 0.6:
            entry = "".join(chance.choice("0123456789*") for _ in range(chance.randrange(1, 12)))
            phone.press(entry + chance.choice(["#", "##", ""]))
        else:
            phone.press(chance.choice("0123456789*#"))
    return phone


@given(st.integers(0, 10**9))
@settings(max_examples=150, deadline=None)
def test_no_live_call_leaves_the_graph(seed: int) -> None:
    graph = shipped()[1]
    with no_logging():
        phone = random_call(random.Random(seed))
    for turn in phone.trace:
        assert graph.state_of(turn["session"]) is not None, f"not explored: {turn['session']}"
        for event in turn["steps"]:
            assert not event.outcome or (event.step, event.outcome) in outcomes()


def kinds_of_way() -> list[Way]:
    """One way for each place and thing that may come to it."""
    graph = shipped()[1]
    found: dict[object, Way] = {}
    for state in range(len(graph)):
        session = graph.session(state)
        for way in graph.ways(state):
            mark = (session.step, session.silences, session.wrong_keys, session.tries, way.meeting, way.outcome)
            found.setdefault(mark, way)
    return list(found.values())


def test_a_way_of_the_graph_is_taken_by_the_call_made_from_it() -> None:
    release, graph, stage = shipped()
    tried = [way for way in kinds_of_way() if way.outcome not in MISHAPS][::12]
    assert len(tried) > 80
    for way in tried:
        path = [*graph.path(way.source), way]
        script = example(graph, path, release.turns_limit).script("a call made from the graph")
        call = read_calls({"flows/calls/made.yaml": json.dumps([script]).encode()})[0]
        with no_logging():
            outcome = play(call, stage.set_for)
        wanted = [(graph.step_name(step.source), step.outcome) for step in path]
        if any(step.outcome in MISHAPS for step in path):
            assert wanted[-1] in outcome.taken
        else:
            assert [taken for taken in outcome.taken if taken[1]][: len(wanted)] == wanted, script


def test_facts_that_nobody_looks_at_any_more_do_not_multiply_the_graph() -> None:
    flow = load_release(tiny_files()).flows["tiny"]
    steps = dict(flow.steps)
    graph = explored(flow)
    watched = explored(flow, {name: frozenset(flow.facts) for name in steps})
    assert len(graph) < len(watched)
    assert {graph.step_name(state) for state in range(len(graph))} == set(steps)


def test_a_flow_with_too_many_states_is_refused_and_the_facts_are_blamed() -> None:
    flow = load_release(tiny_files()).flows["tiny"]
    with pytest.raises(TooManyStates, match=r"more than 50 states.*label \(3 values\), line \(2 values\)"):
        explored(flow, limit=50)
