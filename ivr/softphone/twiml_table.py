"""TwiML as data: elements, what may stand in them, their attributes, and the provider's code for a bad value."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.softphone.twiml_dial import DIALS, RECORDING
from ivr.softphone.twiml_speech import HEARD, MEDIA
from ivr.softphone.twiml_values import (
    KEY,
    KEYS,
    LANGUAGE,
    METHOD,
    SPEECH_TIME,
    Attribute,
    Element,
    address,
    anything,
    matching,
    one_of,
    optional_address,
    some_of,
    whole,
    yes_no,
)

OTHER_VERBS = frozenset({"Connect", "Echo", "Pay", "Prompt", "Refer", "Sms", "Start", "Stop"})
"""Verbs of the provider's that this program has no use for: named, their insides not looked at."""

_OTHERS: Mapping[str, Element] = {
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
    "Enqueue": Element(
        {
            "action": Attribute(address, 14203),
            "method": Attribute(METHOD, 14201),
            "waitUrl": Attribute(optional_address, 14202),
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
            **{name: rule for name, rule in RECORDING.items() if name != "recordingTrack"},
        }
    ),
}

ELEMENTS: Mapping[str, Element] = {**HEARD, **DIALS, **_OTHERS}
"""Every element that is known, by its name."""

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
