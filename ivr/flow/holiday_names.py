"""Holidays whose names the program understands but callers would hear otherwise than written in full."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.errors import Fault
from ivr.hours import HoursFile
from ivr.hours.dates import holiday_name
from ivr.yaml_text import Document

CLOSED = ("holidays", "closed")


def unusual_names(hours: HoursFile, document: Document) -> Iterator[Fault]:
    """A warning for each holiday that lacks its "Day", or has another apostrophe or other capitals.

    Args:
        document: the text of `hours`.
    """
    for place, name in enumerate(hours.holidays.closed):
        if (whole := holiday_name(name)) != name:
            wrong = f'"{name}" is not how this holiday is written here.'
            remedy = f"Write {whole}: callers hear the name as it stands here, and scripted calls wait for it."
            yield document.fault((*CLOSED, place), wrong, remedy)
