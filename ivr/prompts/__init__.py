"""Words: how they are written in files, what they may refer to, and how they are spoken."""

from ivr.prompts.aloud import FILTERS, Spoken, cleaned, count, digits, email, groups, key_word, phone, spelled, spoken
from ivr.prompts.contacts import CONTACT_FIELDS, Contact, ContactsFile
from ivr.prompts.words import ROOTS, Words, WordsError, parse_words, unknown_references

__all__ = [
    "CONTACT_FIELDS",
    "FILTERS",
    "ROOTS",
    "Contact",
    "ContactsFile",
    "Spoken",
    "Words",
    "WordsError",
    "cleaned",
    "count",
    "digits",
    "email",
    "groups",
    "key_word",
    "parse_words",
    "phone",
    "spelled",
    "spoken",
    "unknown_references",
]
