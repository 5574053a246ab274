"""The policy proved: every line of `holds:` decided over every call, and for each one broken a call that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Literal

from ivr.flow.holds import Form
from ivr.flow.release import Flow, Release
from ivr.flow.rules import RULES_SUFFIX, WrittenRule
from ivr.proof.explore import Graph
from ivr.proof.rules_broken import Blame, Broken, Violation
from ivr.proof.rules_changed import OnAir, nothing_before
from ivr.proof.rules_files import limit, made_of, open_hours
from ivr.proof.rules_reach import reachable
from ivr.proof.rules_time import every_caller
from ivr.proof.rules_view import Calls
from ivr.proof.rules_ways import key, never, one_turn
from ivr.proof.rules_words import at_least, at_most, interrupted, keys_agree, said, together

__all__ = ["Shown", "Violation", "rules_of", "shown", "violations", "watched"]

MOST_TOLD: Final = 5
"""Violations told of one line of a rule; the rest have the same cause or are found once these are mended."""

Decides = Callable[[Calls, Any], Iterator[Broken]]
FORMS: Final[Mapping[str, Decides]] = {
    "never": never,
    "key": key,
    "every_caller": every_caller,
    "reachable": reachable,
    "said": said,
    "together": together,
    "at_most": at_most,
    "at_least": at_least,
    "keys_agree": keys_agree,
    "interrupted": interrupted,
    "open_hours": open_hours,
    "made_of": made_of,
    "limit": limit,
    "one_turn": one_turn,
}

Shown = Literal["proved", "calls", "desk", "queue", "owner", "not shown"]
"""How a rule is shown: by the proof, by scripted calls, by others' work, or not at all."""


def rules_of(flow: Flow, rules: Mapping[str, WrittenRule]) -> list[WrittenRule]:
    """The rules that stand beside a flow."""
    file = flow.file.removesuffix(".yaml") + RULES_SUFFIX
    return [rule for rule in rules.values() if rule.document.file == file]


def watched(flow: Flow, rules: Iterable[WrittenRule]) -> dict[str, frozenset[str]]:
    """Step to the facts that rules look at there, for the exploration to keep apart."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for hold in rule.rule.holds:
            form = hold.form[1]
            facts = {*getattr(form, "when", ()), *getattr(form, "unless", ())}
            if facts:
                for step in _looked_at(flow, form):
                    found.setdefault(step, set()).update(facts)
    return {step: frozenset(facts) for step, facts in found.items()}


def _looked_at(flow: Flow, form: Form) -> Iterator[str]:
    """Steps at whose states a table looks."""
    names = {*getattr(form, "reach", ()), *getattr(form, "at", ()), *getattr(form, "start", ())}
    kinds = set(getattr(form, "kind", ()))
    groups = any(name not in flow.steps for name in names)
    for name, step in flow.steps.items():
        if name in names or step.kind in kinds or (groups and step.waits):
            yield name


def violations(
    release: Release, graph: Graph, rules: Iterable[WrittenRule], before: OnAir = nothing_before
) -> list[Violation]:
    """Every line of the rules that some call breaks, each with a call that shows it.

    Args:
        before: asked once something is broken: the version on the air; what was changed since is blamed first.
    """
    calls = Calls(release, graph)
    blame: Blame | None = None
    known: dict[str, list[Broken]] = {}
    found = []
    for rule in rules:
        for number, hold in enumerate(rule.rule.holds):
            name, form = hold.form
            said = hold.model_dump_json(exclude_unset=True)
            if said not in known:
                known[said] = list(islice(FORMS[name](calls, form), MOST_TOLD))
            if known[said]:
                blame = blame or Blame(calls, before())
                found += [blame.violation(rule, number, one) for one in known[said]]
    return found


def shown(rule: WrittenRule, by_calls: Iterable[str], broken: Iterable[Violation]) -> Shown:
    """How a rule is shown.

    Args:
        by_calls: numbers of the rules that scripted calls show.
        broken: what the proof found.
    """
    if any(violation.rule.number == rule.number for violation in broken):
        return "not shown"
    if rule.rule.holds:
        return "proved"
    if rule.rule.shown_by in ("desk", "queue", "owner"):
        return rule.rule.shown_by
    return "calls" if rule.number in set(by_calls) else "not shown"
