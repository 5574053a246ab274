"""A form is read as the standard library reads it, whatever it holds."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.errors import WebhookRefused
from ivr.voice.form import MOST_FIELDS, pairs_of

PIECES = st.text(st.sampled_from("ab&=+%20cdéß;"), max_size=40)


@given(st.one_of(PIECES, st.text(max_size=40)))
@example("a=1&&b&=2&c==&+%2B=%zz&%C3%A9=%E9%")
def test_a_form_is_read_as_the_standard_library_reads_it(encoded: str) -> None:
    assert pairs_of(encoded) == parse_qsl(encoded, keep_blank_values=True, errors="werkzeug.url_quote")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_what_was_written_as_a_form_is_read_back(fields: list[tuple[str, str]]) -> None:
    assert pairs_of(urlencode(fields)) == fields


def test_a_form_of_thousands_of_fields_costs_nothing_to_refuse() -> None:
    began = time.process_time()
    for many in ("%a=%&" * 13_000, "a&" * 32_000, "&" * 64_000):
        with pytest.raises(WebhookRefused, match="more than 200 fields"):
            pairs_of(many)
    assert time.process_time() - began < 0.01
    assert len(pairs_of("&".join(["a=1"] * MOST_FIELDS))) == MOST_FIELDS
