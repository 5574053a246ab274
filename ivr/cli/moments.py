"""Moments as people write them on the command line, and the hours and zone that they are meant in."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
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


def today_on_air(store: Store, project: Path) -> date:
    """The day it is where the line is; by UTC while the files that name its zone cannot be read."""
    now = real_clock()
    with suppress(FileFaults):
        now = now.astimezone(calendar_on_air(store, project).zone)
    return now.date()


def day_from(text: str, calendar: Calendar, name: str) -> date | None:
    """A day without a time: ``2026-11-26``, ``Thu 2026-11-26``, ``today``, ``tomorrow``; None for anything else."""
    today = real_clock().astimezone(calendar.zone).date()
    if text.lower() in ("today", "tomorrow"):
        return today + timedelta(days=text.lower() == "tomorrow")
    if not re.fullmatch(r"(?:[A-Za-z]{3,9},?\s+)?\d{4}-\d{2}-\d{2}", text):
        return None
    return moment_from(f"{text} 12:00", calendar, name).date()


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
        also = ' Of today: "17:00" or 5pm.' if MOMENT_REMEDY in str(wrong) else ""
        raise click.BadParameter(f"{wrong}{also}", param_hint=name) from None
