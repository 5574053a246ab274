"""The provider's webhooks: what a call hears from its first turn to a representative."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from webhooks import OTHER_CALL, Provider, action, tiny_line, words

from ivr.softphone import check


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


def test_an_incoming_call_is_greeted_and_asked_for_a_key_in_one_gather(provider: Provider) -> None:
    response = provider.post("/voice", CallStatus="ringing")
    root = ElementTree.fromstring(response.data)
    assert [element.tag for element in root] == ["Gather"]
    assert words(response) == "Tiny Line. For a representative, press one. For the address, press two."
    assert root[0].attrib == {
        "action": action(response),
        "actionOnEmptyResult": "true",
        "finishOnKey": "",
        "method": "POST",
        "numDigits": "1",
        "timeout": "7",
    }
    assert not check(response.data, response.content_type)


def test_a_number_entry_waits_fifteen_seconds_for_its_first_digit_and_five_between(provider: Provider) -> None:
    response = provider.post(action(provider.post()), Digits="1")
    gather = ElementTree.fromstring(response.data)[0]
    assert (gather.get("timeout"), gather.get("finishOnKey"), gather.get("numDigits")) == ("5", "#", "10")
    assert [(element.tag, element.get("length")) for element in gather][-1] == ("Pause", "10")


def test_a_certified_broker_is_connected_with_a_whisper_and_one_number_at_a_time(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    response = provider.post(action(asked), Digits="99900001", FinishedOnKey="#")
    dial = ElementTree.fromstring(response.data)[-1]
    assert dial.tag == "Dial"
    assert dial.get("timeout") == "15", "the provider adds about 5 s; the representative has 20 (D-15)"
    assert [number.text for number in dial] == ["+16515550100"]
    heard = provider.send(
        dial[0].get("url", ""), {**provider.fields(ParentCallSid=provider.call_sid), "CallSid": OTHER_CALL}
    )
    assert "Tiny Line, certified. Press one to take the call." in words(heard)
    taken = provider.send(
        action(heard), {**provider.fields(ParentCallSid=provider.call_sid, Digits="1"), "CallSid": OTHER_CALL}
    )
    assert [element.tag for element in ElementTree.fromstring(taken.data)] == []
    declined = provider.send(
        action(heard), {**provider.fields(ParentCallSid=provider.call_sid, Digits="2"), "CallSid": OTHER_CALL}
    )
    assert [element.tag for element in ElementTree.fromstring(declined.data)] == ["Hangup"]
