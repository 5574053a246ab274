"""How long the words of a flow take, against what callers can keep in mind (U-01, U-06, U-07)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from ivr.errors import Fault
from ivr.flow.layout import Laid
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep
from ivr.verbs import Break, Speech


@dataclass(frozen=True, slots=True)
class Target:
    """The most seconds and words of something spoken, and the rule that says so."""

    what: str
    seconds: float
    words: int
    rule: str


FIRST_MENU: Final = Target("The first menu", 18, 40, "U-06")
OTHER_MENU: Final = Target("A menu", 12, 30, "U-06")
MESSAGE: Final = Target("A message with its choices", 25, 55, "U-07")
INSTRUCTION: Final = Target("What to enter", 8, 20, "U-07")
BEFORE_FIRST_KEY: Final = Target("What is said until the first key is offered", 7, 17, "U-01")

SAMPLE_ENTRY: Final = "99900001"
"""An entry of the usual length, as words read it back."""


def too_long(laid: Mapping[str, Laid], start: str, scene: Mapping[str, Any], words_per_minute: int) -> Iterator[Fault]:
    """Warnings about words that take longer than their target.

    Args:
        scene: what words may refer to on an ordinary call.
    """
    first = _said_first(laid, start)
    for name, one in laid.items():
        if not isinstance(one.step, (MenuStep, CollectStep)):
            continue
        speech = _spoken(one, name, scene)
        target = _target(one, name, first)
        if speech.seconds(words_per_minute) > target.seconds or speech.words > target.words:
            yield _fault(one, target, speech, words_per_minute)
    if isinstance(laid[first[-1]].step, MenuStep):
        *before, menu = (_spoken(laid[name], name, scene) for name in first)
        to_first_key = sum(before, Speech()) + _to_first_pause(menu)
        if to_first_key.seconds(words_per_minute) > BEFORE_FIRST_KEY.seconds:
            yield _fault(laid[first[-1]], BEFORE_FIRST_KEY, to_first_key, words_per_minute)


def _to_first_pause(speech: Speech) -> Speech:
    """What is said up to the first pause between choices."""
    pieces = takewhile(lambda piece: not (isinstance(piece, Break) and piece.ms >= 500), speech.pieces)
    return Speech(tuple(pieces))


def _said_first(laid: Mapping[str, Laid], start: str) -> list[str]:
    """Steps from the start to the first that asks, along each step's first wire: the usual beginning of a call."""
    passed = [start]
    while not laid[passed[-1]].step.waits:
        following = next(iter(laid[passed[-1]].step.wires().values())).go
        if following in passed:
            break
        passed.append(following)
    return passed


def _target(one: Laid, name: str, first: list[str]) -> Target:
    if isinstance(one.step, CollectStep):
        return INSTRUCTION
    if name == first[-1]:
        return FIRST_MENU
    return MESSAGE if isinstance(one.step, MenuStep) and one.step.say else OTHER_MENU


def _spoken(one: Laid, name: str, scene: Mapping[str, Any]) -> Speech:
    return sum((say.speech for say in one.step.spoken(name, scene, None)), Speech())


def _fault(one: Laid, target: Target, speech: Speech, words_per_minute: int) -> Fault:
    takes = f"{speech.seconds(words_per_minute):g} seconds ({speech.words} words)"
    wrong = f"{target.what} takes {takes}; callers follow {target.seconds:g} seconds and {target.words} words at most"
    remedy = "Say it in fewer words, or move a part into a step of its own."
    return one.text.fault(one.name, (), f"{wrong} ({target.rule}).", remedy, on_key=True)
