"""Names in the `holds:` of rules that nobody has: steps, outcomes, kinds, facts, teams, contacts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from ivr.errors import Fault
from ivr.flow.holds import ANYWHERE, GROUPS, Form
from ivr.flow.release import Flow
from ivr.flow.rules import WrittenRule
from ivr.flow.words import flaws
from ivr.prompts import Words
from ivr.steps import KINDS
from ivr.yaml_text import nearest

STEPS: Final = ("reach", "comes_to", "passing", "to", "each", "or_key_to", "but", "to_the_end")
PLACES: Final = ("after", "until", "without")
OUTCOMES: Final = ("taking", "silent")
GROUPED: Final = ("at", "from")
FACTS: Final = ("when", "unless")
CONTACTS: Final = ("never_rings",)


def name_faults(
    rules: Sequence[WrittenRule],
    flow: Flow,
    known: Mapping[str, Collection[Any]],
    teams: Collection[str],
    unread: Collection[str] = (),
) -> Iterator[Fault]:
    """Everything that the rules of a flow name and nobody has.

    Args:
        known: root to the names that words may refer to, for the words of rules and for contacts.
        unread: roots whose file could not be read, so that nothing can be said about names of theirs.
    """
    names = {
        **dict.fromkeys(STEPS, (list(flow.steps), "step")),
        **dict.fromkeys(PLACES, ([*flow.steps, *_outcomes(flow)], "step or outcome")),
        **dict.fromkeys(OUTCOMES, (_outcomes(flow), "outcome")),
        **dict.fromkeys(GROUPED, ([*flow.steps, *GROUPS, ANYWHERE], "step")),
        "kind": (list(KINDS), "kind of step"),
        "kinds": (list(KINDS), "kind of step"),
        "rings": (list(teams), "team of representatives"),
        **dict.fromkeys(CONTACTS, (list(known.get("contacts", ())), "contact")),
    }
    for rule in rules:
        for place, hold in enumerate(rule.rule.holds):
            word, form = hold.form
            path = ("rules", rule.number, "holds", place, word)
            for field, value in _written(form):
                if field == "of":
                    yield from _limit_faults(rule, (*path, field), value, known.get("desk", ()), unread)
                elif field in FACTS:
                    yield from _fact_faults(rule, (*path, field), value, flow)
                elif field in CONTACTS and "contacts" in unread:
                    continue
                elif field in names:
                    there, what = names[field]
                    extra = ("same",) if field == "comes_to" else ()
                    yield from _unknown(rule, (*path, field), value, [*there, *extra], what)
                else:
                    yield from _words_faults(rule, (*path, field), value, known, unread)


def _limit_faults(
    rule: WrittenRule, path: tuple[str | int, ...], of: str, desk: Collection[Any], unread: Collection[str]
) -> Iterator[Fault]:
    """A limit that config/desk.yaml does not have, or that is no number."""
    name = of.partition(".")[2]
    if "desk" in unread:
        return
    if name not in desk:
        meant = nearest(name, desk)
        remedy = f'Did you mean "desk.{meant}"?' if meant else "Add it under desk: in config/desk.yaml."
        yield rule.document.fault(path, f'There is nothing called "{of}".', remedy)
    elif isinstance(desk, Mapping) and not str(desk[name]).isdecimal():
        yield rule.document.fault(path, f'"{of}" is no number: it is "{desk[name]}".', "Name one that is.")


def _written(form: Form) -> Iterator[tuple[str, Any]]:
    for name in form.model_fields_set:
        yield type(form).model_fields[name].alias or name, getattr(form, name)


def _outcomes(flow: Flow) -> list[str]:
    return [f"{name}.{outcome}" for name, step in flow.steps.items() for outcome in (*step.wires(), *step.stays())]


def _unknown(
    rule: WrittenRule, path: tuple[str | int, ...], names: Sequence[str], there: Collection[str], what: str
) -> Iterator[Fault]:
    for place, name in enumerate(names):
        if name not in there:
            meant = nearest(name, there)
            remedy = f'Did you mean "{meant}"?' if meant else f"Name a {what} that there is."
            where = (*path, place) if isinstance(rule.document.at(path), list) else path
            yield rule.document.fault(where, f'There is no {what} called "{name}".', remedy)


def _fact_faults(
    rule: WrittenRule, path: tuple[str | int, ...], facts: Mapping[str, Sequence[str]], flow: Flow
) -> Iterator[Fault]:
    for fact, values in facts.items():
        if fact not in flow.facts:
            meant = nearest(fact, flow.facts)
            remedy = f'Did you mean "{meant}"?' if meant else f"The facts are {', '.join(flow.facts)}."
            yield rule.document.fault((*path, fact), f'There is no fact called "{fact}".', remedy, key=True)
            continue
        for value in values:
            if value not in flow.facts[fact]:
                meant = nearest(value, flow.facts[fact])
                remedy = f'Did you mean "{meant}"?' if meant else f"Its values are {', '.join(flow.facts[fact])}."
                wrong = f'The fact "{fact}" has no value "{value}".'
                yield rule.document.fault((*path, fact), wrong, remedy)


def _words_faults(
    rule: WrittenRule,
    path: tuple[str | int, ...],
    value: object,
    known: Mapping[str, Collection[Any]],
    unread: Collection[str],
) -> Iterator[Fault]:
    for place, words in enumerate(value if isinstance(value, tuple) else ()):
        if isinstance(words, Words):
            where = (*path, place) if isinstance(rule.document.at(path), list) else path
            for flaw in flaws(words, known, unread):
                yield rule.document.fault(where, flaw.wrong, flaw.remedy, offset=flaw.offset)
