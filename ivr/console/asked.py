"""What the page asks of the telephone: typed, bounded, and refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ivr.softphone import Representative

WITHHELD = "anonymous"
"""What the provider sends instead of a withheld number."""

Call = Annotated[str, StringConstraints(max_length=60_000)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


def _naive(moment: datetime) -> datetime:
    if moment.tzinfo is not None or not 2020 <= moment.year < 2100:
        raise ValueError("a date and a time of the line's own zone, 2020 to 2099")
    return moment


class Dialled(BaseModel):
    """A call begins.

    Args:
        caller: E.164, or the word for a withheld number.
        at: wall-clock time of the line's zone; None for now.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    caller: Annotated[str, StringConstraints(pattern=rf"^(\+[1-9][0-9]{{6,14}}|{WITHHELD})$")]
    at: Annotated[datetime, AfterValidator(_naive)] | None = None

    def moment(self, now: datetime) -> datetime:
        """The moment to begin at, in the zone of `now`; a wall-clock time that the clocks skip is an hour later."""
        if self.at is None:
            return now
        return self.at.replace(tzinfo=now.tzinfo).astimezone(UTC).astimezone(now.tzinfo)


class Key(BaseModel):
    """A key, and how many seconds after the line began to listen it was pressed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
    at: Seconds


class Done(BaseModel):
    """What the caller (or whoever the line rings) did.

    Args:
        keys: pressed since the line began to listen, in order.
        then: `wait` lets the line's patience run out; `ring` says what a representative does.
        at: seconds after the line began to listen, for `hang_up` amid the words; None for after them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: Call
    keys: Annotated[list[Key], Field(max_length=64)] = []
    then: Literal["keys", "wait", "hang_up", "ring"]
    at: Seconds | None = None
    representative: Representative = "answers"
