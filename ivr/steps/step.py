"""What every kind of step says of itself: its fields, its outcomes, its words, and how it decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PrivateAttr, WithJsonSchema

from ivr.call import CallSession, Decision, DialStatus, Heard
from ivr.prompts import Words, parse_words
from ivr.verbs import Say, Verb

CertificationResult = Literal["certified", "not_confirmed", "unavailable", "slow"]
"""What a look-up tells the line; `slow` asks to be asked once more (D-22)."""


class World(Protocol):
    """What a step may ask while deciding. Real when live; every possible answer when proving."""

    @property
    def now(self) -> datetime:
        """The moment of the turn, with zone."""

    @property
    def hours(self) -> Mapping[str, str]:
        """Words about the hours at that moment, and `standing`: open, closed, holiday, special or closure."""

    def certification(self, npn: str, looks: int) -> CertificationResult:
        """Standing of an NPN today; `looks` counts the look-ups already tried for this entry."""


Scene = Mapping[str, Any]
"""What words may refer to: contacts, hours, facts, entry, line, desk (see `prompts`)."""


def _as_words(value: object) -> object:
    return parse_words(value) if isinstance(value, str) else value


Template = Annotated[
    Words,
    BeforeValidator(_as_words),
    PlainSerializer(lambda words: words.source, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
"""A field of words: text with `//` for a pause and `{{ contacts.dhs.phone }}` for what is kept elsewhere."""


class Wire(BaseModel):
    """Where an outcome leads, and the facts it sets on the way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    go: str = Field(description="the step that comes next")
    set: Mapping[str, str] = Field(default={}, description="facts set on the way, `fact: value`")


def _as_wire(value: object) -> object:
    return {"go": value} if isinstance(value, str) else value


Way = Annotated[
    Wire,
    BeforeValidator(_as_wire),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "description": "the step that comes next"},
                {
                    "type": "object",
                    "properties": {
                        "go": {"type": "string", "description": "the step that comes next"},
                        "set": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                    "required": ["go"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A wire in a file: a step's name, or `{go: step, set: {fact: value}}`."""


@dataclass(frozen=True, slots=True)
class Team:
    """Representatives' numbers, and how they ring (`config/line.yaml`, representatives).

    Args:
        legs: numbers rung one after another; each entry rings together.
        ring_s: seconds each rings (D-15).
        show_caller: representatives see the caller's number; otherwise the line's own.
    """

    legs: tuple[tuple[str, ...], ...]
    ring_s: int
    show_caller: bool


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands once for all steps, from `config/line.yaml`; a step may say otherwise.

    Args:
        controls: what 0 and 9 lead to, by key (D-11); star always repeats.
        teams: representatives by group name.
        record: calls with representatives are recorded (D-25).
    """

    wait_s: int
    attempts: int
    wrong_keys: int
    key_not_used: Words
    controls: Mapping[str, str]
    first_digit_s: int
    between_digits_s: int
    collect_attempts: int
    teams: Mapping[str, Team]
    record: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """Something that may come to a step: what is heard there, or what the world answers. The proof supposes them all.

    Args:
        keys: what the caller keys; empty for silence.
        finished_on: as in `Heard`.
        talked: at a dial, whether a representative took the call; None at every other step.
        standing: at an `hours` step, how the hours stand.
        certification: at a look-up, what the directory answers.
    """

    keys: str = ""
    finished_on: str | None = None
    talked: bool | None = None
    standing: str = ""
    certification: CertificationResult | None = None

    @property
    def heard(self) -> Heard:
        """What comes in with the turn."""
        dialled: DialStatus | None = None if self.talked is None else "completed" if self.talked else "no-answer"
        return Heard(self.keys, self.finished_on, dialled, talked=bool(self.talked))


NOTHING_COMES = (Meeting(),)

Path = tuple[str | int, ...]
"""A place within a step's text: field, key, index."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong with a step, by its own kind's judgement.

    Args:
        path: where in the step's text.
        wrong, remedy: one sentence each, for the people who edit flows.
        on_key: the key at `path` is meant, not its value.
        warns: the line works, but surely not as intended.
    """

    path: Path
    wrong: str
    remedy: str
    on_key: bool = False
    warns: bool = False


class Step(BaseModel):
    """One place in a flow. A kind is a subclass in a file of its own, entered in `KINDS`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    asks_caller: ClassVar[bool] = False
    """The kind waits for something that the caller or a representative does."""

    silent_outcomes: ClassVar[tuple[str, ...]] = ()
    """Outcomes of a waiting kind that come about although the caller does nothing."""

    kind: str
    _defaults: Defaults | None = PrivateAttr(default=None)

    @property
    def waits(self) -> bool:
        """The turn stops here: the caller is asked, connected, or let go."""
        return self.asks_caller

    def completed(self, defaults: Defaults) -> Self:
        """The step with everything it left to the line's defaults filled in."""
        copy = self.model_copy()
        copy._defaults = defaults
        return copy

    def wires(self) -> Mapping[str, Wire]:
        """Outcome to wire, in the order a reader meets them."""
        raise NotImplementedError(f"{type(self).__name__} does not say where it leads")

    def wire(self, outcome: str) -> Wire:
        """The wire of one outcome."""
        return self.wires()[outcome]

    def stays(self) -> tuple[str, ...]:
        """Outcomes that keep the call at this step."""
        return ()

    def unwired(self, facts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Outcomes that can happen and lead nowhere, given the flow's facts."""
        return ()

    def words(self) -> Mapping[str, Words]:
        """Field to words, for the checks that read them."""
        return {}

    def compares(self) -> Mapping[Path, tuple[str, tuple[str, ...]]]:
        """Place in the step (of a fact's name) to that fact and the values it is compared with."""
        return {}

    def mistakes(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
        """What is wrong with a completed step that the types of its fields do not tell, given the flow's facts."""
        yield from ()

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        """What is said on entering (`after` None) or on staying after that outcome."""
        return ()

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        """Which outcome, given the session, what was heard and the world."""
        raise NotImplementedError(f"{type(self).__name__} does not decide")

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        """Everything that may come to this step and make a difference; `decide` takes each in its turn."""
        return NOTHING_COMES

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        """The verbs that end a turn at this step; `said` is everything spoken on the turn."""
        raise NotImplementedError(f"{type(self).__name__} does not end a turn")

    def rewired(self, rename: Callable[[str], str]) -> Self:
        """The step with every wire led to the renamed step; how a sub-flow is laid into its user."""
        return self.model_copy(update={name: _rewire(value, rename) for name, value in self.__dict__.items()})


def _rewire(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, BaseModel) and isinstance(getattr(value, "go", None), str):
        return value.model_copy(update={"go": rename(value.go)})  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {key: _rewire(item, rename) for key, item in value.items()}
    return value


KINDS: dict[str, type[Step]] = {}
"""Every kind of step by its YAML word; filled by the files in this folder."""


def kind(step: type[Step]) -> type[Step]:
    """Enter a kind in `KINDS` under the one word its `kind` field accepts."""
    KINDS[step.model_fields["kind"].annotation.__args__[0]] = step  # type: ignore[union-attr]
    return step


def outside_gather(said: tuple[Say, ...]) -> tuple[tuple[Say, ...], tuple[Say, ...]]:
    """Split what is said: first what must be heard to its end, then what one key may interrupt (D-12)."""
    last = max((place for place, say in enumerate(said) if not say.can_interrupt), default=-1)
    return said[: last + 1], said[last + 1 :]
