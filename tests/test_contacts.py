"""Contacts: those of the policy, and what cannot be right about one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import Fault, FileFaults
from ivr.prompts import (
    ContactsFile,
)
from ivr.yaml_text import parse, read_yaml

SHIPPED = Path(__file__).parent.parent / "config" / "contacts.yaml"


@pytest.fixture(scope="module")
def contacts() -> ContactsFile:
    return parse(ContactsFile, read_yaml("config/contacts.yaml", SHIPPED.read_bytes()))


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
