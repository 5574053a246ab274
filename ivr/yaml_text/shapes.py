"""Which fields a model knows at a place in a file, so that a fault can name the word that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from ivr.yaml_text.document import Path, value_in


def known_fields(model: type[BaseModel], data: Any, path: Path) -> Mapping[str, FieldInfo]:
    """Names as written in files (aliases) to fields, of the models that may stand at `path` of `data`."""
    reached: list[Any] = list(_plain(model))
    for part in path:
        reached = [inner for one in _chosen(reached, data) for inner in _inside(one, part)]
        data = value_in(data, part)
    found: dict[str, FieldInfo] = {}
    for one in _chosen(reached, data):
        if _is_model(one):
            found |= {field.alias or name: field for name, field in one.model_fields.items()}
    return found


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _plain(annotation: Any) -> Iterator[Any]:
    """The types an annotation may mean: unions, annotations, named aliases and root models taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from _plain(one)
    elif hasattr(annotation, "__value__"):
        yield from _plain(annotation.__value__)
    elif _is_model(annotation) and issubclass(annotation, RootModel):
        yield from _plain(annotation.model_fields["root"].annotation)
    else:
        yield annotation


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """The types that may stand at a key or index of a type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                yield from _plain(field.annotation)
    elif isinstance(origin, type) and issubclass(origin, Mapping) and arguments:
        yield from _plain(arguments[-1])
    elif isinstance(origin, type) and issubclass(origin, Iterable):
        for one in arguments:
            if one is not Ellipsis:
                yield from _plain(one)


def _chosen(types: Sequence[Any], data: Any) -> Sequence[Any]:
    """Of several models, those whose fixed field (``kind: menu``) has the value that was written; else all."""
    if not isinstance(data, dict):
        return types
    fits = [one for one in types if _is_model(one) and any(_is_tag(one, name, value) for name, value in data.items())]
    return fits or types


def _is_tag(model: type[BaseModel], name: str, value: Any) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is Literal and get_args(field.annotation) == (value,)
