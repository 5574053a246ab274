"""Words: what may stand in them, how they are spoken, and the contacts they refer to."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from ivr.errors import Fault, FileFaults
from ivr.prompts import (
    FILTERS,
    ContactsFile,
    Words,
    WordsError,
    cleaned,
    count,
    digits,
    email,
    groups,
    key_word,
    parse_words,
    phone,
    spelled,
    spoken,
    unknown_references,
)
from ivr.prompts.aloud import pieces
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


# --- How things are read aloud (caller-experience, section 2) ---------------------------------------------------


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+16514312670", ("six five one", Break(400), "four three one", Break(400), "two six seven zero")),
        ("+18006573739", ("eight hundred", Break(400), "six five seven", Break(400), "three seven three nine")),
        ("+18445208695", ("eight four four", Break(400), "five two zero", Break(400), "eight six nine five")),
        ("(651) 431-2670", ("six five one", Break(400), "four three one", Break(400), "two six seven zero")),
        (
            "+442079460958",
            (
                "plus four four",
                Break(400),
                "two zero",
                Break(400),
                "seven nine four six",
                Break(400),
                "zero nine five eight",
            ),
        ),
        ("711", ("seven one one",)),
        ("", ()),
    ],
)
def test_a_telephone_number_is_spoken_in_its_groups(number: str, said: tuple[str | Break, ...]) -> None:
    assert in_groups(pieces(phone(number))) == said


def in_groups(spoken: tuple[str | Break, ...]) -> tuple[str | Break, ...]:
    """Digits with the short break that slows them taken as words of one group."""
    grouped: list[str | Break] = []
    for piece in spoken:
        if piece == Break(100):
            continue
        if grouped and isinstance(piece, str) and isinstance(grouped[-1], str):
            grouped[-1] = f"{grouped[-1]} {piece}"
        else:
            grouped.append(piece)
    return tuple(grouped)


def test_a_telephone_number_is_slow_enough_to_be_written_down() -> None:
    assert pieces(phone("+16514312670"))[:5] == ("six", Break(100), "five", Break(100), "one")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("99900001", ("nine nine nine", Break(300), "zero zero zero", Break(300), "zero one")),
        (
            "9990000010",
            ("nine nine nine", Break(300), "zero zero zero", Break(300), "zero zero one", Break(300), "zero"),
        ),
        ("7", ("seven",)),
        ("123456702", ("ending in zero two",)),
    ],
)
def test_an_entry_is_read_back_in_threes_and_of_nine_digits_only_the_last_two(
    entry: str, said: tuple[str | Break, ...]
) -> None:
    assert pieces(groups(entry)) == said


def test_an_email_address_is_said_as_the_contacts_tell_with_its_name_set_apart() -> None:
    said = email("brokers@mnsure.org", "brokers at M N sure dot org")
    assert pieces(said) == ("brokers at", Break(150), "M N sure", Break(150), "dot org")


def test_an_email_address_without_a_spoken_form_is_said_as_it_is_written() -> None:
    assert pieces(email("help_desk.2@example.co.uk")) == (
        *("help underscore desk dot two at", Break(150), "example", Break(150), "dot co dot uk"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brokers@mnsure.org", "b r o k e r s, at, m n s u r e, dot, o r g"),
        ("a-b_2", "a, dash, b, underscore, two"),
    ],
)
def test_spelling_goes_letter_by_letter(text: str, said: str) -> None:
    assert Speech(pieces(spelled(text))).plain == said


def test_letters_are_spelled_with_a_break_between_them() -> None:
    assert pieces(spelled("ab.c")) == ("a", Break(150), "b, dot, c")


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("0", "zero"),
        ("3", "three"),
        ("12", "twelve"),
        ("20", "twenty"),
        ("48", "forty-eight"),
        ("100", "100"),
        ("x", "x"),
    ],
)
def test_small_counts_are_words(number: str, word: str) -> None:
    assert count(number) == word


@pytest.mark.parametrize(("key", "word"), [("1", "one"), ("0", "zero"), ("9", "nine"), ("*", "star"), ("#", "pound")])
def test_every_key_has_its_word(key: str, word: str) -> None:
    assert key_word(key) == word


def test_values_of_facts_are_spoken_without_underscores_and_digits_never_as_a_quantity() -> None:
    assert spoken("certification_only") == "certification only"
    assert digits("2027") == "two zero two seven"


# --- Words ------------------------------------------------------------------------------------------------------


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


# --- What comes from outside brings nothing along ------------------------------------------------------------------


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


# --- Contacts ---------------------------------------------------------------------------------------------------


def test_the_shipped_contacts_are_those_of_the_policy(contacts: ContactsFile) -> None:
    held = contacts.contacts
    assert held["broker_line"].phone == "+18445208695"
    assert (held["dhs"].phone, held["dhs"].toll_free) == ("+16514312670", "+18006573739")
    assert held["consumers"].phone == "+18553667873"
    assert held["email"].address == "brokers@mnsure.org"
    assert held["case_status_form"].name == "Case Status Request Form"
    assert held["inquiry_form"].page == "Contact Us page of Broker One Stop"
    assert held["secure_email_policy"].source == "P-28"


def test_the_first_line_of_the_shipped_contacts_names_their_schema() -> None:
    first = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../docs/schemas/contacts.json"


def faults(lines: str) -> list[Fault]:
    text = f"contacts:\n  dhs:\n    name: Human Services\n    source: P-45\n{lines}"
    with pytest.raises(FileFaults) as caught:
        parse(ContactsFile, read_yaml("config/contacts.yaml", text.encode()))
    return list(caught.value.faults)


@pytest.mark.parametrize(
    ("lines", "line", "wrong"),
    [
        ("    phone: 651-431-2670\n", 5, '"651-431-2670" is not a telephone number as this file needs it.'),
        ('    phone: "+1651431267"\n', 5, "No telephone has the number +1651431267."),
        ('    phone: "+10514312670"\n', 5, "No telephone has the number +10514312670."),
        ('    phone: "+99914312670"\n', 5, "No telephone has the number +99914312670."),
        ("    address: brokers at mnsure.org\n", 5, '"brokers at mnsure.org" is not an e-mail address.'),
        ("    says: brokers at example dot org\n", 2, '"says" tells how an e-mail address is said, but there is none.'),
        ("    phon: x\n", 5, '"phon" is not known here.'),
        ("    page: ' '\n", 5, '"page" has no words in it.'),
        ("  DHS 2:\n    name: x\n    source: P-45\n", 5, '"DHS 2" cannot name a contact.'),
        ("  two:\n    name: x\n    source: the policy\n", 7, '"the policy" names no rule.'),
        ("  two:\n    name: x\n", 5, '"source" is missing here.'),
    ],
)
def test_a_contact_that_cannot_be_right_is_told(lines: str, line: int, wrong: str) -> None:
    assert [(fault.line, fault.wrong) for fault in faults(lines)] == [(line, wrong)]


def test_numbers_that_belong_to_nobody_are_accepted_for_tests() -> None:
    text = 'contacts:\n  team:\n    name: Team\n    source: D-15\n    phone: "+16515550100"\n    fax: "+442079460958"\n'
    held = parse(ContactsFile, read_yaml("f.yaml", text.encode()))
    assert held.spoken()["team"]["name"] == "Team"
    assert set(held.spoken()["team"]) == {"name", "phone", "fax"}


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
