"""Words written for the eye are warned of, with what the voice would say; words for the ear are left alone."""

from __future__ import annotations

import pytest
from tiny_line import FLOW, LINE, tiny_files

from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.load import load

REMARK = 'The voice would say "number sign" here and read on: within words nothing is a comment.'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "See www.mnsure.org.",
            'The voice would read the address "www.mnsure.org." sign by sign, and nobody can note it.',
        ),
        (
            "See https://x.gov/a",
            'The voice would read the address "https://x.gov/a" sign by sign, and nobody can note it.',
        ),
        ("We answer 8-5.", 'The voice may read "8-5" as a sum or a date, and as hours it stays when the hours change.'),
        ("We answer 8 to 5.", 'If "8 to 5" means hours, it stays when the hours change.'),
        ("This is <b>new</b>.", 'The voice would read "<b>" aloud: markup is not obeyed here.'),
        (
            "New <break time='1s'/> here",
            "The voice would read \"<break time='1s'/>\" aloud: markup is not obeyed here.",
        ),
        ("Welcome. # changed in May", REMARK),
        ("Then press the # key.", REMARK),
        (
            "Welcome. #changed",
            'The voice would say "number sign" and read "#changed" on: within words nothing is a comment.',
        ),
        (
            "Welcome \N{TELEPHONE RECEIVER}",
            'The voice says nothing for "\N{TELEPHONE RECEIVER}", or its name: "telephone receiver".',
        ),
    ],
)
def test_what_the_voice_would_say_is_told(text: str, wrong: str) -> None:
    assert [flaw.wrong for flaw in hard_to_speak(text)] == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "We answer {{ hours.weekly }}.",
        "One moment. // For brokers, press one.",
        "Write to {{ contacts.email.address | email }}.",
        "Form 1095-A, or DHS-2120.",
        "Press the pound key.",
        "{{ facts.a }} 8 {{ facts.b }} 5",
        "Nine-digit numbers, 10 to 15 minutes, plan year 2027.",
    ],
)
def test_words_for_the_ear_are_left_alone(text: str) -> None:
    assert list(hard_to_speak(text)) == []


def test_the_remedy_can_be_pasted() -> None:
    [flaw] = hard_to_speak("We answer 8-5.")
    assert flaw.remedy == ("Hours: write {{ hours.weekly }}. Anything else: write it in words, such as eight to five.")


def test_what_is_refused_already_is_not_told_twice() -> None:
    assert list(hard_to_speak("Monday and Tuesday, 8 to 5.")) == []


def test_a_remark_in_folded_words_is_warned_of_in_its_line() -> None:
    flow = FLOW.replace("say: Tiny Line.", "say: >-\n      Tiny Line.\n      Welcome. # said since May")
    [fault] = load(tiny_files(flow=flow)).warnings
    assert str(fault).splitlines() == [
        "flows/tiny.yaml:20:16  step greeting",
        "  20 |       Welcome. # said since May",
        "     |                ^",
        f"  {REMARK}",
        "  If it is the key, write: the pound key. A remark to colleagues goes on a line of its own above the words.",
    ]


def test_words_of_the_line_are_looked_at_too() -> None:
    line = LINE.replace("start_over: Let's start again.", "start_over: See www.mnsure.org then.")
    assert [(fault.file, fault.wrong.split(chr(34))[1]) for fault in load(tiny_files(line=line)).warnings] == [
        ("config/line.yaml", "www.mnsure.org")
    ]
