"""Moments as people write them on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ivr.flow.load import load_release, read_files
from ivr.hours import Calendar, parse_moment
from ivr.wiring import real_clock


def calendar_of(project: Path) -> Calendar:
    """The hours as the project's files say now. Raises FileFaults."""
    return load_release(read_files(project)).calendar


def moment_from(text: str | None, calendar: Calendar) -> datetime:
    """A moment with zone: now, or one as written ("Tue 2026-11-24 10:00"), by the line's own clock."""
    if text is None:
        return real_clock().astimezone(calendar.zone)
    try:
        return parse_moment(text, calendar.zone)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None
