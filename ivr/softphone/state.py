"""Where a simulated call is between two turns: everything in it can be written as JSON and read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from ivr.softphone.tape import Tape, Utterance

Over = Literal["", "ran_out", "hung_up", "left", "rejected", "failed", "looped"]
"""Why a leg's documents ended: nothing left to do, `<Hangup>`, `<Leave>`, `<Reject>`, an error twice, a loop."""

EndedBy = Literal["", "connected", "hang_up", "caller", "error"]
"""Who ended a call: it was joined to a representative; the line; the caller; a failure that nothing caught."""


class GatherWait(BaseModel):
    """The line listens for keys.

    Args:
        began: second of the call at which the gather began.
        said: what it says meanwhile, not yet heard; emptied by the first key or the timeout.
        media_s: seconds of all that, pauses included; speech_s: until the last word.
        deadline: second of the call at which it gives up.
        pressed: keys so far, those that count; pressed_at: second of the first.
    """

    kind: Literal["gather"] = "gather"
    began: float
    said: list[Utterance]
    media_s: float
    speech_s: float
    timeout_s: int
    most: int | None
    finish: str
    action: str
    method: str
    acts_on_empty: bool
    hears_keys: bool
    deadline: float
    pressed: str = ""
    pressed_at: float = 0.0


class Callee(BaseModel):
    """Somebody a dial rings: the number, and the whisper's address if there is one."""

    number: str
    url: str = ""
    method: str = "POST"


class DialWait(BaseModel):
    """Somebody else's telephone rings.

    Args:
        callees: whom it rings, together or one after another.
        action: address that learns the result; empty when the document goes on.
    """

    kind: Literal["dial"] = "dial"
    callees: list[Callee]
    one_by_one: bool
    ring_s: int
    caller_id: str
    action: str
    method: str


class RecordWait(BaseModel):
    """The line records what the caller says."""

    kind: Literal["record"] = "record"
    silence_s: int
    finish: str
    longest_s: int
    action: str
    method: str


class QueueWait(BaseModel):
    """The caller waits in a queue, between two requests for what is heard there."""

    kind: Literal["queue"] = "queue"


Waiting = Annotated[GatherWait | DialWait | RecordWait | QueueWait, Field(discriminator="kind")]


class Spot(BaseModel):
    """A place in a document: address, bytes (as Latin-1 text), part names in order, the next verb."""

    url: str = ""
    text: str = ""
    parts: list[str] = []
    next: int = 0


class Queued(BaseModel):
    """A stay in a queue, and the document that goes on after it."""

    name: str
    sid: str
    since: float
    wait_url: str
    wait_method: str
    action: str
    method: str
    back: Spot


class LegState(BaseModel):
    """One leg: its SIDs and numbers, its place in a document, what it waits for.

    Args:
        documents: documents read since the caller last did something.
        on_fallback: the fallback address has been asked already.
    """

    sid: str
    caller: str
    dialled: str
    direction: Literal["inbound", "outbound-dial"]
    parent_sid: str = ""
    status: str = "ringing"
    spot: Spot = Spot()
    waiting: Waiting | None = None
    queued: Queued | None = None
    over: Over = ""
    documents: int = 0
    on_fallback: bool = False


class CallState(BaseModel):
    """A whole call.

    Args:
        began: the pretended moment of the first request, with zone.
        step, facts: where the application said the call is; empty when it tells nothing (over the network).
        joined: the caller talked with a representative; joined_at is the step then.
        joined_facts: the facts then; they decide the call's label.
    """

    began: AwareDatetime
    leg: LegState
    tape: Tape = Tape()
    cookies: dict[str, str] = {}
    step: str = ""
    facts: dict[str, str] = {}
    joined: bool = False
    joined_at: str = ""
    joined_facts: dict[str, str] = {}
    ended_by: EndedBy = ""

    def moment_after(self, seconds: float) -> datetime:
        """The pretended moment so many seconds into the call."""
        return self.began + timedelta(seconds=seconds)
