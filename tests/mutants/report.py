"""docs/mutants.md: what fraction of the mutants is noticed, by what, and which are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mutants.making import SORTS, Sort

LET_LIVE: Final[Mapping[str, str]] = {}
"""Slips that somebody could notice and nothing here does, each with the reason."""


@dataclass(frozen=True)
class Tried:
    """What became of one mutant.

    Args:
        call: the first scripted call that notices; empty when none does.
        load: what loading says; empty when it says nothing.
        rule: the first rule that the proof finds broken; empty when there is none, None when it was not asked.
        verdict: where no call noticed: `equivalent`, `different` or `not decided`.
    """

    number: int
    sort: Sort
    change: str
    call: str
    load: str
    rule: str | None
    verdict: str

    @property
    def is_noticed(self) -> bool:
        """Something notices it."""
        return bool(self.call or self.load or self.rule)

    @property
    def is_equivalent(self) -> bool:
        """Nobody on the telephone could tell it from the line as it is."""
        return self.verdict == "equivalent" and not self.is_noticed


def report(tried: Sequence[Tried], made: int, rules_for: int) -> str:
    """The whole page; `made` is how many mutants there are, when time did not suffice for all."""
    counted = [one for one in tried if not one.is_equivalent]
    noticed = [one for one in counted if one.is_noticed]
    missed = [one for one in counted if not one.is_noticed]
    equivalent = [one for one in tried if one.is_equivalent]
    asked = [one for one in counted if one.number % rules_for == 0] if rules_for else []
    lines = [
        "# Mutants: what notices a slip in the line",
        "",
        "Every small slip that could be made in the shipped flow and hours is made, one at a time, and it is looked at",
        "what notices it: loading the files, the rules (`holds:` in `flows/broker_line.rules.yaml`), or the scripted",
        "calls (`flows/calls/`). `make mutants` does it again on both cores, goes on where it was stopped, and writes",
        "this page.",
        "",
        f"**Of {len(counted):,} slips that somebody on the telephone could notice, {percent(noticed, counted)} are",
        f"noticed**; {len(missed)} survive. {len(equivalent)} more change nothing that anybody could hear, be asked or",
        "be told.",
        "",
        *some_only(len(tried), made),
        "| slip | tried | equivalent | load | calls | load, rules or calls |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for sort, what in SORTS.items():
        mine = [one for one in tried if one.sort == sort]
        real = [one for one in mine if not one.is_equivalent]
        if mine:
            lines.append(row(what, mine, real))
    lines += [row("**all**", tried, counted), ""]
    if asked:
        lines += [
            f"The proof takes a second or two for a mutant, so the rules are asked about one in {rules_for} of all,",
            f"and about every one that no call notices. Of that share, {len(asked)} slips:",
            "",
            "| noticed by | share |",
            "|---|---:|",
            f"| load | {share(asked, lambda one: bool(one.load))} |",
            f"| rules | {share(asked, lambda one: bool(one.rule))} |",
            f"| load or rules, without any call | {share(asked, lambda one: bool(one.load or one.rule))} |",
            f"| scripted calls | {share(asked, lambda one: bool(one.call))} |",
            f"| all together | {share(asked, lambda one: one.is_noticed)} |",
            "",
        ]
    only = [one for one in noticed if not one.call]
    lines += [
        f"{sum(bool(one.call) for one in noticed):,} of all are noticed by a scripted call, {len(only)} by load or by",
        "rules alone.",
        "",
        "A mutant is *equivalent* when the two versions, walked side by side through every state that a call can",
        "be in, with everything that may come to it, say the same words, ask for the same keys, ring the same",
        "telephones with the same whisper and label, and end alike. The walk is exact",
        "(`tests/mutants/equivalence.py`); no list of such mutants is kept by hand.",
        "",
        "## Survivors",
        "",
    ]
    lines += [f"- {one.change}: {LET_LIVE.get(one.change, one.verdict)}" for one in missed] or ["None."]
    lines += ["", "## Equivalent", ""]
    lines += [f"- {one.change}" for one in equivalent] or ["None."]
    return "\n".join(lines) + "\n"


def some_only(tried: int, made: int) -> list[str]:
    """A word on how many were tried, when not all were."""
    if tried == made:
        return []
    return [f"So far {tried:,} of the {made:,} that can be made were tried; the next `make mutants` goes on.", ""]


def row(what: str, mine: Sequence[Tried], real: Sequence[Tried]) -> str:
    """One line of the table of sorts."""
    figures = (
        f"{len(mine):,}",
        f"{len(mine) - len(real)}",
        share(real, lambda one: bool(one.load)),
        share(real, lambda one: bool(one.call)),
        share(real, lambda one: one.is_noticed),
    )
    return f"| {what} | {' | '.join(figures)} |"


def share(of: Sequence[Tried], which: Callable[[Tried], bool]) -> str:
    """The percentage for which something holds."""
    return percent([one for one in of if which(one)], of)


def percent(part: Iterable[object], whole: Sequence[object]) -> str:
    """Rounded down to a tenth: 100 % means all."""
    if not whole:
        return "-"
    tenths = 1000 * sum(1 for _ in part) // len(whole)
    return f"{tenths // 10}.{tenths % 10} %"
