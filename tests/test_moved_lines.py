"""A line pushed to the left is blamed itself, not the one below it that stands where it should."""

from __future__ import annotations

import pytest
from tiny_line import CONTACTS, FLOW, HOURS, tiny_files

from ivr.errors import Fault, FileFaults
from ivr.flow.load import load_release

LEFT = "This line begins further left than its neighbours above and below."


def told(**texts: str) -> list[Fault]:
    with pytest.raises(FileFaults) as found:
        load_release(tiny_files(**texts))
    return list(found.value.faults)


@pytest.mark.parametrize(
    ("before", "after", "spaces"),
    [
        ("\n  greeting:\n", "\ngreeting:\n", 2),
        ("\n  hours:\n", "\nhours:\n", 2),
        ("\n    say: Tiny Line.\n", "\nsay: Tiny Line.\n", 4),
        ("\n    say: Tiny Line.\n", "\n  say: Tiny Line.\n", 4),
        ("\n      2: {offer: For the address, go: address}\n", "\n2: {offer: For the address, go: address}\n", 6),
    ],
)
def test_in_a_flow(before: str, after: str, spaces: int) -> None:
    assert before in FLOW
    [fault] = told(flow=FLOW.replace(before, after))
    assert (fault.text, fault.wrong) == (after.strip("\n"), LEFT)
    assert fault.remedy == f"Put {spaces} spaces before it, as before its neighbours."


def test_in_the_weekly_hours() -> None:
    [fault] = told(hours=HOURS.replace("  tuesday:", "tuesday:"))
    assert (fault.text, fault.wrong) == ("tuesday: 08:00-17:00", LEFT)


def test_each_of_several_is_told_once_and_comments_are_no_neighbours() -> None:
    flow = FLOW.replace("\n  greeting:\n", "\n  # a remark\n\ngreeting:\n").replace("\n  address:\n", "\naddress:\n")
    assert [(fault.text, fault.wrong) for fault in told(flow=flow)] == [("greeting:", LEFT), ("address:", LEFT)]


@pytest.mark.parametrize("indent", [" ", "   "])
def test_a_line_that_itself_stands_askew_is_blamed_as_before(indent: str) -> None:
    [fault] = told(flow=FLOW.replace("\n  greeting:\n", f"\n{indent}greeting:\n"))
    assert fault.text == f"{indent}greeting:"
    assert fault.wrong == "This line does not begin in the column of the lines around it."


def test_a_table_whose_entries_are_indented_too_far_is_not_moved() -> None:
    flow = FLOW.replace("\n  hours:\n", "\n    hours:\n", 1)
    assert LEFT not in [fault.wrong for fault in told(flow=flow)]


@pytest.mark.parametrize(
    ("files", "text", "above"),
    [
        ({"flow": FLOW.replace("\n  trouble:\n", "\ntrouble:\n")}, "trouble:", "steps"),
        ({"contacts": CONTACTS.replace("\n  dhs:\n", "\ndhs:\n")}, "dhs:", "contacts"),
    ],
)
def test_the_last_entry_of_a_table_is_told_where_it_belongs(files: dict[str, str], text: str, above: str) -> None:
    fault = next(fault for fault in told(**files) if fault.text == text)
    assert fault.remedy.endswith(f"If it belongs to {above}:, begin it further right, where that one's entries begin.")


def test_a_whole_step_moved_left_is_what_wires_to_it_and_to_those_after_it_are_told_to_mend() -> None:
    whole = "  greeting:\n    kind: say\n    say: Tiny Line.\n    next: first_menu\n"
    assert whole in FLOW
    flow = FLOW.replace(whole, whole.replace("\n  ", "\n").removeprefix("  "))
    faults = told(flow=flow)
    line = flow.splitlines().index("greeting:") + 1
    remedy = f"Line {line} begins too far left for a step: move greeting: to the right, where the other steps begin."
    assert [fault.remedy for fault in faults[:2]] == [remedy, remedy]
    assert faults[2].line == line
