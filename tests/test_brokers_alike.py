"""A column that is wrong on every line is one fault, told once; what differs is told by itself."""

from __future__ import annotations

from ivr.brokers import HEADER, alike, read_brokers


def told(rows: list[str]) -> list[tuple[int, list[int]]]:
    faults = read_brokers(f"{HEADER}\n{''.join(rows)}".encode(), "b.csv").faults
    return [(one.first.line, list(one.lines)) for one in alike(faults)]


def row(npn: int, *, certified_from: str = "2026-09-01", status: str = "active", agency: str = "C") -> str:
    return f"{npn},A,B,{certified_from},2027-10-31,,yes,{status},{agency}\n"


def test_three_alike_are_told_one_by_one_and_four_once() -> None:
    three = [row(npn, status="okay") for npn in (1, 2, 3)]
    assert told(three) == [(2, []), (3, []), (4, [])]
    assert told([*three, row(4, status="fine")]) == [(2, [3, 4, 5])]


def test_other_columns_and_other_faults_stand_by_themselves() -> None:
    rows = [row(npn, certified_from="9/1/2026", status="okay") for npn in range(1, 6)]
    assert told([*rows, row(6, certified_from="soon")]) == [(2, [3, 4, 5, 6]), (2, [3, 4, 5, 6]), (7, [])]


def test_a_comma_between_quotes_does_not_move_the_column() -> None:
    head = (
        "agency,npn,first_name,last_name,certified_from,certified_through,training_completed_on,license_active,status"
    )
    rows = "".join(f"{agency},{npn},A,B,,,,yes,okay\n" for npn, agency in enumerate(['"C, D"', "C", "C", "C"], 1))
    [one] = alike(read_brokers(f"{head}\n{rows}".encode(), "b.csv").faults)
    assert list(one.lines) == [3, 4, 5]
