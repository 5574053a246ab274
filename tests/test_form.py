"""A form is read as the standard library reads it, whatever it holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pytest
import werkzeug.urls  # noqa: F401  the standard library is told of its way with escapes that are no UTF-8
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.errors import WebhookRefused
from ivr.voice.form import MOST_FIELDS, pairs_of

PIECES = st.text(st.sampled_from("ab&=+%20cdéß;"), max_size=40)


@given(st.one_of(PIECES, st.text(max_size=40)))
@example("a=1&&b&=2&c==&+%2B=%zz&%C3%A9=%E9%")
@example("a=%ff%C3%28%E2%82%ed%a0%80%f0%9f%98%80%F8%88%80%80%80%c0%af&b=\u00e9%e9%C3%A9\ufffd%00")
def test_a_form_is_read_as_the_standard_library_reads_it(encoded: str) -> None:
    assert pairs_of(encoded) == parse_qsl(encoded, keep_blank_values=True, errors="werkzeug.url_quote")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_what_was_written_as_a_form_is_read_back(fields: list[tuple[str, str]]) -> None:
    assert pairs_of(urlencode(fields)) == fields


def test_escapes_that_are_no_utf_8_cost_no_more_than_usual() -> None:
    long = "a=" + "%ff" * 21_000

    def cost(reads: Callable[[], object]) -> float:
        """Seconds of this process's work, the least of five."""
        times = []
        for _ in range(5):
            began = time.process_time()
            reads()
            times.append(time.process_time() - began)
        return min(times)

    assert pairs_of(long) == [("a", "%FF" * 21_000)]
    usual = cost(lambda: parse_qsl(long, keep_blank_values=True, errors="werkzeug.url_quote"))
    assert cost(lambda: pairs_of(long)) < usual


def test_a_form_of_thousands_of_fields_costs_nothing_to_refuse() -> None:
    began = time.process_time()
    for many in ("%a=%&" * 13_000, "a&" * 32_000, "&" * 64_000):
        with pytest.raises(WebhookRefused, match="more than 200 fields"):
            pairs_of(many)
    assert time.process_time() - began < 0.1
    assert len(pairs_of("&".join(["a=1"] * MOST_FIELDS))) == MOST_FIELDS
