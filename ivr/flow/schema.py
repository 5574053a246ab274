"""JSON Schemas of every file that operations edit, from the models, for editors that complete and check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ivr.flow.config import DeskFile, LineFile
from ivr.flow.given import GivenLine
from ivr.flow.kinds import kinds_reference
from ivr.flow.model import FlowFile, RulesFile
from ivr.hours import HoursFile
from ivr.prompts import ContactsFile
from ivr.steps import KINDS

__all__ = ["kinds_reference", "schemas", "write_schemas"]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors' YAML support reads best."""

Schema = dict[str, Any]


def write_schemas(folder: Path, *, calls: type[BaseModel]) -> list[Path]:
    """Write one schema a file into the folder, which is made if need be. Returns their paths.

    Args:
        calls: the model of a file of scripted calls, which belongs to the softphone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas(calls).items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def schemas(calls: type[BaseModel]) -> Mapping[str, Schema]:
    """Name of the schema's file, without its suffix, to the schema."""
    models: dict[str, type[BaseModel]] = {
        "line": LineFile,
        "hours": HoursFile,
        "contacts": ContactsFile,
        "desk": DeskFile,
        "rules": RulesFile,
        "calls": calls,
        "given_line": GivenLine,
    }
    return {
        "flow": _finished(_flow_schema(), FlowFile),
        **{name: _finished(model.model_json_schema(), model) for name, model in models.items()},
    }


def _flow_schema() -> Schema:
    """The flow's head, and its steps each by the schema of its kind."""
    head = FlowFile.model_json_schema()
    _, of_kinds = models_json_schema(
        [(model, "validation") for model in KINDS.values()], ref_template="#/$defs/{model}"
    )
    definitions = of_kinds["$defs"]
    named = {kind: {"$ref": f"#/$defs/{model.__name__}"} for kind, model in KINDS.items()}
    step = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS), "description": "the sort of step (docs/kinds.md)"}},
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": reference}
            for kind, reference in named.items()
        ],
    }
    named_steps = head["properties"]["steps"]["patternProperties"]
    named_steps.update({pattern: {"$ref": "#/$defs/step"} for pattern in named_steps})
    head["$defs"] = {**head.get("$defs", {}), **definitions, "step": step}
    return head


def _finished(schema: Schema, model: type[BaseModel]) -> Schema:
    for part in _parts(schema):
        _tidy(part)
        _as_editors_read(part)
    for definition in schema.get("$defs", {}).values():
        if "description" in definition:
            definition["description"] = _one_line(definition["description"])
    head: Schema = {"$schema": DRAFT, "description": _one_line(model.__doc__ or "")}
    return head | {key: value for key, value in schema.items() if key != "description"}


def _tidy(part: Schema) -> None:
    """Leave out what an editor would only show as noise: titles, and nothing as a value one might write."""
    if isinstance(part.get("title"), str):
        del part["title"]
    choices = part.get("anyOf", [])
    if {"type": "null"} in choices:
        choices.remove({"type": "null"})
        if part.get("default", "") is None:
            del part["default"]
        if len(choices) == 1:
            del part["anyOf"]
            part.update({**choices[0], **part})
    if isinstance(part.get("default"), bool):
        part["default"] = "yes" if part["default"] else "no"
    if "patternProperties" in part:
        part.setdefault("additionalProperties", False)


def _as_editors_read(part: Schema) -> None:
    """Let text that looks like a number or a yes be one: an editor types what we read as text."""
    if part.get("type") != "string" or "enum" in part or "const" in part:
        return
    pattern = part.get("pattern")
    if pattern is None and "format" not in part:
        part["type"] = ["string", "number", "boolean"]
    elif pattern and any(re.search(pattern, number) for number in ("8", "12", "+16515550100")):
        part["type"] = ["string", "number"]


def _parts(schema: Any) -> Iterator[Schema]:
    """Every schema within a schema, itself included."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in ("items", "additionalProperties", "propertyNames", "if", "then", "not"):
        yield from _parts(schema.get(key))
    for key in ("anyOf", "allOf", "oneOf", "prefixItems"):
        for one in schema.get(key, ()):
            yield from _parts(one)
    for key in ("properties", "patternProperties", "$defs"):
        for one in schema.get(key, {}).values():
            yield from _parts(one)


def _one_line(docstring: str) -> str:
    """The first paragraph of a docstring."""
    return " ".join(docstring.split("\n\n")[0].split())
