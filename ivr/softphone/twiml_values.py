"""Values of TwiML attributes: how each is tested, and the provider's code for a bad one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Test = Callable[[str], str | None]
"""A value to what is wrong with it, or None."""

LONGEST_ADDRESS = 480
"""Characters of a whole address; some of the provider's products cut one at 512, voice's cap is unconfirmed."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """How a value is tested, and the code the provider logs for a bad one."""

    test: Test
    code: int = 12200


@dataclass(frozen=True, slots=True)
class Element:
    """One element: attributes by name, elements allowed inside, whether text may stand in it."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    has_text: bool = False


def anything(_value: str) -> str | None:
    """Every value will do."""
    return None


def yes_no(value: str) -> str | None:
    """``true`` or ``false``, in lower case."""
    return None if value in ("true", "false") else "is neither true nor false"


def whole(low: int, high: int | None = None) -> Test:
    """A whole number within bounds, both included."""

    def test(value: str) -> str | None:
        if not re.fullmatch(r"[0-9]{1,9}", value):
            return "is not a whole number"
        if int(value) < low:
            return f"is less than {low}"
        return f"is more than {high}" if high is not None and int(value) > high else None

    return test


def one_of(*values: str) -> Test:
    """One of some words."""

    def test(value: str) -> str | None:
        return None if value in values else f"is not one of: {', '.join(values)}"

    return test


def some_of(*values: str) -> Test:
    """One or several of some words, separated by spaces."""

    def test(value: str) -> str | None:
        if not value.split():
            return "is empty"
        wrong = [word for word in value.split() if word not in values]
        return f"has {wrong[0]!r}, which is not one of: {', '.join(values)}" if wrong else None

    return test


def matching(pattern: str, wrong: str) -> Test:
    """Text of a form."""

    def test(value: str) -> str | None:
        return None if re.fullmatch(pattern, value) else wrong

    return test


def at_most(characters: int) -> Test:
    """Text of a length."""

    def test(value: str) -> str | None:
        return f"is longer than {characters} characters" if len(value) > characters else None

    return test


def address(value: str) -> str | None:
    """An address relative to the document's, or an absolute one over http or https."""
    if not value.strip():
        return "is empty"
    if re.search(r"[\s\x00-\x1f<>\"{}|\\^`]", value):
        return "has a character that must be percent-encoded"
    if len(value) > LONGEST_ADDRESS:
        return f"is an address of {len(value)} characters; more than {LONGEST_ADDRESS} may be cut"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme and parts.scheme not in ("http", "https"):
        return f"has the scheme {parts.scheme}; only http and https are fetched"
    if (parts.scheme or parts.netloc) and not host:
        return "names no host"
    return _overrides(parts.fragment)


def _overrides(fragment: str) -> str | None:
    """Connection overrides behind ``#`` (provider's Connection Overrides page)."""
    bounds = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}
    for pair in fragment.split("&") if "=" in fragment else []:
        key, _, value = pair.partition("=")
        if key in bounds:
            wrong = whole(*bounds[key])(value)
            if wrong:
                return f"has a connection override {key} that {wrong}"
        elif key not in ("rp", "sni", "e"):
            return f"has an unknown connection override {key!r}"
    return None


def optional_address(value: str) -> str | None:
    """An address, or nothing at all."""
    return address(value) if value else None


METHOD = one_of("GET", "POST")
KEY = matching(r"[0-9#*]?", "is not one key of 0-9, * and #, nor empty")
KEYS = matching(r"[0-9#*]*", "has characters other than 0-9, * and #")
NUMBER = matching(r"\+[1-9][0-9]{6,14}", "is not a number in E.164 form")
CALLER_ID = matching(r"\+[1-9][0-9]{6,14}|(client|sip):\S+|\{\{.*\}\}", "is not a number in E.164 form")
VOICE = matching(
    r"man|woman|Polly\.[A-Z][\w]*(-Neural|-Generative)?|Google\.[A-Za-z]{2,3}-[A-Z]{2}-[\w-]+", "is not a known voice"
)
LANGUAGE = matching(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?", "is not a language such as en-US")
EVENTS = some_of("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = some_of("in-progress", "completed", "absent")
SPEECH_TIME = matching(r"auto|[1-9][0-9]{0,3}", "is neither auto nor a number of seconds")
