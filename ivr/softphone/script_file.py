"""Scripted calls as operations write them in `flows/calls/*.yaml`, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, field_validator, model_validator

from ivr.errors import Fault, FileFaults
from ivr.hours import Closure, parse_moment
from ivr.softphone.call import CALLER, DIALLED
from ivr.softphone.dialling import Representative
from ivr.softphone.fields import ProviderHabits
from ivr.yaml_text import Document, Seconds, YesNo, nearest, parse, read_yaml

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FOLDER = "flows/calls/"
USUAL_MOMENT = "Tue 2026-11-24 10:00"
CENTRAL = ZoneInfo("America/Chicago")

BESIDES_STEPS = ("key_not_used", "start_over", "meanwhile", "trouble", "closed", "busy")
"""Parts that are heard and are no steps."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) and value else value


DirectoryState = Literal["on", "off", "slow", "by_number"]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Keys = Annotated[str, Field(pattern=r"^[0-9*#]{1,30}$")]


class Frozen(BaseModel):
    """A table of the file: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GivenClosure(Frozen):
    """A closure that operations declared before the call."""

    starts: str = Field(description="a moment, such as 2026-11-24 13:00")
    until: str = Field(description="a later moment")
    reason: str = Field(description="after the words: closed for")


class Circumstances(Frozen):
    """What a call meets besides its moment."""

    config: Literal["given", "real"] = Field(
        "given",
        description="the hours, contacts, team and limits: those of `flows/calls/given/` where there are some, or, "
        "for calls about config/ itself, the real ones",
    )
    directory: DirectoryState = Field(
        "on",
        description="whether the certification list answers; `by_number`: as the last digit says, 1 certified, "
        "2 not, 3 no answer, 4 slow, 5 to 7 slow first",
    )
    closures: tuple[GivenClosure, ...] = ()
    unconfirmed_entries: int = Field(0, ge=0, description="numbers this caller has entered in vain within the hour")
    recording: YesNo = Field(False, description="calls are recorded")
    crowded: YesNo = Field(
        False, description="more call at once than can be answered in time: the caller hears busy first"
    )
    finished_on_key: YesNo = Field(True, description="the provider tells which key ended an entry")


class Happening(Frozen):
    """One line of a scripted call: exactly one thing that is heard or done."""

    hears: Texts | None = Field(None, description="exactly these parts, since the last key, silence or answer")
    hears_words: Texts | None = Field(None, description="these words, since then")
    hears_not: Texts | None = Field(None, description="none of these words, since then")
    presses: Keys | None = Field(None, description="keys, after the words")
    presses_early: Keys | None = Field(None, description="keys, within the first second of the words")
    stays_silent: YesNo | None = Field(None, description="presses nothing until the line gives up waiting")
    waits: Seconds | None = Field(None, description="does nothing for so long before the next key")
    representative: Representative | None = Field(None, description="what the ringing telephone does")
    says_to_representative: Texts | None = Field(None, description="these words, to the representative only")
    within: Seconds | None = Field(None, description="at most so much speech since then")
    call_within: Seconds | None = Field(None, description="at most so much speech since the call began")
    clock: str | None = Field(None, description="the clock jumps to this moment before what comes next")
    fault: YesNo | None = Field(None, description="our answer to the caller's silence is lost on the way")
    hangs_up: YesNo | None = Field(None, description="puts the receiver down")

    @model_validator(mode="after")
    def _one_thing(self) -> Happening:
        if len(self.model_fields_set) != 1:
            raise ValueError("Each happening says exactly one thing.", f"Write one of: {', '.join(_KINDS)}.")
        return self

    @property
    def kind(self) -> str:
        """Which thing it says."""
        return next(iter(self.model_fields_set))


_KINDS = tuple(Happening.model_fields)


class Ending(Frozen):
    """Where a call ends; what is left out is not looked at."""

    at: str | None = Field(None, description="the step")
    label: str | None = Field(None, description="what a representative is told")
    facts: Mapping[str, str] = Field(default={}, description="facts of the call")
    by: Literal["connected", "hang_up", "caller"] | None = Field(None, description="who ended it")


class Script(BaseModel):
    """One scripted call as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    call: str = Field(min_length=1, description="what happens, in one sentence")
    rules: Texts = Field((), description="numbers of the rules it shows")
    at: str = Field(USUAL_MOMENT, description="the moment, Central time")
    caller: str = Field(CALLER, alias="from", min_length=1, description="the calling number")
    dialled: str = Field(DIALLED, alias="to", min_length=1, description="the number called")
    given: Circumstances = Circumstances()
    happens: tuple[Happening, ...]
    ends: Ending = Ending()

    @field_validator("happens")
    @classmethod
    def _something(cls, happens: tuple[Happening, ...]) -> tuple[Happening, ...]:
        if not happens:
            raise ValueError("Nothing happens in this call.", "Write what is heard and done, one thing a line.")
        return happens


class ScriptedCalls(RootModel[tuple[Script, ...]]):
    """A file of scripted calls."""


@dataclass(frozen=True)
class Given:
    """What an application is to be set up with before a scripted call.

    Args:
        at, caller: the call's moment and number.
        config: whether it is played on what is given for calls, or on config/ as it is.
    """

    at: datetime
    config: Literal["given", "real"] = "given"
    caller: str = CALLER
    directory: DirectoryState = "on"
    closures: tuple[Closure, ...] = ()
    unconfirmed_entries: int = 0
    recording: bool = False
    crowded: bool = False

    @property
    def circumstances(self) -> tuple[str, str, bool, tuple[datetime, ...]]:
        """What an application cannot be given between calls; in an order, so that like calls can be played together."""
        return self.config, self.directory, self.recording, tuple(closure.starts for closure in self.closures)


MakeApp = Callable[[Given], "tuple[WSGIApplication, str, str, str]"]
"""Circumstances to (application, base address, auth token, account SID)."""


@dataclass(frozen=True)
class ScriptedCall:
    """One scripted call and where it is written.

    Args:
        place: index of the call in its file.
    """

    script: Script
    given: Given
    document: Document
    place: int

    @property
    def name(self) -> str:
        """What happens, in one sentence."""
        return self.script.call

    @property
    def rules(self) -> tuple[str, ...]:
        """Numbers of the rules it shows."""
        return self.script.rules

    @property
    def habits(self) -> ProviderHabits:
        """How the provider behaves on this call."""
        return ProviderHabits(finished_on_key=self.script.given.finished_on_key)

    def fault(self, path: Sequence[str | int], wrong: str, remedy: str) -> Fault:
        """A fault at a place within the call."""
        return self.document.fault((self.place, *path), wrong, remedy)


def read_calls(
    files: Mapping[str, bytes], known: Collection[str] | None = None, zone: ZoneInfo = CENTRAL
) -> list[ScriptedCall]:
    """Every scripted call of a project, in the files' order.

    Args:
        files: path to content; only `flows/calls/*.yaml` are read, and no folder in it.
        known: names of steps, when words after `hears` and `ends` are to be looked up.
        zone: where moments are meant.

    Raises:
        FileFaults: everything wrong with them, at once.
    """
    calls: list[ScriptedCall] = []
    faults: list[Fault] = []
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(".yaml") and "/" not in path.removeprefix(FOLDER):
            try:
                found, wrong = _read_file(path, files[path], zone)
            except FileFaults as error:
                faults += error.faults
                continue
            calls += found
            faults += wrong
    if known is not None:
        faults += unknown_names(calls, known)
    if faults:
        raise FileFaults(faults)
    return calls


def unknown_names(calls: Iterable[ScriptedCall], known: Collection[str]) -> list[Fault]:
    """Steps and parts that no flow has, each with the nearest that it has."""
    faults = []
    for call in calls:
        named: list[tuple[tuple[str | int, ...], str]] = [
            (("happens", index, "hears", place), part)
            for index, happening in enumerate(call.script.happens)
            for place, part in enumerate(happening.hears or ())
            if part not in BESIDES_STEPS
        ]
        if call.script.ends.at:
            named.append((("ends", "at"), call.script.ends.at))
        for path, name in named:
            if name not in known:
                meant = nearest(name, [*known, *BESIDES_STEPS])
                remedy = f'Did you mean "{meant}"?' if meant else "Name a step of the flow."
                faults.append(call.fault(path, f'There is no step "{name}".', remedy))
    return faults


def _read_file(path: str, content: bytes, zone: ZoneInfo) -> tuple[list[ScriptedCall], list[Fault]]:
    document = read_yaml(path, content)
    calls: list[ScriptedCall] = []
    faults: list[Fault] = []
    for place, script in enumerate(parse(ScriptedCalls, document).root):
        try:
            calls.append(ScriptedCall(script, _given(script, document, place, zone), document, place))
        except FileFaults as error:
            faults += error.faults
    return calls, faults


def _given(script: Script, document: Document, place: int, zone: ZoneInfo) -> Given:
    moment = partial(_moment, document=document, zone=zone)
    given = script.given
    closures = []
    for index, closure in enumerate(given.closures):
        path = (place, "given", "closures", index)
        starts, until = moment(closure.starts, (*path, "starts")), moment(closure.until, (*path, "until"))
        if until <= starts:
            raise FileFaults(
                [document.fault((*path, "until"), "The closure ends before it starts.", "Write a later moment.")]
            )
        closures.append(Closure(starts, until, closure.reason))
    return Given(
        at=moment(script.at, (place, "at")),
        config=given.config,
        caller=script.caller,
        directory=given.directory,
        closures=tuple(closures),
        unconfirmed_entries=given.unconfirmed_entries,
        recording=given.recording,
        crowded=given.crowded,
    )


def _moment(text: str, path: tuple[Any, ...], *, document: Document, zone: ZoneInfo) -> datetime:
    try:
        return parse_moment(text, zone)
    except ValueError as error:
        wrong, remedy = (*error.args, "Write a moment such as Tue 2026-11-24 10:00.")[:2]
        raise FileFaults([document.fault(path, str(wrong), str(remedy))]) from None
