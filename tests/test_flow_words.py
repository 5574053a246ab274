"""Words: what is refused because it belongs into a file of its own, and what is not."""

from __future__ import annotations

import pytest

from ivr.flow.words import flaws, flaws_of_fixed, typed_in
from ivr.prompts import parse_words

KNOWN = {
    "contacts": {"dhs": ("name", "phone")},
    "hours": ("next_opening", "weekly", "zone"),
    "facts": ("label",),
    "line": ("recording_notice",),
    "desk": ("reply_days",),
}

TELEPHONE = "A telephone number is typed into the words."
EMAIL = "An email address is typed into the words."
TIME = "A time of day is typed into the words."


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Call 651-431-2670.", TELEPHONE),
        ("Call (651) 431 2670.", TELEPHONE),
        ("Call +16514312670.", TELEPHONE),
        ("Call 431-2670.", TELEPHONE),
        ("Call six five one, four three one, two six seven oh.", TELEPHONE),
        ("Write to brokers@mnsure.org.", EMAIL),
        ("Write to brokers at mnsure dot org.", EMAIL),
        ("Write to brokers at M N sure dot org.", EMAIL),
        ("Look at mnsure dot org.", EMAIL),
        ("We open at nine a.m.", TIME),
        ("We open at 9 am.", TIME),
        ("We open at 9:30.", TIME),
        ("We close at five thirty p.m. today.", TIME),
        ("We close at five o'clock.", TIME),
        ("We close at noon.", TIME),
        ("Monday, Tuesday and Thursday, eight to five.", TIME),
        ("On Fridays we answer 8 to 4.", TIME),
    ],
)
def test_is_typed_in(text: str, wrong: str) -> None:
    assert [flaw.wrong for flaw in typed_in(text)] == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "To speak with a representative, press one. // For status, press two.",
        "Representative, one. // Status, two. // Other agencies, three. // Certification, four.",
        "Please enter the broker's National Producer Number, then press pound. // No number? Press zero, then pound.",
        "We can help with up to three questions on a call.",
        "Please allow at least three weeks, then ask us by secure email.",
        "Use the inquiry form on the Contact Us page of Broker One Stop.",
        "One to ten digits, please.",
        "A representative will answer in about six minutes.",
        "I am at the front desk.",
        "Call {{ contacts.dhs.phone }}; we open {{ hours.next_opening }}.",
        "Form 1095 and form 6055.",
        "I'm sure. Am I on Monday's list?",
    ],
)
def test_is_not_typed_in(text: str) -> None:
    assert list(typed_in(text)) == []


def test_the_place_of_what_is_typed_in_counts_from_the_start_of_the_words() -> None:
    (flaw,) = typed_in("{{ contacts.dhs.name }}: 651-431-2670")
    assert flaw.offset == 25


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        ("contacts.dhs.phne", 'Did you mean "contacts.dhs.phone"?'),
        ("contacts.dsh.phone", 'Did you mean "contacts.dhs.phone"?'),
        ("contacts.dhs.page", "Write contacts.dhs. and one of name, phone; or add it to config/contacts.yaml."),
        ("facts.lable", 'Did you mean "facts.label"?'),
        ("facts.topic", "Write facts. and one of label; or declare it under facts:."),
        ("hours.weekdays", 'Did you mean "hours.weekly"?'),
        ("desk.weeks", "Write desk. and one of reply_days; or add it under desk: in config/desk.yaml."),
        ("line.notice", "Write line. and one of recording_notice."),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_what_there_is(reference: str, remedy: str) -> None:
    (flaw,) = flaws(parse_words(f"Say {{{{ {reference} }}}}."), KNOWN)
    assert (flaw.wrong, flaw.remedy, flaw.offset) == (f'There is nothing called "{reference}".', remedy, 4)


def test_a_file_that_could_not_be_read_says_nothing_about_references_to_it() -> None:
    assert list(flaws(parse_words("{{ contacts.dhs.fax }}"), KNOWN, unread=("contacts",))) == []


@pytest.mark.parametrize("reference", ["facts.label", "hours.next_opening", "entry | groups"])
def test_fixed_words_cannot_say_what_differs_from_call_to_call(reference: str) -> None:
    (flaw,) = flaws_of_fixed(parse_words(f"Say {{{{ {reference} }}}}."), KNOWN)
    name = reference.partition(" ")[0]
    assert flaw.wrong == f'"{name}" differs from call to call, and these words are the same on every call.'


def test_fixed_words_can_say_contacts_and_the_week() -> None:
    words = parse_words("Call {{ contacts.dhs.phone }}, {{ hours.weekly }} {{ hours.zone }}.")
    assert list(flaws_of_fixed(words, KNOWN)) == []
