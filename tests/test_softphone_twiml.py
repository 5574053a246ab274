"""The softphone complains about TwiML as the provider's debugger would, and takes any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.softphone import check
from ivr.softphone.document import parse
from ivr.softphone.spoken import spoken
from ivr.softphone.twiml_check import Place
from ivr.softphone.twiml_table import AT_ROOT, ELEMENTS


def codes(inside: str, place: Place = "call") -> list[int]:
    """Codes of the complaints about verbs."""
    return [complaint.code for complaint in check(f"<Response>{inside}</Response>".encode(), "text/xml", place)]


def test_a_usual_document_has_no_complaint() -> None:
    good = """
    <Gather action="/voice/turn?s=abc" method="POST" timeout="7" numDigits="1" finishOnKey=""
        actionOnEmptyResult="true">
      <Say voice="Polly.Joanna-Neural" language="en-US"><prosody rate="93%">To speak, press one.<break time="500ms"/>
        <say-as interpret-as="telephone">6514312670</say-as></prosody></Say>
      <Pause length="8"/><Play>https://media.example/a.wav</Play>
    </Gather>
    <Dial action="/voice/dialled" timeout="20" record="record-from-answer" callerId="+18445208695">
      <Number url="/voice/whisper?s=x">+16515550100</Number></Dial>
    <Enqueue waitUrl="">help</Enqueue><Record finishOnKey="*#"/><Redirect>/voice</Redirect><Hangup/>
    """
    assert codes(good) == []
    assert codes("") == []


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"<Response/>", None, 12300),
        (b"<Response/>", "application/json", 12300),
        (b"", "text/xml", 11770),
        (b" <Response/>", "text/xml", 12100),
        (b"\n<?xml version='1.0'?><Response/>", "text/xml", 12100),
        (b"<Response>", "text/xml", 12100),
        (b"<Response>&nbsp;</Response>", "text/xml", 12100),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Response>&b;</Response>", "text/xml", 12100),
        (b"<html/>", "text/html", 12102),
        (b"<response/>", "text/xml", 12102),
        (b"<Response version='1'/>", "text/xml", 12101),
        (b"<Response>" + b" " * 65536 + b"</Response>", "text/xml", 11750),
        (b"<Response>" + b"<Gather>" * 100 + b"</Gather>" * 100 + b"</Response>", "text/xml", 12100),
    ],
)
def test_an_answer_that_cannot_be_taken_is_an_error(body: bytes, content_type: str | None, code: int) -> None:
    complaints = check(body, content_type)
    assert [(complaint.code, complaint.level) for complaint in complaints] == [(code, "error")]


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml; charset=utf-8", "TEXT/HTML", "text/plain"])
def test_the_content_types_of_twiml_are_taken(content_type: str) -> None:
    assert check(b"<Response/>", content_type) == []


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("hello", 12200),
        ("<say>x</say>", 12200),
        ("<Number>+16515550100</Number>", 12200),
        ("<Say Voice='man'>x</Say>", 12200),
        ("<Say>a<Pause/></Say>", 12200),
        ("<Say/>", 13520),
        ("<Say loop='x'>a</Say>", 13510),
        ("<Say voice='alice'>a</Say>", 13511),
        ("<Say language='english'>a</Say>", 13511),
        (f"<Say voice='Polly.Joanna'>{'a ' * 1600}</Say>", 13521),
        (f"<Say>{'&amp;' * 1600}</Say>", 13521),
        ("<Say voice='man'>a<break/></Say>", 12200),
        ("<Say>a<break time='300'/></Say>", 13520),
        ("<Say>a<break time='11s'/></Say>", 13520),
        ("<Say>a<emphasis level='big'>b</emphasis></Say>", 13520),
        ("<Say>a<sub>b</sub></Say>", 13520),
        ("<Say>a<say-as interpret-as='phone'>b</say-as></Say>", 13520),
        ("<Say><prosody rate='fastest'>b</prosody></Say>", 13520),
        ("<Say><speak>b</speak></Say>", 12200),
        ("<Play/>", 13420),
        ("<Play>ftp://x/a.wav</Play>", 13420),
        ("<Pause length='0'/>", 13910),
        ("<Pause length='1.5'/>", 13910),
        ("<Gather timeout='0'/>", 13313),
        ("<Gather timeout='auto'/>", 13313),
        ("<Gather numDigits='0'/>", 13314),
        ("<Gather finishOnKey='A'/>", 13310),
        ("<Gather finishOnKey='*#'/>", 13311),
        ("<Gather method='PUT'/>", 13312),
        ("<Gather input=\"['dtmf', 'speech']\"/>", 13326),
        ("<Gather actionOnEmptyResult='True'/>", 13338),
        ("<Gather action=''/>", 11100),
        ("<Gather action='/voice turn'/>", 11100),
        ("<Gather action='javascript:1'/>", 11100),
        ("<Gather action='http:///x'/>", 11100),
        ("<Gather action='/x#rc=9'/>", 11100),
        (f"<Gather action='/voice/turn?s={'a' * 480}'/>", 11100),
        ("<Gather bargeIn='maybe'/>", 13334),
        ("<Gather timeOut='5'/>", 12200),
        ("<Gather><Redirect>/x</Redirect></Gather>", 13320),
        ("<Gather><Play digits='1'/></Gather>", 13325),
        ("<Gather speechModel='phone_call' speechTimeout='auto'/>", 13335),
        ("<Dial/>", 13223),
        ("<Dial>6515550100</Dial>", 13223),
        ("<Dial><Number>651-555-0100</Number></Dial>", 13223),
        ("<Dial timeout='2'>+16515550100</Dial>", 13212),
        ("<Dial method='put'>+16515550100</Dial>", 13210),
        ("<Dial hangupOnStar='yes'>+16515550100</Dial>", 13213),
        ("<Dial callerId='6515550100'>+16515550100</Dial>", 13214),
        ("<Dial timeLimit='0'>+16515550100</Dial>", 13216),
        ("<Dial record='yes'>+16515550100</Dial>", 13217),
        ("<Dial sequential='1'>+16515550100</Dial>", 13218),
        ("<Dial answerOnBridge='1'>+16515550100</Dial>", 13219),
        ("<Dial><Say>x</Say></Dial>", 13215),
        ("<Dial><Conference>a</Conference><Number>+16515550100</Number></Dial>", 13000),
        (f"<Dial>{'<Number>+16515550100</Number>' * 11}</Dial>", 13215),
        ("<Dial><Number statusCallbackEvent=\"['ringing']\">+16515550100</Number></Dial>", 12200),
        ("<Enqueue/>", 14204),
        (f"<Enqueue>{'q' * 65}</Enqueue>", 14205),
        ("<Enqueue method='PUT'>q</Enqueue>", 14201),
        ("<Enqueue waitUrlMethod='PUT'>q</Enqueue>", 14206),
        ("<Record maxLength='0'/>", 13611),
        ("<Record playBeep='no'/>", 13616),
        ("<Redirect/>", 11100),
        ("<Redirect method='put'>/x</Redirect>", 13710),
        ("<Reject reason='no'/>", 13810),
        ("<Hangup reason='x'/>", 12200),
        ("<Hangup>now</Hangup>", 12200),
    ],
)
def test_one_mistake_gives_one_complaint_with_the_providers_code(inside: str, code: int) -> None:
    assert codes(inside) == [code]


def test_a_whisper_cannot_dial_and_has_few_verbs() -> None:
    assert codes("<Dial>+16515550100</Dial>", "whisper") == [13201]
    assert codes("<Enqueue>q</Enqueue>", "whisper") == [12200]
    assert codes("<Gather numDigits='1'><Say>x</Say></Gather><Hangup/>", "whisper") == []
    assert check(b"<Response><Dial>+16515550100</Dial></Response>", "text/xml", "whisper")[0].level == "error"


def test_a_wait_document_cannot_dial_but_leave() -> None:
    assert codes("<Leave/>", "wait") == []
    assert codes("<Dial>+16515550100</Dial>", "wait") == [12200]


def test_a_complaint_names_the_place_the_line_and_the_word_that_was_meant() -> None:
    complaint = check(b"<Response>\n<Gather timeOut='5'/></Response>")[0]
    assert str(complaint) == "warning 12200: Gather timeOut is not an attribute; timeout is (line 2)"
    assert check(b"<Response><say>x</say></Response>")[0].wrong == "is not a verb; Say is"


@pytest.mark.parametrize(
    ("ssml", "text", "seconds"),
    [
        (
            "To speak, press one. <break time='500ms'/> For hours, press five.",
            "To speak, press one. For hours, press five.",
            3.7,
        ),
        ("six five one<break time='400ms'/>four three one", "six five one, four three one", 2.4),
        ("M N sure<break time='150ms'/>dot org", "M N sure dot org", 2.0),
        ("<say-as interpret-as='characters'>abc</say-as> is", "a b c is", 1.6),
        ("<sub alias='National Producer Number'>NPN</sub>", "NPN", 0.4),
        ("<p>One.</p><p>Two.</p>", "One. Two.", 0.8),
        ("<prosody rate='80%'>Call <emphasis>now</emphasis></prosody>", "Call now", 0.8),
        ("One<break time='1s'/>", "One", 1.4),
    ],
)
def test_ssml_is_heard_as_words_and_pauses(ssml: str, text: str, seconds: float) -> None:
    heard = spoken(parse(f"<Say>{ssml}</Say>".encode()))
    assert heard.text == text
    assert heard.seconds == pytest.approx(seconds)


def test_a_break_says_after_how_many_words_it_comes() -> None:
    heard = spoken(parse(b"<Say>One two.<break time='600ms'/>Three.</Say>"))
    assert heard.pauses == ((2, 600),)


@given(st.binary(max_size=200), st.sampled_from(["text/xml", None, "text/plain", "audio/mpeg", "x"]))
def test_any_bytes_give_complaints_never_an_exception(body: bytes, content_type: str | None) -> None:
    check(body, content_type)


NAMES = st.sampled_from([*ELEMENTS, "say", "Foo"])
VALUES = st.one_of(st.sampled_from(["true", "5", "#", "/x", "POST", "http://[", "500ms", "٣"]), st.text(max_size=8))


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    """TwiML-like elements with attributes that exist and values that may not."""
    name = draw(NAMES)
    known = list(ELEMENTS[name].attributes) if name in ELEMENTS else []
    chosen = draw(st.lists(st.sampled_from([*known, "nonsense"]), max_size=3, unique=True))
    attributes = "".join(f' {one}="{_plain(draw(VALUES))}"' for one in chosen)
    inside = "".join(draw(st.lists(elements(depth - 1), max_size=2))) if depth else ""
    return f"<{name}{attributes}>{_plain(draw(VALUES))}{inside}</{name}>"


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>&\"'")


@given(elements(), st.sampled_from(sorted(AT_ROOT)))
def test_any_elements_give_complaints_never_an_exception(inside: str, place: Place) -> None:
    check(f"<Response>{inside}</Response>".encode(), "text/xml", place)
