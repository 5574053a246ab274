"""What a YAML parser meets on its way through a text, whichever of our two parsers it is; and the quick one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import yaml

from ivr.yaml_text.document import Place

EventKind = Literal["document", "mapping", "sequence", "scalar", "alias", "end"]


class Event(NamedTuple):
    """One thing met: where a table or list begins or ends, or a text.

    Args:
        kind: `end` is the end of a table or list.
        place: where it begins; of a value left out, wherever the parser had read to.
        end: just behind its last character.
        text: of a scalar, as it is meant: without quotes, folded.
        style: the quote or block mark of a scalar; empty for plain text.
        extra: what stands before a value and has a special meaning in YAML: an anchor, or a tag.
        has_directives: a document that begins with lines of %.
        in_brackets: a table or list that is written in { } or [ ].
    """

    kind: EventKind
    place: Place
    end: Place
    text: str = ""
    style: str = ""
    extra: Literal["", "anchor", "tag"] = ""
    has_directives: bool = False
    in_brackets: bool = False


_KINDS: dict[str, EventKind] = {
    "DocumentStartEvent": "document",
    "MappingStartEvent": "mapping",
    "SequenceStartEvent": "sequence",
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
    "MappingEndEvent": "end",
    "SequenceEndEvent": "end",
}
"""Both libraries name their events alike; the others say nothing to us."""

NOT_FOR_THE_QUICK = re.compile(r"""^(?:%|---|\.\.\.| +$)|['"]:[^ \n]|[|>][-0-9]*[+#]""", re.MULTILINE)
"""What the two parsers take differently, or might: where documents begin and end, lines of nothing but spaces, a colon
right between a quote and a word, blocks of text that keep their last lines or have a comment behind their mark."""


def is_for_quick(text: str) -> bool:
    """Whether the quick parser is here, and understands such a text as the careful one does."""
    return bool(yaml.__with_libyaml__) and not NOT_FOR_THE_QUICK.search(text)


def quick_events(text: str) -> Iterator[Event]:
    """From libyaml: some ten times quicker, but its errors are terse. Raises `yaml.YAMLError` when it is not YAML."""
    return events(yaml.parse(text, Loader=yaml.CSafeLoader))


def events(parsed: Iterable[Any]) -> Iterator[Event]:
    """What either library met, in our words."""
    for event in parsed:
        kind = _KINDS.get(type(event).__name__)
        if kind is None:
            continue
        begin, behind = event.start_mark, event.end_mark
        place, end = (begin.line + 1, begin.column + 1), (behind.line + 1, behind.column + 1)
        if kind == "scalar":
            yield Event(kind, place, end, event.value, event.style or "", _extra(event))
        elif kind == "document":
            yield Event(kind, place, end, has_directives=bool(event.version or event.tags))
        else:
            begins = kind in ("mapping", "sequence")
            extra = _extra(event) if begins else ""
            yield Event(kind, place, end, extra=extra, in_brackets=begins and bool(event.flow_style))


def _extra(event: Any) -> Literal["", "anchor", "tag"]:
    if event.anchor is not None:
        return "anchor"
    return "" if getattr(event, "tag", None) is None else "tag"
