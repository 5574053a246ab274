"""Edits of the shipped line, as a person would make them, and the diff of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from brute_force import OPEN, Side

from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.proof.diff import Diff, compared

PROJECT = Path(__file__).parents[1]
FLOW = "flows/broker_line.yaml"
HOURS = "config/hours.yaml"
CONTACTS = "config/contacts.yaml"
Files = dict[str, bytes]
Edit = Callable[[Files], None]


@cache
def shipped() -> tuple[Files, Release, Side]:
    files = read_files(PROJECT)
    release = load_release(files)
    return files, release, Side(release)


def changed(path: str, pattern: str, after: str) -> Edit:
    """Everything that fits a pattern, written otherwise; it must fit somewhere."""

    def change(files: Files) -> None:
        text, count = re.subn(pattern, after, files[path].decode(), flags=re.MULTILINE)
        assert count, f"{pattern} fits nothing in {path}"
        files[path] = text.encode()

    return change


def in_step(step: str, pattern: str, after: str) -> Edit:
    """The same within one step of the flow."""

    def change(files: Files) -> None:
        text = files[FLOW].decode()
        found = re.search(rf"^  {step}:.*?(?=^  (?:[a-z#])|\Z)", text, re.MULTILINE | re.DOTALL)
        assert found, f"no step {step}"
        block, count = re.subn(pattern, after, found[0])
        assert count, f"{pattern} fits nothing in {step}"
        files[FLOW] = (text[: found.start()] + block + text[found.end() :]).encode()

    return change


def everywhere(before: str, after: str) -> Edit:
    """A step renamed in every file."""

    def change(files: Files) -> None:
        for path, content in files.items():
            if path.startswith("flows/"):
                files[path] = re.sub(rf"\b{before}\b", after, content.decode()).encode()

    return change


def after(*edits: Edit) -> Release:
    files = dict(shipped()[0])
    for each in edits:
        each(files)
    return load_release(files)


@cache
def diff_of(name: str) -> tuple[Release, Diff]:
    release = after(*EDITS[name])
    return release, compared(shipped()[1], release, OPEN)


EDITS: dict[str, tuple[Edit, ...]] = {
    "a wire": (in_step("first_menu", r"go: agencies_menu", "go: status_menu"),),
    "two keys swapped": (
        in_step("agencies_menu", r"1: \{offer: For MinnesotaCare", "9: {offer: For MinnesotaCare"),
        in_step("agencies_menu", r"2: \{offer: Medical", "1: {offer: Medical"),
        in_step("agencies_menu", r"9: \{offer: For MinnesotaCare", "2: {offer: For MinnesotaCare"),
    ),
    "a word": (in_step("appeals", r"We can't help with appeals", "We do not help with appeals"),),
    "hours": (changed(HOURS, r"^  friday: 08:00-16:00", "  friday: 08:00-15:00"),),
    "a number": (changed(CONTACTS, r"\+16514312670", "+16514312671"),),
    "a new option": (
        in_step("information_menu", r"(    again:)", r"      5: {offer: For agencies, go: agencies_menu}\n\1"),
    ),
    "an option gone": (
        in_step("not_confirmed", r"      2: \{.*\n", ""),
        in_step("not_confirmed", r"(again: \{1: Try again), .*\}", r"\1}"),
    ),
    "a step renamed": (everywhere("who_calls", "whos_calling"),),
    "a fact dropped": (in_step("life_event", r", set: \{topic: life_event\}", ""),),
    "a reason": (
        in_step("closed_now", r"We're closed; (.*) \{\{ hours.because \}\}", r"{{ hours.because }} We're closed; \1"),
    ),
    "no answer": (changed(FLOW, r"set: \{certification: unavailable\}", "set: {certification: not_confirmed}"),),
    "a slow answer": (changed(FLOW, r"meanwhile: One moment", "meanwhile: Just a moment"),),
    "attempts": (in_step("status_menu", r"(    kind: menu\n)", r"\1    attempts: 3\n"),),
}


def said(name: str) -> list[str]:
    return [f"{change.cause.sort}: {change.cause.says}" for change in diff_of(name)[1].changes]
