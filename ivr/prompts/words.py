"""Words as files hold them: text, ``//`` for a pause, and ``{{ contacts.dhs.phone }}`` for what is kept elsewhere.

Trusts no one who writes or fills them: a name with dots is looked up and our own filters speak it, nothing is ever
evaluated, and what is filled in can bring neither pauses nor markup along.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from ivr.errors import BrokerLineError
from ivr.prompts.aloud import FILTERS, Spoken, cleaned, pieces
from ivr.verbs import Break, Speech

ROOTS: Final = ("contacts", "hours", "facts", "entry", "line", "desk")
"""What words may refer to."""

PAUSE: Final = Break(500)

LONGEST_VALUE: Final = 200
"""Characters between the braces; a name with dots and a filter needs a few dozen."""

_IN_BRACES = re.compile(r"\{\{([^{}]*)\}\}")
_NEVER_SPOKEN = re.compile(r"\{%|\{#|\{\{|\}\}|[{}]")
_PAUSE_MARK = re.compile(r"(?:(?<=\s)|^)//(?=\s|$)")
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ue000-\\uf8ff\\U000f0000-\\U0010ffff]"
)


class WordsError(BrokerLineError, ValueError):
    """Words that cannot be spoken; whoever writes them mends them.

    Args:
        wrong: what is wrong, one sentence.
        remedy: what to do, one sentence.
        offset: characters from the start of the words.
    """

    def __init__(self, wrong: str, remedy: str, offset: int = 0) -> None:
        self.wrong = wrong
        self.remedy = remedy
        self.offset = offset
        super().__init__(f"{wrong} {remedy}")


def _environment() -> Environment:
    environment = Environment(autoescape=False)
    environment.filters.clear()
    environment.filters.update(FILTERS)
    environment.globals.clear()
    environment.tests.clear()
    return environment


_ENVIRONMENT: Final = _environment()
"""Reads what stands in braces; nothing is ever evaluated by it."""


class _Value:
    """One ``{{ ... }}``: a name with dots, looked up in mappings and nowhere else, and filters."""

    def __init__(self, path: tuple[str, ...], filters: tuple[str, ...], offset: int) -> None:
        self.reference = ".".join(path)
        self.filters = filters
        self.offset = offset
        self._path = path
        self._speak = tuple(FILTERS[name] for name in filters)

    def text(self, scene: Mapping[str, Any]) -> str:
        value: Any = scene
        for name in self._path:
            if not isinstance(value, Mapping) or name not in value:
                raise WordsError(f"{self.reference} is not known.", "Correct the name.", self.offset)
            value = value[name]
        for speak in self._speak:
            value = speak(value)
        return value if isinstance(value, Spoken) else cleaned(str(value))


class Words:
    """Words of a step, parsed once.

    Args:
        source: as the file has them.
        references: the dotted names in them.
        is_fixed: nothing is filled in, so that they are always spoken the same.
    """

    __slots__ = ("_parts", "_speech", "is_fixed", "references", "source")

    def __init__(self, source: str, parts: tuple[str | Break | _Value, ...]) -> None:
        self.source = source
        self._parts = parts
        self.references = frozenset(part.reference for part in parts if isinstance(part, _Value))
        self.is_fixed = not self.references
        self._speech = _speech(parts, {}) if self.is_fixed else None

    def speak(self, scene: Mapping[str, Any]) -> Speech:
        """What is spoken.

        Args:
            scene: what words may refer to: root to a mapping of names (`entry`: to text).

        Raises:
            WordsError: a reference is not in the scene.
        """
        return self._speech if self._speech is not None else _speech(self._parts, scene)

    def filtered(self) -> Iterator[tuple[str, str, int]]:
        """Each filter with the reference that it is to speak, and how many characters from the start both stand."""
        for part in self._parts:
            if isinstance(part, _Value):
                yield from ((part.reference, name, part.offset) for name in part.filters)

    def offset_of(self, reference: str) -> int:
        """Characters from the start of the words to the first use of a reference; 0 if there is none."""
        offsets = (part.offset for part in self._parts if isinstance(part, _Value) and part.reference == reference)
        return next(offsets, 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Words({self.source!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(lambda words: words.source)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}


def _validated(value: object) -> Words:
    if isinstance(value, Words):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return parse_words(value)


def parse_words(source: str) -> Words:
    """Words from text.

    Raises:
        WordsError: anything but text, pauses, dotted names and known filters.
    """
    if not source.strip():
        raise WordsError("There are no words here.", "Write what is to be said.")
    if unseen := _UNSEEN.search(source):
        raise WordsError(f"There is an invisible character (U+{ord(unseen[0]):04X}).", "Delete it.", unseen.start())
    parts: list[str | Break | _Value] = []
    end = 0
    for found in _IN_BRACES.finditer(source):
        parts += _text_parts(source, end, found.start())
        parts.append(_value(found[1], found.start()))
        end = found.end()
    parts += _text_parts(source, end, len(source))
    return Words(source, tuple(parts))


def _text_parts(source: str, start: int, end: int) -> Iterator[str | Break]:
    """Plain text between references, cut at its pauses."""
    if found := _NEVER_SPOKEN.search(source, start, end):
        raise _stray(found)
    at = start
    for number, text in enumerate(_PAUSE_MARK.split(source[start:end])):
        if number:
            at += len("//")
            yield PAUSE
        if "//" in text:
            offset = at + text.index("//")
            raise WordsError("A pause is // with a space on each side.", "Put a space before and after it.", offset)
        at += len(text)
        yield text


def _stray(found: re.Match[str]) -> WordsError:
    offset = found.start()
    if found[0] in ("{%", "{#"):
        return WordsError(f"{found[0]} is not used in words.", "Use {{ ... }} with a name only.", offset)
    if found[0] == "{{":
        return WordsError("The {{ here is not closed.", "Close it with }}.", offset)
    if found[0] == "}}":
        return WordsError("There is a }} here without {{ before it.", "Write {{ before the name, or delete it.", offset)
    return WordsError(
        f"A single {found[0]} is never spoken.", "Write {{ name }} with two braces each, or delete it.", offset
    )


def _value(inside: str, offset: int) -> _Value:
    """Check that only a dotted name and filters stand in the braces."""
    expression = inside.strip()
    if len(expression) > LONGEST_VALUE:
        wrong = "What stands between {{ and }} is far too long."
        raise WordsError(wrong, "Write one name with dots, and a filter if needed.", offset)
    try:
        body = _ENVIRONMENT.parse("{{ " + expression + " }}").body
    except (TemplateSyntaxError, RecursionError, ValueError):
        body = []
    output = body[0] if len(body) == 1 else None
    node = output.nodes[0] if isinstance(output, nodes.Output) and len(output.nodes) == 1 else None
    filters: list[str] = []
    while isinstance(node, nodes.Filter) and node.node is not None:
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise WordsError(f"{node.name} takes nothing in brackets.", f"Write | {node.name} alone.", offset)
        filters.insert(0, node.name)
        node = node.node
    path: list[str] = []
    while isinstance(node, nodes.Getattr):
        path.insert(0, node.attr)
        node = node.node
    if not isinstance(node, nodes.Name) or not expression:
        wrong = (
            "Only a name, such as contacts.dhs.phone, can stand between {{ and }}." if expression else "{{ }} is empty."
        )
        raise WordsError(wrong, "Write {{ name }}, or {{ name | filter }}.", offset)
    path.insert(0, node.name)
    _check_name(path, filters, offset)
    return _Value(tuple(path), tuple(filters), offset)


def _check_name(path: list[str], filters: list[str], offset: int) -> None:
    reference, root = ".".join(path), path[0]
    for name in filters:
        if name not in FILTERS:
            raise WordsError(f'There is no filter "{name}".', _meant(name, FILTERS, "Filters"), offset)
    if root not in ROOTS:
        raise WordsError(f'"{root}" is nothing words can refer to.', _meant(root, ROOTS, "Names begin with"), offset)
    if root == "entry":
        # Keyed digits are never a quantity, and nine of them are never read back in full (D-26).
        if len(path) > 1 or filters != ["groups"]:
            raise WordsError("The number keyed is read back in groups only.", "Write {{ entry | groups }}.", offset)
    elif len(path) < 2:
        raise WordsError(f'"{reference}" is a whole table.', f"Say what of it: {reference}.name, for example.", offset)


def _meant(word: str, known: Collection[str], lead: str) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f'Did you mean "{close[0]}"?' if close else f"{lead}: {', '.join(known)}."


def unknown_references(words: Words, known: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """References that lead nowhere, each with the nearest that exists, or None.

    Args:
        known: root to its names, as nested mappings or as names with dots; `entry` needs none.
    """
    all_known = sorted({"entry", *_dotted(known)})
    return [
        (reference, next(iter(difflib.get_close_matches(reference, all_known, n=1, cutoff=0.6)), None))
        for reference in sorted(words.references - set(all_known))
    ]


def _dotted(known: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, inner in known.items():
        if isinstance(inner, Mapping):
            yield from _dotted(inner, f"{before}{name}.")
        elif isinstance(inner, str) or not isinstance(inner, Collection):
            yield f"{before}{name}"
        else:
            yield from (f"{before}{name}.{one}" for one in inner)


def _speech(parts: tuple[str | Break | _Value, ...], scene: Mapping[str, Any]) -> Speech:
    made: list[str | Break] = []
    text = ""
    for part in parts:
        if isinstance(part, Break):
            made += [text, part]
            text = ""
        elif isinstance(part, str):
            # "at nine a.m." before the full stop of its sentence
            text += part[1:] if part[:1] == "." and text.endswith(".") else part
        else:
            *before, text = _with_text_last(pieces(text + part.text(scene)))
            made += before
    made.append(text)
    tidy = (piece if isinstance(piece, Break) else " ".join(piece.split()) for piece in made)
    return Speech(tuple(piece for piece in tidy if piece))


def _with_text_last(found: tuple[str | Break, ...]) -> tuple[Any, ...]:
    return found if found and isinstance(found[-1], str) else (*found, "")
