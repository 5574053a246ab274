"""TwiML that dials: who may be rung, and what may be asked of each."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.softphone.twiml_values import (
    CALLER_ID,
    EVENTS,
    METHOD,
    RECORDING_EVENTS,
    Attribute,
    Element,
    address,
    anything,
    at_most,
    matching,
    one_of,
    optional_address,
    some_of,
    whole,
    yes_no,
)

RECORDING = {
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

NOUNS = frozenset({"Number", "Client", "Sip", "Conference", "Queue", "Application", "WhatsApp", "Sim"})

DIALS: Mapping[str, Element] = {
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
            **RECORDING,
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
            "waitUrl": Attribute(optional_address),
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
}
"""`Dial` and whom it may ring, by name."""
