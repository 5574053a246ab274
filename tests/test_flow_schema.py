"""Schemas and the reference of kinds: made from the models, kept in docs/, true of what is shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from tiny_line import tiny_files

from ivr.flow.kinds import example, example_step, kinds_reference
from ivr.flow.schema import schemas
from ivr.softphone.scripted import ScriptedCalls
from ivr.steps import KINDS

PROJECT = Path(__file__).parents[1]
SCHEMAS = schemas(ScriptedCalls)


def as_an_editor_reads(text: str | bytes) -> Any:
    """YAML with numbers typed, as YAML 1.2 has them, and keys as text: what an editor holds against a schema."""
    return _json_like(YAML(typ="safe", pure=True).load(text))


def _json_like(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _json_like(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json_like(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def schema_of(path: str) -> str:
    """The schema's name for a file of a project."""
    if path.startswith("flows/calls/given/"):
        return "given_line" if path.endswith("line.yaml") else Path(path).stem
    if path.startswith("flows/calls/"):
        return "calls"
    if path.startswith("flows/"):
        return "rules" if path.endswith(".rules.yaml") else "flow"
    return Path(path).stem


def test_docs_have_the_schemas_that_the_models_make() -> None:
    kept = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (PROJECT / "docs/schemas").glob("*.json")
    }
    assert kept == dict(SCHEMAS), "docs/schemas is not what the models say: run `make docs`"


def test_docs_have_the_reference_that_the_kinds_make() -> None:
    kept = (PROJECT / "docs/kinds.md").read_text(encoding="utf-8")
    assert kept == kinds_reference(), "docs/kinds.md is not what the kinds say: run `make docs`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


SHIPPED = sorted(
    path.relative_to(PROJECT).as_posix()
    for folder in ("flows", "flows/calls", "config")
    for path in (PROJECT / folder).glob("*.yaml")
)


@pytest.mark.parametrize("path", SHIPPED)
def test_a_shipped_file_is_what_its_schema_says_and_names_it(path: str) -> None:
    text = (PROJECT / path).read_text(encoding="utf-8")
    jsonschema.validate(as_an_editor_reads(text), SCHEMAS[schema_of(path)], jsonschema.Draft7Validator)
    first = text.splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (PROJECT / path).parent.joinpath(first.partition("=")[2]).resolve().name == f"{schema_of(path)}.json"


@pytest.mark.parametrize("path", tiny_files())
def test_a_file_of_the_tiny_line_is_what_its_schema_says(path: str) -> None:
    jsonschema.validate(as_an_editor_reads(tiny_files()[path]), SCHEMAS[schema_of(path)], jsonschema.Draft7Validator)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_loads_and_is_what_its_schema_says(kind: str) -> None:
    name, text = example(KINDS[kind])
    step = example_step(KINDS[kind])
    assert step.kind == kind
    flow = {"flow": "example", "start": name, "steps": as_an_editor_reads(text)}
    jsonschema.validate(flow, SCHEMAS["flow"], jsonschema.Draft7Validator)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_says_what_it_is(kind: str) -> None:
    undescribed = [name for name, field in KINDS[kind].model_fields.items() if name != "kind" and not field.description]
    assert undescribed == []


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("an unknown kind", {"kind": "mneu"}),
        ("no kind", {"say": "Hello."}),
        ("an unknown field", {"kind": "say", "say": "Hello.", "next": "bye", "nxt": "bye"}),
        ("a missing outcome", {"kind": "say", "say": "Hello."}),
        ("a time without its unit", {"kind": "menu", "options": {"1": {"go": "x"}}, "gave_up": "x", "wait": 7}),
        ("a key that no telephone has", {"kind": "menu", "options": {"A": {"go": "x"}}, "gave_up": "x"}),
    ],
)
def test_an_editor_marks(what: str, step: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"flow": "example", "start": "one", "steps": {"one": step}}, SCHEMAS["flow"], jsonschema.Draft7Validator
        )
