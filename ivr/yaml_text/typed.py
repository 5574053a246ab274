"""From a document to a pydantic model; what does not fit becomes faults that an operator can mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ivr.errors import Fault, FileFaults
from ivr.yaml_text.document import Document, Path, value_in
from ivr.yaml_text.nearest import nearest
from ivr.yaml_text.plain import Finding, in_words, listed
from ivr.yaml_text.shapes import known_fields

KNOWN_HERE = "Known here:"

M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], document: Document, at: Sequence[str | int] = (), step: str | None = None) -> M:
    """The model made from what stands at `at` in the document.

    Args:
        step: the step that the faults are about, if any.

    Raises:
        FileFaults: everything that does not fit, at once.
    """
    try:
        return model.model_validate(document.at(at))
    except ValidationError as error:
        raise FileFaults(_faults(error, model, document, tuple(at), step)) from None


def _faults(
    error: ValidationError, model: type[BaseModel], document: Document, at: Path, step: str | None
) -> list[Fault]:
    data = document.at(at)
    findings = [_finding(details, data) for details in _first_causes(error.errors(include_url=False))]
    faults: dict[tuple[Path, str], Fault] = {}
    for finding in _settled(findings, model, data):
        path = (*at, *finding.path)
        remedy = _remedy_seen(document, path, finding)
        # A table's own fault is told at its name, not at the first line inside it.
        on_key = finding.on_key or document.place(path)[0] > document.place(path, key=True)[0]
        fault = document.fault(path, finding.wrong, remedy, key=on_key, step=step, offset=finding.offset)
        faults.setdefault((path, finding.wrong), fault)
    return list(faults.values())


def _first_causes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without what only follows from another: a list is not too short for an entry that could not be read."""
    return [
        one
        for one in errors
        if one["type"] != "too_short"
        or not any(other is not one and other["loc"][: len(one["loc"])] == one["loc"] for other in errors)
    ]


def _finding(details: ErrorDetails, data: Any) -> Finding:
    loc = details["loc"]
    on_key = "[key]" in loc
    loc = tuple(part for part in loc if part != "[key]")
    path = _path(data, loc, is_missing=details["type"] == "missing") or ()
    return in_words(details, path, on_key)


def _path(data: Any, loc: Path, is_missing: bool) -> Path | None:
    """The part of a pydantic location that is really in the data: it also names union members, which are not.

    A name can be both (kind `say` has a field `say`), so the longest reading that works is taken; None if none does.
    """
    if not loc:
        return ()
    head, rest = loc[0], loc[1:]
    if is_missing and not rest:
        return () if isinstance(data, dict) and head not in data else None
    readings = [_path(data, rest, is_missing)]
    inner = value_in(data, head)
    if inner is not None and (deeper := _path(inner, rest, is_missing)) is not None:
        readings.insert(0, (head, *deeper))
    found = [one for one in readings if one is not None]
    return max(found, key=lambda one: (one[-1:] == loc[-1:], len(one)), default=None)


def _settled(findings: Sequence[Finding], model: type[BaseModel], data: Any) -> list[Finding]:
    """What is worth saying, when several members of a union complained about one value."""
    kept: list[Finding] = []
    shapes: dict[Path, list[Finding]] = {}
    for finding in findings:
        if finding.shape:
            shapes.setdefault(finding.path, []).append(finding)
        elif finding.field:
            kept.append(_with_known(finding, findings, known_fields(model, data, _table_of(finding))))
        else:
            kept.append(finding)
    kept = [one for one in kept if one.wrong]
    for path, group in shapes.items():
        # The member that has the right shape says more than the one that wanted another.
        if not any(other.path[: len(path)] == path for other in findings if not other.shape):
            wanted = listed(dict.fromkeys(one.shape for one in group), "or")
            kept.append(group[0].saying(f"{group[0].name} must be {wanted}.", group[0].remedy))
    return kept


def _table_of(finding: Finding) -> Path:
    return finding.path if finding.is_missing else finding.path[:-1]


def _with_known(finding: Finding, findings: Sequence[Finding], known: Mapping[str, Any]) -> Finding:
    """An unknown or missing field with the word that was meant; the pair of both is told once, as the unknown one."""
    table = _table_of(finding)
    others = [one for one in findings if one.field and one.is_missing != finding.is_missing and _table_of(one) == table]
    if finding.is_missing:
        missing = [one.field for one in findings if one.is_missing and _table_of(one) == table]
        if any(nearest(other.field, missing) == finding.field for other in others):
            return finding.saying("", "")
        described = known[finding.field].description if finding.field in known else None
        meaning = f" ({described.rstrip('.')})" if described else ""
        return finding.saying(finding.wrong, f"Add a line {finding.field}: and its value{meaning}.")
    meant = nearest(finding.field, [one.field for one in others]) or nearest(finding.field, known)
    if meant:
        return finding.saying(finding.wrong, f'Did you mean "{meant}"?')
    if known:
        return finding.saying(finding.wrong, f"{KNOWN_HERE} {', '.join(known)}.")
    return finding


def _remedy_seen(document: Document, path: Path, finding: Finding) -> str:
    """The remedy, or a better one when the line shows how the mistake came about."""
    value = document.at(path)
    line, column = document.place(path)
    rest = document.lines[line - 1][column - 1 :] if line <= len(document.lines) else ""
    if finding.remedy.startswith(KNOWN_HERE) and (above := _table_above(document, path)):
        return f"{finding.remedy} If it belongs to {above}:, begin it further right, where that one's entries begin."
    if finding.is_missing or not isinstance(value, str):
        return finding.remedy
    if not value and finding.shape not in ("a table", "a list") and rest.lstrip().startswith("#"):
        return 'A # outside quotes begins a comment; to mean the key, write "#" in quotes.'
    name, colon, after = value.partition(":")
    if finding.shape == "a table" and colon and name.strip().isidentifier() and after[:1].strip():
        return f"Put a space after the colon: {name}: {after}"
    return finding.remedy


def _table_above(document: Document, path: Path) -> str:
    """The key above one in its table, where a table belongs to it on lines of its own; else empty."""
    keys = list(document.at(path[:-1]) or ())
    if not keys or path[-1] not in keys or not (place := keys.index(path[-1])):
        return ""
    above = (*path[:-1], keys[place - 1])
    is_table = isinstance(document.at(above), dict) and document.place(above)[0] > document.place(above, key=True)[0]
    return str(above[-1]) if is_table else ""
