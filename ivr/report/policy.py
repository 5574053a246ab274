"""The traceability matrix: every rule with its sentence, how it is shown, and the steps that carry it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ivr.findings import Report
from ivr.flow.holds import GROUPS
from ivr.flow.release import Flow
from ivr.flow.rules import WrittenRule
from ivr.report.steps import outcome_words

FAMILIES: Final = (
    ("P", "The policy"),
    ("D", "Decisions where the policy is silent"),
    ("U", "What callers experience"),
)

SHOWN: Final[Mapping[str, tuple[str, str]]] = {
    "proved": ("Proved", "decided on every possible call"),
    "calls": ("Scripted calls", "shown by calls that are played, and not proved"),
    "desk": ("Desk", "kept by the representative, on the desk's screen"),
    "queue": ("Queue", "kept by the waiting line"),
    "owner": ("Owner", "MNsure's own duty, or work outside a call"),
    "not shown": ("Not shown", "neither proved nor shown by a call"),
}
"""How a rule is shown, to its name and what that means. Each rule is counted once, under the first that is true."""

STEP_FIELDS: Final = (
    *("reach", "at", "after", "until", "without", "comes_to", "passing", "from", "to", "each", "taking"),
    *("or_key_to", "silent", "to_the_end"),
)
"""Fields of a line of `holds:` that name steps which carry the rule."""

NUMBERS = re.compile(r"\b([PDU])-(\d\d)(?: to \1-(\d\d))?")
STEP_WITH_COMMENT = re.compile(r"^  ([a-z][a-z0-9_]*):[^#\n]*#(.*)$", re.MULTILINE)

NAME = re.compile(r"([a-z0-9_]+)(?:\.([a-z0-9_*]+))?")
"""A step, an outcome of one (`first_menu.1`), or a figure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the matrix.

    Args:
        shown: a key of SHOWN.
        kept_by: who else keeps what of it is not proved (a key of SHOWN), or empty.
        proofs: what holds on every call, line by line, as written.
        calls: places of the scripted calls that name it, among all.
        steps: steps that carry it, in the flow's order.
        groups: words for many steps at once, such as "every menu".
        line: where it stands in its file.
    """

    number: str
    says: str
    shown: str
    kept_by: str
    proofs: Sequence[str]
    calls: Sequence[int]
    steps: Sequence[str]
    groups: Sequence[str]
    file: str
    line: int


def matrix(report: Report, rules: Mapping[str, WrittenRule], flow: Flow) -> list[Row]:
    """Every rule, in the file's order."""
    assert report.release is not None
    noted = numbers_noted(report.release.files.get(flow.file, b"").decode(errors="replace"))
    return [_row(number, rule, report, flow, noted) for number, rule in rules.items()]


def _row(number: str, rule: WrittenRule, report: Report, flow: Flow, noted: Mapping[str, frozenset[str]]) -> Row:
    written = rule.document.data["rules"][number].get("holds", [])
    named = {name for hold in written for name in steps_named(hold, flow)}
    carries = [step for step in flow.steps if step in named or number in noted.get(step, ())]
    shown = report.shown.get(number, "not shown")
    by = rule.rule.shown_by
    return Row(
        number=number,
        says=rule.rule.says,
        shown=shown,
        kept_by=by if shown == "proved" and by in ("desk", "queue", "owner") else "",
        proofs=[as_words(hold) for hold in written],
        calls=[place for place, outcome in enumerate(report.outcomes) if number in outcome.call.rules],
        steps=carries,
        groups=[group.replace("_", " ") for group in GROUPS if group in named],
        file=rule.document.file,
        line=rule.document.place(("rules", number), key=True)[0],
    )


def numbers_noted(flow_text: str) -> dict[str, frozenset[str]]:
    """Step to the rules that the comment beside its name mentions; a range stands for all its numbers."""
    return {name: frozenset(numbers_in(comment)) for name, comment in STEP_WITH_COMMENT.findall(flow_text)}


def numbers_in(text: str) -> Iterator[str]:
    """Every rule number in a text."""
    for family, first, last in NUMBERS.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{family}-{number:02}"


def steps_named(hold: Mapping[str, Any], flow: Flow) -> Iterator[str]:
    """Steps, and words for many steps, that a line of `holds:` is about; not those that it leaves out."""
    for table in hold.values():
        for field, value in table.items():
            names = value if isinstance(value, list) else [value]
            if field in STEP_FIELDS:
                yield from (str(name).partition(".")[0] for name in names)
            elif field == "kind":
                yield from (name for name, step in flow.steps.items() if step.kind in names)


def as_words(hold: Mapping[str, Any]) -> str:
    """A line of `holds:` as one reads it: ``never: reach npn; when line is closed``."""
    ((form, table),) = hold.items()
    said = "; ".join(f"{name.replace('_', ' ')} {listed(value)}" for name, value in table.items())
    return f"{form.replace('_', ' ')}: {said}"


def listed(value: Any) -> str:
    """A value of such a line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} is {listed(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " | ".join(listed(one) for one in value)
    if named := NAME.fullmatch(str(value)):
        step, outcome = named.groups()
        return f"{step.replace('_', ' ')}, {outcome_words(outcome)}" if outcome else step.replace("_", " ")
    return f"“{value}”"


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many rules are shown in each way, in the order of SHOWN."""
    found = dict.fromkeys(SHOWN, 0)
    for row in rows:
        found[row.shown] += 1
    return found
