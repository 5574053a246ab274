"""The models of a flow file and of its rules; the steps are typed one by one, each by the model of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from ivr.flow.holds import Hold

RESERVED_STEPS = ("repeat", "key_not_used", "start_over", "meanwhile")
"""Names that already mean something where a step's name may stand: in a menu's `go`, in a scripted call's `hears`."""


def _name(text: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]*", text):
        return text
    suggestion = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    remedy = f'Write "{suggestion}".' if re.match(r"[a-z]", suggestion) else "Choose a name such as first_menu."
    raise ValueError(
        f'"{text}" is not a name: a name has small letters, digits and _, and begins with a letter.', remedy
    )


def _step_name(text: str) -> str:
    if text in RESERVED_STEPS:
        raise ValueError(f'No step can be called "{text}": the word has a meaning of its own.', "Choose another name.")
    return _name(text)


def _values(values: tuple[str, ...]) -> tuple[str, ...]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f'The value "{value}" stands here twice.', "Keep one of the two.")
        if value == "else" or not re.fullmatch(r"[a-z0-9][a-z0-9_]*", value):
            wrong = f'"{value}" is not a value: a value has small letters, digits and _, and is not the word else.'
            raise ValueError(wrong, "Choose another word for it.")
    return values


_NAME_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})
Name = Annotated[str, AfterValidator(_name), _NAME_SCHEMA]
StepName = Annotated[str, AfterValidator(_step_name), _NAME_SCHEMA]
FactValues = Annotated[tuple[str, ...], Field(min_length=1, max_length=100), AfterValidator(_values)]


class FlowFile(BaseModel):
    """A flow: the call, step by step. `flows/broker_line.yaml` is one; a flow that others `use` is one too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: Name = Field(description="the flow's name")
    start: str = Field(description="the step every call begins with")
    on_error: str | None = Field(default=None, description="the step taken when something inside a turn fails (D-23)")
    worn_out: str | None = Field(default=None, description="the step taken when a call has had too many turns")
    controls: Mapping[Literal["0", "9"], str] | None = Field(
        default=None, description="steps that keys 0 and 9 lead to, instead of those in config/line.yaml (D-11)"
    )
    facts: Mapping[Name, FactValues] = Field(
        default={}, description="what is known about a call: each fact with its possible values, the initial one first"
    )
    steps: Mapping[StepName, Any] = Field(min_length=1, description="the steps, each with its `kind`")


class Rule(BaseModel):
    """One rule of the policy: what it says, where it shows, and what of it the proof decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field(min_length=1, description="the rule in one sentence")
    shown_by: Literal["calls", "proof", "desk", "queue", "owner"] = Field(
        description="`calls`: callers hear it, so a scripted call must show it; `proof`: what stands under holds "
        "shows all of it; else who keeps it"
    )
    holds: tuple[Hold, ...] = Field(default=(), description="what of it holds on every call; `ivr check` proves it")

    @model_validator(mode="after")
    def _proof_needs_something_to_prove(self) -> Rule:
        if self.shown_by == "proof" and not self.holds:
            raise ValueError("This rule is shown by the proof, and nothing says what holds.", "Add holds: to it.")
        return self


def _rule_number(text: str) -> str:
    if not re.fullmatch(r"[PDU]-\d\d", text):
        raise ValueError(f'"{text}" is not the number of a rule.', "Write P, D or U, a dash and two digits, as P-13.")
    return text


RuleNumber = Annotated[
    str, AfterValidator(_rule_number), WithJsonSchema({"type": "string", "pattern": "^[PDU]-[0-9]{2}$"})
]


class RulesFile(BaseModel):
    """`flows/broker_line.rules.yaml`: what the policy demands, rule by rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Mapping[RuleNumber, Rule] = Field(min_length=1, description="number of the rule: what it says")
