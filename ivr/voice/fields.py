"""The provider's form fields that we read; all others are left alone, since new ones arrive unannounced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from ivr.call import OVER, DialStatus, Heard, IncomingCall
from ivr.errors import WebhookRefused

MOST_KEYS = 32
"""Keys kept of one gather; no step asks for as many."""


Shortened = Annotated[str, AfterValidator(lambda text: text[:64])]
"""Text that may be anything: no call is refused for an odd calling number."""


class Fields(BaseModel):
    """A webhook's form, typed ("Parameters on every TwiML request")."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    call_sid: str = Field(alias="CallSid", pattern=r"^CA[0-9a-fA-F]{32}$")
    parent_call_sid: str | None = Field(default=None, alias="ParentCallSid", pattern=r"^CA[0-9a-fA-F]{32}$")
    caller: Shortened = Field(default="", alias="From")
    dialled: Shortened = Field(default="", alias="To")
    call_status: Shortened = Field(default="", alias="CallStatus")
    call_duration: Shortened = Field(default="", alias="CallDuration")
    digits: str = Field(default="", alias="Digits")
    finished_on: str | None = Field(default=None, alias="FinishedOnKey")
    dial_status: DialStatus | None = Field(default=None, alias="DialCallStatus")
    dial_bridged: str = Field(default="", alias="DialBridged")
    dial_duration: str = Field(default="", alias="DialCallDuration")
    error_code: Shortened = Field(default="", alias="ErrorCode")
    error_url: str = Field(default="", alias="ErrorUrl")

    @field_validator("digits")
    @classmethod
    def _only_keys(cls, digits: str) -> str:
        return re.sub(r"[^0-9*#]", "", digits)[:MOST_KEYS]

    @field_validator("dial_status", mode="before")
    @classmethod
    def _known_status(cls, status: str | None) -> str | None:
        known = ("completed", "answered", "busy", "no-answer", "failed", "canceled")
        return status if status is None or status in known else "failed"

    @property
    def call(self) -> IncomingCall:
        """Who calls whom."""
        return IncomingCall(self.call_sid, self.caller, self.dialled)

    @property
    def is_over(self) -> bool:
        """The caller has already hung up; whatever we answer is not heard."""
        return self.call_status in OVER

    @property
    def was_not_got(self) -> bool:
        """On the fallback: the provider got no answer, rather than one that it could not use (11200 to 11299)."""
        return re.fullmatch(r"112[0-9]{2}", self.error_code) is not None

    @property
    def status(self) -> str:
        """The provider's word for the call, fit for the store; anything that is no word of its kind is `unknown`."""
        return self.call_status if re.fullmatch(r"[a-z-]{1,32}", self.call_status) else "unknown"

    @property
    def seconds(self) -> int | None:
        """How long the call was, if that is said and can be."""
        return int(self.call_duration) if re.fullmatch(r"[0-9]{1,7}", self.call_duration) else None

    @property
    def heard(self) -> Heard:
        """What came in: keys, or how a dial ended.

        `DialBridged` says whether the two were joined; where it is missing, a completed leg is taken as a talk.
        """
        bridged = self.dial_bridged.lower()
        talked = bridged == "true" or (not bridged and self.dial_status in ("completed", "answered"))
        return Heard(self.digits, self.finished_on, self.dial_status, talked=self.dial_status is not None and talked)


def read_fields(form: Mapping[str, str]) -> Fields:
    """The fields of a verified request. Raises WebhookRefused (400) naming the field that cannot be used."""
    try:
        return Fields.model_validate(form)
    except ValidationError as wrong:
        names = ", ".join(str(fault["loc"][0]) for fault in wrong.errors(include_input=False))
        raise WebhookRefused(f"signed, but not usable: {names}", 400) from None
