"""What a rule says of every call, in small tables that the proof can decide: the `holds:` of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from ivr.steps.menu import Values
from ivr.steps.step import Template
from ivr.yaml_text import Seconds

GROUPS = ("every_step", "every_menu", "every_message", "every_entry")
"""Words for steps: all; menus; menus that say something before their options; steps that ask for a number."""

ANYWHERE = "anywhere"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) and value else value


_NAMES_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list), _NAMES_SCHEMA]
"""One name, or a list of them."""

Texts = Annotated[tuple[Template, ...], BeforeValidator(_as_list), _NAMES_SCHEMA]
"""Words, or a list of them, written as in a flow: `{{ contacts.email.address }}` stands for what is said of it."""

Numbers = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")], ...], BeforeValidator(_as_list), _NAMES_SCHEMA
]
"""One telephone number in E.164, or a list of them."""

FactTable = Mapping[str, Values]
Hours = Literal["open", "closed"]


class Form(BaseModel):
    """A table of the file: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Never(Form):
    """No call ever comes to these steps, under these conditions."""

    reach: Names = Field(default=(), description="steps")
    kind: Names = Field(default=(), description="or every step of these kinds")
    when: FactTable = Field(default={}, description="only with these facts")
    unless: FactTable = Field(default={}, description="but with these facts it may")
    after: Names = Field(default=(), description="only once the call has been at one of these: steps or outcomes")
    until: Names = Field(default=(), description="and no longer once it has then been at one of these")
    without: Names = Field(default=(), description="only if the call has been at none of these before")
    hours: Hours | None = Field(default=None, description="only where the line is open, or closed, all through")

    @model_validator(mode="after")
    def _something(self) -> Never:
        if not self.reach and not self.kind:
            raise ValueError("This does not say what is never reached.", "Add reach: with steps, or kind: with kinds.")
        return self


class Key(Form):
    """A key has one meaning: after it the call next waits at one of these steps."""

    at: Names = Field(description="steps, or every_menu, every_message")
    but: Names = Field(default=(), description="steps that are left out")
    press: str = Field(pattern=r"^[0-9*]$", description="the key")
    hours: Hours | None = Field(
        default=None, description="only where the line is open, or closed, all through the call"
    )
    when: FactTable = Field(default={}, description="only with these facts")
    comes_to: Names = Field(description="where the call waits next; `same` for the step itself")
    passing: Names = Field(default=(), description="a step that the call passes on the way, one of these")


class EveryCaller(Form):
    """Whoever does this comes to one of these steps in the end, within so much time."""

    who: Literal["stays_silent", "presses_unused_keys"] = Field(description="what the caller does from then on")
    start: Names = Field(
        default=(), alias="from", description="from these steps on, or `anywhere`; left out: from the beginning"
    )
    hours: Hours | None = Field(
        default=None, description="only where the line is open, or closed, all through the call"
    )
    when: FactTable = Field(default={}, description="only with these facts")
    comes_to: Names = Field(default=(), description="one of these steps; left out: any end, or a representative")
    within: Seconds | None = Field(default=None, description="words and waiting together")
    turns: int | None = Field(default=None, ge=1, description="at most so many silences or keys")


class Reachable(Form):
    """Callers can get there with so many keys, whatever the hours and the certification list answer."""

    start: Names = Field(default=(), alias="from", description="from these steps; left out: from the beginning")
    but: Names = Field(default=(), description="steps that are left out")
    hours: Hours | None = Field(
        default=None, description="only where the line is open, or closed, all through the call"
    )
    when: FactTable = Field(default={}, description="only with these facts")
    to: Names = Field(default=(), description="one of these steps")
    each: Names = Field(default=(), description="or each of these steps")
    taking: Names = Field(default=(), description="the outcomes that are taken at their steps, such as first_menu.1")
    keys: int = Field(ge=0, le=99, description="at most so many keys; a number counts nine: eight digits and pound")
    menus: int | None = Field(default=None, ge=1, description="passing at most so many menus")
    speech: Seconds | None = Field(default=None, description="for one who presses each key once it was offered")
    interrupting: Seconds | None = Field(default=None, description="for one who interrupts every prompt")


class SaidAt(Form):
    """What is said, or never said, at these steps."""

    at: Names = Field(description="steps, or every_step, every_menu, every_message, every_entry")
    but: Names = Field(default=(), description="steps that are left out")
    say: Texts = Field(default=(), description="all of these words")
    within: Seconds | None = Field(default=None, description="`say`: before so many seconds of the step's words")
    never_say: Texts = Field(default=(), description="none of these words")
    allowing: Texts = Field(default=(), description="`never_say`: unless they stand in these")


class Together(Form):
    """Wherever these words are spoken, others are in the same message, or one key away."""

    wherever: Texts = Field(description="these words")
    also: Texts = Field(default=(), description="one of these in the same message")
    or_key_to: Names = Field(default=(), description="or a key that leads to one of these steps")


class AtMost(Form):
    """How long words may be, and how many choices."""

    at: Names = Field(description="steps, or every_menu, every_message, every_entry")
    but: Names = Field(default=(), description="steps that are left out")
    seconds: Seconds | None = Field(default=None, description="of words and pauses")
    words: int | None = Field(default=None, ge=1, description="of words")
    options: int | None = Field(default=None, ge=1, description="choices offered")
    first_key: Seconds | None = Field(
        default=None, description="from the beginning of the call to the first key offered, on a day without a notice"
    )


class AtLeast(Form):
    """How long callers are waited for, and how often they hear their choices."""

    at: Names = Field(description="steps, or every_menu, every_entry")
    but: Names = Field(default=(), description="steps that are left out")
    wait: Seconds | None = Field(default=None, description="for a key of a menu")
    first_digit: Seconds | None = Field(default=None, description="for the first digit of a number")
    between_digits: Seconds | None = Field(default=None, description="for each further digit")
    heard: int | None = Field(default=None, ge=1, description="times that a silent caller hears it")
    wrong_keys: int | None = Field(default=None, ge=1, description="the wrong key that gives up")
    pause: Seconds | None = Field(default=None, description="between the choices of a menu")


class KeysAgree(Form):
    """Every key spoken works, and every key that works is spoken, but star, zero and nine."""

    at: Names = Field(description="steps, or every_menu")
    silent: Names = Field(default=(), description="keys that work unspoken, such as closed_menu.1")
    first: str | None = Field(default=None, pattern=r"^[0-9*]$", description="the key that is offered first")


class Interrupted(Form):
    """A key interrupts every prompt."""

    but: Names = Field(default=(), description="steps that may be heard to their end")
    to_the_end: Names = Field(default=(), description="steps that must be")


class OpenHours(Form):
    """When representatives answer, on days that nothing else decides."""

    on: Annotated[
        tuple[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...],
        BeforeValidator(_as_list),
        _NAMES_SCHEMA,
    ] = Field(default=(), description="days of the week")
    holidays: Names = Field(default=(), description="or these holidays, by their names")
    hours: str = Field(
        pattern=r"^(closed|[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d)$", description="from-to, such as 08:00-17:00; or closed"
    )
    zone: str | None = Field(default=None, description="the time zone, such as America/Chicago")


class MadeOf(Form):
    """What a flow is made of, and nothing else; and the numbers it answers."""

    kinds: Names = Field(default=(), description="kinds of step")
    answers: Numbers = Field(default=(), description="numbers whose callers get this flow, such as +18445208695")
    rings: Names = Field(default=(), description="teams of config/line.yaml that are rung")
    never_rings: Names = Field(default=(), description="contacts whose numbers are never rung")


class Limit(Form):
    """What a number of config/desk.yaml may be, whatever words speak it."""

    of: str = Field(pattern=r"^desk\.[a-z_]+$", description="the number, such as desk.reply_days")
    at_least: int | None = Field(default=None, ge=0, description="no smaller number")
    at_most: int | None = Field(default=None, ge=0, description="no larger number")

    @model_validator(mode="after")
    def _some_limit(self) -> Limit:
        if self.at_least is None and self.at_most is None:
            raise ValueError("This allows every number.", "Add at_least:, at_most:, or both.")
        return self


class OneTurn(Form):
    """How far a call goes without waiting for its caller."""

    steps: int = Field(ge=1, description="at most so many steps; the engine stops at 100")


class Hold(Form):
    """One thing that holds on every call: exactly one of these tables."""

    never: Never | None = Field(default=None, description="no call comes there")
    key: Key | None = Field(default=None, description="what a key does")
    every_caller: EveryCaller | None = Field(default=None, description="where silence, or wrong keys, lead")
    reachable: Reachable | None = Field(default=None, description="what callers can get to, and how fast")
    said: SaidAt | None = Field(default=None, description="words")
    together: Together | None = Field(default=None, description="words that go together")
    at_most: AtMost | None = Field(default=None, description="lengths")
    at_least: AtLeast | None = Field(default=None, description="patience")
    keys_agree: KeysAgree | None = Field(default=None, description="words and wiring agree")
    interrupted: Interrupted | None = Field(default=None, description="prompts that a key interrupts")
    open_hours: OpenHours | None = Field(default=None, description="when the line is open")
    made_of: MadeOf | None = Field(default=None, description="kinds of step, who is rung, and the numbers answered")
    limit: Limit | None = Field(default=None, description="a number of the policy")
    one_turn: OneTurn | None = Field(default=None, description="steps on one turn")

    @model_validator(mode="after")
    def _one_form(self) -> Hold:
        if len(self.model_fields_set) != 1:
            forms = ", ".join(type(self).model_fields)
            raise ValueError("Each line of holds says exactly one thing.", f"Write one of: {forms}.")
        return self

    @property
    def form(self) -> tuple[str, Form]:
        """The word it begins with, and its table."""
        name = next(iter(self.model_fields_set))
        form: Form = getattr(self, name)
        return name, form
