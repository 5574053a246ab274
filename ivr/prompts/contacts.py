"""Every address, telephone number, agency and form that is spoken, as `config/contacts.yaml` holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Self

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from ivr.prompts.aloud import Spoken, cleaned, email, phone

_NANP_TEST: Final = re.compile(r"\+1[2-9][0-9]{2}55501[0-9]{2}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_RULES: Final = re.compile(r"[PD]-[0-9]{2}(?:, [PD]-[0-9]{2})*")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def _telephone(text: str) -> str:
    if not re.fullmatch(r"\+[0-9]{8,15}", text):
        raise ValueError(
            f'"{text}" is not a telephone number as this file needs it.',
            'Write + , the country and the number without spaces, in quotes: "+16515550100".',
        )
    if not (_NANP_TEST.fullmatch(text) or _is_assigned(text)):
        raise ValueError(
            f"No telephone has the number {text}.", "Compare it with its source; a digit is wrong or missing."
        )
    return text


def _is_assigned(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def _mail_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f'"{text}" is not an e-mail address.', "Write it as brokers@example.org.")
    return text


def _rules(text: str) -> str:
    if not _RULES.fullmatch(text):
        raise ValueError(f'"{text}" names no rule.', "Write the rules it comes from, such as P-45, or P-18, P-21.")
    return text


def _speakable(text: str) -> str:
    if not cleaned(text):
        raise ValueError("This has no words in it.", "Write the words that are spoken, or take the line out.")
    return cleaned(text)


def _contact_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            f'"{text}" cannot name a contact.', "Use small letters, digits and _, such as case_status_form."
        )
    return text


_TELEPHONE_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\+[0-9]{8,15}$", "examples": ["+16515550100"]})
Telephone = Annotated[str, AfterValidator(_telephone), _TELEPHONE_SCHEMA]
MailAddress = Annotated[str, AfterValidator(_mail_address), WithJsonSchema({"type": "string", "format": "email"})]
Phrase = Annotated[str, AfterValidator(_speakable)]


class Contact(BaseModel):
    """One agency, address or form. Words refer to a field by name: ``{{ contacts.dhs.phone }}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Phrase = Field(description="what it is called, as it is spoken")
    source: Annotated[str, AfterValidator(_rules)] = Field(
        description="rules of the policy it comes from, such as P-45"
    )
    phone: Telephone | None = Field(default=None, description='telephone number, such as "+16515550100"')
    toll_free: Telephone | None = Field(default=None, description="toll-free number")
    fax: Telephone | None = Field(default=None, description="fax number")
    address: MailAddress | None = Field(default=None, description="e-mail address")
    says: Phrase | None = Field(default=None, description="how the e-mail address is said: brokers at M N sure dot org")
    page: Phrase | None = Field(default=None, description="page or place where it is found, as it is spoken")

    @model_validator(mode="after")
    def _says_an_address(self) -> Self:
        if self.says and not self.address:
            raise ValueError('"says" tells how an e-mail address is said, but there is none.', "Add a line address:.")
        return self

    def spoken(self) -> Mapping[str, Spoken]:
        """Field to what is said for it; only the fields that are given."""
        said = {"name": Spoken(self.name, self.name)}
        if self.page:
            said["page"] = Spoken(self.page, self.page)
        for field, number in (("phone", self.phone), ("toll_free", self.toll_free), ("fax", self.fax)):
            if number:
                said[field] = phone(number)
        if self.address:
            said["address"] = email(self.address, self.says)
        return said


CONTACT_FIELDS: Final = ("name", "phone", "toll_free", "fax", "address", "page")
"""Fields that words can refer to."""


class ContactsFile(BaseModel):
    """``config/contacts.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contacts: Mapping[Annotated[str, AfterValidator(_contact_name)], Contact] = Field(
        min_length=1, description="name to contact"
    )

    def spoken(self) -> Mapping[str, Mapping[str, str]]:
        """Contact and field to what is said: the `contacts` of the scene in which words are spoken."""
        return {name: contact.spoken() for name, contact in self.contacts.items()}
