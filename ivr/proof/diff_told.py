"""Calls in words: who calls, when, what is done turn by turn, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ivr.prompts import key_word
from ivr.proof.diff_pairs import Move, SideBySide
from ivr.proof.diff_values import NINE_DIGITS, Answered, Comes
from ivr.proof.explore import ON_ERROR, WORN_OUT
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep
from ivr.steps.step import Step
from ivr.verbs import Speech

STANDINGS: Final = {
    "open": "in open hours",
    "closed": "while the line is closed",
    "holiday": "on a holiday",
    "special": "on a special date",
    "closure": "while staff have closed the line",
}
ANSWERS: Final = {
    "certified": "certified",
    "not_confirmed": "not confirmed",
    "unavailable": "no answer from the certification list",
    "slow": "a slow answer",
}
CALLERS: Final = {
    "certified": "Certified broker",
    "not_confirmed": "Broker whose certification isn't confirmed",
    "unavailable": "Broker whose certification can't be checked",
}


def does(step: Step, other: Step, comes: Comes) -> str:
    """What somebody does on a turn, as it follows "who"."""
    if comes.mishap:
        return {ON_ERROR: "meets a fault of ours", WORN_OUT: "has had too many turns"}[comes.mishap]
    meeting = comes.meeting
    if meeting.talked is not None:
        return "talks with a representative" if meeting.talked else "gets no representative"
    if isinstance(step, MenuStep):
        return _pressed(step, other, meeting.keys)
    if isinstance(step, CollectStep):
        if comes.answers and not meeting.keys:
            return f"leaves a number unfinished{_answered(comes.answers)}"
        return _keyed(step, meeting.keys, meeting.finished_on) + _answered(comes.answers)
    return f"waits for the look-up{_answered(comes.answers)}"


def _pressed(step: MenuStep, other: Step, key: str) -> str:
    if not key:
        return "stays silent"
    if key in step.options or key in getattr(other, "options", {}):
        return f"presses {key_word(key) if key in '*#' else key}"
    return "presses a key that is not offered"


def _keyed(step: CollectStep, keys: str, finished_on: str | None) -> str:
    if not keys:
        return "presses pound alone" if finished_on else "stays silent"
    if keys == "*":
        return "presses star"
    if keys == "0":
        return "keys zero, then pound"
    if "*" in keys:
        return "keys a number with a star in it"
    if len(keys) < step.digits[0]:
        return "keys too few digits"
    if len(keys) == len(NINE_DIGITS):
        return "keys nine digits"
    return "keys a number"


def _answered(answers: Sequence[str]) -> str:
    return f" ({', then '.join(ANSWERS[answer] for answer in answers)})" if answers else ""


def way_in_words(sides: SideBySide, path: Sequence[tuple[int, Move]]) -> tuple[str, str, list[str]]:
    """A call: who it is, when, and what is done, turn by turn."""
    known: list[str] = []
    standing = ""
    done: list[str] = []
    for number, move in path:
        place_a, _, place_b, _ = sides.pairs[number]
        known += [answer for answer in move.comes.answers if answer in CALLERS]
        if sides.a.sessions[place_a].turn or move.comes.mishap:
            said = does(sides.a.step(place_a), sides.b.step(place_b), move.comes)
            if move.comes.standing and standing and move.comes.standing != standing:
                said += f" ({STANDINGS[move.comes.standing]} by then)"
            done.append(said)
        standing = move.comes.standing or standing
    who = CALLERS.get(known[-1], "Caller") if known else "Caller"
    return who, STANDINGS.get(standing_first(path), "at any hour"), done


def standing_first(path: Sequence[tuple[int, Move]]) -> str:
    """How the hours stand when a step first asks; empty when none does."""
    return next((move.comes.standing for _, move in path if move.comes.standing), "")


def follows(answered: Answered) -> str:
    """What follows on the words of a turn."""
    return leads(answered.asks, Speech(answered.whisper).plain)


def finer(answered: Answered, other: Answered) -> str:
    """What tells a turn from another with the same words."""
    held = Speech(answered.first).plain
    interrupted = f"To be heard to its end: {held}" if held else "A key interrupts the words."
    return asked_in_words(answered.asks) if answered.first == other.first else interrupted


def leads(answered_asks: tuple[Any, ...], whisper: str) -> str:
    """What follows on the words of a turn, in words; empty when the caller is asked for keys."""
    for asked in answered_asks:
        if asked[0] == "ring":
            return f"A representative is rung and hears: {whisper}"
        if asked[0] == "hang_up":
            return "The line hangs up."
        if asked[0] == "go_on":
            return "The list is asked once more."
    return ""


def asked_in_words(asks: tuple[Any, ...]) -> str:
    """All that is to be noticed of what follows; for turns that differ in nothing else."""
    said: list[str] = []
    for asked in asks:
        if asked[0] == "keys":
            _, first_s, wait_s, most, finish = asked
            keys = "any number of keys" if most is None else f"{most} key{'' if most == 1 else 's'}"
            later = f", {wait_s} s between them" if most != 1 else ""
            said.append(f"Waits {first_s} s for {keys}{later}{', ended by pound' if finish else ''}.")
        elif asked[0] == "ring":
            _, numbers, ring_s, show_caller, record = asked
            shown = "the caller's number" if show_caller else "our number"
            recorded = ", recorded" if record else ""
            said.append(f"Rings {' and '.join(numbers)} for {ring_s} s, showing {shown}{recorded}.")
        elif asked[0] == "pause":
            said.append(f"Keys are ignored for {asked[1]} s.")
        else:
            said.append(leads((asked,), ""))
    return " ".join(said)
