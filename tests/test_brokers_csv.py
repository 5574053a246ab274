"""The certification list as CSV: good rows become records, every fault is told with its line, nothing else happens."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.brokers import HEADER, Broker, read_brokers
from ivr.brokers.csv_file import place_of

GOOD = "99900001,Nora,Sample,2026-09-01,2027-10-31,2026-08-28,yes,active,Example Lakes Agency"


def told(content: bytes) -> list[tuple[int, int, str, str]]:
    """Faults as (line, column, what is wrong, what to do)."""
    return [(fault.line, fault.column, fault.wrong, fault.remedy) for fault in read_brokers(content, "b.csv").faults]


def row(old: str = "", new: str = "") -> bytes:
    """A file of one row, with one thing about it changed."""
    return f"{HEADER}\n{GOOD.replace(old, new, 1) if old else GOOD}\n".encode()


def test_a_good_file_gives_its_records_in_order() -> None:
    content = f"{HEADER}\n0{GOOD}\n7,,Solo,,,,No,Pending,\n".encode()
    read = read_brokers(content, "b.csv")
    assert read.faults == []
    assert read.records == [
        Broker(
            "99900001",
            "Nora",
            "Sample",
            date(2026, 9, 1),
            date(2027, 10, 31),
            date(2026, 8, 28),
            True,
            "active",
            "Example Lakes Agency",
        ),
        Broker("7", "", "Solo", None, None, None, False, "pending", ""),
    ]
    assert read.rows == 2


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + row(),
        row().replace(b"\n", b"\r\n"),
        row().replace(b"\n", b"\r"),
        row().rstrip(b"\n"),
        b"\n" + row() + b"\n  \n,,,,,,,,\n",
        row("Example Lakes Agency", '"Example Lakes Agency"'),
        row("Nora", "  Nora "),
    ],
    ids=[
        "byte order mark",
        "Windows line ends",
        "old line ends",
        "no last line end",
        "blank lines",
        "quotes",
        "blanks",
    ],
)
def test_what_editors_and_spreadsheets_do_to_a_file_makes_no_difference(content: bytes) -> None:
    read = read_brokers(content, "b.csv")
    assert read.faults == []
    assert [(record.npn, record.name, record.agency) for record in read.records] == [
        ("99900001", "Nora Sample", "Example Lakes Agency")
    ]


def test_columns_may_stand_in_any_order() -> None:
    content = (
        b"agency,npn,last_name,first_name,status,license_active,training_completed_on,certified_through,certified_from\n"
        b"Example,99900001,Sample,Nora,active,yes,2026-08-28,2027-10-31,2026-09-01\n"
    )
    assert read_brokers(content, "b.csv").records == [
        Broker(
            "99900001",
            "Nora",
            "Sample",
            date(2026, 9, 1),
            date(2027, 10, 31),
            date(2026, 8, 28),
            True,
            "active",
            "Example",
        )
    ]


def test_a_comma_and_a_quote_may_stand_in_a_quoted_value() -> None:
    content = row("Example Lakes Agency", '"Birch, Lake and ""Co"""')
    assert read_brokers(content, "b.csv").records[0].agency == 'Birch, Lake and "Co"'


@pytest.mark.parametrize(
    ("content", "wrong", "remedy"),
    [
        (b"", "The file is empty.", f"Its first line must be: {HEADER}"),
        (b"\xef\xbb\xbf\r\n", "The file is empty.", f"Its first line must be: {HEADER}"),
        (f"{HEADER}\n".encode(), "The file has a header but no broker.", "Check that it is the right file."),
        (
            b"PK\x03\x04rest",
            "The file is a spreadsheet, not CSV.",
            "Save it as CSV UTF-8 and import that file.",
        ),
        (
            HEADER.encode("utf-16"),
            "The file is UTF-16, not UTF-8.",
            "Save it as CSV UTF-8 and import that file.",
        ),
    ],
    ids=["empty", "only a mark", "only a header", "spreadsheet", "utf-16"],
)
def test_a_file_that_is_wrong_altogether_is_told_in_one_fault(content: bytes, wrong: str, remedy: str) -> None:
    assert told(content) == [(0, 0, wrong, remedy)]
    assert not read_brokers(content, "b.csv").usable


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        (
            GOOD,
            [(1, 1, "The first line is not the header.", f"It must be: {HEADER}")],
        ),
        (
            HEADER.replace(",", ";"),
            [(1, 1, "The columns are not separated by commas.", "Save the file as CSV with commas.")],
        ),
        (
            HEADER.replace("certified_from", "certified_form").replace(",agency", ",agency,shoe_size"),
            [
                (1, 26, 'There is no column "certified_form".', 'Did you mean "certified_from"?'),
                (1, 110, 'There is no column "shoe_size".', f"Take it out. The columns are: {HEADER}"),
            ],
        ),
        (
            HEADER.replace(",status", ""),
            [(1, 1, 'The column "status" is missing.', f"The header must be: {HEADER}")],
        ),
        (
            f"{HEADER},npn",
            [(1, 110, 'The column "npn" is there twice.', "Take one of them out.")],
        ),
        (
            HEADER.replace("npn", "NPN"),
            [(1, 1, 'There is no column "NPN".', 'Did you mean "npn"?')],
        ),
    ],
    ids=["no header", "semicolons", "misspelled and extra", "missing", "twice", "capitals"],
)
def test_a_wrong_header_is_told_with_the_nearest_names(header: str, faults: list[tuple[int, int, str, str]]) -> None:
    content = f"{header}\n{GOOD}\n".encode()
    assert told(content) == faults
    assert not read_brokers(content, "b.csv").usable


@pytest.mark.parametrize(
    ("content", "column", "wrong", "remedy"),
    [
        (row("99900001", ""), 1, "The NPN is missing.", "Write the broker's number, 1 to 10 digits."),
        (row("99900001", "000"), 1, '"000" is no NPN: it is all zeros.', "Write the broker's number."),
        (row("99900001", "999-00001"), 1, '"999-00001" is no NPN.', "Write 1 to 10 digits and nothing else."),
        (row("99900001", "12345678901"), 1, '"12345678901" is no NPN.', "Write 1 to 10 digits and nothing else."),
        (row("99900001", "１２３"), 1, '"１２３" is no NPN.', "Write 1 to 10 digits and nothing else."),
        (
            row("99900001", "9.99E+09"),
            1,
            '"9.99E+09" is an NPN that a spreadsheet has shortened.',
            "Format the column as text in the spreadsheet, then export again.",
        ),
        (
            row("Sample", ""),
            15,
            "The last_name is missing.",
            "Write it. Only an agency's own number has no names, and it needs the agency's.",
        ),
        (
            row("Nora", "N" * 101),
            10,
            "The first_name has 101 characters; 100 is the most.",
            "Shorten it.",
        ),
        (
            row("Nora", "No\x07ra"),
            10,
            "The first_name holds a character that cannot be shown.",
            "Type the value again.",
        ),
        (
            row("2027-10-31", "10/31/2027"),
            33,
            '"10/31/2027" is not an ISO date.',
            "Write year, month, day: 2027-10-31.",
        ),
        (
            row("2027-10-31", "20271031"),
            33,
            '"20271031" is not an ISO date.',
            "Write year-month-day, as in 2026-10-31.",
        ),
        (row("2027-10-31", "2027-02-29"), 33, '"2027-02-29" is not a day of the calendar.', "Write a day that exists."),
        (
            row("2027-10-31", "2207-10-31"),
            33,
            'The year of "2207-10-31" cannot be meant.',
            "Years run from 1950 to 2100.",
        ),
        (
            row("2027-10-31", "2026-08-31"),
            33,
            "The certification ends (2026-08-31) before it begins (2026-09-01).",
            "Exchange the two dates, or mend the one that is wrong.",
        ),
        (
            row("2027-10-31", ""),
            33,
            "The certified_through is missing.",
            "Write both dates, or leave certified_from empty too.",
        ),
        (row("yes", "yse"), 55, '"yse" is no license_active.', 'Did you mean "yes"?'),
        (row("yes", "true"), 55, '"true" is no license_active.', 'Write "yes".'),
        (row("yes", ""), 55, "The license_active is missing.", "Write one of: yes, no."),
        (row("active", "actve"), 59, '"actve" is no status.', "Write one of: active, pending, suspended, ended."),
        (
            row("active", "retired?"),
            59,
            '"retired?" is no status.',
            "Write one of: active, pending, suspended, ended.",
        ),
        (row(",Example Lakes Agency", ""), 1, "The row has 8 columns instead of 9.", f"Its columns are: {HEADER}"),
        (
            row("Example Lakes", "Example, Lakes"),
            1,
            "The row has 10 columns instead of 9.",
            'Put a value with a comma in it between double quotes: "Birch, Lake and Co".',
        ),
        (
            row("Example", '"Example'),
            66,
            "A double quote is not closed or stands astray.",
            "Close the quote on the same line; write a quote inside a value twice.",
        ),
        (row("Nora", "No\0ra"), 12, "The line holds a NUL byte.", "The file is damaged: export it again."),
        (
            row("Nora", "Nor?").replace(b"Nor?", b"Nor\xe9"),
            13,
            "The byte 0xe9 is not UTF-8.",
            "Save the file as CSV UTF-8.",
        ),
        (
            row("Nora", "N" * 3000),
            1,
            "The line has 3,081 bytes; no row is longer than 2,000.",
            "Check that the line ends are still in the file.",
        ),
    ],
)
def test_a_wrong_row_is_told_with_its_line_its_column_and_a_remedy(
    content: bytes, column: int, wrong: str, remedy: str
) -> None:
    assert told(content) == [(2, column, wrong, remedy)]
    assert read_brokers(content, "b.csv").usable


def test_a_file_that_stops_in_the_middle_of_a_row_cannot_be_used() -> None:
    content = row() + row().rstrip(b"\n")[:-25].removeprefix(HEADER.encode() + b"\n")
    assert told(content) == [
        (3, 1, "The last line stops in the middle.", "The file was cut off: fetch or export it again.")
    ]
    assert not read_brokers(content, "b.csv").usable


def test_every_fault_of_every_row_is_told_at_once() -> None:
    content = f"{HEADER}\n{GOOD}\n99900001,Nora,Sample,,,,yes,active,\nx,Nils,,soon,,,maybe,active,\n{GOOD[:20]}"
    faults = read_brokers(content.encode(), "b.csv").faults
    assert [(fault.line, fault.wrong) for fault in faults] == [
        (3, "NPN 99900001 is in the file twice; it is on line 2 already."),
        (4, '"x" is no NPN.'),
        (4, "The last_name is missing."),
        (4, '"soon" is not an ISO date.'),
        (4, '"maybe" is no license_active.'),
        (5, "The last line stops in the middle."),
    ]
    assert faults[1].text == "x,Nils,,soon,,,maybe,active,"


def test_the_same_number_with_leading_zeros_is_the_same_number() -> None:
    content = f"{HEADER}\n{GOOD}\n00{GOOD}\n".encode()
    assert told(content) == [
        (
            3,
            1,
            "NPN 99900001 is in the file twice; it is on line 2 already.",
            "Keep the row that is right and take the other one out.",
        )
    ]


def test_progress_never_goes_back_and_ends_at_the_end() -> None:
    rows = "\n".join(f"{number},A,B,,,,no,ended," for number in range(1, 2501))
    seen: list[tuple[int, int]] = []
    read_brokers(f"{HEADER}\n{rows}\n".encode(), "b.csv", lambda done, total: seen.append((done, total)))
    assert seen == [(1000, 2501), (2000, 2501), (2501, 2501)]


csv_like = st.binary(max_size=400) | st.builds(
    lambda lines: f"{HEADER}\n".encode() + b"\n".join(lines),
    st.lists(
        st.binary(max_size=60)
        | st.text(alphabet='0129,-/"\n\r\0 yesnoactivé', max_size=80).map(lambda text: text.encode())
        | st.just(GOOD.encode()),
        max_size=6,
    ),
)


@given(csv_like)
@example(b"\x0b")
def test_whatever_the_bytes_are_they_give_records_or_faults(content: bytes) -> None:
    read = read_brokers(content, "b.csv")
    assert read.records or read.faults
    assert len({record.npn for record in read.records}) == len(read.records)
    assert all(record.npn.isdigit() and not record.npn.startswith("0") for record in read.records)
    assert all(fault.wrong and fault.remedy and fault.text.isprintable() and str(fault) for fault in read.faults)


@given(st.lists(st.text('ab", ', max_size=6), min_size=2, max_size=5).map(",".join))
def test_a_value_is_looked_for_where_the_csv_reader_has_it(text: str) -> None:
    """Also where quotes stand astray: `fir"t_name` is a name with a quote in it."""
    try:
        values = next(csv.reader([text], strict=True))
    except csv.Error:
        return
    assert place_of(text, len(text) + 1) == len(values) - 1


def test_a_column_with_a_quote_in_its_name_is_told_like_any_other() -> None:
    header = HEADER.replace("first_name", 'fir"t_name')
    assert told(f"{header}\n{GOOD}\n".encode())[0][:3] == (1, 5, 'There is no column "fir"t_name".')
