"""Rules about what is said: words required or forbidden, words that go together, lengths, keys that are spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ivr.flow.holds import AtLeast, AtMost, Interrupted, KeysAgree, SaidAt, Together
from ivr.prompts import key_word
from ivr.proof.explore import Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_view import SAMPLE_MOMENTS, Calls, Heard, with_options
from ivr.proof.rules_walk import Walk
from ivr.steps import Step
from ivr.steps.collect import CollectStep
from ivr.steps.menu import CONTROL_KEYS, MenuStep, Option
from ivr.verbs import Break, Speech

_KEY_WORDS = {key_word(key): key for key in "0123456789*"}
_PRESS = re.compile(rf"\bpress (?:the )?({'|'.join(_KEY_WORDS)})\b", re.IGNORECASE)
_OFFERED = re.compile(rf", (?:press )?({'|'.join(_KEY_WORDS)})\.", re.IGNORECASE)


def said(calls: Calls, hold: SaidAt) -> Iterator[Broken]:
    """Words that are missing, late, or forbidden."""
    steps = calls.steps(hold.at, hold.but)
    for name in steps:
        if hold.say and (broken := _missing(calls, hold, name)):
            yield broken
        if hold.never_say and (broken := _forbidden(calls, hold, name)):
            yield broken


def _missing(calls: Calls, hold: SaidAt, name: str) -> Broken | None:
    for heard in calls.heard(name):
        for words in hold.say:
            wanted = calls.text(words, heard.moment)
            found = _find(heard.speech, wanted)
            if found is None:
                return _at(calls, heard, f'{name} does not say "{wanted}"', hears_not=wanted)
            if hold.within is not None and (seconds := _seconds_to(calls, heard.speech, found)) > hold.within:
                told = f'{name} says "{wanted}" only after {seconds:.1f} seconds'
                return _at(calls, heard, told, hears=wanted)
    return None


def _forbidden(calls: Calls, hold: SaidAt, name: str) -> Broken | None:
    allowed = [calls.text(words).casefold() for words in hold.allowing]
    for heard in calls.heard_always(name):
        text = _plain(heard.speech)
        for one in allowed:
            text = text.replace(one, " ")
        for words in hold.never_say:
            unwanted = calls.text(words, heard.moment)
            if re.search(rf"\b{re.escape(unwanted.casefold())}\b", text):
                return _at(calls, heard, f'{name} says "{unwanted}"', hears=unwanted)
    return None


def together(calls: Calls, hold: Together) -> Iterator[Broken]:
    """Steps that say one thing without the other."""
    for name in calls.steps(["every_step"]):
        for heard in calls.heard(name):
            text = _plain(heard.speech)
            found = next((words for words in hold.wherever if calls.text(words).casefold() in text), None)
            if found is None or any(calls.text(words).casefold() in text for words in hold.also):
                continue
            step = calls.flow.steps[name]
            offered = step.options.items() if isinstance(step, MenuStep) else ()
            if any(option.go in hold.or_key_to and option.stands(heard.facts) for _, option in offered):
                continue
            wanted = " or ".join(f'"{calls.text(words)}"' for words in hold.also)
            told = f'{name} says "{calls.text(found)}" without {wanted or "the key that belongs to it"}'
            yield _at(calls, heard, told, hears=calls.text(found))
            break


def at_most(calls: Calls, hold: AtMost) -> Iterator[Broken]:
    """Words that take too long, and menus with too many choices."""
    for name in calls.steps(hold.at, hold.but):
        step = calls.flow.steps[name]
        for heard in calls.heard(name):
            speech = heard.speech
            seconds = calls.length(speech)
            offered = [key for key, option in _offered(step) if option.stands(heard.facts)]
            told = ""
            if hold.seconds is not None and seconds > hold.seconds:
                told = f"{name} takes {seconds:.1f} seconds, more than {hold.seconds:g}"
            elif hold.words is not None and speech.words > hold.words:
                told = f"{name} has {speech.words} words, more than {hold.words}"
            elif hold.options is not None and len(offered) > hold.options:
                told = f"{name} offers {len(offered)} choices, more than {hold.options}"
            if told:
                yield _at(calls, heard, told)
                break
        if hold.first_key is not None and (broken := _first_key(calls, hold.first_key, name)):
            yield broken


def _first_key(calls: Calls, most: float, name: str) -> Broken | None:
    """Seconds from the beginning of a call to the first key offered."""
    graph = calls.graph
    step = calls.flow.steps[name]
    first = next((key for key, _ in _offered(step)), None)
    if first is None or not isinstance(step, MenuStep):
        return None
    walk = Walk(calls, (), "open", ())
    found = walk.first([(0, 0)], frozenset(calls.by_step[name]))
    path = walk.back(found) if found is not None else calls.shortest(name)
    states = [0, *(way.target for way in path)]
    seconds = 0.0
    for state in states:
        at, one = graph.step_name(state), graph.step(state)
        if at == name:
            one = with_options(step, first)
        scene = calls.scene(graph.facts(state), SAMPLE_MOMENTS[0])
        seconds += sum(calls.length(say.speech) for say in one.spoken(at, scene, None))
    if seconds <= most:
        return None
    told = f"the first key is offered only after {seconds:.1f} seconds"
    return Broken(told, path, name, at=SAMPLE_MOMENTS[0])


def at_least(calls: Calls, hold: AtLeast) -> Iterator[Broken]:
    """Steps that wait too short, or give up too soon."""
    for name in calls.steps(hold.at, hold.but):
        step = calls.flow.steps[name]
        wanted: list[tuple[str, float | None, float | None, str]] = []
        if isinstance(step, MenuStep):
            wanted = [
                ("wait", step.wait, hold.wait, "seconds for a key"),
                ("attempts", step.attempts, hold.heard, "times a silent caller hears it"),
                ("wrong_keys", step.wrong_keys, hold.wrong_keys, "the wrong key that gives up"),
            ]
        elif isinstance(step, CollectStep):
            wanted = [
                ("first_digit", step.first_digit, hold.first_digit, "seconds for the first digit"),
                ("between_digits", step.between_digits, hold.between_digits, "seconds for each further digit"),
                ("attempts", step.attempts, hold.heard, "times a silent caller hears it"),
            ]
        if hold.pause is not None and (broken := _hurried(calls, hold.pause, name)):
            yield broken
        for field, has, least, what in wanted:
            if least is not None and has is not None and has < least:
                told = f"at {name}, {what}: {has:g} instead of {least:g}"
                yield Broken(told, calls.shortest(name), name, field=(field,))


def _hurried(calls: Calls, pause: float, name: str) -> Broken | None:
    """A menu whose choices follow each other with less than a pause between them."""
    step = calls.flow.steps[name]
    for heard in calls.heard(name):
        offered = [key for key, option in _offered(step) if option.stands(heard.facts)]
        pauses = [piece for piece in heard.speech.pieces if isinstance(piece, Break) and piece.ms >= pause * 1000]
        if len(pauses) < len(offered) - 1:
            return _at(
                calls, heard, f"the choices of {name} follow each other with less than {pause:g} seconds between"
            )
    return None


def keys_agree(calls: Calls, hold: KeysAgree) -> Iterator[Broken]:
    """Keys that are spoken and do nothing, or do something and are not spoken."""
    for name in calls.steps(hold.at):
        step = calls.flow.steps[name]
        if not isinstance(step, MenuStep):
            continue
        for heard in calls.heard(name):
            keys = _keys_spoken(heard.speech)
            works = {key for key, option in step.options.items() if option.works(heard.facts)}
            silent = {key for key in works if key in CONTROL_KEYS or f"{name}.{key}" in hold.silent}
            told = ""
            if wrong := next((key for key in keys if key not in works), None):
                told = f"{name} names key {wrong}, which does nothing there"
            elif wrong := next((key for key in works if key not in keys and key not in silent), None):
                told = f"key {wrong} of {name} works and is never spoken"
            elif len(set(keys)) < len(keys):
                told = f"{name} names a key twice"
            elif hold.first is not None and keys[:1] != [hold.first]:
                told = f"{name} offers key {keys[0] if keys else 'nothing'} first, not {hold.first}"
            if told:
                yield _at(calls, heard, told)
                break


def interrupted(calls: Calls, hold: Interrupted) -> Iterator[Broken]:
    """Words that a key does not interrupt."""
    for name in calls.steps(["every_step"], hold.but):
        for heard in calls.heard(name):
            if any(not say.can_interrupt and say.speech for say in heard.says):
                yield _at(calls, heard, f"no key interrupts {name}")
                break
    for name in hold.to_the_end:
        for heard in calls.heard(name):
            if any(say.can_interrupt and say.speech for say in heard.says):
                yield _at(calls, heard, f"a key interrupts {name}")
                break


def _offered(step: Step) -> list[tuple[str, Option]]:
    if not isinstance(step, MenuStep):
        return []
    return [(key, option) for key, option in step.options.items() if option.offer is not None]


def _keys_spoken(speech: Speech) -> list[str]:
    """The keys that words name, in order."""
    text = speech.plain
    found = {match.start(1): match[1] for pattern in (_PRESS, _OFFERED) for match in pattern.finditer(text)}
    return [_KEY_WORDS[found[place].lower()] for place in sorted(found)]


def _at(calls: Calls, heard: Heard, told: str, *, hears: str = "", hears_not: str = "") -> Broken:
    path: list[Way] = calls.sample(heard)
    step = calls.flow.steps[heard.step]
    if heard.after is not None and path:
        stay = next((way for way in calls.graph.ways(path[-1].target) if way.outcome == heard.after), None)
        path = [*path, stay] if stay else path
    path = calls.onward(path, path[-1].target if path else 0)
    return Broken(told, path, heard.step, field=_field(step, hears), at=heard.moment, hears=hears, hears_not=hears_not)


def _field(step: Step, hears: str) -> tuple[str, ...]:
    """The field of a step that says the words, or the one that would."""
    words = step.words()
    first = hears.casefold().split()[:2]
    for field, template in words.items():
        if first and all(word in template.source.casefold() for word in first):
            return tuple(field.split("."))
    return ("say",) if "say" in words else ("options",)


def _plain(speech: Speech) -> str:
    return " ".join(speech.plain.casefold().split())


def _find(speech: Speech, wanted: str) -> int | None:
    """Characters of the plain words up to the end of those wanted; None if they are not there."""
    text = _plain(speech)
    wanted = " ".join(wanted.casefold().split())
    place = text.find(wanted)
    return None if place < 0 else place + len(wanted)


def _seconds_to(calls: Calls, speech: Speech, end: int) -> float:
    """Seconds of speech until so many characters of it have been heard."""
    for count in range(1, len(speech.pieces) + 1):
        part = Speech(speech.pieces[:count])
        if len(_plain(part)) >= end:
            whole: Sequence[str | Break] = speech.pieces[: count - 1]
            before = Speech(tuple(whole))
            rest = len(_plain(speech)[len(_plain(before)) : end].split())
            return calls.length(before) + rest * 60 / calls.voice.words_per_minute
    return calls.length(speech)
