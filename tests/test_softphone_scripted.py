"""Scripted calls are read with every mistake at its line, and played strictly."""

from __future__ import annotations

import pytest
from canned_line import ACCOUNT, BASE, TOKEN, CannedLine

from ivr.errors import FileFaults
from ivr.softphone.scripted import Given, Outcome, play, read_calls

PATH = "flows/calls/some.yaml"
MENU = (
    '<Gather action="/chosen" numDigits="1" timeout="7" finishOnKey="" actionOnEmptyResult="true">'
    "<Say>Hello.</Say><Say>To speak with a representative, press one. For hours, press two.</Say></Gather>"
)
RING = '<Say>Connecting you now.</Say><Dial action="/over"><Number url="/whisper">+16515550100</Number></Dial>'


def line() -> CannedLine:
    """A line that greets, connects, and has hours."""
    return CannedLine(
        {
            "/voice": MENU,
            "/chosen": lambda came: RING if came.fields["Digits"] == "1" else "<Say>We are open.</Say>",
            "/whisper": '<Gather action="/taken" numDigits="1"><Say>Broker Line, certified.</Say></Gather><Hangup/>',
            "/taken": "",
            "/over": lambda came: "" if came.fields["DialBridged"] == "true" else "<Say>Nobody is there.</Say>",
            "/voice/status": (204, "", ""),
            "/voice/fallback": "<Say>Sorry.</Say>",
        },
        parts={
            "/voice": ["greeting", "menu"],
            "/chosen": ["connecting"],
            "/over": ["nobody"],
            "/voice/fallback": ["sorry"],
        },
    )


def played(happens: str, ends: str = "{}") -> Outcome:
    """Outcome of one call with these happenings, one a line."""
    lines = "".join(f"    - {one.strip()}\n" for one in happens.strip().splitlines())
    text = f"- call: A test\n  rules: [P-01]\n  happens:\n{lines}  ends: {ends}\n"
    return play(read_calls({PATH: text.encode()})[0], lambda given: (line(), BASE, TOKEN, ACCOUNT))


def first_failure(outcome: Outcome) -> tuple[int, str]:
    """Line and text of the first failure."""
    return outcome.failures[0].line, outcome.failures[0].wrong


def test_a_call_that_goes_as_written_passes() -> None:
    outcome = played(
        """
        hears: [greeting, menu]
        hears_words: ["to speak with a  Representative"]
        hears_not: [press three]
        within: 6s
        presses: 1
        hears: [connecting]
        representative: answers
        says_to_representative: [certified]
        call_within: 8s
        """,
        "{at: chosen, label: certified, facts: {label: certified}, by: connected}",
    )
    assert [str(failure) for failure in outcome.failures] == []
    assert outcome.transcript[0] == " 0:00  Line            Hello.  [greeting]"


def test_parts_are_exactly_those_since_the_last_key() -> None:
    assert first_failure(played("hears: [menu]")) == (4, "Expected to hear menu; heard greeting, menu.")
    assert first_failure(played("hears: [greeting, menu]\npresses: 1\nhears: [greeting]")) == (
        6,
        "Expected to hear greeting; heard connecting.",
    )


@pytest.mark.parametrize(
    ("happening", "wrong"),
    [
        (
            "hears_words: [press nine]",
            'Expected to hear "press nine"; heard "Hello. To speak with a representative, press one.',
        ),
        ("hears_not: [hello]", 'Expected not to hear "hello"; heard "Hello.'),
        ("within: 1s", "Expected at most 1 s of speech; heard 4.8 s."),
        ("representative: busy", "No telephone rang here; heard so far: greeting, menu."),
        ("says_to_representative: [x]", 'Expected the representative to hear "x"; heard "".'),
    ],
)
def test_what_goes_otherwise_is_told_with_what_was_heard(happening: str, wrong: str) -> None:
    line_number, text = first_failure(played(happening))
    assert line_number == 4
    assert text.startswith(wrong)


@pytest.mark.parametrize(
    ("ends", "wrong"),
    [
        ("{at: nowhere}", "Expected the call to end at nowhere; it ended at voice."),
        ("{label: unchecked}", "Expected the label unchecked; it was certified."),
        ("{facts: {topic: x}}", "Expected topic to be x; it was not a fact of the call."),
        ("{by: connected}", "Expected the call to be ended by connected; it was by caller."),
    ],
)
def test_a_call_that_ends_otherwise_is_told_so(ends: str, wrong: str) -> None:
    assert first_failure(played("hears: [greeting, menu]", ends)) == (5, wrong)


def test_doing_something_on_a_call_that_is_over_fails() -> None:
    assert first_failure(played("presses: 2\npresses: 1"))[1] == "The call was over before this, ended by: hang_up."


def test_silence_early_keys_waiting_and_a_lost_answer_can_be_written() -> None:
    assert played("presses_early: 1\nhears: [connecting]\nrepresentative: no_answer\nhears: [nobody]").passes
    assert played("waits: 6s\npresses: 1\nhears: [connecting]").passes
    assert not played("waits: 8s\npresses: 1\nhears: [connecting]").passes
    assert played("stays_silent: yes\nhears_words: [we are open]").passes
    assert played("fault: yes\nhears: [sorry]\nhangs_up: yes").passes


def test_circumstances_reach_whoever_sets_the_line_up() -> None:
    text = """
- call: Closed by staff
  at: Wed 2026-11-25 09:30
  from: "+16515550123"
  given: {directory: slow, unconfirmed_entries: 10, recording: yes, finished_on_key: no, crowded: yes,
    closures: [{starts: 2026-11-25 08:00, until: 2026-11-25 12:00, reason: a power outage}]}
  happens:
    - hears: []
"""
    call = read_calls({PATH: text.encode()})[0]
    assert isinstance(call.given, Given)
    assert call.given.at.isoformat() == "2026-11-25T09:30:00-06:00"
    assert call.given.caller == "+16515550123"
    assert call.given.directory == "slow"
    assert call.given.unconfirmed_entries == 10
    assert call.given.recording
    assert call.given.crowded
    assert call.given.closures[0].until.isoformat() == "2026-11-25T12:00:00-06:00"
    assert not call.habits.finished_on_key


@pytest.mark.parametrize(
    ("text", "line_number", "remedy"),
    [
        ("- call: A\n  happens:\n    - heers: [menu]\n", 3, "hears"),
        ("- call: A\n  happens:\n    - {presses: 1, hears: [menu]}\n", 3, "Write one of"),
        ("- call: A\n  happens:\n    - presses: x\n", 3, ""),
        ("- call: A\n  happens:\n    - representative: answer\n", 3, "answers"),
        ("- call: A\n  at: Mon 2026-11-24 10:00\n  happens:\n    - presses: 1\n", 2, ""),
        ("- call: A\n  happens:\n    - hears: [meny]\n", 3, 'Did you mean "menu"?'),
        ("- call: A\n  happens:\n    - hears: [menu]\n  ends: {at: menyy}\n", 4, 'Did you mean "menu"?'),
        ("- call: A\n", 1, "happens"),
    ],
)
def test_a_mistake_is_told_at_its_line_with_a_remedy(text: str, line_number: int, remedy: str) -> None:
    with pytest.raises(FileFaults) as caught:
        read_calls({PATH: text.encode()}, known={"menu", "greeting"})
    assert [fault.line for fault in caught.value.faults] == [line_number]
    assert remedy in caught.value.faults[0].remedy
