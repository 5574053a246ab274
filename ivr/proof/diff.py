"""Two versions of the line compared: which callers hear or get something else, why, and what stays the same."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from ivr.flow.release import Release
from ivr.proof.diff_causes import Cause, Causes, Sort
from ivr.proof.diff_files import FilesChange, SourceLines, files_changes, is_layout_only
from ivr.proof.diff_hours import HoursChange, hours_change, sample_words
from ivr.proof.diff_names import names_of
from ivr.proof.diff_pairs import Move, SideBySide, two_versions
from ivr.proof.diff_values import Answered
from ivr.proof.diff_who import STANDINGS, Where, Whose, asked_in_words, does, leads, standing_first, way_in_words
from ivr.proof.explore import Progress
from ivr.verbs import Speech

HOURS: Final = "config/hours.yaml"
NOTHING: Final = "Nothing changes: every call hears and reaches the same."
NOTHING_FOR_CALLERS: Final = "Nothing changes for callers: every call hears and reaches the same."
NOTHING_ELSE: Final = "Nothing else changes: every other call hears and reaches the same."
MOST_STEPS: Final = 3
SORTS: Final[Mapping[Sort, str]] = {"routing": "Routing", "numbers": "Hours and numbers", "words": "Words"}


@dataclass(frozen=True, slots=True)
class Example:
    """The shortest call that meets a change.

    Args:
        does: turn by turn, after the call was answered; the last one meets the change.
        before, now: what is heard then; `leads_before`, `leads_now`: what follows on it.
    """

    who: str
    when: str
    does: Sequence[str]
    before: str
    now: str
    leads_before: str
    leads_now: str

    @property
    def caller(self) -> str:
        """Who, when and what, as one phrase."""
        return ", ".join((self.who, self.when, *self.does))


@dataclass(frozen=True, slots=True)
class Change:
    """One cause and the calls that meet it.

    Args:
        file, line: where it stands, in the new files, or in the old ones for what is gone.
        where: exactly the calls that meet it, shortest first.
        calls: in how many states of a call it is met.
    """

    cause: Cause
    flow: str
    file: str
    line: int
    example: Example
    where: Sequence[Where]
    places: Sequence[str]
    calls: int

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        example = self.example
        return {
            "class": SORTS[self.cause.sort].lower(),
            "cause": self.cause.says,
            "flow": self.flow,
            "file": self.file,
            "line": self.line,
            "example": {
                "who": example.who,
                "when": example.when,
                "does": list(example.does),
                "before": {"hears": example.before, "leads": example.leads_before},
                "now": {"hears": example.now, "leads": example.leads_now},
            },
            "where": [where.as_json() for where in self.where],
            "states": self.calls,
        }


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
    hours = hours_change(a, b, now)
    if a.name == b.name:
        return Diff((), hours, FilesChange())
    changes: list[Change] = []
    renamed: dict[tuple[str, str], None] = {}
    unmet: list[str] = []
    states = 0
    for flow_a, flow_b in flows_called(a, b):
        found = _FlowDiff(a, flow_a, b, flow_b, now, hours)
        with no_garbage_collection():
            found.sides.explore(progress)
            changes += found.changes()
        renamed |= dict.fromkeys(found.causes.renamed)
        unmet += found.unmet(changes)
        states += len(found.sides.pairs)
    told = {f"{change.cause.file}: {'.'.join(change.cause.path)}" for change in changes}
    files = files_changes(a, b, dict(list(renamed)))
    files = replace(files, quiet=[each for each in files.quiet if each not in told])
    diff = Diff(changes, hours, files, tuple(renamed), tuple(dict.fromkeys(unmet)), states, numbers_rung(a, b))
    if not diff.is_heard and is_layout_only(a, b):
        return replace(diff, files=replace(files, quiet=["Comments or layout only."]))
    return diff


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """While millions of small values are made that live until the end: a fifth of the time is saved."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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


class _FlowDiff:
    """One flow in both versions."""

    def __init__(self, a: Release, flow_a: str, b: Release, flow_b: str, now: datetime, hours: HoursChange) -> None:
        self._a, self._b, self._flow_b = a, b, flow_b
        self.names = names_of(a.flows[flow_a], b.flows[flow_b])
        told = {change.word: change.sentence for change in hours.told}
        self._told = {change.word: change for change in hours.told}
        self.causes = Causes(a, a.flows[flow_a], b, b.flows[flow_b], self.names, told)
        one, other = two_versions(a, flow_a, b, flow_b, self.names, told)
        self.sides = SideBySide(one, other, self.names, self.causes.blame)
        self._lines = (SourceLines(a, flow_a), SourceLines(b, flow_b))
        self._hours = sample_words(b.calendar, now, self.sides.standings)

    def changes(self) -> list[Change]:
        """Each cause with the calls that meet it."""
        met: dict[Cause, list[tuple[int, Move]]] = {}
        known: dict[tuple[int, int], tuple[Cause, ...]] = {}
        for number, move in self.sides.parting:
            blamed = self.sides.blames[number]
            causes = known.get((id(move), blamed))
            if causes is None:
                causes = known[id(move), blamed] = self.causes.of(move, blamed)
            for cause in causes:
                met.setdefault(cause, []).append((number, move))
        whose = Whose(self.sides)
        found = [self._change(cause, parting, whose) for cause, parting in met.items()]
        order = list(SORTS)
        return sorted(found, key=lambda change: order.index(change.cause.sort))

    def unmet(self, changes: Sequence[Change]) -> list[str]:
        """Steps whose text differs, that no change speaks of."""
        told = {change.cause.step for change in changes} | {change.cause.step for change in changes if not change.file}
        said = []
        flow_a, flow_b = self.sides.a.flow, self.sides.b.flow
        for name, new_name in self.names.items():
            changed = self.causes.changed(name)
            own = [path for path in changed if not _is_told(path, changes)]
            if own and new_name not in told:
                said.append(f"{new_name}: {', '.join(dict.fromkeys('.'.join(path) for path in own))}")
        kept = set(self.names.values())
        said += [f"{name}: a new step" for name in flow_b.steps if name not in kept and not _is_named(name, changes)]
        said += [f"{name}: is gone" for name in flow_a.steps if name not in self.names and not _is_named(name, changes)]
        return said

    def _change(self, cause: Cause, parting: Sequence[tuple[int, Move]], whose: Whose) -> Change:
        lines = self._lines[0] if cause.is_gone else self._lines[1]
        file, line = lines.place(cause.step, cause.path, cause.file)
        where = sorted(whose.of(parting), key=lambda each: bool(each.comes.mishap))
        plainest = next((each for each in parting if not each[1].comes.mishap), parting[0])
        example = self._example(*plainest, cause)
        return Change(cause, self._flow_b, file, line, example, where, self._places(where), len(parting))

    def _places(self, where: Sequence[Where]) -> list[str]:
        """Who meets it, as it follows "everyone who"; steps at which the same is done stand together."""
        steps_a, steps_b = self.sides.a.flow.steps, self.sides.b.flow.steps
        found: dict[tuple[str, str, str], set[str]] = {}
        for each in where:
            step = steps_a[each.step]
            if not step.waits and not each.comes.answers and not each.comes.mishap:
                doing, at = "calls", ""
            else:
                doing, at = does(step, steps_b[each.step_b], each.comes), self.names.get(each.step, each.step)
            after = " after a star" if "part" in each.names else ""
            condition = f", if {each.condition}" if each.condition else ""
            found.setdefault((doing + after, condition, at), set()).add(each.comes.standing)
        alike: dict[tuple[str, str], list[str]] = {}
        for (doing, condition, at), standings in found.items():
            is_any = "" in standings or {"open", "closed"} <= standings
            when = "" if is_any else " " + " or ".join(STANDINGS[standing] for standing in sorted(standings))
            steps = alike.setdefault((doing, when + condition), [])
            steps += [at] if at else []
        return [f"{doing}{_at(steps)}{more}" for (doing, more), steps in alike.items()]

    def _example(self, number: int, move: Move, cause: Cause) -> Example:
        path = [*self.sides.path(number), (number, move)]
        who, when, done = way_in_words(self.sides, path)
        standing = next((step.comes.standing for _, step in reversed(path) if step.comes.standing), "")
        hours = self._hours.get(standing or standing_first(path)) or self._hours["open"]
        place_a, facts_a, place_b, facts_b = self.sides.pairs[number]
        hours_before, hours_now = hours, hours
        if cause.file == HOURS and (told := self._told.get(cause.path[-1])):
            at = told.moment(self._b.calendar, standing)
            hours_before, hours_now = self._a.calendar.at(at).words(), self._b.calendar.at(at).words()
            when = f"{at:%a %Y-%m-%d at %H:%M}"
        before = self.sides.a.told(place_a, facts_a, move.comes, hours_before)
        now = self.sides.b.told(place_b, facts_b, move.comes, hours_now)
        leads_before, leads_now = follows(before), follows(now)
        if before.words == now.words and (leads_before, before.whisper) == (leads_now, now.whisper):
            leads_before, leads_now = finer(before, now), finer(now, before)
        return Example(who, when, done, before.words, now.words, leads_before, leads_now)


def _at(steps: Sequence[str]) -> str:
    if not steps:
        return ""
    more = len(steps) - MOST_STEPS
    if more > 1:
        return f" at {', '.join(steps[:MOST_STEPS])} and {more} more steps"
    return f" at {', '.join(steps[:-1])} or {steps[-1]}" if len(steps) > 1 else f" at {steps[0]}"


def follows(answered: Answered) -> str:
    """What follows on the words of a turn."""
    return leads(answered.asks, Speech(answered.whisper).plain)


def finer(answered: Answered, other: Answered) -> str:
    """What tells a turn from another with the same words."""
    held = Speech(answered.first).plain
    interrupted = f"To be heard to its end: {held}" if held else "A key interrupts the words."
    return asked_in_words(answered.asks) if answered.first == other.first else interrupted


def _is_named(step: str, changes: Sequence[Change]) -> bool:
    """Whether the cause of a change speaks of a step."""
    return any(step in change.cause.says.replace(":", " ").replace(",", " ").split() for change in changes)


def _is_told(path: tuple[str, ...], changes: Sequence[Change]) -> bool:
    """Whether a change in `config/line.yaml` that callers meet is this field's."""
    return any(not change.cause.step and change.cause.path and change.cause.path[-1] in path for change in changes)
