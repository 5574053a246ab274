"""A step that ends the call, or a sub-flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.prompts import Words
from ivr.steps.step import Scene, Step, Template, Wire, World, kind
from ivr.verbs import HangUp, Say, Verb


@kind
class EndStep(Step):
    """Says its words, if any, and hangs up. In a sub-flow, `as` names the way back to the step that used it.

    ```yaml
    goodbye:
      kind: end
      say: Thank you for calling. Goodbye.
    ```
    """

    asks_caller = True

    kind: Literal["end"]
    say: Template | None = Field(default=None, description="the last words")
    way_back: str | None = Field(default=None, alias="as", description="in a sub-flow: the outcome of its `use` step")

    def leading_back(self, wire: Wire) -> ReturningEnd:
        """This end laid into a using flow: it no longer ends the call but goes back there."""
        return ReturningEnd(kind="end", say=self.say, back=wire)

    def wires(self) -> Mapping[str, Wire]:
        return {}

    def words(self) -> Mapping[str, Words]:
        return {"say": self.say} if self.say else {}

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        return (Say(name, self.say.speak(scene)),) if self.say else ()

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        return (*said, HangUp())


class ReturningEnd(EndStep):
    """An `end` step of a sub-flow once its flow is laid in."""

    asks_caller = False

    back: Wire

    def wires(self) -> Mapping[str, Wire]:
        return {"back": self.back}

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        return Decision("back")
