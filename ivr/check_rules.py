"""The rules held against every possible call, and a broken one told with the call that breaks it, played and heard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ivr.errors import Fault
from ivr.findings import Finding
from ivr.flow.release import Release
from ivr.flow.rules import WrittenRule
from ivr.proof.explore import Graph, TooManyStates, explored
from ivr.proof.rules import Violation, rules_of, violations, watched
from ivr.proof.rules_changed import OnAir, nothing_before
from ivr.softphone import DIALLED
from ivr.softphone.scripted import MakeApp, play, read_calls

MOST_CHANGES = 8
"""Changes told of one broken rule."""

UNKNOWN_NUMBER = "+18005550100"
"""A number that nobody has: `line.other_numbers` says what its callers get."""


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
