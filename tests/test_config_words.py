"""Words of contacts.yaml and hours.yaml are heard as they stand, so they are looked at like the words of a flow."""

from __future__ import annotations

import pytest
from tiny_line import CONTACTS, HOURS, LINE, tiny_files

from ivr.errors import Fault, FileFaults
from ivr.flow.config_words import says_address
from ivr.flow.load import load

AS_IT_STANDS = "as it stands: nothing is filled in here, and markup is not obeyed."


def told(**texts: str) -> tuple[list[Fault], list[Fault]]:
    """What is refused, and what is warned of, with these files of config/."""
    try:
        return [], list(load(tiny_files(**texts)).warnings)
    except FileFaults as found:
        return list(found.faults), []


@pytest.mark.parametrize(
    ("before", "after", "mark"),
    [
        ("name: the Broker Team", 'name: "{{ contacts.dhs.name }}"', "{{"),
        ("name: the Broker Team", 'name: "the {% if x %} Team"', "{%"),
        ("name: the Broker Team", "name: the <b>Broker</b> Team", "<"),
        ("name: the Broker Team", "name: the Broker // Team", "//"),
        ("name: the Broker Team", 'name: the Broker Team\n    page: "our {page}"', "{"),
    ],
)
def test_marks_in_contacts_are_refused_at_their_line(before: str, after: str, mark: str) -> None:
    assert before in CONTACTS
    [fault], _ = told(contacts=CONTACTS.replace(before, after))
    assert (fault.file, fault.text[fault.column - 1 :].lstrip('"').startswith(mark)) == ("config/contacts.yaml", True)
    assert fault.wrong == f"Callers would hear the {mark} {AS_IT_STANDS}"


@pytest.mark.parametrize(
    "addition",
    [
        'special_dates:\n  2026-12-05: {hours: closed, name: "{{ hours.weekly }}"}',
        'overlays:\n  - {name: "{{ x }}", first_day: 2026-11-01, last_day: 2026-12-31, hours: {saturday: closed}}',
        'closures:\n  - {starts: 2026-12-01 13:00, until: 2026-12-01 17:00, reason: "{{ reason }}"}',
    ],
)
def test_marks_in_names_and_reasons_of_the_hours_are_refused_at_their_line(addition: str) -> None:
    [fault], _ = told(hours=f"{HOURS}{addition}\n")
    assert (fault.file, fault.text) == ("config/hours.yaml", addition.splitlines()[-1])
    assert fault.text[fault.column - 1 :].lstrip('"').startswith("{{ ")
    assert fault.wrong == f"Callers would hear the {{{{ {AS_IT_STANDS}"


def test_marks_in_the_recording_notice_are_refused() -> None:
    [fault], _ = told(line=LINE.replace("This call may be recorded.", '"Recorded {{ here }}."'))
    assert (fault.file, fault.wrong) == ("config/line.yaml", f"Callers would hear the {{{{ {AS_IT_STANDS}")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        (
            "the team at www.mnsure.org",
            'The voice would read the address "www.mnsure.org" sign by sign, and nobody can note it.',
        ),
        ("the 8-5 team", 'The voice may read "8-5" as a sum or a date, and as hours it stays when the hours change.'),
        ("the team \N{BLACK TELEPHONE}", 'The voice says nothing for "\N{BLACK TELEPHONE}"'),
        ("the team, 651 431 2670", "A telephone number is typed into the words."),
    ],
)
def test_words_for_the_eye_are_warned_of_as_in_prompts(name: str, wrong: str) -> None:
    _, [fault] = told(contacts=CONTACTS.replace("name: the Broker Team", f"name: {name}"))
    assert fault.wrong.startswith(wrong)
    assert fault.remedy == (
        "Write the words as they are to be said; numbers and addresses have lines of their own here."
    )
    _, [fault] = told(hours=f"{HOURS}special_dates:\n  2026-12-05: {{hours: closed, name: '{name}'}}\n")
    assert (fault.file, fault.wrong.startswith(wrong)) == ("config/hours.yaml", True)
    assert fault.remedy == "Say only what it is, in plain words, such as: open enrollment."


def test_an_address_that_changed_without_how_it_is_said_is_warned_of() -> None:
    _, [fault] = told(contacts=CONTACTS.replace("brokers@mnsure.org", "helpdesk@mnsure.org"))
    assert fault.text == "    says: brokers at M N sure dot org"
    assert fault.wrong == (
        'Callers hear "brokers at M N sure dot org", and the address is helpdesk@mnsure.org: one of them has changed.'
    )
    assert fault.remedy.startswith("Write says: as helpdesk@mnsure.org is said")


@pytest.mark.parametrize(
    ("says", "address", "fits"),
    [
        ("brokers at M N sure dot org", "brokers@mnsure.org", True),
        ("brokers at em en sure dot org", "brokers@mnsure.org", True),
        ("help dash desk at example dot gov", "help-desk@example.gov", True),
        ("Team two at example dot gov", "team2@example.gov", True),
        ("broker at M N sure dot org", "brokers@mnsure.org", False),
        ("brokers at M N sure dot gov", "brokers@mnsure.org", False),
    ],
)
def test_words_say_an_address_when_they_spell_it_out(says: str, address: str, fits: bool) -> None:
    assert says_address(says, address) == fits
