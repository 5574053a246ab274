"""Two versions of the line played against each other by brute force: the engine itself, every key, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ivr.call import SILENCE, CallSession, Heard
from ivr.engine import Answer, advance, advance_from, begin, whisper
from ivr.flow.release import Release
from ivr.proof.explore import ON_ERROR, WORN_OUT
from ivr.steps.collect import CollectStep
from ivr.steps.menu import MenuStep
from ivr.steps.step import CertificationResult, Step
from ivr.verbs import Break, Gather, HangUp, Say

CENTRAL = ZoneInfo("America/Chicago")
OPEN = datetime(2026, 12, 15, 10, 0, tzinfo=CENTRAL)
CLOSED = datetime(2026, 12, 12, 10, 0, tzinfo=CENTRAL)
ENTRIES = (
    "99900001#",
    "99900002#",
    "99900003#",
    "99900004#",
    "999000012#",
    "9990000022",
    "9*99900002",
    "2",
    "0#",
    "#",
    "*",
    "",
)
"""Keys at a number, with the directory's answer by the last digit: 1 certified, 2 not confirmed, 3 none, 4 slow."""

ANSWERS: Mapping[str, CertificationResult] = {"1": "certified", "2": "not_confirmed", "3": "unavailable", "4": "slow"}
HOLIDAY = datetime(2026, 12, 25, 10, 0, tzinfo=CENTRAL)
BEFORE_NINE = datetime(2026, 12, 16, 8, 30, tzinfo=CENTRAL)
"""On a Wednesday, when the line opens later than on other days."""

RINGS = (Heard(dialled="completed", talked=True), Heard(dialled="no-answer"))


class World:
    """What steps ask on one turn; remembers what the directory answered."""

    def __init__(self, now: datetime, hours: Mapping[str, str]) -> None:
        self.now, self.hours = now, hours
        self.answers: list[str] = []

    def certification(self, npn: str, looks: int) -> CertificationResult:
        answer = ANSWERS.get(npn[-1:], "not_confirmed")
        self.answers.append(answer)
        return answer


@dataclass(frozen=True)
class Played:
    """What one turn came to: all that is to be noticed of it, and where the call is."""

    noticed: tuple[Any, ...]
    session: CallSession
    answers: tuple[str, ...]
    is_over: bool


class Side:
    """One version, every turn played once."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.flow = release.flows[release.other_numbers]
        self._played: dict[Any, Played] = {}
        self._hours: dict[datetime, Mapping[str, str]] = {}

    def start(self) -> CallSession:
        return replace(begin(self.release, self.flow.name, OPEN), release="", began=0)

    def hours(self, at: datetime) -> Mapping[str, str]:
        if at not in self._hours:
            self._hours[at] = self.release.calendar.at(at).words()
        return self._hours[at]

    def stands(self, at: datetime) -> str:
        """How the hours stand for the flow's own `hours` steps, which tell open and closed apart."""
        return "open" if self.hours(at)["standing"] == "open" else "closed"

    def step(self, session: CallSession) -> Step:
        return self.flow.steps[session.step]

    def play(self, session: CallSession, heard: Heard | str, at: datetime) -> Played:
        mark = (_mark(session), heard, at)
        found = self._played.get(mark)
        if found is None:
            world = World(at, self.hours(at))
            answer = self._answer(session, heard, world)
            spoken = whisper(self.release, answer.session, world)
            noticed = (*_noticed(answer), spoken and spoken.pieces)
            is_over = any(isinstance(verb, HangUp) for verb in answer.verbs)
            kept = replace(answer.session, turn=1)
            found = self._played[mark] = Played(noticed, kept, tuple(world.answers), is_over)
        return found

    def _answer(self, session: CallSession, heard: Heard | str, world: World) -> Answer:
        match heard:
            case Heard():
                return advance(self.release, session, heard, world)
            case "on_error":
                return advance_from(self.release, session, self.flow.on_error or session.step, world)
            case _:
                return advance(self.release, replace(session, turn=self.release.turns_limit - 1), SILENCE, world)


def _mark(session: CallSession) -> tuple[Any, ...]:
    return (
        *(getattr(session, name) for name in CallSession.__dataclass_fields__ if name != "facts"),
        *session.facts.values(),
    )


def _noticed(answer: Answer) -> tuple[Any, ...]:
    """Verbs without the names of their parts; how words are cut into parts does not matter."""
    found: list[Any] = []
    run: list[Any] = []
    for verb in answer.verbs:
        if isinstance(verb, Say):
            run.extend(verb.speech.pieces)
            continue
        if isinstance(verb, Gather):
            inside = [piece for say in verb.said for piece in say.speech.pieces]
            found += [_text(run), _text(inside), replace(verb, said=())]
        else:
            found += [_text(run), verb]
        run = []
    return (*found, _text(run))


def _text(pieces: Sequence[str | Break]) -> tuple[Any, ...]:
    made: list[Any] = []
    for piece in pieces:
        if made and isinstance(piece, str) and isinstance(made[-1], str):
            made[-1] += f" {piece}"
        else:
            made.append(piece)
    return tuple(made)


@dataclass(frozen=True)
class Together:
    """One turn of a call in both versions."""

    a: CallSession
    b: CallSession
    heard: Heard | str
    at: datetime
    differs: bool
    answers: tuple[str, ...]


def all_turns(a: Side, b: Side, keys: int, moments: Sequence[datetime] = (OPEN, CLOSED)) -> Iterator[Together]:
    """Every turn of every call of up to so many keys (an entry or a silence is one) that was the same until then.

    Each turn is at any of the moments: a call may outlast closing time, or opening. On any turn something of ours may
    fail, and any turn on which nobody is rung may be the one that wears the call out; either counts as a key.
    """
    reached = {(_mark(a.start()), _mark(b.start())): (a.start(), b.start())}
    seen = set(reached)
    for _ in range(keys + 1):
        following: dict[Any, tuple[CallSession, CallSession]] = {}
        waiting = list(reached.values())
        while waiting:
            one, other = waiting.pop()
            for heard in may_be_heard(a, one, b, other):
                for at in moments:
                    played, also = a.play(one, heard, at), b.play(other, heard, at)
                    differs = played.noticed != also.noticed
                    answers = max(played.answers, also.answers, key=len)
                    yield Together(one, other, heard, at, differs, answers)
                    if differs or played.is_over or also.is_over:
                        continue
                    mark = (_mark(played.session), _mark(also.session))
                    if mark not in seen:
                        seen.add(mark)
                        pair = (played.session, also.session)
                        # A look-up that is slow goes on without a key.
                        if a.step(played.session).waits or isinstance(heard, str):
                            following[mark] = pair
                        else:
                            waiting.append(pair)
        reached = following


def may_be_heard(a: Side, one: CallSession, b: Side, other: CallSession) -> Sequence[Heard | str]:
    """What is tried: every key that is used in either version, one that is not, silence; entries; answers; mishaps."""
    step, also = a.step(one), b.step(other)
    if not one.turn:
        return (SILENCE, ON_ERROR)
    if not step.waits:
        return (SILENCE, ON_ERROR, WORN_OUT)
    if isinstance(step, MenuStep) and isinstance(also, MenuStep):
        offered = {**step.options, **also.options}
        unused = next(key for key in "7680123459#" if key not in offered)
        pound = [Heard("#")] if one.stray_pound else []
        return [*(Heard(keys=key) for key in (*offered, unused)), SILENCE, *pound, ON_ERROR, WORN_OUT]
    if isinstance(step, CollectStep):
        room = step.digits[1] - len(one.part)
        entries = ((keys.rstrip("#"), "#" if keys.endswith("#") else None) for keys in ENTRIES)
        keyed = [Heard(keys, finished_on) for keys, finished_on in entries if len(keys) <= room]
        return [*keyed, ON_ERROR, WORN_OUT]
    return (*RINGS, ON_ERROR)


def names(where: Mapping[str, Any], turn: Together, a: Side, b: Side) -> bool:
    """Whether a comparison's `where` (as JSON) names the caller of a turn."""
    step, also = a.step(turn.a), b.step(turn.b)
    mishap = turn.heard if isinstance(turn.heard, str) else None
    if (where["mishap"], where["step"], where["step_now"]) != (mishap, turn.a.step, turn.b.step):
        return False
    heard = turn.heard if isinstance(turn.heard, Heard) and turn.a.turn else None
    if heard and not _same_heard(where, heard, step, also, len(turn.a.part)):
        return False
    if where["standing"] and where["standing"] != a.stands(turn.at):
        return False
    if where["moments"] and not _covers(where["moments"], turn.at):
        return False
    if list(turn.answers[: len(where["answers"])]) != where["answers"]:
        return False
    return not where["when"] or any(_holds(when, turn) for when in where["when"])


def _covers(moments: Mapping[str, Any], at: datetime) -> bool:
    spans = [[datetime.fromisoformat(end) for end in span] for span in moments["spans"]]
    return any(starts <= at < until for starts, until in spans)


def _same_heard(where: Mapping[str, Any], heard: Heard, step: Step, also: Step, held: int) -> bool:
    if not step.waits:
        return True
    if heard.dialled:
        return bool(where["talked"] == heard.talked)
    if isinstance(step, CollectStep):
        most = step.digits[1]
        one = _entry_class(where["keys"], where["finished_on"], most, held)
        return one == _entry_class(heard.keys, heard.finished_on, most, held)
    offered = {*getattr(step, "options", {}), *getattr(also, "options", {})}
    key, pressed = (key if key in offered or key in ("", "#") else "unused" for key in (where["keys"], heard.keys))
    return key == pressed


def _entry_class(keys: str, finished_on: str | None, most: int, held: int) -> object:
    if not keys:
        return ("nothing", finished_on)
    if "*" in keys or (keys == "0" and not held):
        return keys if len(keys) == 1 else "star inside"
    return len(keys) + held if len(keys) + held in (9, most) else "usual"


def _holds(when: Mapping[str, str], turn: Together) -> bool:
    return all(_value(name, turn) == value for name, value in when.items())


def _value(name: str, turn: Together) -> str:
    if name.startswith("now."):
        plain = name.removeprefix("now.")
        now = _plain_value(plain, turn.b)
        return "" if plain != "step" and now == _plain_value(plain, turn.a) else now
    return _plain_value(name, turn.a)


def _plain_value(name: str, session: CallSession) -> str:
    if name in session.facts:
        return session.facts[name]
    value = getattr(session, name, "")
    if name == "step":
        return str(value)
    return str(len(value)) if isinstance(value, str) else str(int(value))
