"""What was said on a call, by whom and at which second; the only clock of the softphone."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Who = Literal["line", "caller", "representative"]
Ear = Literal["caller", "representative", "line"]


class Pause(BaseModel):
    """A break inside an utterance: after how many of its words, and how many milliseconds."""

    after: int
    ms: int


class Utterance(BaseModel):
    """Something the line says or plays, before anyone has heard it.

    Args:
        part: name of the step or fixed phrase, from the trace; empty without one.
        seconds: how long it takes; `silence` is a `<Pause>`.
        starts: seconds after the beginning of what it is part of.
    """

    part: str = ""
    text: str = ""
    seconds: float
    pauses: list[Pause] = []
    silence: bool = False
    starts: float = 0.0


class Line(BaseModel):
    """One line of a transcript.

    Args:
        at: seconds since the call was answered.
        to: who hears it.
        seconds: seconds of speech, less than the words take when a key cut it short.
    """

    at: float
    who: Who
    text: str
    part: str = ""
    to: Ear = "caller"
    seconds: float = 0.0


class Tape(BaseModel):
    """The transcript so far and its counters.

    Args:
        elapsed: seconds since the call was answered.
        keys: keys the caller pressed.
        turn_line, turn_at: first line, and second, after the caller's (or representative's) last action.
    """

    lines: list[Line] = []
    elapsed: float = 0.0
    keys: int = 0
    turn_line: int = 0
    turn_at: float = 0.0

    def pass_time(self, seconds: float) -> None:
        """Nothing is said for some seconds."""
        self.elapsed = round(self.elapsed + max(seconds, 0.0), 3)

    def pass_until(self, second: float) -> None:
        """Nothing is said until a second of the call; an earlier one changes nothing."""
        self.pass_time(second - self.elapsed)

    def hear(self, said: Utterance, ear: Ear) -> None:
        """The line says something to the end."""
        if not said.silence:
            self._add(said, self.elapsed, said.seconds, said.text, ear)
        self.pass_time(said.seconds)

    def hear_until(self, said: list[Utterance], began: float, second: float, ear: Ear) -> None:
        """The line says several things from `began` on, and is cut short at a second of the call."""
        for utterance in said:
            starts = began + utterance.starts
            if starts >= second:
                break
            heard = min(utterance.seconds, second - starts)
            if not utterance.silence:
                self._add(utterance, starts, heard, _cut(utterance, heard), ear)
        self.pass_until(second)

    def note(self, who: Who, text: str, at: float | None = None, to: Ear = "line") -> None:
        """Someone else than the line does something worth a line."""
        self.lines.append(Line(at=round(self.elapsed if at is None else at, 3), who=who, text=text, to=to))

    def new_turn(self) -> None:
        """What comes from here on answers what was just done."""
        self.turn_line, self.turn_at = len(self.lines), self.elapsed

    def _add(self, said: Utterance, at: float, seconds: float, text: str, ear: Ear) -> None:
        seconds = round(seconds, 3)
        self.lines.append(Line(at=round(at, 3), who="line", text=text, part=said.part, to=ear, seconds=seconds))


def _cut(said: Utterance, heard: float) -> str:
    if heard >= said.seconds - 0.01:
        return said.text
    words = said.text.split()
    return " ".join([*words[: int(len(words) * heard / said.seconds)], "—"])
