"""A step that speaks and goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.prompts import Words
from ivr.steps.step import Scene, Step, Template, Way, Wire, World, kind
from ivr.verbs import Say


@kind
class SayStep(Step):
    """Speaks, and goes on without waiting. Words that come out empty are left out.

    Spoken before a menu or a collect, one key interrupts it together with their words (D-12).

    ```yaml
    greeting:
      kind: say
      say: MNsure Broker Line, for brokers and their staff.
      next: first_menu
    ```
    """

    kind: Literal["say"]
    say: Template = Field(description="the words")
    interrupt: Literal["yes", "no"] = Field(default="yes", description="`no` for words that must be heard to their end")
    next: Way = Field(description="the step that comes next")

    def wires(self) -> Mapping[str, Wire]:
        return {"next": self.next}

    def words(self) -> Mapping[str, Words]:
        return {"say": self.say}

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        return (Say(name, self.say.speak(scene), can_interrupt=self.interrupt == "yes"),)

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        return Decision("next")
