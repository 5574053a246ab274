"""Every kind of step by its cases in tests/steps/: what a session, keys and the world come to, through the engine.

A case file has a small flow and a list of cases. A case stands at a step (`at`; or `enters` it), something is heard,
and the outcome, the session afterwards, the words and what is asked next are compared with what is written there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from tiny_line import tiny_files

from ivr.call import CallSession, Heard
from ivr.engine import Answer, advance, begin
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.steps import KINDS
from ivr.steps.menu import MenuStep, Option
from ivr.steps.step import CertificationResult
from ivr.verbs import Dial, Gather, GoOn, HangUp, Say
from ivr.yaml_text import YesNo, parse, read_yaml

CASES = Path(__file__).parent / "steps"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Part):
    """Part of a session: before, what differs from a fresh one; after, what is compared."""

    facts: Mapping[str, str] = {}
    silences: int = 0
    wrong_keys: int = 0
    entry: str = ""
    part: str = ""
    tries: int = 0
    looks: int = 0
    leg: int = 0
    stray_pound: YesNo = False


class Asked(_Part):
    """What the caller is asked for: times in seconds, the most keys, the key that ends them."""

    wait: int | None = None
    first: int | None = None
    most: int | None = None
    finish: str | None = None


class Case(_Part):
    """One case; what it leaves out is not compared."""

    case: str
    at: str = ""
    enters: str = ""
    session: Place = Place()
    moment: str = "2026-11-24 10:00"
    standing: str = ""
    directory: CertificationResult = "certified"
    presses: str = ""
    finished_on: str | None = None
    dialled: Literal["completed", "answered", "busy", "no-answer", "failed", "canceled"] | None = None
    talked: YesNo = False
    outcome: str = ""
    then: str
    after: Place = Place()
    hears: tuple[str, ...] | None = None
    must_hear: tuple[str, ...] | None = None
    asks: Asked | None = None
    rings: tuple[str, ...] | None = None
    goes_on: YesNo = False
    hangs_up: YesNo = False


class CaseFile(_Part):
    """One kind's cases."""

    flow: str
    sub_flow: str | None = None
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class SaidWorld:
    """A world that is what a case says it is."""

    now: datetime
    hours: Mapping[str, str]
    directory: CertificationResult
    asked: list[tuple[str, int]] = field(default_factory=list)

    def certification(self, npn: str, looks: int) -> CertificationResult:
        self.asked.append((npn, looks))
        return self.directory


def _read(path: Path) -> CaseFile:
    return parse(CaseFile, read_yaml(path.name, path.read_bytes()))


FILES = {path.stem: _read(path) for path in sorted(CASES.glob("*.yaml"))}
RELEASES: dict[str, Release] = {}


def _release(kind: str) -> Release:
    if kind not in RELEASES:
        cases = FILES[kind]
        RELEASES[kind] = load_release(tiny_files(flow=cases.flow, sub_flow=cases.sub_flow))
    return RELEASES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_cases(kind: str) -> None:
    assert kind in FILES, f"kind {kind} has no cases: write tests/steps/{kind}.yaml"


@pytest.mark.parametrize("kind", FILES)
def test_cases_belong_to_a_kind(kind: str) -> None:
    assert kind in KINDS, f"tests/steps/{kind}.yaml has cases of a kind that is not there"


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind in KINDS])
def test_cases_meet_every_outcome_of_the_kind(kind: str) -> None:
    """Every wire of each of its steps in the case file's flow, and every outcome that stays, at one of them."""
    steps = {name: step for name, step in _release(kind).flows["tiny"].steps.items() if step.kind == kind}
    told = {(case.at or case.enters, case.outcome) for case in FILES[kind].cases}
    wires = [(name, outcome) for name, step in steps.items() for outcome in step.wires() if (name, outcome) not in told]
    stayed = {outcome for name, outcome in told if name in steps}
    stays = {outcome for step in steps.values() for outcome in step.stays()} - stayed
    assert (wires, stays) == ([], set()), f"tests/steps/{kind}.yaml has no case for these outcomes"


@pytest.mark.parametrize(
    ("kind", "case"),
    [pytest.param(kind, case, id=f"{kind}: {case.case}") for kind, f in FILES.items() for case in f.cases],
)
def test_case(kind: str, case: Case) -> None:
    answer = _played(_release(kind), case)
    if case.outcome:
        assert answer.events[0].outcome == case.outcome
    assert answer.session.step == case.then
    given = case.after.model_fields_set - {"facts"}
    assert {name: getattr(answer.session, name) for name in given} == {
        name: getattr(case.after, name) for name in given
    }
    assert {name: answer.session.facts[name] for name in case.after.facts} == case.after.facts
    _compare_verbs(case, answer)


def _played(release: Release, case: Case) -> Answer:
    moment = datetime.fromisoformat(case.moment).replace(tzinfo=release.calendar.zone)
    said = dict(release.calendar.at(moment).words())
    world = SaidWorld(moment, said | ({"standing": case.standing} if case.standing else {}), case.directory)
    fresh = begin(release, "tiny", moment)
    facts = {**fresh.facts, **case.session.facts}
    before = replace(
        fresh, step=case.enters or case.at, facts=facts, turn=0 if case.enters else 1, **_counts(case.session)
    )
    heard = Heard(keys=case.presses, finished_on=case.finished_on, dialled=case.dialled, talked=case.talked)
    return advance(release, before, heard, world)


def _counts(place: Place) -> dict[str, Any]:
    return {name: value for name, value in dict(place).items() if name != "facts"}


def _compare_verbs(case: Case, answer: Answer) -> None:
    gathers = [verb for verb in answer.verbs if isinstance(verb, Gather)]
    before = [verb for verb in answer.verbs if isinstance(verb, Say)]
    said = [*before, *(say for gather in gathers for say in gather.said)]
    if case.hears is not None:
        assert [f"{say.part}: {say.speech.plain}" for say in said] == list(case.hears)
    if case.must_hear is not None:
        assert [say.part for say in said if not say.can_interrupt] == list(case.must_hear)
    if case.asks is not None:
        asked = [
            {"wait": gather.wait_s, "first": gather.first_s, "most": gather.most, "finish": gather.finish}
            for gather in gathers
        ]
        given = case.asks.model_dump(include=case.asks.model_fields_set)
        assert [{name: one[name] for name in given} for one in asked] == [given]
    if case.rings is not None:
        assert [number for verb in answer.verbs if isinstance(verb, Dial) for number in verb.numbers] == list(
            case.rings
        )
    assert any(isinstance(verb, GoOn) for verb in answer.verbs) == case.goes_on
    assert any(isinstance(verb, HangUp) for verb in answer.verbs) == case.hangs_up


def test_a_look_up_is_asked_about_the_number_keyed_and_counts_its_looks() -> None:
    release = _release("certification")
    moment = datetime(2026, 11, 24, 10, tzinfo=release.calendar.zone)
    world = SaidWorld(moment, release.calendar.at(moment).words(), "slow")
    session = replace(begin(release, "tiny", moment), step="number", turn=1)
    first = advance(release, session, Heard(keys="0099900001"), world)
    advance(release, first.session, Heard(), world)
    assert world.asked == [("99900001", 0), ("99900001", 1)]


def test_a_session_keeps_what_a_decision_does_not_change() -> None:
    release = _release("menu")
    moment = datetime(2026, 11, 24, 10, tzinfo=release.calendar.zone)
    world = SaidWorld(moment, release.calendar.at(moment).words(), "certified")
    before = replace(begin(release, "tiny", moment), step="first_menu", turn=3, entry="99900001", tries=2)
    after = advance(release, before, Heard(keys="1"), world).session
    kept: dict[str, Any] = {**asdict(before), "step": after.step, "turn": 4, "facts": after.facts}
    assert CallSession(**kept) == after


def test_a_menu_copied_with_other_options_leads_and_speaks_as_those_say() -> None:
    menu = MenuStep.model_validate(
        {"kind": "menu", "options": {"1": {"offer": "For status", "go": "status"}}, "gave_up": {"go": "end"}}
    )
    scene: dict[str, Any] = {"facts": {}}
    assert (menu.wire("1").go, menu.spoken("menu", scene, None)[0].speech.plain) == (
        "status",
        "For status, press one.",
    )
    other = Option.model_validate({"offer": "For hours", "go": "hours"})
    copy = menu.model_copy(update={"options": {"2": other}})
    assert copy.wire("2").go == "hours"
    assert set(copy.wires()) == {"2", "gave_up"}
    assert copy.spoken("menu", scene, None)[0].speech.plain == "For hours, press two."
    assert menu.wire("1").go == "status"
