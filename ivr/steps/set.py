"""A step that sets facts and goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.steps.step import Step, Way, Wire, World, kind


@kind
class SetStep(Step):
    """Sets facts of the call, silently.

    ```yaml
    unchecked:
      kind: set
      set: {label: unchecked}
      next: connecting
    ```
    """

    kind: Literal["set"]
    set: Mapping[str, str] = Field(min_length=1, description="`fact: value`")
    next: Way = Field(description="the step that comes next")

    def wires(self) -> Mapping[str, Wire]:
        return {"next": Wire(go=self.next.go, set={**self.set, **self.next.set})}

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        return Decision("next")
