"""A step that branches on the hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.steps.step import Meeting, Step, Way, Wire, World, kind


@kind
class HoursStep(Step):
    """Goes on by the line's hours at this moment (`config/hours.yaml`, closures included).

    A closed line may be told apart by why: `holiday`, `special` (a special date), `closure`.
    What is not wired goes the way of `closed`.

    ```yaml
    hours:
      kind: hours
      open: greeting
      closed: closed_now
      holiday: holiday_now
    ```
    """

    kind: Literal["hours"]
    open: Way = Field(description="the step when the line is open")
    closed: Way = Field(description="the step when it is closed")
    holiday: Way | None = Field(default=None, description="the step when it is closed for a holiday")
    special: Way | None = Field(default=None, description="the step when it is closed by a special date")
    closure: Way | None = Field(default=None, description="the step when staff have closed it for now")

    def wires(self) -> Mapping[str, Wire]:
        ways = {
            "open": self.open,
            "closed": self.closed,
            "holiday": self.holiday,
            "special": self.special,
            "closure": self.closure,
        }
        return {outcome: wire for outcome, wire in ways.items() if wire}

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        return tuple(Meeting(standing=standing) for standing in self.wires())

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        standing = world.hours["standing"]
        return Decision(standing if standing in self.wires() else "closed")
