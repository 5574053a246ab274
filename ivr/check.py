"""What must hold before a release goes live: it loads, its rules hold on every call, scripted calls go as written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from ivr.address import longest_address
from ivr.check_calls import play_all
from ivr.errors import BrokerLineError, Fault, FileFaults
from ivr.fallback import fallback_faults
from ivr.flow.confirmed import unconfirmed
from ivr.flow.given import given_release
from ivr.flow.load import load_to_look_at
from ivr.flow.release import Release, release_name
from ivr.flow.rules import WrittenRule, caller_facing
from ivr.proof.coverage import uncovered
from ivr.proof.explore import Graph, TooManyStates, Way, explored
from ivr.proof.rules import Shown, Violation, rules_of, shown, violations, watched
from ivr.proof.rules_changed import Changed, OnAir, nothing_before
from ivr.softphone import DIALLED
from ivr.softphone.scripted import MakeApp, Outcome, ScriptedCall, play, read_calls
from ivr.softphone.suggested import as_yaml
from ivr.store import Store
from ivr.turns.live import layout_of
from ivr.yaml_text import nearest

LONGEST_ADDRESS = 480
"""Characters of a whole action address, public host included (some of the provider's products cap it at 512)."""

MOST_CHANGES = 8
"""Changes told of one broken rule."""

Kind = Literal["proof", "fallback", "address", "load", "calls", "rules"]
MOST_HARMFUL: Sequence[Kind] = get_args(Kind)
"""Kinds of findings, the worst for callers first; scripted calls after what leads them astray."""

UNKNOWN_NUMBER = "+18005550100"
"""A number that nobody has: `line.other_numbers` says what its callers get."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that should be looked at.

    Args:
        kind: which part of the check found it.
        call: the call that shows it, as it was heard, line by line: a scripted call that went otherwise, or one that
            breaks a rule.
        script: for a broken rule, that call as it can be kept in `flows/calls/`.
        about: the sentence of the scripted call that went otherwise.
        changed: for a broken rule, what was changed since the version on the air and led there.
    """

    level: Literal["error", "warning"]
    kind: Kind
    fault: Fault
    call: Sequence[str] = ()
    script: Mapping[str, Any] | None = None
    about: str = ""
    changed: Sequence[Changed] = ()

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "level": self.level,
            "kind": self.kind,
            "file": self.fault.file,
            "line": self.fault.line,
            "column": self.fault.column,
            "text": self.fault.text,
            "step": self.fault.step,
            "wrong": self.fault.wrong,
            "remedy": self.fault.remedy,
            "call": list(self.call),
            **({"script": as_yaml(self.script)} if self.script else {}),
            **({"changed": [change.as_json() for change in self.changed]} if self.changed else {}),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, and what was looked at.

    Args:
        outcomes: how each scripted call went.
        graph: every call the flow can make; None when there are too many.
        rules_shown: numbers of the rules that scripted calls name.
        shown: how each rule is shown, by its number: the proof goes before the calls.
        uncovered: a way to each outcome that no scripted call takes.
    """

    findings: Sequence[Finding]
    release: Release | None
    calls_played: int = 0
    rules_shown: Sequence[str] = field(default=())
    outcomes: Sequence[Outcome] = ()
    graph: Graph | None = None
    uncovered: Sequence[Way] = ()
    shown: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def proved(self) -> frozenset[str]:
        """Numbers of the rules that are decided on every possible call."""
        return frozenset(number for number, how in self.shown.items() if how == "proved")

    @property
    def named_by_calls(self) -> frozenset[str]:
        """Numbers of the rules that scripted calls name, proved as well or not."""
        return frozenset(self.rules_shown) & self.shown.keys()

    @property
    def shown_twice(self) -> frozenset[str]:
        """Those of them that are proved as well."""
        return self.proved & self.named_by_calls

    @property
    def passes(self) -> bool:
        """No error among the findings; warnings do not stop a release."""
        return all(finding.level != "error" for finding in self.findings)


class CheckFailed(BrokerLineError):
    """The files were not published; the report says why."""

    def __init__(self, report: Report) -> None:
        self.report = report
        errors = sum(finding.level == "error" for finding in report.findings)
        super().__init__(f"{errors} finding{'s' if errors != 1 else ''}; not published")


def check(
    files: Mapping[str, bytes],
    stage: Callable[[Release, Release], MakeApp],
    public_url: str,
    progress: Progress | None = None,
    now: datetime | None = None,
    before: OnAir = nothing_before,
) -> Report:
    """Check a bundle.

    Args:
        now: with zone; None where nobody asks how long the hours are still confirmed.
        before: asked only when a rule is broken: the version on the air, to tell what was changed since.
        stage: gives, for a release and the one its calls are played on, the applications that answer scripted calls.
    """
    try:
        loaded = load_to_look_at(files)
        release, rules = loaded.release, loaded.rules
        given = given_release(files, release)
        calls = read_calls(files, known_steps(release), given.calendar.zone)
    except FileFaults as faults:
        return Report([Finding("error", "load", fault) for fault in faults.faults], None)
    findings = [Finding("warning", "load", fault) for fault in loaded.warnings]
    if now:
        findings += [Finding("warning", "load", fault) for fault in unconfirmed(files, release.calendar, now)]
    findings += [Finding("error", "load", fault) for fault in loaded.unmet]
    findings += address_findings(release, public_url)
    findings += [Finding("error", "fallback", fault) for fault in fallback_faults(release, rules)]
    playing = play_all(calls, lambda: stage(release, given))
    graph, broken, unproved = prove(release, rules, before)
    findings += unproved
    if broken:
        make_app = stage(release, given)
        findings += [broken_rule(violation, make_app) for violation in broken]
    outcomes = []
    for number, outcome in enumerate(playing, 1):
        outcomes.append(outcome)
        findings += [
            Finding("error", "calls", of_call(outcome.call, fault), outcome.transcript, about=outcome.call.name)
            for fault in outcome.failures
        ]
        if progress:
            progress(number, len(calls))
    findings += rule_findings(rules, calls)
    ways = uncovered(graph, (taken for outcome in outcomes for taken in outcome.taken)) if graph else []
    by_calls = {number for call in calls for number in call.rules}
    how = {number: shown(rule, by_calls, broken) for number, rule in rules.items()} if graph else {}
    how |= {rule.number: "not shown" for rule in beside_no_call(release, rules)} if graph else {}
    findings.sort(key=harm)
    return Report(findings, release, len(calls), sorted(by_calls), outcomes, graph, ways, how)


def harm(finding: Finding) -> tuple[bool, int]:
    """What findings are told by, the most harmful first: a broken rule before what no caller would notice."""
    return finding.level != "error", MOST_HARMFUL.index(finding.kind)


def prove(
    release: Release, rules: Mapping[str, WrittenRule], before: OnAir = nothing_before
) -> tuple[Graph | None, Sequence[Violation], Sequence[Finding]]:
    """The graph of the flow that scripted calls reach, and the rules that some call breaks; an error where too large.

    Each flow that a number gets is held to the rules that stand beside it.
    """
    reached = release.flows[release.flow_for(DIALLED)]
    graph: Graph | None = None
    broken: list[Violation] = []
    findings: list[Finding] = []
    for flow in release.flows.values():
        mine = rules_of(flow, rules)
        if not mine and flow is not reached:
            continue
        try:
            found = explored(flow, watched(flow, mine))
        except TooManyStates as error:
            remedy = "Until then nothing about this flow can be proved."
            findings.append(Finding("error", "proof", Fault("flows", 0, 0, "", str(error), remedy)))
            continue
        calling = {} if flow is reached else {"to": number_of(release, flow.name)}
        broken += [
            replace(violation, script={**violation.script, **calling})
            for violation in violations(release, found, mine, before)
        ]
        graph = found if flow is reached else graph
    return graph, broken, [*findings, *map(never_proved, beside_no_call(release, rules))]


def beside_no_call(release: Release, rules: Mapping[str, WrittenRule]) -> list[WrittenRule]:
    """Rules with something to prove, beside flows that no number gets: nothing looks at them."""
    proved = {rule.number for flow in release.flows.values() for rule in rules_of(flow, rules)}
    return [rule for rule in rules.values() if rule.rule.holds and rule.number not in proved]


def never_proved(rule: WrittenRule) -> Finding:
    """A warning that a rule says of calls what nobody decides."""
    remedy = "Write it beside a flow that config/line.yaml gives a number, in a file of that flow's name."
    return Finding("warning", "rules", rule.fault(f"Nothing proves {rule.number}: no call gets this flow.", remedy))


def number_of(release: Release, flow: str) -> str:
    """A number whose callers get a flow; one that the line does not know for the flow of all others."""
    return next((number for number, one in release.numbers.items() if one == flow), UNKNOWN_NUMBER)


def broken_rule(violation: Violation, make_app: MakeApp) -> Finding:
    """A broken rule with its call, played and heard: when, which keys, what is said, where it goes wrong."""
    script = on_config(violation.script)
    call = read_calls({"flows/calls/broken.yaml": json.dumps([script]).encode()})[0]
    outcome = play(call, make_app)
    told = [
        *where_to_look(violation),
        f"A call at {script['at']} shows it: {', '.join(does(script)) or 'the caller only listens'}.",
        *outcome.transcript,
        f"Here: {violation.but}.",
        "The way the call takes:",
        *(f"  {line}" for line in violation.way),
    ]
    script["rules"] = [violation.rule.number]
    return Finding("error", "proof", violation.fault, told, script, changed=violation.changed)


def where_to_look(violation: Violation) -> Iterator[str]:
    """The lines that were changed since what is on the air, as far as they led here; else those that decided it."""
    if violation.changed:
        yield f"Changed since {violation.since}:"
        yield from (f"  {change}" for change in violation.changed[:MOST_CHANGES])
        if (more := len(violation.changed) - MOST_CHANGES) > 0:
            yield f"  and {more} more: ivr diff shows them."
        return
    if violation.since:
        yield f"Nothing that leads here has changed since {violation.since}."
    if violation.deciding:
        yield "Look at these lines first; they decide where the call goes:"
        yield from (f"  {line}" for line in violation.deciding)


def on_config(script: Mapping[str, Any]) -> dict[str, Any]:
    """A scripted call that is to be played on config/ as it is: what is proved is proved of that."""
    written: dict[str, Any] = {"call": script["call"], "at": script["at"], "given": {}, **script}
    return written | {"given": {"config": "real", **written["given"]}}


def does(script: Mapping[str, Any]) -> Iterator[str]:
    """What happens in a call, as words to read aloud."""
    for happening in script["happens"]:
        match next(iter(happening.items())):
            case "presses", keys:
                yield f"presses {keys}"
            case "stays_silent", _:
                yield "says and presses nothing"
            case "representative", what:
                yield f"a representative {str(what).replace('_', ' ')}"
            case "clock", moment:
                yield f"(it is now {moment})"
            case "fault", _:
                yield "(something of ours fails)"


def of_call(call: ScriptedCall, fault: Fault) -> Fault:
    """A fault of a scripted call, told with its sentence and the rules it shows."""
    rules = f" ({', '.join(call.rules)})" if call.rules else ""
    return replace(fault, wrong=f'The call "{call.name}"{rules} goes otherwise. {fault.wrong}')


def known_steps(release: Release) -> frozenset[str]:
    """Every step of every flow, by the name it has in a transcript."""
    return frozenset(step for flow in release.flows.values() for step in flow.steps)


def address_findings(release: Release, public_url: str) -> list[Finding]:
    """An error when a call of this release could need a longer address than the provider surely takes."""
    length = longest_address(layout_of(release), public_url)
    if length <= LONGEST_ADDRESS:
        return []
    wrong = f"The address of a call could be {length} characters long; {LONGEST_ADDRESS} are sure to be taken."
    remedy = "Use fewer facts in the flow, or a shorter IVR_PUBLIC_URL."
    return [Finding("error", "address", Fault("flows", 0, 0, "", wrong, remedy))]


def rule_findings(rules: Mapping[str, WrittenRule], calls: Sequence[ScriptedCall]) -> list[Finding]:
    """Rules that callers hear and no scripted call shows; numbers that calls name and no rule has."""
    shown = {number for call in calls for number in call.rules}
    findings = [
        Finding("error", "rules", rule.fault(f"No scripted call shows {number}.", "Add one in flows/calls/."))
        for number, rule in caller_facing(rules).items()
        if number not in shown
    ]
    for call in calls:
        for place, number in enumerate(call.rules):
            if rules and number not in rules:
                meant = nearest(number, rules)
                remedy = f"Did you mean {meant}?" if meant else "Add it to flows/broker_line.rules.yaml."
                fault = call.fault(("rules", place), f"There is no rule {number}.", remedy)
                findings.append(Finding("error", "rules", fault))
    return findings


def publish(store: Store, files: Mapping[str, bytes], report: Report, note: str, at: datetime) -> int:
    """Store a checked bundle and make it live. Returns its number. Raises CheckFailed when the report has an error."""
    if not report.passes:
        raise CheckFailed(report)
    number = store.add_release(release_name(files), files, note, at)
    store.make_live(number, at, note)
    return number
