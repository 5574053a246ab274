"""A short run of `make fuzz`: garbage is refused plainly or answered with TwiML, and files are read or told about."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from fuzz.files import Files
from fuzz.webhooks import Webhooks

SEED = 20261124


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Whatever a test sets up for the log is taken back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("logging_as_before")
def test_fuzzed_webhooks_get_twiml_or_a_plain_refusal_and_leave_no_number_in_the_log() -> None:
    webhooks = Webhooks()
    answers: dict[str, int] = {}
    for number in range(4):
        tally = webhooks.batch(SEED, number)
        assert tally.wrong == []
        for answer, count in tally.answers.items():
            answers[answer] = answers.get(answer, 0) + count
    assert sum(answers.values()) == 1_000
    assert answers["signed 200"] > 300  # garbage that is signed goes as deep as a call does
    assert answers["unsigned 403"] > 50


def test_fuzzed_files_are_read_or_told_about() -> None:
    tally = Files().batch(SEED, 0)
    assert tally.wrong == []
    assert tally.requests == 15


def test_a_batch_is_the_same_for_the_same_seed_and_number() -> None:
    one, other = Files().batch(SEED, 1, files=1), Files().batch(SEED, 1, files=1)
    assert one.answers == other.answers
