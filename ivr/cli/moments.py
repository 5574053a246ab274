"""Moments as people write them on the command line, and the hours and zone that they are meant in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ivr.errors import FileFaults
from ivr.flow.load import load_release, read_files
from ivr.hours import Calendar, parse_moment
from ivr.hours.text import MOMENT_REMEDY
from ivr.store import Store
from ivr.wiring import real_clock


def calendar_of(project: Path) -> Calendar:
    """The hours as the project's files say now. Raises FileFaults."""
    return load_release(read_files(project)).calendar


def calendar_on_air(store: Store, project: Path) -> Calendar:
    """The hours of the live release, whatever is being edited; the files' own before the first. Raises FileFaults."""
    live = store.live()
    if live is None:
        return calendar_of(project)
    try:
        return load_release(store.release_files(live.number)).calendar
    except FileFaults:
        # Published by another version of the program; the files here are this one's.
        return calendar_of(project)


def moment_from(text: str | None, calendar: Calendar, name: str) -> datetime:
    """A moment with zone: now, or one as written, by the line's own clock.

    Args:
        text: ``Tue 2026-11-24 10:00``, ``17:00`` (today), ``tomorrow 09:00``; None for now.
        name: of the option or argument, for whoever mistyped it.
    """
    now = real_clock().astimezone(calendar.zone)
    if text is None:
        return now
    try:
        return parse_moment(text, calendar.zone, now)
    except ValueError as wrong:
        also = ' Of today: "17:00".' if MOMENT_REMEDY in str(wrong) else ""
        raise click.BadParameter(f"{wrong}{also}", param_hint=name) from None
