"""What callers hear when the whole line is gone: a document for a host that outlives us, made from a release's words.

It says the hours and the email address with its warning, and ends the call: it connects nobody and asks nothing, since
nobody is there to answer (D-23).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ivr.errors import Fault
from ivr.flow.project import LINE
from ivr.flow.release import Release
from ivr.flow.rules import WrittenRule
from ivr.proof.rules import rules_of
from ivr.proof.rules_fixed import broken_by
from ivr.settings import Settings
from ivr.softphone.document import Node, NotXml, parse
from ivr.softphone.spoken import spoken
from ivr.softphone.twiml_check import check
from ivr.twiml import Addresses, document
from ivr.verbs import HangUp, Say
from ivr.yaml_text import Document, read_yaml

LONGEST_S: Final = 20.0
LONGEST_TOLD: Final = 500
"""Characters that are told of what stands elsewhere."""

HARMLESS: Final = frozenset({"Say", "Play", "Pause", "Hangup"})
"""Verbs that neither connect a caller nor ask anything of us."""

State = Literal["same", "older", "not_ours"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A document beside the words of a release.

    Args:
        state: `same`; `older`: it says something else; `not_ours`: it is no such document at all.
        told: for a person, one or two sentences.
    """

    state: State
    told: str


def fallback_document(release: Release) -> str:
    """The TwiML for a release: its words, and the end of the call. No address of ours stands in it."""
    return document((Say("fallback", release.words.fallback), HangUp()), Addresses("", "", ""), release.voice)


def fallback_faults(release: Release, rules: Mapping[str, WrittenRule]) -> Iterator[Fault]:
    """What is wrong with a release's fallback: the rules of what is said, its length, and what the provider takes.

    What a rule has said at the step for trouble (`on_error`) must be said here too.
    """
    line = read_yaml(LINE, release.files[LINE])
    at_trouble = {flow.on_error for flow in release.flows.values() if flow.on_error}
    words = release.words.fallback
    mine = [rule for flow in release.flows.values() for rule in rules_of(flow, rules)]
    for broken in broken_by(words, release, mine, at_trouble):
        rule = broken.rule
        wrong = f"{rule.number} does not hold when the whole line is gone: the words {broken.told}."
        yield _fault(line, wrong, f"{rule.number}: {rule.rule.says}")
    seconds = words.seconds(release.voice.words_per_minute)
    if seconds > LONGEST_S:
        wrong = f"What callers hear when the whole line is gone takes {seconds:g} seconds, more than {LONGEST_S:g}."
        yield _fault(line, wrong, "Say it in fewer words: the hours, the email address, its warning.")
    for complaint in check(fallback_document(release).encode()):
        yield _fault(line, f"The provider does not take what is said when the line is gone: {complaint}.", "Reword it.")


def _fault(line: Document, wrong: str, remedy: str) -> Fault:
    has_own = line.at(("words", "fallback")) is not None
    return line.fault(("words", "fallback" if has_own else "trouble"), wrong, remedy)


def compared(body: bytes, release: Release) -> Comparison:
    """Whether a document of elsewhere says what this release would have it say. Never raises, whatever the bytes."""
    errors = [complaint for complaint in check(body) if complaint.level == "error"]
    if errors:
        return Comparison("not_ours", f"It is no document that the provider takes: {_short(str(errors[0]))}.")
    try:
        found, ours = parse(body), parse(fallback_document(release).encode())
    except NotXml as error:
        return Comparison("not_ours", f"It is no document that the provider takes: {_short(str(error))}.")
    if strange := [verb.name for verb in found.children if verb.name not in HARMLESS]:
        return Comparison(
            "not_ours", f"It has <{_short(strange[0])}>, and nobody is there to answer when the line is gone."
        )
    said, should = _words(found), _words(ours)
    if said != should:
        return Comparison("older", f"It says: {_short(said) or 'nothing'} On the air would be: {should}")
    if _verbs(found) != _verbs(ours):
        return Comparison("older", "It says the same words in another voice, or with other pauses.")
    return Comparison("same", "It says what the release on the air says.")


def standing_elsewhere(url: str, release: Release, settings: Settings, timeout_s: float = 10.0) -> Comparison:
    """The document at an address beside the words of a release. Raises NeighbourError when it cannot be had."""
    # Only here, for whoever checks or answers calls has nothing to ask elsewhere.
    from ivr.provider import read_document

    tokens = [token.get_secret_value() for token in settings.auth_tokens]
    return compared(read_document(url, timeout_s, settings.account_sid, tokens), release)


def _short(text: str) -> str:
    """The beginning of what may be anybody's."""
    return text if len(text) <= LONGEST_TOLD else f"{text[:LONGEST_TOLD]}..."


def _words(root: Node) -> str:
    return " ".join(spoken(verb).text for verb in root.children if verb.name == "Say")


def _verbs(root: Node) -> list[object]:
    """Everything about the document but white space between its verbs."""
    return [(verb.name, sorted(verb.attributes.items()), spoken(verb)) for verb in root.children]
