"""Scripted calls as transcripts, file by file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ivr.softphone.scripted import Outcome

LINE = re.compile(r"^ *(\d+:\d\d)  (.{14})  (.*?)(?:  \[([^\]]+)\])?$")

ENDED_BY = {
    "connected": "joined to a representative",
    "hang_up": "the line hangs up",
    "caller": "the caller hangs up",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One line: when, who, what, and the step whose words they are (or empty)."""

    at: str
    who: str
    text: str
    part: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One scripted call as it was heard.

    Args:
        place: among all scripted calls; names it in links.
        given: circumstances, in words.
        went_wrong: what went otherwise than written.
    """

    place: int
    name: str
    rules: Sequence[str]
    at: str
    given: str
    lines: Sequence[Heard]
    ends: str
    went_wrong: Sequence[str]


@dataclass(frozen=True, slots=True)
class CallFile:
    """A file of scripted calls. `page` is the page that shows it."""

    path: str
    title: str
    page: str
    calls: Sequence[Transcript]


def call_files(outcomes: Sequence[Outcome]) -> list[CallFile]:
    """Every file with its calls, in order."""
    by_file: dict[str, list[Transcript]] = {}
    for place, outcome in enumerate(outcomes):
        by_file.setdefault(outcome.call.document.file, []).append(_transcript(place, outcome))
    return [
        CallFile(path, PurePosixPath(path).stem.replace("_", " ").capitalize(), page_of(path), calls)
        for path, calls in by_file.items()
    ]


def page_of(path: str) -> str:
    """The page of a file of calls."""
    return f"calls-{PurePosixPath(path).stem.replace('_', '-')}.html"


def plain(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def _transcript(place: int, outcome: Outcome) -> Transcript:
    script = outcome.call.script
    ends = script.ends
    told = [
        f"at {plain(ends.at)}" if ends.at else "",
        f"label {plain(ends.label)}" if ends.label else "",
        *(f"{plain(name)} is {plain(value)}" for name, value in ends.facts.items()),
        ENDED_BY.get(ends.by or "", ""),
    ]
    return Transcript(
        place,
        script.call,
        script.rules,
        script.at,
        _circumstances(outcome),
        [_heard(line) for line in outcome.transcript],
        ", ".join(one for one in told if one),
        [failure.wrong for failure in outcome.failures],
    )


def _circumstances(outcome: Outcome) -> str:
    """What the call meets besides its moment, in words."""
    given = outcome.call.script.given
    states = {
        "off": "the certification list does not answer",
        "slow": "the certification list is slow",
        "by_number": "the certification list answers as the last digit says",
    }
    said = [
        "on the real hours and contacts" if given.config == "real" else "",
        states.get(given.directory, ""),
        *(f"closed from {one.starts} until {one.until}: {one.reason}" for one in given.closures),
        f"{given.unconfirmed_entries} unconfirmed numbers within the hour" if given.unconfirmed_entries else "",
        "calls are recorded" if given.recording else "",
        "more call at once than can be answered in time" if given.crowded else "",
        "" if given.finished_on_key else "the provider does not tell which key ended an entry",
    ]
    return "; ".join(one for one in said if one)


def _heard(line: str) -> Heard:
    found = LINE.match(line)
    if found is None:
        return Heard("", "", line, "")
    at, who, text, part = found.groups()
    return Heard(at, who.strip(), text, part or "")
