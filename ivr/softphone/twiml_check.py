"""Complaints about a TwiML answer: what the provider would warn about or fail on, by its published codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal
from urllib.parse import quote

from ivr.softphone.document import Node, NotXml, parse
from ivr.softphone.spoken import spoken
from ivr.softphone.twiml_table import AT_ROOT, ELEMENTS, OTHER_VERBS, REQUIRED, is_error
from ivr.softphone.twiml_values import address

Place = Literal["call", "whisper", "wait"]
"""Who hears the document: the caller, a called representative before being joined, a caller in a queue."""

MOST_BYTES = 64 * 1024
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing the provider's debugger would show.

    Args:
        code: the provider's error code.
        level: an error fails the document and leads to the fallback; with a warning the call goes on.
        where: element and attribute (``Gather timeout``), or empty for the whole answer.
        line: line in the document, 0 for the whole answer.
        url: address of the document, filled in by whoever fetched it.
    """

    code: int
    level: Literal["error", "warning"]
    wrong: str
    where: str = ""
    line: int = 0
    url: str = ""

    def __str__(self) -> str:
        where = f" {self.where}" if self.where else ""
        line = f" (line {self.line})" if self.line else ""
        return f"{self.level} {self.code}:{where} {self.wrong}{line}"


def media_type(content_type: str | None) -> str:
    """Type without its parameters, lower case; empty when the header is missing."""
    return (content_type or "").partition(";")[0].strip().lower()


def check(body: bytes, content_type: str | None = "text/xml", place: Place = "call") -> list[Complaint]:
    """Everything wrong with an answer of status 200, in document order. Never raises, whatever the bytes."""
    kind = media_type(content_type)
    if kind.startswith("audio/"):
        return []
    if kind not in XML_TYPES and kind != "text/plain":
        return [_complaint(12300, f"The content type is {kind or 'missing'}, not text/xml")]
    if len(body) > MOST_BYTES:
        return [_complaint(11750, f"The document has {len(body)} bytes, more than {MOST_BYTES}")]
    if not body:
        return [_complaint(11770, "The answer is empty")]
    if body[:1].isspace():
        return [_complaint(12100, "There is white space before the document begins")]
    try:
        root = parse(body)
    except NotXml as error:
        return [_complaint(12100, f"Not well-formed: {error}")]
    return list(_document(root, place))


def _complaint(code: int, wrong: str, node: Node | None = None, attribute: str = "") -> Complaint:
    where = f"{node.name} {attribute}".strip() if node else ""
    return Complaint(code, "error" if is_error(code) else "warning", wrong, where, node.line if node else 0)


def _document(root: Node, place: Place) -> Iterator[Complaint]:
    if root.name != "Response":
        yield _complaint(12102, f"The root is <{root.name}>, not <Response>", root)
        return
    for name, value in root.attributes.items():
        if name == "version":
            yield _complaint(12101, f"{value!r} is no version of TwiML", root, name)
        else:
            yield _complaint(12200, "is not an attribute of Response", root, name)
    if root.text.strip():
        yield _complaint(12200, "has text outside any verb", root)
    for verb in root.children:
        if verb.name == "Dial" and place == "whisper":
            yield _complaint(13201, "cannot stand in a document for a called party", verb)
        elif verb.name not in AT_ROOT[place]:
            yield _complaint(12200, _unknown(verb, place), verb)
        if verb.name not in OTHER_VERBS and verb.name in ELEMENTS:
            yield from _element(verb)


def _unknown(verb: Node, place: Place) -> str:
    if verb.name in AT_ROOT["call"]:
        return {"whisper": "is not a verb for a called party", "wait": "is not a verb for a waiting caller"}[place]
    if verb.name in ELEMENTS:
        return "cannot stand directly in Response"
    meant = get_close_matches(verb.name.capitalize(), AT_ROOT[place], 1)
    return "is not a verb" + (f"; {meant[0]} is" if meant else "")


def _element(node: Node) -> Iterator[Complaint]:
    element = ELEMENTS[node.name]
    yield from _attributes(node)
    if node.text.strip() and not element.has_text:
        yield _complaint(12200, "cannot have text", node)
    for child in node.children:
        if child.name in element.inside:
            yield from _element(child)
        else:
            code = {"Gather": 13320, "Dial": 13215}.get(node.name, 12200)
            yield _complaint(code, f"cannot stand in {node.name}", child)
    own = _OWN_RULES.get(node.name)
    if own:
        yield from own(node)


def _attributes(node: Node) -> Iterator[Complaint]:
    known = ELEMENTS[node.name].attributes
    for name, value in node.attributes.items():
        rule = known.get(name)
        if rule is None:
            meant = get_close_matches(name, known, 1)
            yield _complaint(12200, "is not an attribute" + (f"; {meant[0]} is" if meant else ""), node, name)
            continue
        wrong = rule.test(value)
        if wrong:
            code = 13311 if name == "finishOnKey" and node.name == "Gather" and len(value) > 1 else rule.code
            yield _complaint(code, f"{value!r} {wrong}" if len(value) <= 60 else wrong, node, name)
    needed = REQUIRED.get(node.name)
    if needed and needed not in node.attributes:
        yield _complaint(13520, f"needs the attribute {needed}", node)


def _say(node: Node) -> Iterator[Complaint]:
    words = spoken(node).text
    voice = node.attributes.get("voice", "")
    most = 3000 if voice.startswith("Polly.") else 5000 if voice.startswith("Google.") else 4000
    raw = sum(len(part.text) + sum(map(len, part.attributes.values())) + 2 * len(part.name) + 5 for part in node.walk())
    if not words.strip(" ,"):
        yield _complaint(13520, "has nothing to say", node)
    elif len(words) > most or (voice.startswith("Google.") and raw > most) or _quoted_length(words) > 4500:
        yield _complaint(13521, f"has {len(words)} characters, too many for one Say", node)
    if voice in ("man", "woman") and node.children:
        yield _complaint(12200, "has SSML, which this voice does not read", node)


def _quoted_length(words: str) -> int:
    """Characters of words as an address carries them; of short ones, the most it could be."""
    most = 3 * len(words.encode())
    return most if most <= 4500 else len(quote(words))


def _gather(node: Node) -> Iterator[Complaint]:
    model, pause = node.attributes.get("speechModel", "default"), node.attributes.get("speechTimeout", "")
    if model != "default" and pause == "auto":
        yield _complaint(13335, "a speech model needs a speechTimeout in seconds", node, "speechModel")
    hints = node.attributes.get("hints", "").split(",")
    if len(hints) > 500 or any(len(hint.strip()) > 100 for hint in hints):
        yield _complaint(13330, "has more than 500 hints, or one longer than 100 characters", node, "hints")
    for child in node.children:
        if child.name == "Play" and "digits" in child.attributes:
            yield _complaint(13325, "cannot play keys inside Gather", child, "digits")


def _dial(node: Node) -> Iterator[Complaint]:
    nouns = [child.name for child in node.children]
    text = node.text.strip()
    if not nouns and not text:
        yield _complaint(13223, "names nobody to call", node)
    elif text and not nouns:
        yield from _number(node)
    elif text:
        yield _complaint(13215, "has both a number as text and nouns", node)
    if "Conference" in nouns and len(nouns) > 1:
        yield _complaint(13000, "mixes Conference with other nouns", node)
    if len(nouns) > 10:
        yield _complaint(13215, f"has {len(nouns)} nouns, more than 10", node)


def _number(node: Node) -> Iterator[Complaint]:
    test = ELEMENTS["Dial"].attributes["callerId"].test
    number = node.text.strip()
    if not number.startswith("+") or test(number):
        yield _complaint(13223, f"{number!r} is not a number in E.164 form", node)


def _enqueue(node: Node) -> Iterator[Complaint]:
    name, task = node.text.strip(), any(child.name == "Task" for child in node.children)
    if len(name) > 64:
        yield _complaint(14205, "has a queue name longer than 64 characters", node)
    if not name and "workflowSid" not in node.attributes:
        yield _complaint(14204, "names no queue", node)
    if task and "workflowSid" not in node.attributes:
        yield _complaint(14220, "has a Task but no workflowSid", node)


def _noun_address(node: Node) -> Iterator[Complaint]:
    wrong = address(node.text.strip())
    if wrong:
        yield _complaint(11100, f"its address {wrong}", node)


def _play(node: Node) -> Iterator[Complaint]:
    if "digits" not in node.attributes or node.text.strip():
        wrong = address(node.text.strip())
        if wrong:
            yield _complaint(13420, f"its address {wrong}", node)


_OWN_RULES = {
    "Say": _say,
    "Gather": _gather,
    "Dial": _dial,
    "Number": _number,
    "Enqueue": _enqueue,
    "Redirect": _noun_address,
    "Play": _play,
}
