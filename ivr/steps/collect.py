"""A step that asks for several keys, such as a National Producer Number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field

from ivr.call import CallSession, Changes, Decision, Heard
from ivr.prompts import Words
from ivr.steps.step import Defaults, Meeting, Mistake, Scene, Step, Template, Way, Wire, World, kind, outside_gather
from ivr.steps.units import KeyCount, WholeSeconds
from ivr.verbs import Gather, Say, Verb

Length = Annotated[str, Field(pattern=r"^[1-9][0-9]?$")]


@kind
class CollectStep(Step):
    """Asks for a number by keys, ended by a key, by being full, or by a pause (D-02).

    Leading zeros are dropped; all zeros, or the finish key alone where the provider tells, is `no_number` (D-03).
    Star starts over: with nothing after it the words are said again; within a full entry the rest is awaited in
    silence (`part`). An entry that is too short is asked for again, as after silence. Entries of a length named in
    `lengths` go a way of their own.

    ```yaml
    npn:
      kind: collect
      say: Please enter the broker's National Producer Number, then press pound.
      again: Take your time. Enter the number, then pound.
      digits: 1-10
      finish: "#"
      first_digit: 15s
      between_digits: 5s
      attempts: 2
      lengths:
        9: {go: certification, set: {entry: nine_digits}}
      entered: certification
      no_number: no_number_menu
      gave_up: unchecked_caller
    ```
    """

    asks_caller = True
    silent_outcomes = ("gave_up",)

    kind: Literal["collect"]
    say: Template = Field(description="what to enter, and which key ends it")
    again: Template | None = Field(default=None, description="shorter words, the second time")
    digits: KeyCount = Field(description="fewest and most digits, such as 1-10")
    finish: Literal["#"] = Field(default="#", description="the key that ends the number")
    first_digit: WholeSeconds | None = Field(default=None, description="time for the first digit")
    between_digits: WholeSeconds | None = Field(default=None, description="time between digits; a longer pause ends it")
    attempts: int | None = Field(default=None, ge=1, le=9, description="how often it is asked in silence")
    lengths: Mapping[Length, Way] = Field(default={}, description="ways of their own for entries of that many digits")
    entered: Way = Field(description="a number was entered")
    no_number: Way = Field(description="zero then pound: no number at hand")
    gave_up: Way = Field(description="after too much silence")

    def completed(self, defaults: Defaults) -> Self:
        return self.model_copy(
            update={
                "first_digit": self.first_digit or defaults.first_digit_s,
                "between_digits": self.between_digits or defaults.between_digits_s,
                "attempts": self.attempts or defaults.collect_attempts,
            }
        )

    def wires(self) -> Mapping[str, Wire]:
        return {
            "entered": self.entered,
            **{f"entered_{length}": way for length, way in self.lengths.items()},
            "no_number": self.no_number,
            "gave_up": self.gave_up,
        }

    def stays(self) -> tuple[str, ...]:
        return ("no_input", "start_over", "part")

    def words(self) -> Mapping[str, Words]:
        return {"say": self.say, **({"again": self.again} if self.again else {})}

    def mistakes(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
        fewest, most = self.digits
        for length in self.lengths:
            if not fewest <= int(length) <= most:
                wrong = f"No entry here has {length} digits, so nobody goes this way."
                yield Mistake(("lengths", length), wrong, f"Name a length from {fewest} to {most}.", on_key=True)

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        if after == "part":
            return ()
        return (Say(name, (self.again if after and self.again else self.say).speak(scene)),)

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        fewest, most = self.digits
        held = len(session.part)
        own = {int(length) for length in self.lengths}
        usual = max((size for size in range(fewest, most) if size not in own), default=most)
        sizes = [size - held for size in dict.fromkeys((usual, most, *own)) if size > held]
        too_short = ["9" * (fewest - 1)] if fewest > 1 and not held else []
        star_in_full = ["9*" + "9" * (most - 2)] if most > 2 and not held else []
        keyed = [*("9" * size for size in sizes), *too_short, *star_in_full, *([] if held else ["0"]), "*", ""]
        return (*(Meeting(keys=keys) for keys in keyed), Meeting(finished_on=self.finish))

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        fewest, most = self.digits
        if session.stray_pound and not heard.keys and heard.finished_on == self.finish:
            return Decision("start_over", Changes(part="", stray_pound=False))
        kept = session.part if "*" not in heard.keys else ""
        last = heard.keys.rpartition("*")[2]
        digits = (kept + "".join(key for key in last if key.isdigit()))[:most]
        if "*" in heard.keys and not digits:
            return Decision("start_over", Changes(part="", stray_pound=False))
        full = len(session.part) + len(heard.keys) >= most
        if "*" in heard.keys and full and len(digits) < most and heard.finished_on != self.finish:
            return Decision("part", Changes(part=digits, stray_pound=False))
        if not digits:
            return self._nothing_keyed(session, heard)
        entry = digits.lstrip("0")
        found = Changes(entry=entry, part="", looks=0, stray_pound=True)
        if not entry:
            return Decision("no_number", found, overfull=full)
        if len(digits) < fewest:
            return self._asked_again(session)
        length = next((str(size) for size in (len(digits), len(entry)) if str(size) in self.lengths), None)
        return Decision(f"entered_{length}" if length else "entered", found, overfull=full)

    def _nothing_keyed(self, session: CallSession, heard: Heard) -> Decision:
        if heard.finished_on == self.finish:
            return Decision("no_number", Changes(entry="", stray_pound=False))
        return self._asked_again(session)

    def _asked_again(self, session: CallSession) -> Decision:
        spent = session.silences + 1 >= (self.attempts or 1)
        return Decision("gave_up" if spent else "no_input", Changes(part="", stray_pound=False))

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        first, rest = outside_gather(said)
        between = self.between_digits or 1
        wait = between if after == "part" else (self.first_digit or between)
        most = self.digits[1] - (len(session.part) if after == "part" else 0)
        return (*first, Gather(rest, wait_s=between, first_s=wait, most=most, finish=self.finish))
