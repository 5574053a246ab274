"""How numbers, addresses and names are read aloud (caller-experience, section 2)."""

from __future__ import annotations

import pytest

from ivr.prompts import (
    count,
    digits,
    email,
    groups,
    key_word,
    phone,
    spelled,
    spoken,
)
from ivr.prompts.aloud import pieces
from ivr.verbs import Break, Speech


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
