"""The reference of kinds for people who edit flows, made from what the kinds say of themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ivr.prompts import FILTERS, parse_words
from ivr.steps import KINDS, Step
from ivr.steps.step import Defaults, Team, Wire
from ivr.yaml_text import read_yaml

_HEAD = """\
# Kinds of step

<!-- Made by `make docs` from ivr/steps/*.py; change it there. -->

A flow is a list of steps, each with a name of its own and a `kind`. This page has every kind: what it does, its fields,
its outcomes, and an example that works as it stands.

- A **wire** says where an outcome leads: the name of a step, or `{go: step, set: {fact: value}}` to note a fact on
  the way. Facts and their values are declared once, under `facts:` at the top of the flow.
- **Words** are what callers hear. `//` is a pause of half a second; `{{ contacts.dhs.phone }}`,
  `{{ hours.next_opening }}` and `{{ facts.label | spoken }}` stand for what is kept elsewhere. Telephone numbers, email
  addresses and times of day are never typed into words.
- **Filters** after a `|` change how something is said:
{filters}
- **Times** have a unit: `7s`.
- A field that is not needed has a default, or takes it from `config/line.yaml`.
"""

SAMPLE_DEFAULTS = Defaults(
    wait_s=7,
    attempts=2,
    wrong_keys=3,
    key_not_used=parse_words("That key isn't used here."),
    controls={"0": "representative", "9": "first_menu"},
    first_digit_s=15,
    between_digits_s=5,
    collect_attempts=2,
    teams={"team": Team(legs=(("+16515550100",),), ring_s=20, show_caller=False)},
    record=False,
)
"""What the examples leave to the line."""


def example(kind: type[Step]) -> tuple[str, str]:
    """Name and YAML of the complete example in a kind's docstring; raises ValueError for a kind without one."""
    found = re.search(r"```yaml\n(.*?)```", inspect.getdoc(kind) or "", re.DOTALL)
    if not found:
        raise ValueError(f"{kind.__name__} has no example: write one in its docstring, between ```yaml and ```")
    return found[1].partition(":")[0], found[1].rstrip()


def example_step(kind: type[Step]) -> Step:
    """The step of a kind's example, its defaults filled in."""
    name, text = example(kind)
    document = read_yaml(f"the example of {kind.__name__}", text.encode())
    return kind.model_validate(document.data[name]).completed(SAMPLE_DEFAULTS)


def kinds_reference() -> str:
    """`docs/kinds.md`: every kind with its fields, outcomes and example, in Markdown."""
    contents = ", ".join(f"[`{word}`](#{word})" for word in sorted(KINDS))
    sections = (_section(word, KINDS[word]) for word in sorted(KINDS))
    filters = "\n".join(f"  - `{name}`: {_first_sentence(say)}" for name, say in sorted(FILTERS.items()))
    return "\n".join([_HEAD.replace("{filters}", filters), f"The kinds: {contents}.\n", *sections])


def _first_sentence(say: Callable[..., str]) -> str:
    """What a filter says of itself, in Markdown."""
    paragraph = " ".join((inspect.getdoc(say) or "").split("\n\n")[0].split())
    return paragraph.replace("``", "`")


def _section(word: str, kind: type[Step]) -> str:
    text = re.sub(r"```yaml\n.*?```", "", inspect.getdoc(kind) or "", flags=re.DOTALL).strip()
    step = example_step(kind)
    lines = [f"## {word}", "", text, "", "```yaml", example(kind)[1], "```", "", *_fields(kind)]
    for name, inner in _inner_models(kind):
        lines += ["", f"Each of `{name}`:", "", *_fields(inner)]
    outcomes = [f"`{outcome}`" for outcome in step.wires()]
    stays = [f"`{outcome}`" for outcome in step.stays()]
    lines += ["", f"Outcomes in the example: {', '.join(outcomes)}." if outcomes else "The call ends here."]
    if stays:
        lines.append(f"Outcomes that stay at the step: {', '.join(stays)}.")
    return "\n".join([*lines, ""])


def _fields(model: type[BaseModel]) -> Iterator[str]:
    written = model.model_json_schema()
    definitions = written.get("$defs", {})
    yield "| field | needed | written | what it is |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        key = field.alias or name
        if name == "kind":
            continue
        shape = _written(written["properties"][key], definitions)
        yield f"| `{key}` | {_needed(field)} | {shape} | {field.description or ''} |"


def _needed(field: FieldInfo) -> str:
    if field.is_required():
        return "yes"
    default = field.default
    if isinstance(default, tuple):
        return f"no; `[{', '.join(default)}]`" if default else "no"
    if default is None or default == {} or default == "":
        return "no"
    return f"no; `{getattr(default, 'source', default)}`"


def _written(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """How a field is written, from its schema."""
    if "$ref" in schema:
        return _written(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if any("go" in one.get("properties", {}) for one in choices):
        return "wire"
    if choices:
        return " or ".join(dict.fromkeys(_written(one, definitions) for one in choices))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "integer":
        return f"{schema.get('minimum', 0)} to {schema['maximum']}" if "maximum" in schema else "whole number"
    if schema.get("type") == "array":
        return f"list of {_written(schema['items'], definitions)}"
    if schema.get("type") == "object":
        inner = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
        return f"table of {_written(inner, definitions)}" if isinstance(inner, dict) and inner else "table"
    if schema.get("minLength") == 1:
        return "words"
    return {"^[1-9][0-9]{0,3}s$": "time", "^[0-9]{1,2}(-[0-9]{1,2})?$": "such as `1-10`"}.get(
        schema.get("pattern", ""), "text"
    )


def _inner_models(kind: type[Step]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Fields that are tables of something with fields of its own, other than wires."""
    for name, field in kind.model_fields.items():
        for inner in getattr(field.annotation, "__args__", ()):
            if isinstance(inner, type) and issubclass(inner, BaseModel) and not issubclass(inner, Wire):
                yield name, inner
