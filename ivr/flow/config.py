"""The models of `config/line.yaml` and `config/desk.yaml`, and what a release takes from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from ivr.flow.model import Name
from ivr.flow.release import FixedWords
from ivr.prompts import parse_words
from ivr.steps.step import Defaults, Team, Template
from ivr.steps.units import WholeSeconds
from ivr.verbs import Voice
from ivr.yaml_text import YesNo


def _telephone(text: str) -> str:
    remedy = "Write the country code too, and nothing but digits after the plus sign, such as +16515550100."
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{text}" is not a telephone number with its country code.', remedy) from None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f'"{text}" cannot be a telephone number: no such number is given out.', "Check its digits.")
    if written != text:
        raise ValueError(f'"{text}" is not written as the provider writes it.', f'Write "{written}".')
    return text


Telephone = Annotated[
    str, AfterValidator(_telephone), WithJsonSchema({"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"})
]
"""A telephone number in E.164, always in quotes so that it stays text: `"+16515550100"`."""


def _each_once(numbers: tuple[str, ...]) -> tuple[str, ...]:
    for place, number in enumerate(numbers):
        if number in numbers[:place]:
            raise ValueError(f'"{number}" stands here twice.', "Keep one of the two: a number rings once.")
    return numbers


def _ring_time(seconds: int) -> int:
    if not 5 <= seconds <= 600:
        raise ValueError("The provider rings for 5 to 600 seconds.", "Write a time such as 20s.")
    return seconds


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


SpokenName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 '.-]*$", max_length=40)]
Heard = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ',.-]*$", max_length=80)]
"""A name as words have it, and as the voice is to say it."""


class VoiceText(_Part):
    """How the line sounds."""

    name: str = Field(pattern=r"^[A-Za-z0-9.-]+$", description="a voice of the provider, such as Polly.Joanna-Neural")
    language: str = Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$", description="such as en-US")
    words_per_minute: int = Field(default=150, ge=60, le=300, description="its rate; 150 is its usual one")
    says: Mapping[SpokenName, Heard] = Field(
        default={}, description="name in the words: how it is said, such as `MNsure: M N sure`"
    )


class Line(_Part):
    """The numbers we answer, the voice, and recording."""

    numbers: Mapping[Telephone, str] = Field(min_length=1, description="number of ours: the flow it gets")
    other_numbers: str = Field(description="the flow for any other number pointed at this server")
    voice: VoiceText = Field(description="how the line sounds")
    recording: YesNo = Field(default=False, description="calls with representatives are recorded (D-25)")
    recording_notice: str = Field(
        default="", description="said before a recorded call, as `{{ line.recording_notice }}`"
    )

    @model_validator(mode="after")
    def _tells_of_recording(self) -> Self:
        if self.recording and not self.recording_notice.strip():
            raise ValueError(
                "Calls are recorded but callers are not told (D-25).",
                'Write recording_notice: "This call may be recorded.", or recording: no.',
            )
        return self


class MenuTimes(_Part):
    """What every menu does unless its step says otherwise."""

    wait: WholeSeconds = Field(description="time for a key (U-10)")
    attempts: int = Field(ge=1, le=9, description="how often the options are heard in silence (D-09)")
    wrong_keys: int = Field(ge=1, le=9, description="which wrong key gives up (D-10)")
    key_not_used: Template = Field(description="words for a key that is not offered")
    controls: Mapping[Literal["0", "9"], str] = Field(
        default={}, description="steps that keys 0 and 9 lead to in every menu (D-11)"
    )


class CollectTimes(_Part):
    """What every `collect` does unless its step says otherwise."""

    first_digit: WholeSeconds = Field(description="time for the first digit (U-10)")
    between_digits: WholeSeconds = Field(description="time between digits")
    attempts: int = Field(ge=1, le=9, description="how often it is asked in silence")


class Limits(_Part):
    """Where patience ends."""

    turns: int = Field(ge=10, le=1000, description="a call with more turns is led to the flow's `worn_out` step")
    entries_per_hour: int = Field(ge=1, le=1000, description="unconfirmed numbers from one caller in an hour (D-27)")


class OwnWords(_Part):
    """Words that no step speaks."""

    start_over: Template = Field(description="said when a call's place was lost, before it starts again")
    trouble: Template = Field(description="said when nothing else can be: hours, email, a way to a person (D-23)")
    busy: Template = Field(
        default=parse_words("Many are calling just now. One moment, please."),
        description="said when more call at once than can be answered in time; then the line answers",
    )
    fallback: Template | None = Field(
        default=None,
        description="said from another host when the whole line is gone (`ivr fallback`): hours and email, 20 seconds "
        "at most; without it, those of `trouble`",
    )

    @property
    def when_gone(self) -> Template:
        """What callers hear from another host when the whole line is gone."""
        return self.fallback or self.trouble

    def written(self) -> Iterator[tuple[str, Template]]:
        """Each with its name in the file; nothing for words that are left to others."""
        for name in ("start_over", "trouble", "busy", "fallback"):
            if (words := getattr(self, name)) is not None:
                yield name, words

    def spoken(self, scene: Mapping[str, Any]) -> FixedWords:
        """As a release has them. `scene`: what words may refer to that is the same on every call."""
        return FixedWords(
            start_over=self.start_over.speak(scene),
            trouble=self.trouble.speak(scene),
            busy=self.busy.speak(scene),
            fallback=self.when_gone.speak(scene),
        )


MOST_TOGETHER = 10
"""Numbers that the provider rings at once ("Dial page": up to ten nouns)."""


class TeamText(_Part):
    """Representatives' numbers, and how they ring."""

    numbers: Annotated[tuple[Telephone, ...], Field(min_length=1, max_length=50), AfterValidator(_each_once)] = Field(
        description="the numbers, in the order they ring"
    )
    ring: Literal["in_order", "all_at_once"] = Field(default="in_order", description="one after another, or together")
    ring_time: Annotated[WholeSeconds, AfterValidator(_ring_time)] = Field(description="how long each rings (D-15)")
    caller_id: Literal["dialled", "caller"] = Field(
        default="dialled", description="the number representatives see: `dialled` ours, `caller` the caller's"
    )

    @model_validator(mode="after")
    def _rings_few_enough_together(self) -> Self:
        if self.ring == "all_at_once" and len(self.numbers) > MOST_TOGETHER:
            wrong = f"{len(self.numbers)} numbers are to ring at once; the provider rings at most {MOST_TOGETHER}."
            raise ValueError(wrong, "Write ring: in_order, or name fewer numbers.")
        return self

    def team(self) -> Team:
        """As a `dial` step rings it."""
        together = self.ring == "all_at_once"
        legs = (self.numbers,) if together else tuple((number,) for number in self.numbers)
        return Team(legs=legs, ring_s=self.ring_time, show_caller=self.caller_id == "caller")


class LineFile(_Part):
    """`config/line.yaml`: the numbers we answer, the voice, the times to wait, how representatives are reached."""

    line: Line = Field(description="the numbers we answer, the voice, recording")
    menu: MenuTimes = Field(description="what every menu does unless its step says otherwise")
    collect: CollectTimes = Field(description="what every number entry does unless its step says otherwise")
    limits: Limits = Field(description="where patience ends")
    words: OwnWords = Field(description="words that no step speaks")
    representatives: Mapping[Name, TeamText] = Field(default={}, description="teams that `dial` steps ring, by name")

    def defaults(self, controls: Mapping[str, str] | None = None) -> Defaults:
        """What steps leave to the line; `controls` are a flow's own, instead of those of `menu`."""
        return Defaults(
            wait_s=self.menu.wait,
            attempts=self.menu.attempts,
            wrong_keys=self.menu.wrong_keys,
            key_not_used=self.menu.key_not_used,
            controls=self.controls() if controls is None else controls,
            first_digit_s=self.collect.first_digit,
            between_digits_s=self.collect.between_digits,
            collect_attempts=self.collect.attempts,
            teams={name: text.team() for name, text in self.representatives.items()},
            record=self.line.recording,
        )

    def controls(self) -> Mapping[str, str]:
        """Key to the step it leads to in every menu, unless a flow says otherwise."""
        return {str(key): step for key, step in self.menu.controls.items()}

    def voice(self) -> Voice:
        """How the line sounds."""
        text = self.line.voice
        return Voice(text.name, text.language, text.words_per_minute, tuple(text.says.items()))

    def spoken(self) -> Mapping[str, str]:
        """What words may refer to as `line.`: the notice is empty where calls are not recorded."""
        return {"recording_notice": self.line.recording_notice if self.line.recording else ""}


class Topic(_Part):
    """One of the services of the policy, as a representative needs it."""

    rule: str = Field(pattern=r"^[PD]-[0-9]{2}$", description="the rule it comes from")
    topic: str = Field(min_length=1, description="what callers ask for")
    procedure: str = Field(min_length=1, description="its page")
    identifiers: YesNo = Field(description="a consumer account is touched, so three identifiers are asked (P-17)")
    consumer_joins: YesNo = Field(description="the consumer joins the call for the manual tools (P-29)")


class Undisclosed(_Part):
    """Something representatives may not tell."""

    rule: str = Field(pattern=r"^[PD]-[0-9]{2}$", description="the rule it comes from")
    what: str = Field(min_length=1, description="what is not told")


class DeskLimits(_Part):
    """Simple values, spoken as `{{ desk.reply_days | count }}`: limits of the policy, and names of one's own."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}})
    __pydantic_extra__: dict[Name, str]

    identifiers: int | None = Field(
        default=None, ge=1, le=6, description="kinds of identifier before a consumer account is opened (P-17)"
    )
    inquiries: int | None = Field(default=None, ge=1, le=10, description="on one call (P-31)")
    reply_days: int | None = Field(
        default=None, ge=1, le=10, description="business days until an email is answered (P-25)"
    )
    paper_weeks: int | None = Field(
        default=None, ge=1, le=12, description="weeks before we are asked about a paper application (P-52)"
    )

    def spoken(self) -> Mapping[str, str]:
        """What words may refer to as `desk.`."""
        return {name: str(value) for name, value in self.model_dump(exclude_none=True).items()}


class DeskFile(_Part):
    """`config/desk.yaml`: what representatives work by."""

    desk: DeskLimits = Field(
        default_factory=DeskLimits, description="simple values, spoken as `{{ desk.reply_days | count }}`"
    )
    topics: tuple[Topic, ...] = Field(default=(), description="the services, in the order of the policy")
    do_not_disclose: tuple[Undisclosed, ...] = Field(default=(), description="what may not be told")
