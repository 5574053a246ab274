"""The graph and real calls are the same: no live call leaves the graph, and every way of it is taken by a real call."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from webhooks import TUESDAY

from bench.told import told
from bench.walks import Mark, Walker, mark_of, marks
from ivr.call import CallSession, Heard, IncomingCall
from ivr.engine import Answer
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.log import no_logging
from ivr.proof.example import example, turns_of
from ivr.proof.explore import MISHAPS, ON_ERROR, WORN_OUT, Graph, Way, explored
from ivr.rehearsal import BASE_URL, rehearsal_line, sample_brokers, set_scene
from ivr.softphone.scripted import play, read_calls
from ivr.staging import Stage
from ivr.steps.dial import DialStep
from ivr.wiring import Line

PROJECT = Path(__file__).parents[2]
FLOW = "broker_line"
CALLS = 100_000
SHARE = 1_000
AT_ONCE = 2
MOST_TURNS = 75
"""More than after which a call is worn out, so that this happens too."""

LONGEST_WAIT_S = 240
"""Between two turns: long enough that the line opens and closes meanwhile, and no call lasts till its place expires."""


@cache
def shipped() -> tuple[Release, Graph, Stage]:
    files = read_files(PROJECT)
    release = load_release(files)
    return release, explored(release.flows[FLOW]), Stage(files, sample_brokers(PROJECT), release)


@cache
def line() -> Line:
    return rehearsal_line(shipped()[0], sample_brokers(PROJECT), directory="by_number")


def follows(states: Iterable[int], answer: Answer) -> set[int]:
    """The states in which an answer can leave a call that stood in one of these, outcome by outcome."""
    graph = shipped()[1]
    now = set(states)
    for event in answer.events:
        if event.outcome:
            now = {
                way.target
                for state in now
                if graph.step_name(state) == event.step
                for way in graph.ways(state)
                if way.outcome == event.outcome
            }
    return now


def led(state: int, mishap: str) -> set[int]:
    """Where a mishap leads from a state."""
    return {way.target for way in shipped()[1].ways(state) if way.outcome == mishap}


def random_call(number: int) -> tuple[int, list[str]]:
    """One call of random keys from a random moment on; turns taken, and where it left the graph."""
    release, graph, _ = shipped()
    chance = random.Random(number)
    moment = TUESDAY + timedelta(minutes=chance.randrange(10 * 24 * 60))
    call = IncomingCall(f"CA{number:032x}", f"+1612555{chance.randrange(10_000):04}", "+18445208695")
    lasting = chance.choice([6, 12, 25, MOST_TURNS])
    turns = line().turns
    state, session, token = 0, None, None
    for turn in range(lasting):
        before: set[int]
        if session is None:
            reply = turns.begin(call, moment, BASE_URL)
            before = {0}
        elif chance.random() < 0.03:
            reply = turns.recover(call, token, moment, BASE_URL)
            before = led(state, ON_ERROR)
        else:
            heard = something(graph, session, chance)
            reply = turns.go_on(call, token or "", heard, moment, BASE_URL)
            worn_out = (session.turn + 1) % release.turns_limit == 0 and not heard.dialled
            before = led(state, WORN_OUT) if worn_out else {state}
        if reply.answer is None:
            return turn, [f"call {number}: a turn failed at {graph.step_name(state)}"]
        session = reply.answer.session
        now = graph.state_of(session)
        if now is None or now not in follows(before, reply.answer):
            return turn, [f"call {number}: not explored: {session}, {reply.answer.events}"]
        state = now
        if found := re.search(r"s=([\w-]+)", reply.document):
            token = found[1]
        if not list(graph.ways(state)):
            return turn, []
        moment += timedelta(seconds=chance.choice([5, 10, 20, 60, LONGEST_WAIT_S]))
    return lasting, []


def something(graph: Graph, session: CallSession, chance: random.Random) -> Heard:
    """Anything that may come in while a call stands there."""
    step = graph.flow.steps[session.step]
    if not step.waits:
        return Heard()
    if isinstance(step, DialStep):
        talked = chance.random() < 0.2
        return Heard(dialled="completed" if talked else chance.choice(["no-answer", "busy", "failed"]), talked=talked)
    roll = chance.random()
    if roll < 0.2:
        return Heard(finished_on=chance.choice([None, "#"]))
    if roll < 0.5:
        return Heard("".join(chance.choice("0123456789*") for _ in range(chance.randrange(1, 11))), "#")
    return Heard(chance.choice("001234567899**#"))


def random_calls(numbers: range) -> tuple[int, list[str]]:
    with no_logging():
        set_scene(line(), unconfirmed_entries=0, caller="", at=TUESDAY)
        found = [random_call(number) for number in numbers]
    return sum(turns for turns, _ in found), [wrong for _, wrongs in found for wrong in wrongs]


def test_a_hundred_thousand_random_calls_stay_inside_the_graph() -> None:
    began = time.perf_counter()
    shares = [range(first, min(first + SHARE, CALLS)) for first in range(0, CALLS, SHARE)]
    turns, done, wrong = 0, 0, []
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        for number, wrongs in pool.map(random_calls, shares):
            done += SHARE
            turns += number
            wrong += wrongs
            told(f"{done:,} of {CALLS:,} calls, {turns:,} turns, {len(wrong)} outside the graph")
    print(f"\n{CALLS:,} calls, {turns:,} turns, {time.perf_counter() - began:.0f} s: {len(wrong)} outside the graph")
    assert wrong == []


def taken(path: Sequence[Way]) -> list[tuple[str, str]]:
    """What a call made from a walk does in the real application, step by step, with the outcomes."""
    release, graph, stage = shipped()
    script = example(graph, path, release.turns_limit).script("a call made from the graph")
    call = read_calls({"flows/calls/made.yaml": json.dumps([script]).encode()})[0]
    with no_logging():
        return [step for step in play(call, stage.set_for).taken if step[1]]


def followed(path: Sequence[Way]) -> int:
    """How many ways of a walk the real call took as they are."""
    graph = shipped()[1]
    wanted = [(graph.step_name(way.source), way.outcome) for way in path]
    real = taken(path)
    return next((place for place, pair in enumerate(wanted) if real[place : place + 1] != [pair]), len(wanted))


def is_taken(way: Way) -> bool:
    """Whether a call made for a way takes it."""
    release, graph, _ = shipped()
    path = [*graph.path(way.source), way]
    if way.outcome == WORN_OUT:
        path = lengthened(path, release.turns_limit)
    if not any(step.outcome in MISHAPS for step in path):
        return followed(path) == len(path)
    # What a lost answer had already set going stands among what was taken; what counts is where the call went on.
    if way.outcome in MISHAPS:
        return any(step == graph.step_name(way.target) for step, _ in taken(path))
    return (graph.step_name(way.source), way.outcome) in taken(path)


def lengthened(path: list[Way], limit: int) -> list[Way]:
    """The same walk with so many repeats of a menu that its last way comes on the turn that wears the call out."""
    graph = shipped()[1]
    more = limit - len(turns_of(graph, path))
    for place, step in enumerate(path):
        again = next(
            (way for way in graph.ways(step.source) if way.outcome == "repeat" and way.target == way.source), None
        )
        if again is not None:
            return [*path[:place], *[again] * more, *path[place:]]
    return path


def mishaps(known: Iterable[Mark]) -> list[Mark]:
    """Faults of ours at every place; wearing out, which takes sixty turns, once a step."""
    found: dict[object, Mark] = {}
    for mark in known:
        place, _, outcome = mark
        if outcome in MISHAPS:
            found.setdefault((outcome, place if outcome == ON_ERROR else place[0]), mark)
    return list(found.values())


def is_unscripted(way: Way) -> bool:
    """A mishap while a look-up is slow: the caller does nothing just then, so no script can time it."""
    graph = shipped()[1]
    path = [*graph.path(way.source), way]
    return any(step.outcome in MISHAPS and not graph.step(step.source).waits for step in path)


def test_every_way_of_the_graph_is_taken_by_a_real_call() -> None:
    began = time.perf_counter()
    graph = shipped()[1]
    walker = Walker(graph)
    first_ways = marks(graph)
    number = calls = 0
    not_followed = set()
    for walk in walker.walks():
        went = followed(walk)
        calls += 1
        number += went
        not_followed |= {mark_of(graph, way) for way in walk[went:]} - {mark_of(graph, way) for way in walk[:went]}
        told(f"{len(first_ways):,} ways: {len(walker.left):,} left after {calls:,} calls")
    alone = [*(not_followed | walker.left), *mishaps(first_ways)]
    unscripted = [mark for mark in alone if is_unscripted(first_ways[mark])]
    alone = [mark for mark in alone if mark not in unscripted]
    missed = []
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        tried = pool.map(is_taken, (first_ways[mark] for mark in alone), chunksize=20)
        for place, (mark, was_taken) in enumerate(zip(alone, tried, strict=True), 1):
            missed += [] if was_taken else [mark]
            told(f"{place:,} of {len(alone):,} ways by a call of their own, {len(missed)} missed")
    seconds = time.perf_counter() - began
    print(
        f"\n{len(first_ways):,} ways, {calls + len(alone):,} calls, {seconds:.0f} s: {len(missed)} not taken, "
        f"{len(unscripted)} left to random calls"
    )
    assert missed == []
