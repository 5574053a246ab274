"""An immutable, checked bundle of everything in `flows/` and `config/`, named by its content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.hours import Calendar
from ivr.steps.step import Defaults, Step
from ivr.verbs import Speech, Voice


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow ready to walk: sub-flows laid in, defaults filled in.

    Args:
        facts: fact to its possible values, the initial one first.
        on_error: the step taken when something fails inside a turn (D-23); None leaves it to the fixed sentence.
        worn_out: the step taken when a call has had `turns_limit` turns.
        file: where it is written, relative to the project.
    """

    name: str
    start: str
    steps: Mapping[str, Step]
    facts: Mapping[str, tuple[str, ...]]
    initial_facts: Mapping[str, str]
    on_error: str | None = None
    worn_out: str | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class FixedWords:
    """Words that no step speaks.

    Args:
        start_over: said when a call's place could not be read, before it starts again.
        trouble: said when even `on_error` failed: hours, e-mail, its warning, a way to a person (D-23).
        busy: said when more call at once than can be answered in time.
        fallback: said from another host when the whole line is gone.
    """

    start_over: Speech
    trouble: Speech
    busy: Speech
    fallback: Speech


@dataclass(frozen=True, slots=True)
class Release:
    """A release as a call uses it. Built by `load.load_release`, never changed.

    Args:
        name: sha256 of the files, in hex.
        files: path relative to the project, to content.
        numbers: dialled number (E.164) to the flow it gets; `other_numbers` gets the rest.
        spoken: what words may refer to and does not change within a release: contacts, line, desk.
        entries_per_hour: unconfirmed entries of one calling number before look-ups stop (D-27).
    """

    name: str
    files: Mapping[str, bytes]
    flows: Mapping[str, Flow]
    numbers: Mapping[str, str]
    other_numbers: str
    calendar: Calendar
    voice: Voice
    words: FixedWords
    defaults: Defaults
    spoken: Mapping[str, Mapping[str, Any]]
    turns_limit: int
    entries_per_hour: int

    def flow_for(self, dialled: str) -> str:
        """The flow that a number of ours gets."""
        return self.numbers.get(dialled, self.other_numbers)


def release_name(files: Mapping[str, bytes]) -> str:
    """Content hash of a bundle: the same files give the same name, on any machine."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{len(path)}:{path}:{len(files[path])}:".encode())
        digest.update(files[path])
    return digest.hexdigest()
