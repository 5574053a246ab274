"""Webhooks that come again, late, or with another place than the call's own."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from webhooks import OTHER_CALL, Provider, action, path_of, tiny_line, words

from ivr.softphone import check


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


def test_a_repeated_webhook_gets_the_same_bytes(provider: Provider) -> None:
    first = provider.post("/voice")
    assert provider.post("/voice").data == first.data
    menu = provider.post(action(first), Digits="1")
    assert provider.post(action(first), Digits="1").data == menu.data
    provider.moment += timedelta(seconds=14)
    assert provider.post(action(first), Digits="1").data == menu.data


def test_a_repeated_webhook_is_kept_once(provider: Provider) -> None:
    first = provider.post("/voice")
    for _ in range(3):
        provider.post(action(first), Digits="2")
    kept = [(event.turn, event.place, event.step) for event in provider.line.store.events_of(provider.call_sid)]
    assert kept == [
        (1, 0, "hours"),
        (1, 1, "greeting"),
        (1, 2, "first_menu"),
        (2, 0, "first_menu"),
        (2, 1, "address"),
    ]


def test_a_repeated_unconfirmed_entry_gets_the_same_answer_and_counts_once(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    first = provider.post(action(asked), Digits="99900004")
    for _ in range(12):
        assert provider.post(action(asked), Digits="99900004").data == first.data
    assert "I couldn't confirm" in words(first)


@pytest.mark.parametrize("state", ["", "x", "gAAAAA", "%00", "A" * 5000, "ä"])
def test_an_address_that_cannot_be_read_leads_back_to_the_start_with_a_sentence(provider: Provider, state: str) -> None:
    response = provider.post(f"/voice/turn?s={state}", Digits="1")
    assert words(response).startswith("Let's start again. Tiny Line. For a representative, press one.")


def test_keys_beyond_a_full_entry_fall_into_a_second_of_silence_and_answer_nothing(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    full = ElementTree.fromstring(provider.post(action(asked), Digits="9999900001").data)
    assert [element.tag for element in full] == ["Pause", "Gather"]
    short = ElementTree.fromstring(provider.post(action(asked), Digits="99999001", FinishedOnKey="#").data)
    assert [element.tag for element in short] == ["Gather"]


def test_a_second_pound_says_the_whole_answer_again(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    answer = provider.post(action(asked), Digits="99900004", FinishedOnKey="#")
    assert words(provider.post(action(answer), Digits="#")) == words(answer)


def test_a_call_that_starts_again_is_kept_as_new_turns(provider: Provider) -> None:
    provider.post(action(provider.post()), Digits="2")
    provider.post("/voice/turn?s=lost", Digits="1")
    provider.post("/voice/fallback", ErrorCode="11200")
    kept = [(event.turn, event.step) for event in provider.line.store.events_of(provider.call_sid) if event.place == 0]
    assert kept == [(1, "hours"), (2, "first_menu"), (3, "hours"), (4, "trouble")]


def test_representatives_see_our_number_unless_the_line_says_otherwise(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    dial = ElementTree.fromstring(provider.post(action(asked), Digits="99900001").data)[-1]
    assert dial.get("callerId") == "+18445208695"


def test_an_address_of_another_call_leads_back_to_the_start(provider: Provider) -> None:
    mine = action(provider.post())
    stranger = Provider(provider.line, OTHER_CALL)
    assert words(stranger.post(mine, Digits="1")).startswith("Let's start again.")


def test_an_address_with_one_letter_changed_leads_back_to_the_start(provider: Provider) -> None:
    address = path_of(action(provider.post()))
    changed = address[:-10] + ("A" if address[-10] != "A" else "B") + address[-9:]
    assert words(provider.post(changed, Digits="1")).startswith("Let's start again.")


def test_an_address_of_yesterday_leads_back_to_the_start(provider: Provider) -> None:
    address = action(provider.post())
    provider.moment += timedelta(days=1)
    assert words(provider.post(address, Digits="1")).startswith("Let's start again.")


@pytest.mark.parametrize(
    "digits", ["", "7", "#", "*", "12", "1" * 40, "abc", "１", "1;2", "<x>", "\x00", "1\n2"], ids=repr
)
def test_whatever_is_keyed_is_answered_with_words_or_the_start(provider: Provider, digits: str) -> None:
    response = provider.post(action(provider.post()), Digits=digits)
    assert words(response)
    assert not check(response.data, response.content_type)


def test_a_call_that_is_over_is_answered_with_nothing(provider: Provider) -> None:
    address = action(provider.post())
    response = provider.post(address, CallStatus="completed", DialCallStatus="no-answer")
    assert words(response) == ""
    assert len(provider.line.store.events_of(provider.call_sid)) == 3
