"""How long the hours are still confirmed: the one warning that comes with time, without an edit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ivr.errors import Fault
from ivr.flow.project import HOURS
from ivr.hours import CERTAIN_DAYS, Calendar
from ivr.yaml_text import read_yaml


def unconfirmed(files: Mapping[str, bytes], calendar: Calendar, now: datetime) -> list[Fault]:
    """A warning when staff have not checked the days of the coming weeks; nothing when they have.

    Args:
        files: the files that `calendar` was made from.
        now: with zone.
    """
    until = calendar.certain_until()
    ahead = (until - now.astimezone(calendar.zone).date()).days
    if ahead >= CERTAIN_DAYS:
        return []
    left = f"{ahead} day{'' if ahead == 1 else 's'} ahead" if ahead >= 0 else "which is past"
    wrong = f"The hours are confirmed through {until}, {left}; {CERTAIN_DAYS} days ahead should be."
    remedy = (
        "Callers hear the same rules on later days, but nobody has looked at those: see them with "
        f"ivr hours --year {until.year + (until.month > 10)}, then move the date on."
    )
    return [read_yaml(HOURS, files[HOURS]).fault(("confirmed_through",), wrong, remedy)]
