"""Everything that may come to the same call in two versions and make a difference in either."""

from __future__ import annotations

from typing import Final

from ivr.proof.diff_turns import Version
from ivr.proof.diff_values import DIGITS, DIRECTORY_ANSWERS, Comes
from ivr.proof.explore import MISHAPS, ON_ERROR
from ivr.steps.menu import MenuStep
from ivr.steps.step import Meeting

AT_FIRST: Final = (Comes(), Comes(mishap=ON_ERROR))
"""What may come to a call that has heard nothing yet."""


def may_come_to_either(a: Version, place_a: int, b: Version, place_b: int) -> list[Comes]:
    """Everything that may come to two places at once and make a difference in either."""
    step_a, step_b = a.step(place_a), b.step(place_b)
    if not step_a.waits and not step_b.waits:
        return [*(Comes(answers=(answer,)) for answer in DIRECTORY_ANSWERS), *map(_mishap, MISHAPS)]
    meetings = dict.fromkeys((*a.may_come(place_a), *b.may_come(place_b)))
    menus = [step for step in (step_a, step_b) if isinstance(step, MenuStep)]
    if len(menus) == 2:
        # One key that is used in neither stands for all of them.
        offered = dict.fromkeys(key for menu in menus for key in menu.options)
        unused = next(key for key in DIGITS if key not in offered)
        stray = a.sessions[place_a].stray_pound or b.sessions[place_b].stray_pound
        keys = [*offered, unused, "", *("#" if stray else "")]
        meetings = dict.fromkeys(Meeting(keys=key) for key in keys)
    comes = [Comes(meeting) for meeting in meetings]
    # What rings does not wear a call out.
    rings = any(meeting.talked is not None for meeting in meetings)
    return [*comes, *map(_mishap, [ON_ERROR] if rings else MISHAPS)]


def _mishap(mishap: str) -> Comes:
    return Comes(mishap=mishap)
