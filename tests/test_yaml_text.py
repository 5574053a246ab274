"""YAML as text with positions: what is read as written, what is refused, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import Fault, FileFaults
from ivr.flow.load import read_files
from ivr.yaml_text import Document, nearest, read_yaml
from ivr.yaml_text.events import is_for_quick
from ivr.yaml_text.mending import read_on

ROOT = Path(__file__).parent.parent


def read(text: str) -> Document:
    return read_yaml("flows/line.yaml", text.encode())


def faults(content: str | bytes) -> list[Fault]:
    with pytest.raises(FileFaults) as caught:
        read_yaml("flows/line.yaml", content.encode() if isinstance(content, str) else content)
    return list(caught.value.faults)


def test_every_scalar_stays_exactly_the_text_that_was_written() -> None:
    document = read(
        "opens: 17:00\nnpn: 0012345\nnumber: +16515550100\nrecording: no\nkey: 1\nday: 2026-11-26\nnothing: ~\n"
        "rate: 1e3\nquoted: 'yes'\nempty:\n1: {on: off}\n"
    )
    assert document.data == {
        "opens": "17:00",
        "npn": "0012345",
        "number": "+16515550100",
        "recording": "no",
        "key": "1",
        "day": "2026-11-26",
        "nothing": "~",
        "rate": "1e3",
        "quoted": "yes",
        "empty": "",
        "1": {"on": "off"},
    }


def test_the_byte_order_mark_and_windows_line_ends_are_tolerated() -> None:
    document = read_yaml("f.yaml", b"\xef\xbb\xbfa: one\r\nb: two\r\n")
    assert document.data == {"a": "one", "b": "two"}
    assert document.place(["a"]) == (1, 4)
    assert document.lines == ("a: one", "b: two", "")


def test_places_are_those_of_values_and_keys_and_fall_back_to_the_nearest_parent() -> None:
    document = read("steps:\n  greeting:\n    say: Hello\n    keys:\n      - 1\n      - {go: on}\n")
    assert document.place(["steps", "greeting", "say"]) == (3, 10)
    assert document.place(["steps", "greeting", "say"], key=True) == (3, 5)
    assert document.place(["steps", "greeting", "keys", 1, "go"]) == (6, 14)
    assert document.place(["steps", "greeting", "next"]) == (2, 3)
    assert document.place(["nowhere"]) == (1, 1)


def test_a_value_left_out_has_its_place_behind_the_colon() -> None:
    assert read("a:\n\n\nb: 1\n").place(["a"]) == (1, 3)


def test_a_fault_shows_file_place_line_and_step() -> None:
    document = read("steps:\n  greeting:\n    say: Hello\n")
    fault = document.fault(["steps", "greeting", "say"], "Too short.", "Say more.", step="greeting")
    assert str(fault) == (
        "flows/line.yaml:3:10  step greeting\n  3 |     say: Hello\n    |          ^\n  Too short.\n  Say more."
    )


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("say: one two three\n", 8, (1, 14)),
        ('say: "one two three"\n', 8, (1, 15)),
        ("say: >-\n  one two\n  two three\n", 8, (3, 3)),
    ],
)
def test_a_fault_inside_a_text_points_at_the_words_however_they_are_folded(
    text: str, offset: int, place: tuple[int, int]
) -> None:
    fault = read(text).fault(["say"], "Wrong.", "Right it.", offset=offset)
    assert (fault.line, fault.column) == place


def test_a_key_written_twice_names_the_line_of_the_first_and_all_are_told_at_once() -> None:
    found = faults("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\na: 3\n")
    assert [(fault.line, fault.column, fault.wrong) for fault in found] == [
        (2, 17, '"c" is written twice; the first is on line 2.'),
        (3, 1, '"a" is written twice; the first is on line 1.'),
        (4, 1, '"a" is written twice; the first is on line 1.'),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "wrong"),
    [
        ("a:\n\t- b\n", 2, 1, "There is a tab here; YAML does not allow tabs."),
        ("a: b\t# why\n", 1, 5, "There is a tab here; YAML does not allow tabs."),
        ("a: b\u00a0c\n", 1, 5, "There is a no-break space here, which looks like a space but is none."),
        ("a: b\u200bc\n", 1, 5, "There is an invisible character here (U+200B)."),
        ("a: \ue000500\ue001\n", 1, 4, "There is an invisible character here (U+E000)."),
        ("a: \x07\n", 1, 4, "There is an invisible character here (U+0007)."),
        ('a: "\\u0007"\n', 1, 4, "This text holds an invisible character (U+0007)."),
        ('a: "\\ud800"\n', 1, 4, "This text holds an invisible character (U+D800)."),
        ('a: "\\UFFFFFFFF"\n', 1, 5, "There is no character with this code."),
        ("a: &x b\n", 1, 4, "A & at the start has a special meaning in YAML (an anchor)."),
        ("a: *x\n", 1, 4, "A * outside quotes has a special meaning in YAML (an alias)."),
        ("*: x\n", 1, 1, "A * outside quotes has a special meaning in YAML (an alias)."),
        ("a: !!python/object:os.system x\n", 1, 4, "A ! at the start has a special meaning in YAML (a tag)."),
        ("a: {b: c}\nd:\n  <<: {e: f}\n", 3, 3, "<< (a merge key) is not allowed here."),
        ("a: b\n---\nc: d\n", 2, 1, "A second document begins here."),
        ("%YAML 1.1\n---\na: b\n", 1, 1, "A line that begins with % is not used here."),
        ("? [a]\n: b\n", 1, 3, "A key must be a word; here it is a list or a table."),
        (": b\n", 1, 1, "There is no key before this colon."),
        ("# nothing but a comment\n", 1, 1, "This file has nothing in it."),
        ("", 1, 1, "This file has nothing in it."),
        ("a: " + "[" * 25 + "]" * 25 + "\n", 1, 23, "This is nested more than 20 deep."),
        ("say: {{ hours.weekly }}\n", 1, 6, "Text that begins with {{ must stand in quotes."),
        ("say: {{ hours.weekly }} today\n", 1, 6, "Text that begins with {{ must stand in quotes."),
        ('a: "foo\nb: 1\n', 1, 4, "The quote that opens here is never closed."),
        ('a: "foo\nb: "bar"\n', 1, 4, "The quote that opens here is not closed on its line."),
        ("a: 'We're closed'\nb: c\n", 1, 8, "There is more text after the closing quote."),
        ("a: 1\nb:2\nc: 3\n", 2, 3, "There is no space after the colon."),
        ("a:\n  - b\n  -c\n", 3, 4, "There is no space after the dash."),
        ("a:\n  - b\n  c\n", 3, 3, "This stands among the entries of a list but has no dash."),
        ("a:\n  - b\n  c: d\n", 3, 3, "This key stands in the column of a list's dashes."),
        ("a:\n  b: c\n  - d\n", 3, 3, "This entry of a list stands among the keys of a table."),
        (
            "a:\n  b: 1\n   c: 2\n",
            3,
            4,
            "This line is indented further than it may be: the line above already has its value.",
        ),
        ("a:\n  b:\n    c: 1\n   d: 2\n", 4, 4, "This line does not begin in the column of the lines around it."),
        ("a: Press one: now\n", 1, 13, "There is a colon and a space inside text that is not in quotes."),
        ("a: %x\n", 1, 4, "Text cannot begin with % here."),
        ("a: {b: c, d: e\nf: g\n", 1, 4, "The { that opens here is not closed with }, or a comma is missing."),
        ("a: [b, c}\n", 1, 4, "The [ that opens here is not closed with ], or a comma is missing."),
        ("a: {b: c}}\n", 1, 10, "There is a } too many."),
        ("a: {b: c} d\n", 1, 11, "There is more text after the closing }."),
        ("a: {b: c: d}\n", 1, 9, "There is a colon too many in these brackets."),
        ('a: "\\d"\n', 1, 6, "A backslash inside double quotes begins a code that YAML does not know."),
        ("a: |x\n  foo\n", 1, 5, "Text after | or > must begin on the next line."),
        ("a: ,b\n", 1, 4, "Text cannot begin with a comma."),
        ("a: b\nc\n", 2, 1, "A word and a colon are expected here."),
        (
            "a" * 1100 + ": b\n",
            1,
            1101,
            "The text before this colon is too long for a key (more than 1024 characters).",
        ),
    ],
)
def test_what_is_refused_is_told_in_plain_english_with_its_place(text: str, line: int, column: int, wrong: str) -> None:
    found = faults(text)
    assert [(fault.line, fault.column, fault.wrong) for fault in found] == [(line, column, wrong)]
    assert found[0].remedy


def test_a_line_that_is_not_utf_8_is_shown_with_its_byte() -> None:
    (fault,) = faults(b"a: b\nc: caf\xe9 open\n")
    assert (fault.line, fault.column, fault.text) == (2, 7, "c: caf\ufffd open")
    assert fault.wrong == "This is not UTF-8 text: byte 12 of the file is 0xe9."


def test_a_file_over_one_megabyte_is_refused() -> None:
    (fault,) = faults(b"a: " + b"b" * 1_000_000)
    assert (fault.line, fault.wrong) == (0, "This file is 1.0 MB; at most 1 MB is read.")


def test_several_mistakes_of_different_sorts_are_told_at_once() -> None:
    found = faults("a: Press one: now\nb:2\nc: &x d\nsay: {{ hours.weekly }} today\nc: e\nd: %x\n")
    assert [fault.line for fault in found] == [1, 2, 3, 4, 5, 6]


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_with_faults(content: bytes) -> None:
    found = read_or_refused(content)
    if isinstance(found, Document):
        assert only_text(found.data)
    else:
        assert found
        assert all(fault.wrong and fault.remedy for fault in found)


SYNTAX = r"""a|b: |c:|- |  |    |"|'|{|}|[|]|, |#|&x |*x|!t |? |<<: |\|{{ x }}|: |\U0011ffff|~|>"""
YAML_LIKE = st.lists(
    st.sampled_from([*SYNTAX.split("|"), "|", "\n", "\r", "\t", "\u2028", "---\n", "...\n", "%YAML 1.2\n"]), max_size=40
).map("".join)


@given(YAML_LIKE)
@settings(max_examples=400, deadline=None)
def test_anything_that_looks_like_yaml_is_read_or_refused_with_faults_inside_the_file(text: str) -> None:
    found = read_or_refused(text.encode())
    if isinstance(found, Document):
        assert only_text(found.data)
    else:
        assert all(1 <= fault.line <= text.count("\n") + text.count("\r") + 1 for fault in found)
        assert all(fault.column <= len(fault.text) + 2 for fault in found)


def read_or_refused(content: bytes) -> Document | list[Fault]:
    try:
        return read_yaml("f.yaml", content)
    except FileFaults as refused:
        return list(refused.faults)


def only_text(data: object) -> bool:
    if isinstance(data, dict):
        return all(isinstance(key, str) and only_text(value) for key, value in data.items())
    if isinstance(data, list):
        return all(map(only_text, data))
    return isinstance(data, str)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("optoins", "options"), ("Option", "options"), ("again-", "again"), ("zzz", None), ("gave up", "gave_up")],
)
def test_the_nearest_word_is_the_one_that_was_meant(word: str, meant: str | None) -> None:
    assert nearest(word, ["options", "again", "gave_up", "wait"]) == meant


@given(YAML_LIKE)
@settings(max_examples=400, deadline=None)
def test_the_quick_parser_reads_what_the_careful_one_reads(text: str) -> None:
    found = read_or_refused(text.encode())
    if isinstance(found, Document):
        builder, broken = read_on(found, list(found.lines))
        assert (builder.data, builder.places, builder.faults, broken) == (found.data, found.places, [], [])


def test_shipped_files_are_read_by_the_quick_parser_as_by_the_careful_one() -> None:
    for file, content in read_files(ROOT).items():
        document = read_yaml(file, content)
        assert is_for_quick(content.decode()), f"{file} would take ten times as long to read"
        builder, broken = read_on(document, list(document.lines))
        assert (builder.data, builder.places, broken) == (document.data, document.places, [])


@pytest.mark.parametrize(
    "key", ["      *: {offer: To repeat}", "      *:", "      *: repeat", "      2: {again: x, *: To repeat}"]
)
@pytest.mark.parametrize("after", ["", "      3: {go: on}\n"])
def test_a_star_as_a_key_without_quotes_is_told_once(key: str, after: str) -> None:
    told = faults(f"steps:\n  menu:\n    options:\n      1: {{go: on}}\n{key}\n{after}")
    assert [(fault.line, fault.column, fault.remedy) for fault in told] == [
        (5, key.index("*") + 1, 'Put it in quotes: "*".')
    ]


@pytest.mark.parametrize("nothing", ["{}", "{ }", "[]"])
@pytest.mark.parametrize("below", ["  a: 1", "\n  # one\n  a: {b: 1}", "  - a\n  - b", "  - {a: 1}\n"])
def test_entries_below_a_key_that_says_it_has_none_are_told_once_at_the_key(nothing: str, below: str) -> None:
    told = faults(f"first: 1\nentries: {nothing}\n{below}\nlast: 2\n")
    shown = nothing.replace(" ", "")
    assert [(fault.line, fault.column, fault.remedy) for fault in told] == [(2, 10, f"Take the {shown} away.")]


def test_a_line_in_the_wrong_column_below_a_key_with_nothing_of_a_deeper_table_is_told_as_such() -> None:
    told = faults("first:\n    entries: {}\n  other: 1\n")
    assert [fault.line for fault in told] == [3]
    assert "{}" not in told[0].wrong
