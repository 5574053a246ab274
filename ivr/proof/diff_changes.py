"""The changes of one flow between two versions: each cause, the shortest call that meets it, and all that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ivr.flow.release import Release
from ivr.proof.diff_causes import Causes
from ivr.proof.diff_edits import Cause, Sort
from ivr.proof.diff_files import HOURS, SourceLines
from ivr.proof.diff_moments import Moments, Numbers, Times, wired_standings
from ivr.proof.diff_names import Path, names_of
from ivr.proof.diff_pairs import Move, SideBySide, two_versions
from ivr.proof.diff_told import STANDINGS, does, finer, follows, standing_first, way_in_words
from ivr.proof.diff_values import HOURS_SAID
from ivr.proof.diff_who import Parting, Where, Whose, listed
from ivr.proof.explore import Progress

MOST_STEPS: Final = 3
PRESSES: Final = "presses "
SORTS: Final[Mapping[Sort, str]] = {"routing": "Routing", "numbers": "Hours and numbers", "words": "Words"}


@dataclass(frozen=True, slots=True)
class Example:
    """The shortest call that meets a change.

    Args:
        does: turn by turn, after the call was answered; the last one meets the change.
        before, now: what is heard then; `leads_before`, `leads_now`: what follows on it.
        moment: when, if what is heard depends on it.
    """

    who: str
    when: str
    does: Sequence[str]
    before: str
    now: str
    leads_before: str
    leads_now: str
    moment: datetime | None = None

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
        places: the same in words, as it follows "everyone who".
        times: all of them call at one of these; None: that is not so, or told place by place.
        calls: in how many states of a call it is met.
    """

    cause: Cause
    flow: str
    file: str
    line: int
    example: Example
    where: Sequence[Where]
    places: Sequence[str]
    times: Times | None
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
                "moment": example.moment and example.moment.isoformat(),
                "does": list(example.does),
                "before": {"hears": example.before, "leads": example.leads_before},
                "now": {"hears": example.now, "leads": example.leads_now},
            },
            "where": [where.as_json() for where in self.where],
            "states": self.calls,
        }


class FlowChanges:
    """One flow in both versions, compared."""

    def __init__(
        self, a: Release, flow_a: str, b: Release, flow_b: str, now: datetime, told: Mapping[str, str]
    ) -> None:
        """`told`: word about the hours to what became of it."""
        one, other = a.flows[flow_a], b.flows[flow_b]
        self._flow_b, self._names = flow_b, names_of(one, other)
        self._causes = Causes(a, one, b, other, self._names, told)
        self._moments = Moments(a.calendar, b.calendar, now, wired_standings(one, other))
        versions = two_versions(a, flow_a, b, flow_b, self._names, told)
        self._sides = SideBySide(*versions, self._names, self._causes.blame, self._moments)
        self._lines = (SourceLines(a, flow_a), SourceLines(b, flow_b))

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """Steps with another name: before and after."""
        return self._causes.renamed

    @property
    def states(self) -> int:
        """Pairs of states that were compared."""
        return len(self._sides.pairs)

    def found(self, progress: Progress | None = None) -> list[Change]:
        """Each cause with the calls that meet it, shortest calls first. Raises TooManyStates."""
        self._sides.explore(progress)
        met: dict[Cause, list[Parting]] = {}
        known: dict[tuple[int, int], list[tuple[Cause, Numbers | None]]] = {}
        for number, move in self._sides.parting:
            blamed = self._sides.blames[number]
            causes = known.get((id(move), blamed))
            if causes is None:
                causes = known[id(move), blamed] = self._blamed(move, blamed)
            for cause, at in causes:
                met.setdefault(cause, []).append(Parting(number, move, at))
        whose = Whose(self._sides)
        found = [self._change(cause, parting, whose) for cause, parting in met.items()]
        order = list(SORTS)
        return sorted(found, key=lambda change: order.index(change.cause.sort))

    def unmet(self, changes: Sequence[Change]) -> list[str]:
        """Fields of steps that are otherwise, and that no change speaks of."""
        causes = [change.cause for change in changes]
        said = []
        flow_a, flow_b = self._sides.a.flow, self._sides.b.flow
        for name, new_name in self._names.items():
            mine = [cause for cause in causes if cause.step == new_name]
            own = [
                path
                for path in self._causes.edits.changed(name)
                if not _is_told(path, causes) and not any(cause.covers(path) for cause in mine)
            ]
            if own:
                said.append(f"{new_name}: {', '.join(dict.fromkeys('.'.join(path) for path in own))}")
        kept = set(self._names.values())
        said += [f"{name}: a new step" for name in flow_b.steps if name not in kept and not _is_named(name, causes)]
        said += [f"{name}: is gone" for name in flow_a.steps if name not in self._names and not _is_named(name, causes)]
        return said

    def _blamed(self, move: Move, blamed: int) -> list[tuple[Cause, Numbers | None]]:
        """Each cause, and the spans of moments at which it makes the move differ; None: every one."""
        found: list[tuple[Cause, Numbers | None]] = []
        for cause in self._causes.of(move, blamed):
            at = move.at
            if cause.file == HOURS:
                otherwise = self._moments.said_otherwise(cause.path[-1]) & self._moments.matching(move.comes.standing)
                at = otherwise if at is None else otherwise & at
            if at is None or at:
                found.append((cause, at))
        return found

    def _change(self, cause: Cause, parting: Sequence[Parting], whose: Whose) -> Change:
        lines = self._lines[0] if cause.is_gone else self._lines[1]
        file, line = lines.place(cause.step, cause.path, cause.file)
        where = sorted(whose.of(parting), key=lambda each: bool(each.comes.mishap))
        plainest = next((each for each in parting if not each.move.comes.mishap), parting[0])
        example, times = self._example(plainest), self._times(cause, parting)
        places = self._places([replace(each, times=None) for each in where] if times else where)
        return Change(cause, self._flow_b, file, line, example, where, places, times, len(parting))

    def _times(self, cause: Cause, parting: Sequence[Parting]) -> Times | None:
        """When a change is met, if that can be said of all who meet it at once."""
        kinds = {each.at for each in parting}
        if cause.file != HOURS and len(kinds) > 1:
            return None
        limited = [numbers for numbers in kinds if numbers is not None]
        return self._moments.times(frozenset().union(*limited)) if len(limited) == len(kinds) else None

    def _places(self, where: Sequence[Where]) -> list[str]:
        """Who meets it, as it follows "everyone who"; steps at which the same is done stand together."""
        steps_a, steps_b = self._sides.a.flow.steps, self._sides.b.flow.steps
        found: dict[tuple[str, str, str], set[str]] = {}
        for each in where:
            step = steps_a[each.step]
            if not step.waits and not each.comes.answers and not each.comes.mishap:
                doing, at = "calls", ""
            else:
                doing, at = does(step, steps_b[each.step_b], each.comes), self._names.get(each.step, each.step)
            after = " after a star" if "part" in each.names else ""
            condition = f", if {each.condition}" if each.condition else ""
            condition += f", {each.times.words}" if each.times else ""
            found.setdefault((doing + after, condition, at), set()).add(each.comes.standing)
        alike: dict[tuple[str, str], list[str]] = {}
        for (doing, condition, at), standings in found.items():
            is_any = "" in standings or {"open", "closed"} <= standings
            when = "" if is_any else " " + " or ".join(STANDINGS[standing] for standing in sorted(standings))
            steps = alike.setdefault((doing, when + condition), [])
            steps += [at] if at else []
        done: dict[tuple[tuple[str, ...], str], list[str]] = {}
        for (doing, more), steps in alike.items():
            done.setdefault((tuple(steps), more), []).append(doing)
        return [f"{_any_of(doings)}{_at(steps)}{more}" for (steps, more), doings in done.items()]

    def _example(self, parting: Parting) -> Example:
        number, move = parting.number, parting.move
        path = [*self._sides.path(number), (number, move)]
        who, when, done = way_in_words(self._sides, path)
        standing = next((step.comes.standing for _, step in reversed(path) if step.comes.standing), "")
        span = self._moments.example(standing or standing_first(path), parting.at)
        hours_a, hours_b = (span.a, span.b) if span else (HOURS_SAID, HOURS_SAID)
        place_a, facts_a, place_b, facts_b = self._sides.pairs[number]
        before = self._sides.a.told(place_a, facts_a, move.comes, hours_a)
        now = self._sides.b.told(place_b, facts_b, move.comes, hours_b)
        leads_before, leads_now = follows(before), follows(now)
        if before.words == now.words and (leads_before, before.whisper) == (leads_now, now.whisper):
            leads_before, leads_now = finer(before, now), finer(now, before)
        moment = None
        if span and span.says(move.a.asked | move.b.asked) and not span.is_closure:
            moment = span.example
            such = "" if parting.at is not None else f"{when}, such as "
            when = f"{such}on {moment:%a %Y-%m-%d at %H:%M}"
        elif span and span.is_closure and parting.at is not None:
            when = STANDINGS["closure"]
        return Example(who, when, done, before.words, now.words, leads_before, leads_now, moment)


def _any_of(doings: Sequence[str]) -> str:
    """``presses 1, 2 or star``; ``stays silent or presses 1``."""
    keys = [doing.removeprefix(PRESSES) for doing in doings if doing.startswith(PRESSES)]
    others = [doing for doing in doings if not doing.startswith(PRESSES)]
    pressed = [PRESSES + listed(sorted(keys, key=lambda key: (len(key) > 1, key)))] if keys else []
    return " or ".join([*pressed, *others])


def _at(steps: Sequence[str]) -> str:
    if not steps:
        return ""
    more = len(steps) - MOST_STEPS
    if more > 1:
        return f" at {', '.join(steps[:MOST_STEPS])} and {more} more steps"
    return f" at {listed(steps)}"


def _is_named(step: str, causes: Sequence[Cause]) -> bool:
    """Whether a cause speaks of a step."""
    return any(step in cause.says.replace(":", " ").replace(",", " ").split() for cause in causes)


def _is_told(path: Path, causes: Sequence[Cause]) -> bool:
    """Whether a change in `config/line.yaml` that callers meet is this field's."""
    return any(not cause.step and cause.path and cause.path[-1] in path for cause in causes)
