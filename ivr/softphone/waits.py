"""What a leg waits for, read from the verb's attributes; a bad value counts as the usual one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin

from ivr.softphone.document import Node
from ivr.softphone.state import Callee, DialWait, GatherWait, RecordWait
from ivr.softphone.tape import Utterance


def whole(node: Node, name: str, usual: int, low: int = 1) -> int:
    """A whole number among the attributes, at least `low`; else the usual one."""
    value = node.attributes.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= low else usual


def method(node: Node) -> str:
    """GET or POST, which is usual."""
    return "GET" if node.attributes.get("method") == "GET" else "POST"


def _action(node: Node, url: str, usual: str) -> str:
    return urljoin(url, node.attributes["action"]) if node.attributes.get("action") else usual


def gather_wait(verb: Node, said: Sequence[Utterance], now: float, url: str) -> GatherWait:
    """A gather that begins now. Its clock starts after the nested media (provider's Gather page)."""
    media_s = speech_s = 0.0
    for utterance in said:
        utterance.starts = round(media_s, 3)
        media_s += utterance.seconds
        speech_s = speech_s if utterance.silence else media_s
    finish = verb.attributes.get("finishOnKey", "#")
    timeout_s = whole(verb, "timeout", 5)
    return GatherWait(
        began=now,
        said=list(said),
        media_s=round(media_s, 3),
        speech_s=round(speech_s, 3),
        timeout_s=timeout_s,
        most=whole(verb, "numDigits", 0) or None,
        finish=finish if len(finish) <= 1 else "#",
        action=_action(verb, url, url),
        method=method(verb),
        acts_on_empty=verb.attributes.get("actionOnEmptyResult") == "true",
        hears_keys="dtmf" in verb.attributes.get("input", "dtmf").split(),
        deadline=round(now + media_s + timeout_s, 3),
    )


def dial_wait(verb: Node, caller: str, url: str) -> DialWait:
    """Whom a dial rings and for how long."""
    callees = [
        Callee(
            number=" ".join(child.text.split()),
            url=urljoin(url, child.attributes["url"]) if child.attributes.get("url") else "",
            method=method(child),
        )
        for child in verb.children
    ]
    return DialWait(
        callees=callees or [Callee(number=verb.text.strip())],
        one_by_one=verb.attributes.get("sequential") == "true",
        ring_s=min(whole(verb, "timeout", 30, low=5), 600),
        caller_id=verb.attributes.get("callerId", caller),
        action=_action(verb, url, ""),
        method=method(verb),
    )


def record_wait(verb: Node, url: str) -> RecordWait:
    """How long the line records and which keys end it."""
    return RecordWait(
        silence_s=whole(verb, "timeout", 5, low=0),
        finish=verb.attributes.get("finishOnKey", "1234567890*#"),
        longest_s=whole(verb, "maxLength", 3600),
        action=_action(verb, url, url),
        method=method(verb),
    )
