"""A TwiML document as a tree with line numbers; parses anything or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

DEEPEST = 40


class NotXml(Exception):
    """The bytes are not well-formed XML that an interpreter would take; the text says where and why."""


@dataclass(slots=True)
class Node:
    """One element: its name as written, attributes, text and children in order, its line from 1."""

    name: str
    attributes: dict[str, str]
    line: int
    inside: list[Node | str] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        """Elements directly inside."""
        return [item for item in self.inside if isinstance(item, Node)]

    @property
    def text(self) -> str:
        """Text directly inside, as written."""
        return "".join(item for item in self.inside if isinstance(item, str))

    def walk(self) -> Iterator[Node]:
        """This element and everything below, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@lru_cache(maxsize=2)
def parse(body: bytes) -> Node:
    """The root element, not to be changed: who checks a document and who runs it get the same.

    Raises NotXml; a document type or nesting deeper than 40 is refused too.
    """
    top = Node("", {}, 0)
    stack = [top]
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEEPEST:
            raise NotXml(f"line {parser.CurrentLineNumber}: elements nested deeper than {DEEPEST}")
        node = Node(name, attributes, parser.CurrentLineNumber)
        stack[-1].inside.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def words(text: str) -> None:
        stack[-1].inside.append(text)

    def doctype(*_: object) -> None:
        raise NotXml("a document type declaration is not allowed in TwiML")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotXml(str(error)) from error
    return top.children[0]
