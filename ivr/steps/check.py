"""A step that branches on one fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Decision, Heard
from ivr.steps.step import Path, Step, Way, Wire, World, kind


@kind
class CheckStep(Step):
    """Goes on by the value of one fact. Every value the flow declares must have a case, or `else` must be wired.

    ```yaml
    representative:
      kind: check
      fact: line
      cases:
        open: npn
        closed: closed_again
    ```
    """

    kind: Literal["check"]
    fact: str = Field(description="the fact looked at")
    cases: Mapping[str, Way] = Field(min_length=1, description="`value: step`")
    otherwise: Way | None = Field(default=None, alias="else", description="the step for every value not named")

    def wires(self) -> Mapping[str, Wire]:
        return {**self.cases, **({"else": self.otherwise} if self.otherwise else {})}

    def unwired(self, facts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if self.otherwise:
            return ()
        return tuple(value for value in facts.get(self.fact, ()) if value not in self.cases)

    def compares(self) -> Mapping[Path, tuple[str, tuple[str, ...]]]:
        return {("fact",): (self.fact, ()), **{("cases", value): (self.fact, (value,)) for value in self.cases}}

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        value = session.facts[self.fact]
        return Decision(value if value in self.cases else "else")
