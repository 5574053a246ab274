"""A step that rings representatives and joins the caller to the one who takes the call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from ivr.call import CallSession, Changes, Decision, Heard
from ivr.prompts import Words
from ivr.steps.step import Meeting, Mistake, Scene, Step, Team, Template, Way, Wire, World, kind
from ivr.verbs import Dial, Say, Verb
from ivr.yaml_text import nearest


@kind
class DialStep(Step):
    """Rings a team of `config/line.yaml`. Whoever answers hears the whisper and takes the call with key 1.

    No answer, busy, failed or declined: the next number rings, and after the last it is `no_answer` (D-15, D-16).

    ```yaml
    representatives:
      kind: dial
      to: team
      say: Connecting you now.
      whisper: "Broker Line, {{ facts.label | spoken }}. Press one to take the call."
      talked: goodbye
      no_answer: nobody_available
    ```
    """

    asks_caller = True
    silent_outcomes = ("no_answer",)

    kind: Literal["dial"]
    to: str = Field(description="a team of `representatives:` in `config/line.yaml`")
    say: Template | None = Field(default=None, description="words before it rings")
    whisper: Template = Field(description="words only the representative hears; must name key one")
    talked: Way = Field(description="after a talk that the representative ended")
    no_answer: Way = Field(description="nobody took the call")

    @property
    def team(self) -> Team | None:
        """The team named by `to`; None before the line's defaults are known, or if there is none."""
        return self._defaults.teams.get(self.to) if self._defaults else None

    def wires(self) -> Mapping[str, Wire]:
        return {"talked": self.talked, "no_answer": self.no_answer}

    def stays(self) -> tuple[str, ...]:
        return ("next_number",)

    def words(self) -> Mapping[str, Words]:
        return {**({"say": self.say} if self.say else {}), "whisper": self.whisper}

    def mistakes(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
        teams = self._defaults.teams if self._defaults else {}
        if self.to not in teams:
            meant = nearest(self.to, teams)
            remedy = f'Did you mean "{meant}"?' if meant else "Name one that stands under representatives: there."
            yield Mistake(("to",), f'config/line.yaml has no representatives called "{self.to}".', remedy)
        if not re.search(r"\bpress (one|1)\b", self.whisper.source, re.IGNORECASE):
            wrong = "The whisper does not say how to take the call, so no representative could."
            yield Mistake(("whisper",), wrong, "End it with: Press one to take the call.")

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        # While the next number rings nothing is said again: the caller hears no restart (D-15).
        return (Say(name, self.say.speak(scene), can_interrupt=False),) if self.say and after is None else ()

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        return (Meeting(talked=True), Meeting(talked=False))

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        if heard.talked:
            return Decision("talked", Changes(leg=0))
        if self.team and session.leg + 1 < len(self.team.legs):
            return Decision("next_number", Changes(leg=session.leg + 1))
        return Decision("no_answer", Changes(leg=0))

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        if self.team is None:
            raise ValueError(f"no team of representatives is called {self.to}")
        numbers = self.team.legs[session.leg]
        record = self._defaults is not None and self._defaults.record
        return (*said, Dial(numbers, self.team.ring_s, self.team.show_caller, record))
