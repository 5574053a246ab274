"""What notices a mutant: loading it, the rules, the scripted calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.answering import app_for
from ivr.flow.given import given_release, with_recording
from ivr.flow.layout import Laid
from ivr.flow.load import load_release, read_files
from ivr.flow.path_faults import never_met, path_faults
from ivr.flow.project import HOURS
from ivr.flow.release import Flow
from ivr.flow.rules import read_rules
from ivr.flow.text import Findings, read_flow
from ivr.hours import HoursFile
from ivr.proof.explore import explored
from ivr.proof.rules import FORMS, rules_of, watched
from ivr.proof.rules_view import Calls
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, given_brokers, rehearsal_line, sample_brokers, set_scene
from ivr.softphone.scripted import Given, ScriptedCall, play, read_calls
from ivr.staging import Circumstances, crowded
from ivr.wiring import Line
from ivr.yaml_text import parse, read_yaml
from mutants.making import FLOW, Mutant, Outcome, mutants

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

PROJECT = Path(__file__).parents[2]
FILE = f"flows/{FLOW}.yaml"


@dataclass(frozen=True)
class Played:
    """A scripted call with the outcomes that it takes in the line as it is."""

    call: ScriptedCall
    taken: frozenset[Outcome]

    @property
    def steps(self) -> frozenset[str]:
        """The steps that it passes."""
        return frozenset(step for step, _ in self.taken)


class Bench:
    """The shipped project, ready to be tried with one slip after another."""

    def __init__(self) -> None:
        self.files = read_files(PROJECT)
        self.release = load_release(self.files)
        self.hours = parse(HoursFile, read_yaml(HOURS, self.files[HOURS]))
        self._given = given_release(self.files, self.release)
        self._releases = {
            (config, recording): load_release(with_recording(release.files, True)) if recording else release
            for config, release in (("real", self.release), ("given", self._given))
            for recording in (False, True)
        }
        self._cast = given_brokers(self.files) or sample_brokers(PROJECT)
        self._lines: dict[Circumstances, tuple[Line, Flask]] = {}
        self._on = self._releases
        self._text = read_flow(read_yaml(FILE, self.files[FILE]), Findings())
        self._rules = rules_of(self.flow, read_rules(self.files))

    @property
    def flow(self) -> Flow:
        """The flow as it is."""
        return self.release.flows[FLOW]

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Every slip that is tried."""
        return mutants(self.release, self.hours)

    @cached_property
    def calls(self) -> Sequence[Played]:
        """The scripted calls, the shortest first, as they go in the line as it is."""
        self._on = self._releases
        found = []
        for call in sorted(read_calls(self.files), key=lambda call: len(call.script.happens)):
            outcome = play(call, self._set_for)
            if not outcome.passes:
                raise AssertionError(f"{call.name}: {outcome.failures[0]}")
            found.append(Played(call, frozenset(outcome.taken)))
        return found

    def call_that_notices(self, mutant: Mutant) -> str:
        """The first scripted call that goes otherwise than written; empty when none does.

        A call that takes none of the changed outcomes goes as before, so it need not be played.
        """
        candidates = [played.call for played in self.calls if may_notice(mutant, played)]
        if mutant.hours is not None:
            candidates = [call for call in candidates if call.given.config == "real"]
        self._on = {
            (config, recording): release if mutant.hours and config == "given" else mutant.applied(release)
            for (config, recording), release in self._releases.items()
        }
        return next((call.name for call in candidates if not play(call, self._set_for).passes), "")

    def fault_at_load(self, mutant: Mutant) -> str:
        """What loading says of the ways through the flow; empty when it says nothing."""
        flow = mutant.applied(self.release).flows[FLOW]
        if not self._text.head:
            raise AssertionError("the flow has no head")
        head = self._text.head.model_copy(
            update={"start": flow.start, "on_error": flow.on_error, "worn_out": flow.worn_out}
        )
        laid = {name: Laid(step, self._text, name) for name, step in flow.steps.items()}
        faults = [*path_faults(head, laid, flow.facts), *never_met(head, laid)]
        return next((fault.wrong for fault in faults), "")

    def rule_broken(self, mutant: Mutant) -> str:
        """The first rule that some call through the mutant breaks; empty when the proof finds none."""
        release = mutant.applied(self.release)
        flow = release.flows[FLOW]
        calls = Calls(release, explored(flow, watched(flow, self._rules)))
        for rule in self._rules:
            for hold in rule.rule.holds:
                name, form = hold.form
                if next(FORMS[name](calls, form), None) is not None:
                    return rule.number
        return ""

    def _set_for(self, given: Given) -> tuple[WSGIApplication, str, str, str]:
        circumstances = (given.directory, given.recording, given.closures)
        if circumstances not in self._lines:
            directory, recording, closures = circumstances
            line = rehearsal_line(self._on[given.config, recording], self._cast, directory=directory, closures=closures)
            self._lines[circumstances] = (line, app_for(line))
        line, app = self._lines[circumstances]
        line.releases.put_on(self._on[given.config, given.recording])
        set_scene(line, unconfirmed_entries=given.unconfirmed_entries, caller=given.caller, at=given.at)
        return crowded(app) if given.crowded else app, BASE_URL, AUTH_TOKEN, ACCOUNT_SID


def may_notice(mutant: Mutant, played: Played) -> bool:
    """The call passes what was changed."""
    if mutant.passing:
        return not played.steps.isdisjoint(mutant.passing)
    return not mutant.outcomes or not played.taken.isdisjoint(mutant.outcomes)
