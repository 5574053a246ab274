"""A step that is a whole flow of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.steps.step import Step, Way, Wire, World, kind


@kind
class UseStep(Step):
    """Walks another flow and comes back. The other flow's `end` steps say `as:`, and each of those names is wired here.

    The other flow's steps are laid in under `this_step/their_name`, so a call never needs to remember a way back.
    Facts of the same name are shared.

    ```yaml
    ask_number:
      kind: use
      flow: broker_number
      outcomes:
        known: connecting
        unknown: unchecked_caller
    ```
    """

    kind: Literal["use"]
    flow: str = Field(description="the other flow's name")
    outcomes: Mapping[str, Way] = Field(
        min_length=1, description="`as` of the other flow's end: the step that comes next"
    )

    def entered_at(self, step: str) -> EnteredUse:
        """This step laid out: it leads to the first step of the other flow."""
        return EnteredUse(kind="use", flow=self.flow, outcomes=self.outcomes, first=Wire(go=step))

    def wires(self) -> Mapping[str, Wire]:
        return dict(self.outcomes)

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        return Decision("enter")


class EnteredUse(UseStep):
    """A `use` step once its flow is laid in."""

    first: Wire

    def wires(self) -> Mapping[str, Wire]:
        return {"enter": self.first}
