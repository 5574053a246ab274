"""A form is read as the standard library reads it, whatever it holds."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from ivr.voice.form import pairs_of

PIECES = st.text(st.sampled_from("ab&=+%20cdéß;"), max_size=40)


@given(st.one_of(PIECES, st.text(max_size=40)))
@example("a=1&&b&=2&c==&+%2B=%zz&%C3%A9=%E9%")
def test_a_form_is_read_as_the_standard_library_reads_it(encoded: str) -> None:
    assert pairs_of(encoded) == parse_qsl(encoded, keep_blank_values=True, errors="werkzeug.url_quote")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_what_was_written_as_a_form_is_read_back(fields: list[tuple[str, str]]) -> None:
    assert pairs_of(urlencode(fields)) == fields
