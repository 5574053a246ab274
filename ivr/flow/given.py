"""What scripted calls are played on: the hours, contacts, team, limits and brokers of `flows/calls/given/`.

Where that folder is, a call that shows where a key leads does not mind a new number or a special Saturday in config/.
Calls about config/ itself say so (`given: {config: real}`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from ivr.errors import Fault, FileFaults
from ivr.flow.config import DeskFile, TeamText
from ivr.flow.load import line_of, load_to_look_at
from ivr.flow.model import Name
from ivr.flow.project import CONTACTS, DESK, GIVEN, HOURS, LINE, whole_file
from ivr.flow.release import Release
from ivr.hours import HoursFile
from ivr.prompts import ContactsFile
from ivr.yaml_text import nearest, parse, read_yaml

GIVEN_BROKERS: Final = f"{GIVEN}brokers.csv"


class GivenLine(BaseModel):
    """`flows/calls/given/line.yaml`: the teams that scripted calls ring, instead of those of `config/line.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    representatives: Mapping[Name, TeamText] = Field(description="as in config/line.yaml")


MODELS: Final[Mapping[str, type[BaseModel]]] = {
    HOURS: HoursFile,
    CONTACTS: ContactsFile,
    LINE: GivenLine,
    DESK: DeskFile,
}
"""Path in config/ to the model of the file that takes its place while calls are played."""


def in_given(path: str) -> str:
    """Where the folder has its own of a file of config/."""
    return path.replace("config/", GIVEN)


def given_files(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files of a project as its scripted calls are played on them; the same ones where that changes nothing.

    Hours take the place of the real ones whole. Of contacts, teams and limits those of the same name do, so that
    words may refer to what is new in config/. Calls are not recorded: a scripted call says so where they are.

    Raises:
        FileFaults: everything wrong with the files of the folder, at once.
    """
    faults = list(_unread(files))
    changed: dict[str, bytes] = {}
    for path, model in MODELS.items():
        own = in_given(path)
        if own not in files:
            continue
        try:
            given = read_yaml(own, files[own])
            parse(model, given)
        except FileFaults as found:
            faults += found.faults
            continue
        real = read_yaml(path, files[path]).data
        laid = given.data if path == HOURS else _laid_over(real, given.data)
        if laid != real:
            changed[path] = as_text(laid)
    if faults:
        raise FileFaults(faults)
    played = {**files, **changed}
    if any(path.startswith(GIVEN) for path in files) and is_recording(played):
        played = with_recording(played, False)
    return played if any(played[path] != files[path] for path in MODELS) else files


def given_release(files: Mapping[str, bytes], real: Release) -> Release:
    """The release that scripted calls are played on; `real` itself where the folder changes nothing of it.

    Raises:
        FileFaults: the folder's files are wrong, or do not go together with the flow.
    """
    played = given_files(files)
    if played is files:
        return real
    try:
        return load_to_look_at(played).release
    except FileFaults as found:
        raise FileFaults([_of_the_folder(fault, files) for fault in found.faults]) from None


def is_recording(files: Mapping[str, bytes]) -> bool:
    """Whether `config/line.yaml` says that calls are recorded."""
    return line_of(files).line.recording


def with_recording(files: Mapping[str, bytes], recording: bool) -> dict[str, bytes]:
    """The files as if `config/line.yaml` said that calls are recorded, or are not (D-25)."""
    line = read_yaml(LINE, files[LINE]).data
    return {**files, LINE: as_text({**line, "line": {**line["line"], "recording": "yes" if recording else "no"}})}


def as_text(data: Any) -> bytes:
    """Data of a document as a file that reads the same: JSON is YAML."""
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _laid_over(real: Any, given: Any) -> Any:
    """The real file's tables with the given entries in them; an entry is a contact's field, a team or a limit."""
    merged = dict(real)
    for section, entries in given.items():
        kept = real.get(section, {})
        if isinstance(entries, dict):
            merged[section] = {**kept, **{name: _entry(section, kept.get(name), one) for name, one in entries.items()}}
        else:
            merged[section] = entries
    return merged


def _entry(section: str, real: Any, given: Any) -> Any:
    return {**real, **given} if section == "contacts" and isinstance(real, dict) else given


def _unread(files: Mapping[str, bytes]) -> Iterator[Fault]:
    known = [*map(in_given, MODELS), GIVEN_BROKERS]
    for path in files:
        if path.startswith(GIVEN) and path not in known:
            meant = nearest(path, known)
            remedy = f"Did you mean {meant}? Rename it." if meant else f"It may hold {', '.join(known)}."
            yield whole_file(path, "Nothing reads this file.", remedy)


def _of_the_folder(fault: Fault, files: Mapping[str, bytes]) -> Fault:
    """A fault of what both folders make together, told of the folder that made the difference."""
    own = in_given(fault.file)
    return whole_file(own, fault.wrong, fault.remedy) if own in files else fault
