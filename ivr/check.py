"""What must hold before a release goes live: it loads, its rules hold on every call, scripted calls go as written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ivr.address import longest_address
from ivr.check_calls import play_all
from ivr.check_rules import beside_no_call, broken_rule, prove
from ivr.errors import Fault, FileFaults
from ivr.fallback import fallback_faults
from ivr.findings import CheckFailed, Finding, Report, harm
from ivr.flow.confirmed import unconfirmed
from ivr.flow.given import given_release
from ivr.flow.load import load_to_look_at
from ivr.flow.release import Release, release_name
from ivr.flow.rules import WrittenRule, caller_facing
from ivr.proof.coverage import uncovered
from ivr.proof.rules import shown
from ivr.proof.rules_changed import OnAir, nothing_before
from ivr.softphone.scripted import MakeApp, ScriptedCall, read_calls
from ivr.store import Store
from ivr.turns.live import layout_of
from ivr.yaml_text import nearest

LONGEST_ADDRESS = 480
"""Characters of a whole action address, public host included (some of the provider's products cap it at 512)."""

Progress = Callable[[int, int], None]


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
    by_calls = {number for outcome in outcomes if not outcome.failures for number in outcome.call.rules}
    how = {number: shown(rule, by_calls, broken) for number, rule in rules.items()} if graph else {}
    how |= {rule.number: "not shown" for rule in beside_no_call(release, rules)} if graph else {}
    findings.sort(key=harm)
    return Report(findings, release, len(calls), sorted(by_calls), outcomes, graph, ways, how)


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
