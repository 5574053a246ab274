"""A step that looks the keyed number up in the certification directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Changes, Decision, Heard
from ivr.prompts import Words, parse_words
from ivr.steps.step import CertificationResult, Meeting, Scene, Step, Template, Way, Wire, World, kind, outside_gather
from ivr.verbs import GoOn, Say, Verb

LOOKS = 2
"""Look-ups for one entry: 1.5 s each, so that no silence is longer than 2 s and all ends at 3 s (D-22, U-11)."""


@kind
class CertificationStep(Step):
    """Asks the certification directory about the number just keyed (P-15, D-01).

    Every not-confirmed state leads the same way with the same words (D-06). The last allowed entry of a call, and
    every one after it, is `out_of_tries` (D-05, D-27). No answer in 3 s, or too many entries from one caller, is
    `unavailable` (D-22). After 1.5 s without an answer the caller hears `meanwhile`.

    ```yaml
    certification:
      kind: certification
      tries: 3
      meanwhile: One moment.
      certified: {go: connecting, set: {label: certified}}
      not_confirmed: not_confirmed
      out_of_tries: checked_by_hand
      unavailable: unchecked_caller
    ```
    """

    kind: Literal["certification"]
    tries: int = Field(default=3, ge=1, le=9, description="entries a call may make")
    meanwhile: Template = Field(default=parse_words("One moment."), description="words while a slow look-up goes on")
    certified: Way = Field(description="certified today")
    not_confirmed: Way = Field(description="not confirmed, and another entry is allowed")
    out_of_tries: Way = Field(description="not confirmed, and no further entry is allowed")
    unavailable: Way = Field(description="the directory gave no answer")

    def wires(self) -> Mapping[str, Wire]:
        return {
            "certified": self.certified,
            "not_confirmed": self.not_confirmed,
            "out_of_tries": self.out_of_tries,
            "unavailable": self.unavailable,
        }

    def stays(self) -> tuple[str, ...]:
        return ("slow",)

    def words(self) -> Mapping[str, Words]:
        return {"meanwhile": self.meanwhile}

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        return (Say("meanwhile", self.meanwhile.speak(scene)),) if after == "slow" else ()

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        results: tuple[CertificationResult, ...] = ("certified", "not_confirmed", "unavailable", "slow")
        return tuple(Meeting(certification=result) for result in results)

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        if session.tries >= self.tries:
            return Decision("out_of_tries")
        result = world.certification(session.entry, session.looks)
        if result == "slow" and session.looks + 1 < LOOKS:
            return Decision("slow", Changes(looks=session.looks + 1))
        if result == "not_confirmed":
            tries = session.tries + 1
            return Decision("not_confirmed" if tries < self.tries else "out_of_tries", Changes(tries=tries, looks=0))
        return Decision("certified" if result == "certified" else "unavailable", Changes(looks=0))

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        first, rest = outside_gather(said)
        return (*first, *rest, GoOn())
