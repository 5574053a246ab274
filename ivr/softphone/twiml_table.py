"""TwiML as data: elements, what may stand in them, their attributes, and the provider's code for a bad value."""

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


def _optional_address(value: str) -> str | None:
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

_RECORDING = {
    "recordingStatusCallback": Attribute(address),
    "recordingStatusCallbackMethod": Attribute(METHOD),
    "recordingStatusCallbackEvent": Attribute(RECORDING_EVENTS),
    "recordingTrack": Attribute(one_of("inbound", "outbound", "both")),
    "trim": Attribute(one_of("trim-silence", "do-not-trim")),
    "recordingConfigurationId": Attribute(anything),
}
_STATUS = {
    "statusCallback": Attribute(address),
    "statusCallbackMethod": Attribute(METHOD),
    "statusCallbackEvent": Attribute(EVENTS),
}
_MACHINE = {
    "machineDetection": Attribute(one_of("Enable", "DetectMessageEnd")),
    "machineDetectionTimeout": Attribute(whole(3, 60)),
    "machineDetectionSpeechThreshold": Attribute(whole(1000, 6000)),
    "machineDetectionSpeechEndThreshold": Attribute(whole(500, 5000)),
    "machineDetectionSilenceTimeout": Attribute(whole(2000, 10000)),
    "amdStatusCallback": Attribute(address),
    "amdStatusCallbackMethod": Attribute(METHOD),
}

SSML = frozenset({"break", "emphasis", "lang", "p", "s", "phoneme", "prosody", "say-as", "sub", "w"})
MEDIA = frozenset({"Say", "Play", "Pause"})
NOUNS = frozenset({"Number", "Client", "Sip", "Conference", "Queue", "Application", "WhatsApp", "Sim"})
OTHER_VERBS = frozenset({"Connect", "Echo", "Pay", "Prompt", "Refer", "Sms", "Start", "Stop"})
"""Verbs of the provider's that this program has no use for: named, their insides not looked at."""

_SPOKEN = SSML

ELEMENTS: Mapping[str, Element] = {
    "Say": Element(
        {
            "voice": Attribute(VOICE, 13511),
            "language": Attribute(LANGUAGE, 13511),
            "loop": Attribute(whole(0, 1000), 13510),
        },
        _SPOKEN,
        has_text=True,
    ),
    "Play": Element(
        {
            "loop": Attribute(whole(0, 1000), 13410),
            "digits": Attribute(matching(r"[0-9A-DwW#*]+", "has keys that do not exist"), 12200),
        },
        has_text=True,
    ),
    "Pause": Element({"length": Attribute(whole(1), 13910)}),
    "Gather": Element(
        {
            "action": Attribute(address, 11100),
            "method": Attribute(METHOD, 13312),
            "timeout": Attribute(whole(1), 13313),
            "finishOnKey": Attribute(KEY, 13310),
            "numDigits": Attribute(whole(1), 13314),
            "input": Attribute(some_of("dtmf", "speech"), 13326),
            "actionOnEmptyResult": Attribute(yes_no, 13338),
            "speechTimeout": Attribute(SPEECH_TIME, 13327),
            "speechModel": Attribute(matching(r"[a-z0-9_-]+", "is not a speech model"), 13335),
            "language": Attribute(LANGUAGE, 13332),
            "hints": Attribute(anything, 13330),
            "profanityFilter": Attribute(yes_no, 13331),
            "partialResultCallback": Attribute(address, 13328),
            "partialResultCallbackMethod": Attribute(METHOD, 13329),
            "enhanced": Attribute(yes_no, 13333),
            "bargeIn": Attribute(yes_no, 13334),
            "maxSpeechTime": Attribute(whole(1, 60)),
            "debug": Attribute(yes_no),
        },
        MEDIA,
    ),
    "Dial": Element(
        {
            "action": Attribute(address, 11100),
            "method": Attribute(METHOD, 13210),
            "timeout": Attribute(whole(5, 600), 13212),
            "hangupOnStar": Attribute(yes_no, 13213),
            "callerId": Attribute(CALLER_ID, 13214),
            "timeLimit": Attribute(whole(1, 86400), 13216),
            "record": Attribute(
                one_of(
                    "true",
                    "false",
                    "do-not-record",
                    "record-from-answer",
                    "record-from-ringing",
                    "record-from-answer-dual",
                    "record-from-ringing-dual",
                ),
                13217,
            ),
            "sequential": Attribute(yes_no, 13218),
            "answerOnBridge": Attribute(yes_no, 13219),
            "ringTone": Attribute(matching(r"[a-z]{2}(-old)?", "is not a country's ring tone")),
            "callReason": Attribute(at_most(50)),
            "referUrl": Attribute(address),
            "referMethod": Attribute(METHOD),
            "events": Attribute(anything),
            "passports": Attribute(anything),
            **_RECORDING,
        },
        NOUNS,
        has_text=True,
    ),
    "Number": Element(
        {
            "url": Attribute(address, 11100),
            "method": Attribute(METHOD, 13210),
            "sendDigits": Attribute(matching(r"[0-9wW#*,]+", "has keys that do not exist")),
            "byoc": Attribute(anything),
            **_STATUS,
            **_MACHINE,
        },
        has_text=True,
    ),
    "Client": Element(
        {"url": Attribute(address, 11100), "method": Attribute(METHOD, 13210), **_STATUS},
        frozenset({"Identity", "Parameter"}),
        has_text=True,
    ),
    "Identity": Element(has_text=True),
    "Parameter": Element({"name": Attribute(anything), "value": Attribute(anything)}),
    "Sip": Element(
        {
            "url": Attribute(address, 11100),
            "method": Attribute(METHOD, 13210),
            "username": Attribute(anything),
            "password": Attribute(anything),
            **_STATUS,
            **_MACHINE,
        },
        frozenset({"Uri", "Headers"}),
        has_text=True,
    ),
    "Uri": Element(has_text=True),
    "Headers": Element(inside=frozenset({"Header"})),
    "Header": Element({"name": Attribute(anything), "value": Attribute(anything)}),
    "Conference": Element(
        {
            "muted": Attribute(yes_no),
            "beep": Attribute(one_of("true", "false", "onEnter", "onExit")),
            "startConferenceOnEnter": Attribute(yes_no),
            "endConferenceOnExit": Attribute(yes_no),
            "waitUrl": Attribute(_optional_address),
            "waitMethod": Attribute(METHOD),
            "maxParticipants": Attribute(whole(2, 250)),
            "record": Attribute(one_of("do-not-record", "record-from-start")),
            "region": Attribute(anything),
            "coach": Attribute(anything),
            "trim": Attribute(one_of("trim-silence", "do-not-trim")),
            "statusCallback": Attribute(address),
            "statusCallbackMethod": Attribute(METHOD),
            "statusCallbackEvent": Attribute(
                some_of("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
            ),
            "recordingStatusCallback": Attribute(address),
            "recordingStatusCallbackMethod": Attribute(METHOD),
            "recordingStatusCallbackEvent": Attribute(RECORDING_EVENTS),
            "jitterBufferSize": Attribute(one_of("small", "medium", "large", "off")),
            "participantLabel": Attribute(at_most(128)),
        },
        has_text=True,
    ),
    "Queue": Element(
        {
            "url": Attribute(address, 11100),
            "method": Attribute(METHOD, 14210),
            "reservationSid": Attribute(matching(r"WR[0-9a-f]{32}", "is not a reservation")),
            "postWorkActivitySid": Attribute(matching(r"WA[0-9a-f]{32}", "is not an activity")),
        },
        has_text=True,
    ),
    "Application": Element(
        {"url": Attribute(address), "method": Attribute(METHOD), **_STATUS}, frozenset({"Parameter"}), has_text=True
    ),
    "WhatsApp": Element({"url": Attribute(address), "method": Attribute(METHOD), **_STATUS}, has_text=True),
    "Sim": Element(has_text=True),
    "Enqueue": Element(
        {
            "action": Attribute(address, 14203),
            "method": Attribute(METHOD, 14201),
            "waitUrl": Attribute(_optional_address, 14202),
            "waitUrlMethod": Attribute(METHOD, 14206),
            "workflowSid": Attribute(matching(r"WW[0-9a-f]{32}", "is not a workflow"), 14220),
            "maxQueueSize": Attribute(whole(1, 5000)),
        },
        frozenset({"Task"}),
        has_text=True,
    ),
    "Task": Element(
        {"priority": Attribute(whole(0)), "timeout": Attribute(whole(1))},
        has_text=True,
    ),
    "Leave": Element(),
    "Hangup": Element(),
    "Redirect": Element({"method": Attribute(METHOD, 13710)}, has_text=True),
    "Reject": Element({"reason": Attribute(one_of("rejected", "busy"), 13810)}),
    "Record": Element(
        {
            "action": Attribute(address, 11100),
            "method": Attribute(METHOD, 13610),
            "timeout": Attribute(whole(0), 13612),
            "finishOnKey": Attribute(KEYS, 13613),
            "maxLength": Attribute(whole(1, 14400), 13611),
            "playBeep": Attribute(yes_no, 13616),
            "transcribe": Attribute(yes_no, 13614),
            "transcribeCallback": Attribute(address, 13615),
            **{name: rule for name, rule in _RECORDING.items() if name != "recordingTrack"},
        }
    ),
    "break": Element(
        {
            "strength": Attribute(one_of("none", "x-weak", "weak", "medium", "strong", "x-strong"), 13520),
            "time": Attribute(matching(r"([0-9]{1,5}ms|[0-9](\.[0-9]+)?s|10s)", "is not a time such as 300ms"), 13520),
        }
    ),
    "emphasis": Element({"level": Attribute(one_of("strong", "moderate", "reduced"), 13520)}, _SPOKEN, has_text=True),
    "lang": Element({"xml:lang": Attribute(LANGUAGE, 13520)}, _SPOKEN, has_text=True),
    "p": Element({}, _SPOKEN, has_text=True),
    "s": Element({}, _SPOKEN, has_text=True),
    "phoneme": Element(
        {
            "alphabet": Attribute(one_of("ipa", "x-sampa", "x-amazon-jyutping", "x-amazon-pinyin"), 13520),
            "ph": Attribute(anything),
        },
        has_text=True,
    ),
    "prosody": Element(
        {
            "volume": Attribute(
                matching(r"default|silent|(x-)?(soft|loud)|medium|[+-][0-9.]+dB", "is not a volume"), 13520
            ),
            "rate": Attribute(matching(r"(x-)?(slow|fast)|medium|default|[0-9]{1,3}%", "is not a rate"), 13520),
            "pitch": Attribute(matching(r"default|(x-)?(low|high)|medium|[+-][0-9.]+%", "is not a pitch"), 13520),
        },
        _SPOKEN,
        has_text=True,
    ),
    "say-as": Element(
        {
            "interpret-as": Attribute(
                one_of(
                    "characters",
                    "spell-out",
                    "cardinal",
                    "number",
                    "ordinal",
                    "digits",
                    "fraction",
                    "unit",
                    "date",
                    "time",
                    "address",
                    "expletive",
                    "telephone",
                ),
                13520,
            ),
            "format": Attribute(anything),
        },
        has_text=True,
    ),
    "sub": Element({"alias": Attribute(anything)}, has_text=True),
    "w": Element({"role": Attribute(matching(r"(amazon|ivona):[A-Z_0-9]+", "is not a role"), 13520)}, has_text=True),
}

REQUIRED: Mapping[str, str] = {"sub": "alias", "say-as": "interpret-as", "phoneme": "ph", "lang": "xml:lang"}
"""Attributes without which an element means nothing."""

AT_ROOT: Mapping[str, frozenset[str]] = {
    "call": MEDIA | OTHER_VERBS | {"Gather", "Dial", "Enqueue", "Leave", "Record", "Redirect", "Hangup", "Reject"},
    "whisper": frozenset({"Say", "Play", "Pause", "Gather", "Hangup", "Redirect"}),
    "wait": MEDIA | {"Gather", "Hangup", "Redirect", "Leave"},
}
"""Verbs by place: a caller's document, one that a called representative hears first, one heard in a queue."""

ERRORS = frozenset({11100, 11750, 11770, 12100, 12101, 12102, 12300, 13000, 13201, 13325, 13338, 13342, 13343, 13420})
"""Codes that fail the document (fallback); the 14xxx of a queue do too. All others are warnings: the call goes on."""


def is_error(code: int) -> bool:
    """Whether the provider's dictionary calls a code an error, not a warning."""
    return code in ERRORS or (14200 <= code < 14300 and code != 14207)
