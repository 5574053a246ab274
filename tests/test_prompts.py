"""Words as operations write them: filled in, spoken, or refused; what comes from outside brings nothing along."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from ivr.errors import FileFaults
from ivr.prompts import (
    FILTERS,
    ContactsFile,
    Words,
    WordsError,
    cleaned,
    parse_words,
    unknown_references,
)
from ivr.verbs import Break, Speech
from ivr.yaml_text import parse, read_yaml

SHIPPED = Path(__file__).parent.parent / "config" / "contacts.yaml"


@pytest.fixture(scope="module")
def contacts() -> ContactsFile:
    return parse(ContactsFile, read_yaml("config/contacts.yaml", SHIPPED.read_bytes()))


def scene(contacts: ContactsFile) -> dict[str, object]:
    return {
        "contacts": contacts.spoken(),
        "hours": {"next_opening": "tomorrow, Wednesday, at nine a.m.", "notice": ""},
        "facts": {"label": "certification_only"},
        "entry": "99900001",
        "line": {"recording_notice": "This call may be recorded."},
        "desk": {"reply_days": "2"},
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Call {{ contacts.dhs.phone }}.", "Call six five one, four three one, two six seven zero."),
        ("Toll free, {{ contacts.dhs.toll_free }}", "Toll free, eight hundred, six five seven, three seven three nine"),
        ("Write to {{ contacts.email.address }}, but", "Write to brokers at M N sure dot org, but"),
        ("It is {{ contacts.email.address | spelled }}.", "It is b r o k e r s, at, m n s u r e, dot, o r g."),
        ("For {{ entry | groups }}.", "For nine nine nine, zero zero zero, zero one."),
        ("We open {{ hours.next_opening }}.", "We open tomorrow, Wednesday, at nine a.m."),
        ("{{ facts.label | spoken }}, {{ desk.reply_days | count }} days", "certification only, two days"),
        ("Connecting you now. {{ line.recording_notice }}", "Connecting you now. This call may be recorded."),
        ("Call {{ contacts.navigators.name }}.", "Call your own resource center."),
    ],
)
def test_words_are_filled_in_and_spoken(source: str, said: str, contacts: ContactsFile) -> None:
    assert parse_words(source).speak(scene(contacts)).plain == said


def test_two_slashes_between_spaces_are_half_a_second_and_spaces_become_single() -> None:
    assert parse_words("//  One,\n two. // Three //").speak({}).pieces == (
        *(Break(500), "One, two.", Break(500), "Three", Break(500)),
    )


def test_words_without_references_are_made_once() -> None:
    words = parse_words("One moment.")
    assert words.is_fixed
    assert words.speak({}) is words.speak({"entry": "1"})
    assert words.speak({}) == Speech(("One moment.",))


def test_words_with_a_reference_tell_which_and_where() -> None:
    words = parse_words("Call {{ contacts.dhs.phone }} or {{ contacts.email.address | spelled }}.")
    assert not words.is_fixed
    assert words.references == {"contacts.dhs.phone", "contacts.email.address"}
    assert words.offset_of("contacts.email.address") == 33


def test_an_empty_notice_leaves_nothing_to_speak(contacts: ContactsFile) -> None:
    assert not parse_words("{{ hours.notice }}").speak(scene(contacts))


@pytest.mark.parametrize(
    ("source", "offset", "wrong", "remedy"),
    [
        ("", 0, "There are no words here.", "Write what is to be said."),
        ("Call {{ contact.dhs.phone }}", 5, '"contact" is nothing words can refer to.', 'Did you mean "contacts"?'),
        ("{{ hours }}", 0, '"hours" is a whole table.', "Say what of it: hours.name, for example."),
        ("{{ desk.x | spelt }}", 0, 'There is no filter "spelt".', 'Did you mean "spelled"?'),
        ("{{ desk.x | digits(2) }}", 0, "digits takes nothing in brackets.", "Write | digits alone."),
        ("For {{ entry }}", 4, "The number keyed is read back in groups only.", "Write {{ entry | groups }}."),
        ("For {{ entry | digits }}", 4, "The number keyed is read back in groups only.", "Write {{ entry | groups }}."),
        ("{{ }}", 0, "{{ }} is empty.", "Write {{ name }}, or {{ name | filter }}."),
        ("a {{ b", 2, "The {{ here is not closed.", "Close it with }}."),
        ("a b }}", 4, "There is a }} here without {{ before it.", "Write {{ before the name, or delete it."),
        ("{ a.b }", 0, "A single { is never spoken.", "Write {{ name }} with two braces each, or delete it."),
        ("{% if a %}", 0, "{% is not used in words.", "Use {{ ... }} with a name only."),
        ("One.// Two.", 4, "A pause is // with a space on each side.", "Put a space before and after it."),
        ("a \ue000500\ue001", 2, "There is an invisible character (U+E000).", "Delete it."),
    ],
)
def test_words_that_cannot_be_spoken_are_told_with_their_place(
    source: str, offset: int, wrong: str, remedy: str
) -> None:
    with pytest.raises(WordsError) as caught:
        parse_words(source)
    assert (caught.value.offset, caught.value.wrong, caught.value.remedy) == (offset, wrong, remedy)


@pytest.mark.parametrize(
    "inside",
    [
        *("1 + 1", "desk.x + desk.y", "desk.x()", "desk['x']", "desk.x if desk.y", "desk.x ~ desk.y", "not desk.x"),
        *("[desk.x]", "'text'", "desk.x[0]", "desk.x, desk.y", "desk.x == desk.y", "range(9)", "desk.x is defined"),
        *("- desk.x", "desk.x -", "9" * 150, "(" * 150),
    ],
)
def test_nothing_is_evaluated_but_a_name_with_filters(inside: str) -> None:
    with pytest.raises(WordsError, match="Only a name"):
        parse_words("{{ " + inside + " }}")


@pytest.mark.parametrize(
    "reference",
    ["contacts.items.x", "contacts.__class__.x", "contacts.dhs.__init__", "hours.keys", "contacts.dhs.phone.upper"],
)
def test_no_attribute_of_an_object_can_be_reached(reference: str, contacts: ContactsFile) -> None:
    words = parse_words("{{ " + reference + " }}")
    with pytest.raises(WordsError, match="is not known"):
        words.speak(scene(contacts))


def test_references_that_lead_nowhere_are_found_with_the_nearest(contacts: ContactsFile) -> None:
    known = {**scene(contacts), "hours": ("next_opening", "zone")}
    words = parse_words(
        "{{ contacts.dhs.phon }} {{ hours.zone }} {{ hours.nxt_opening }} {{ entry | groups }} {{ desk.qqq }}"
    )
    assert unknown_references(words, known) == [
        ("contacts.dhs.phon", "contacts.dhs.phone"),
        ("desk.qqq", None),
        ("hours.nxt_opening", "hours.next_opening"),
    ]


def test_words_are_a_field_of_a_model_and_their_faults_point_into_the_text() -> None:
    class Step(BaseModel):
        say: Words

    document = read_yaml("f.yaml", b"say: >-\n  Please call\n  {{ contact.dhs.phone }}.\n")
    with pytest.raises(FileFaults) as caught:
        parse(Step, document)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column, fault.remedy) == (3, 3, 'Did you mean "contacts"?')
    assert parse(Step, read_yaml("f.yaml", b"say: Hello\n")).say == parse_words("Hello")
    with pytest.raises(FileFaults, match='"say" must be text'):
        parse(Step, read_yaml("f.yaml", b"say: [Hello]\n"))
    assert Step.model_json_schema()["properties"]["say"] == {"minLength": 1, "title": "Say", "type": "string"}


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_words_or_a_words_error(source: str) -> None:
    try:
        speech = parse_words(source).speak({})
    except WordsError:
        return
    assert is_clean(speech)


ANY_VALUE = st.text(st.characters() | st.sampled_from("\ue000\ue001\x00\u200b0123456789@.+//<"), max_size=40)


@given(ANY_VALUE)
@settings(max_examples=200, deadline=None)
def test_a_value_never_brings_pauses_or_unseen_characters_into_words(value: str) -> None:
    speech = parse_words("a {{ desk.x }} b").speak({"desk": {"x": value}})
    assert len(speech.pieces) == 1
    assert is_clean(speech)


@given(ANY_VALUE, st.sampled_from(sorted(FILTERS)))
@settings(max_examples=300, deadline=None)
def test_no_filter_fails_or_lets_anything_through(value: str, name: str) -> None:
    speech = parse_words("a {{ desk.x | " + name + " }} b").speak({"desk": {"x": value}})
    assert is_clean(speech)
    assert all(piece.ms in (100, 150, 300, 400) for piece in speech.pieces if isinstance(piece, Break))


@given(st.text(st.sampled_from("0123456789"), min_size=9, max_size=9))
@settings(max_examples=50, deadline=None)
def test_of_a_nine_digit_entry_at_most_two_digits_are_spoken(entry: str) -> None:
    said = parse_words("{{ entry | groups }}").speak({"entry": entry}).plain
    assert said.startswith("ending in ")
    assert len(said.split()) == 4


def is_clean(speech: Speech) -> bool:
    text = "".join(piece for piece in speech.pieces if isinstance(piece, str))
    return not any(unicodedata.category(character) in ("Cc", "Co", "Cs") for character in text)


def test_cleaning_keeps_words_and_drops_what_cannot_be_seen() -> None:
    assert cleaned(" Closed\tfor \ue000900\ue001 snow\u200b\x00.\n") == "Closed for 900 snow ."


@pytest.mark.parametrize(
    "source",
    [
        "{{ contacts" + ".a" * 300 + " }}",
        "{{ desk.x" + " | count" * 300 + " }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ " + "(" * 500 + " }}",
        "{{" * 20_000,
        "{{ a }" * 5_000,
        "{{ contacts" + ".a" * 400_000 + " }}",
        "{{ contacts.a" + "|count" * 150_000 + " }}",
    ],
    ids=str.__len__,
)
def test_words_made_to_be_slow_or_deep_are_refused_at_once(source: str) -> None:
    began = time.process_time()
    with pytest.raises(WordsError):
        parse_words(source)
    assert time.process_time() - began < 1
