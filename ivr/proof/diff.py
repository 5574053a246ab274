"""Two versions of the line compared: which callers hear or get something else, why, and what stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from ivr.flow.release import Release
from ivr.proof.diff_changes import Change, FlowChanges
from ivr.proof.diff_files import FilesChange, files_changes, is_layout_only, is_walked_alike
from ivr.proof.diff_hours import HoursChange, hours_change
from ivr.proof.diff_moments import Moments, wired_standings
from ivr.proof.explore import Progress
from ivr.proof.garbage import keeping_everything

NOTHING: Final = "Nothing changes: every call hears and reaches the same."
NOTHING_FOR_CALLERS: Final = "Nothing changes for callers: every call hears and reaches the same."
NOTHING_ELSE: Final = "Nothing else changes: every other call hears and reaches the same."


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that is otherwise in the new version.

    Args:
        changes: met by callers, each with its cause; shortest calls first within a class.
        unmet: changed in the files, and no call meets it before one of `changes`.
        states: pairs of states that were compared.
    """

    changes: Sequence[Change]
    hours: HoursChange
    files: FilesChange
    renamed: Sequence[tuple[str, str]] = ()
    unmet: Sequence[str] = ()
    states: int = 0
    numbers: Sequence[str] = field(default=())

    @property
    def is_heard(self) -> bool:
        """Some caller hears or gets something else."""
        return bool(self.changes or self.hours.is_heard or self.files.heard or self.files.limits or self.numbers)

    @property
    def verdict(self) -> str:
        """The last sentence."""
        if self.is_heard:
            return NOTHING_ELSE
        quiet = (
            self.renamed or self.unmet or self.files.rules or self.files.calls or self.files.quiet or self.hours.quiet
        )
        return NOTHING_FOR_CALLERS if quiet else NOTHING

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "changes": [change.as_json() for change in self.changes],
            "numbers": list(self.numbers),
            "hours": self.hours.as_json(),
            "fixed": list(self.files.heard),
            "limits": list(self.files.limits),
            "rules": list(self.files.rules),
            "calls": list(self.files.calls),
            "other": list(self.files.quiet),
            "renamed": [{"before": before, "now": now} for before, now in self.renamed],
            "unmet": list(self.unmet),
            "verdict": self.verdict,
            "states": self.states,
        }


def compared(a: Release, b: Release, now: datetime, progress: Progress | None = None) -> Diff:
    """Compare two versions. `now`, with zone: the year from then on is looked at. Raises TooManyStates."""
    moments = Moments(a.calendar, b.calendar, now, wired_standings(*a.flows.values(), *b.flows.values()))
    hours = hours_change(a, b, moments)
    changes: list[Change] = []
    renamed: dict[tuple[str, str], None] = {}
    unmet: list[str] = []
    states = 0
    told = {change.word: change.sentence for change in hours.told}
    # Where the files a turn goes by say the same, so do all turns: there is nothing to walk.
    for flow_a, flow_b in [] if is_walked_alike(a, b) and not told else flows_called(a, b):
        found = FlowChanges(a, flow_a, b, flow_b, now, told)
        with keeping_everything():
            changes += found.found(progress)
        renamed |= dict.fromkeys(found.renamed)
        unmet += found.unmet(changes)
        states += found.states
    causes = {f"{change.cause.file}: {'.'.join(change.cause.path)}" for change in changes}
    files = files_changes(a, b, dict(list(renamed)))
    files = replace(files, quiet=[each for each in files.quiet if each not in causes])
    diff = Diff(changes, hours, files, tuple(renamed), tuple(dict.fromkeys(unmet)), states, numbers_rung(a, b))
    if not diff.is_heard and is_layout_only(a, b):
        return replace(diff, files=replace(files, quiet=["Comments or layout only."]))
    return diff


def flows_called(a: Release, b: Release) -> list[tuple[str, str]]:
    """The flows that callers get, before and now, whatever number they dial."""
    numbers = {*a.numbers, *b.numbers}
    return list(
        dict.fromkeys(
            [*((a.flow_for(each), b.flow_for(each)) for each in sorted(numbers)), (a.other_numbers, b.other_numbers)]
        )
    )


def numbers_rung(a: Release, b: Release) -> list[str]:
    """Numbers of ours that get another flow."""
    said = []
    for number in sorted({*a.numbers, *b.numbers}):
        before, now = a.flow_for(number), b.flow_for(number)
        if before != now:
            said.append(f"Callers of {number} get the flow {now} instead of {before}.")
    if a.other_numbers != b.other_numbers:
        said.append(f"Callers of any other number get the flow {b.other_numbers} instead of {a.other_numbers}.")
    return said
