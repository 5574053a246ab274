"""Values of the comparison of two versions: what comes to a call on a turn, what is heard, where the call is then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ivr.call import CallSession
from ivr.hours import HOURS_WORDS
from ivr.steps.step import CertificationResult, Meeting
from ivr.verbs import Break, Dial, Gather, GoOn, HangUp, Pause, Say, Speech, Verb

Pieces = tuple[str | Break, ...]

HOURS_SAID: Final = {name: f"the hours' own {name.replace('_', ' ')}" for name in HOURS_WORDS}
"""Stands for what `config/hours.yaml` says at a moment: what two versions say with these is said alike at every moment,
and what they do not is looked at moment by moment."""

DIGITS: Final = "1234567890#"
NOTHING: Final = Meeting()
DIRECTORY_ANSWERS: Final[tuple[CertificationResult, ...]] = ("certified", "not_confirmed", "unavailable", "slow")
USUAL_ENTRY, NINE_DIGITS = "99900001", "999000012"


@dataclass(frozen=True, slots=True)
class Comes:
    """What comes to a call on one turn.

    Args:
        meeting: what the caller or the representative does; nothing on the first turn and while a look-up is slow.
        mishap: `WORN_OUT` or `ON_ERROR` instead, or empty.
        standing: how the hours stand, if a step asked; else empty.
        answers: what the directory answers, look by look.
    """

    meeting: Meeting = NOTHING
    mishap: str = ""
    standing: str = ""
    answers: tuple[CertificationResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What a turn comes to for those on the telephone; equal when nobody could tell the difference.

    Args:
        first: words that must be heard to their end.
        then: words that a key interrupts.
        asks: what follows: `keys`, `ring`, `go_on` or `hang_up`, with all that is to be noticed of it.
        whisper: what the representative hears.
    """

    first: Pieces
    then: Pieces
    asks: tuple[Any, ...]
    whisper: Pieces = ()

    @property
    def words(self) -> str:
        """Everything the caller hears."""
        return " ".join(text for text in (Speech(self.first).plain, Speech(self.then).plain) if text)


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of a turn: what it said, and its outcome, empty where the turn ends."""

    step: str
    said: tuple[Pieces, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A whole turn.

    Args:
        place, effect: where the call is then and what became of its facts, both by number.
        asked: the words about the hours that are spoken.
    """

    answered: Answered
    trail: tuple[Taken, ...]
    place: int
    effect: int
    is_over: bool
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of a turn from a step that is entered: as a Turn, its end as a session and the facts set."""

    answered: Answered
    trail: tuple[Taken, ...]
    session: CallSession
    sets: Mapping[str, str]
    is_over: bool
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """The first decision of a turn, at the place where the call waited.

    Args:
        stayed: the outcome, if the call stays.
        answers_used: answers of the directory that the decision has used up.
    """

    session: CallSession
    trail: tuple[Taken, ...]
    sets: Mapping[str, str] = field(default_factory=dict)
    stayed: str | None = None
    overfull: bool = False
    key: str = ""
    answers_used: int = 0


def counts_of(session: CallSession) -> tuple[object, ...]:
    """All that tells two places of a call apart besides its facts."""
    return (
        session.step,
        session.turn,
        session.silences,
        session.wrong_keys,
        session.tries,
        session.looks,
        session.leg,
        session.stray_pound,
        session.part,
        session.entry,
    )


def as_answered(verbs: Sequence[Verb], whisper: Pieces) -> Answered:
    """Verbs without the names of their parts."""
    first: list[Say] = []
    then: tuple[Say, ...] = ()
    asks: list[Any] = []
    for verb in verbs:
        match verb:
            case Say():
                first.append(verb)
            case Pause():
                asks.append(("pause", verb.seconds))
            case Gather():
                then = verb.said
                asks.append(("keys", verb.first_s, verb.wait_s, verb.most, verb.finish))
            case Dial():
                asks.append(("ring", verb.numbers, verb.ring_s, verb.show_caller, verb.record))
            case GoOn():
                asks.append(("go_on",))
            case HangUp():
                asks.append(("hang_up",))
    return Answered(_joined(first), _joined(then), tuple(asks), whisper)


def _joined(said: Sequence[Say]) -> Pieces:
    """Words one after another, however they were cut into parts."""
    made: list[str | Break] = []
    for say in said:
        for piece in say.speech.pieces:
            if made and isinstance(piece, str) and isinstance(made[-1], str):
                made[-1] = f"{made[-1]} {piece}"
            else:
                made.append(piece)
    return tuple(made)
