"""Rules about what is said, held against words that no step speaks: those of `config/line.yaml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ivr.flow.holds import SaidAt, Together
from ivr.flow.lengths import SAMPLE_ENTRY
from ivr.flow.release import Release
from ivr.flow.rules import WrittenRule
from ivr.hours import parse_moment
from ivr.prompts import Words
from ivr.proof.rules_view import SAMPLE_MOMENTS
from ivr.verbs import Speech

EVERYWHERE: Final = "every_step"
_Text = Callable[[Words], str]


@dataclass(frozen=True, slots=True)
class FixedBroken:
    """A rule that fixed words break. `told` goes on after "the words": ``do not say "..."``."""

    rule: WrittenRule
    told: str


def broken_by(
    speech: Speech, release: Release, rules: Iterable[WrittenRule], instead_of: Iterable[str] = ()
) -> Iterator[FixedBroken]:
    """Every line of the rules that these words break.

    Args:
        instead_of: steps whose place the words take, so that what must be said there must be said here: those that
            callers hear when something of ours fails.
    """
    moment = parse_moment(SAMPLE_MOMENTS[0], release.calendar.zone)
    facts = {name: value for flow in release.flows.values() for name, value in flow.initial_facts.items()}
    scene = {**release.spoken, "hours": release.calendar.at(moment).words(), "facts": facts, "entry": SAMPLE_ENTRY}
    steps, said = frozenset(instead_of), _plain(speech.plain)

    def text(words: Words) -> str:
        return words.speak(scene).plain

    for rule in rules:
        for hold in rule.rule.holds:
            form = hold.form[1]
            if isinstance(form, SaidAt):
                found = _said(form, said, steps, text)
            elif isinstance(form, Together):
                found = _together(form, said, text)
            else:
                continue
            yield from (FixedBroken(rule, told) for told in found)


def _said(form: SaidAt, said: str, steps: frozenset[str], text: _Text) -> Iterator[str]:
    here = bool(steps.intersection(form.at)) and not steps.intersection(form.but)
    if here:
        yield from (f'do not say "{text(words)}"' for words in form.say if _plain(text(words)) not in said)
    if here or EVERYWHERE in form.at:
        rest = said
        for words in form.allowing:
            rest = rest.replace(_plain(text(words)), " ")
        for words in form.never_say:
            if re.search(rf"\b{re.escape(_plain(text(words)))}\b", rest):
                yield f'say "{text(words)}"'


def _together(form: Together, said: str, text: _Text) -> Iterator[str]:
    found = next((words for words in form.wherever if _plain(text(words)) in said), None)
    if found is not None and not any(_plain(text(words)) in said for words in form.also):
        wanted = " or ".join(f'"{text(words)}"' for words in form.also)
        yield f'say "{text(found)}" without {wanted or "what belongs to it"}'


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
