"""Every document the shipped line can emit is one that the provider takes without a word, well-formed and small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType

import pytest
from webhooks import TUESDAY

from ivr import engine
from ivr.call import CallSession
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.softphone import check
from ivr.steps.step import CertificationResult, Step
from ivr.turns.turn import LAST_WORDS
from ivr.twiml import CONTENT_TYPE, Addresses, document, empty_document, hang_up_document, whisper_document
from ivr.verbs import HangUp, Say, Speech

FLOW = "broker_line"
LONGEST = "https://line.example.gov/voice/turn?s=" + "A" * 400
ADDRESSES = Addresses(LONGEST, LONGEST, LONGEST)
MOMENTS = [
    TUESDAY,
    TUESDAY + timedelta(hours=6, minutes=55),
    TUESDAY + timedelta(hours=9),
    TUESDAY + timedelta(days=2),
    datetime(2026, 12, 2, 8, 10, tzinfo=TUESDAY.tzinfo),
    datetime(2026, 12, 31, 12, 0, tzinfo=TUESDAY.tzinfo),
]
BEFORE = ["greeting", "notice"]
"""Steps that speak first on a turn, so that their words stand in the same document."""

ENTRIES = ["", "1", "99900002", "9990000010"]


@cache
def release() -> Release:
    return load_release(read_files(Path(__file__).parents[1]))


@dataclass(frozen=True)
class Moment:
    """A world at a moment, where certification is never asked."""

    now: datetime

    @property
    def hours(self) -> Mapping[str, str]:
        return release().calendar.at(self.now).words()

    def certification(self, npn: str, looks: int) -> CertificationResult:
        return "unavailable"


def places() -> Iterator[tuple[str, Step, str | None]]:
    """Every step that ends a turn, entered or stayed at by each of its outcomes."""
    for name, step in release().flows[FLOW].steps.items():
        if step.waits:
            yield name, step, None
        for outcome in step.stays():
            yield name, step, outcome


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_what_any_step_says_and_asks_is_taken_without_a_complaint(moment: datetime) -> None:
    flow = release().flows[FLOW]
    world = Moment(moment)
    spoken = [flow.steps[name].spoken(name, engine.scene(release(), start(), world), None) for name in BEFORE]
    before = tuple(say for says in spoken for say in says if say.speech)
    seen = 0
    for (name, step, outcome), line, entry in product(places(), ["open", "closed"], ENTRIES):
        facts = MappingProxyType({**flow.initial_facts, "line": line})
        session = replace(start(), step=name, facts=facts, entry=entry, turn=3, part="12" if outcome == "part" else "")
        scene = {**engine.scene(release(), session, world), "key": "7"}
        said = (*before, *(say for say in step.spoken(name, scene, outcome) if say.speech))
        for leg in range(2 if step.kind == "dial" else 1):
            body = document(step.ask(replace(session, leg=leg), said, outcome), ADDRESSES, release().voice).encode()
            assert not check(body, CONTENT_TYPE), (
                f"{name} after {outcome}: {check(body, CONTENT_TYPE)}\n{body.decode()}"
            )
            assert len(body) < 64_000
            seen += 1
    assert seen > 400


def start() -> CallSession:
    return engine.begin(release(), FLOW, TUESDAY)


@pytest.mark.parametrize("label", ["none", "certified", "certification_only", "unchecked"])
def test_what_a_representative_hears_is_taken_without_a_complaint(label: str) -> None:
    flow = release().flows[FLOW]
    session = replace(start(), step="representatives", facts={**flow.initial_facts, "label": label})
    speech = engine.whisper(release(), session, Moment(TUESDAY))
    assert speech is not None
    assert label.replace("_", " ") in speech.plain
    body = whisper_document(speech, LONGEST, release().voice).encode()
    assert not check(body, CONTENT_TYPE, "whisper")
    assert not check(hang_up_document().encode(), CONTENT_TYPE, "whisper")
    assert not check(empty_document().encode(), CONTENT_TYPE, "whisper")


def test_the_fixed_sentences_are_taken_without_a_complaint_and_name_hours_email_and_a_way_to_a_person() -> None:
    trouble = release().words.trouble
    body = document((Say("trouble", trouble), HangUp()), ADDRESSES, release().voice)
    assert not check(body.encode(), CONTENT_TYPE)
    assert not check(LAST_WORDS.encode(), CONTENT_TYPE)
    for words in ("eight to five", "brokers at M N sure dot org", "never put consumer details", "call again"):
        assert words in trouble.plain


def test_words_that_look_like_markup_stay_words() -> None:
    body = document((Say("x", Speech(("<Hangup/> & </Say>",))),), ADDRESSES, release().voice)
    assert "&lt;Hangup/&gt; &amp; &lt;/Say&gt;" in body
    assert not check(body.encode(), CONTENT_TYPE)


def test_a_name_that_the_voice_would_guess_is_said_as_line_yaml_says_and_shown_as_written() -> None:
    body = document((Say("x", Speech(("MNsure Broker Line, not MNsurely.",))),), ADDRESSES, release().voice)
    assert '><sub alias="M N sure">MNsure</sub> Broker Line, not MNsurely.</Say>' in body
    assert not check(body.encode(), CONTENT_TYPE)
