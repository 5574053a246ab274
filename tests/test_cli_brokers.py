"""`ivr brokers`: what it answers, and a sentence for each mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import Ivr
from projects import TINY_BROKERS, edit

# brokers


def test_brokers_are_brought_in_and_looked_up(ivr: Ivr, tiny: Path) -> None:
    file = str(tiny / "config/brokers.csv")
    assert ivr("brokers", "import", file, project=tiny).out == (
        f"{file}: 1 added, 0 changed, 0 unchanged, 0 removed\nCertified today: 0 before, 1 now.\n"
    )
    again = ivr("brokers", "import", file, "--json", project=tiny).json
    assert {name: again[name] for name in ("imported", "rows", "added", "unchanged", "skipped", "faults")} == {
        "imported": True,
        "rows": 1,
        "added": 0,
        "unchanged": 1,
        "skipped": 0,
        "faults": [],
    }
    assert ivr("brokers", "show", "99900001", project=tiny).out.startswith("99900001  Nora Sample\n")
    said = ivr("brokers", "show", "99900001", project=tiny).out.splitlines()
    assert re.fullmatch(r"  list of 20\d\d-\d\d-\d\d \d\d:\d\d C[DS]T", said[-1])  # the line's own zone
    shown = ivr("brokers", "show", "99900099", "--json", project=tiny).json
    assert (shown["certified"], shown["reason"], shown["agency"]) == (False, "no such number on file", None)


def test_a_list_that_is_there_is_left_alone_if_wished(ivr: Ivr, tiny: Path) -> None:
    words = ("brokers", "import", str(tiny / "config/brokers.csv"), "--if-empty")
    assert "1 added" in ivr(*words, project=tiny).out
    assert "is there already; nothing was imported" in ivr(*words, project=tiny).out
    assert ivr(*words, "--json", project=tiny).json == {"imported": False}


@pytest.mark.parametrize("content", [TINY_BROKERS[:-30], "PK\x03\x04", TINY_BROKERS.replace(",", ";"), ""])
def test_a_cut_or_foreign_file_is_not_offered_in_part(content: str, ivr: Ivr, tiny: Path) -> None:
    (tiny / "bad.csv").write_text(content, encoding="utf-8")
    refused = ivr("brokers", "import", str(tiny / "bad.csv"), project=tiny)
    assert refused.code == 1
    assert refused.err.endswith("The list is as it was, and callers notice nothing.\n")


def test_the_same_fault_on_many_lines_is_told_once(ivr: Ivr, tiny: Path) -> None:
    rows = "".join(f"{npn},A,B,2026-09-01,{npn % 9 + 1}/31/2027,,yes,active,C\n" for npn in range(100, 140))
    (tiny / "bad.csv").write_text(TINY_BROKERS + rows, encoding="utf-8")
    refused = ivr("brokers", "import", str(tiny / "bad.csv"), project=tiny)
    assert refused.err.splitlines()[3:6] == [
        '  "2/31/2027" is not an ISO date.',
        "  Write year, month, day: 2027-02-31.",
        "  The same in this column on 39 more lines: 4, 5, 6, 7, 8, ...",
    ]
    assert "Nothing was imported: 40 to mend." in refused.err
    assert len(refused.err.splitlines()) == 8


def test_every_fault_of_a_list_is_told_and_the_good_rows_can_be_taken(ivr: Ivr, tiny: Path) -> None:
    bad = tiny / "bad.csv"
    rows = "9990000x,A,B,2026-09-01,2027-10-31,2026-08-20,yes,active,C\n5,A,B,2026-13-01,2027-10-31,,yes,active,C\n"
    bad.write_text(TINY_BROKERS + rows, encoding="utf-8")
    refused = ivr("brokers", "import", str(bad), project=tiny)
    assert refused.code == 1
    assert f"{bad}:3:1" in refused.err
    assert f"{bad}:4:7" in refused.err
    assert "Nothing was imported: 2 to mend. The list is as it was, and callers notice nothing." in refused.err
    assert refused.err.endswith("To take the good rows and leave these out: --skip-bad\n")
    for_programs = ivr("brokers", "import", str(bad), "--json", project=tiny)
    assert (for_programs.code, for_programs.json["imported"], len(for_programs.json["faults"])) == (1, False, 2)
    taken = ivr("brokers", "import", str(bad), "--skip-bad", project=tiny)
    assert "1 added, 0 changed, 0 unchanged, 0 removed; 2 rows skipped\n" in taken.out


def test_an_old_list_is_refused_and_a_first_one_is_warned_about(ivr: Ivr, tiny: Path) -> None:
    (tiny / "old.csv").write_text(TINY_BROKERS.replace("2026-09-01,2027-10-31", "2024-11-01,2025-10-31"))
    first = ivr("brokers", "import", str(tiny / "old.csv"), "--if-empty", project=tiny)
    assert (first.code, first.err) == (
        0,
        "Nobody on this list is certified today, so nobody who calls can be. Is it an old list?\n",
    )
    assert ivr("brokers", "import", str(tiny / "config/brokers.csv"), project=tiny).code == 0
    refused = ivr("brokers", "import", str(tiny / "old.csv"), project=tiny)
    assert refused.code == 1
    assert "Certified today: 1 before, 0 with this file." in refused.err
    agreed = ivr("brokers", "import", str(tiny / "old.csv"), "--smaller", "--json", project=tiny)
    assert (agreed.code, agreed.json["certified_before"], agreed.json["certified"]) == (0, 1, 0)


def test_a_list_without_one_good_row_is_refused_also_when_bad_rows_are_skipped(ivr: Ivr, tiny: Path) -> None:
    (tiny / "bad.csv").write_text(TINY_BROKERS.replace("2026-09-01", "soon"), encoding="utf-8")
    refused = ivr("brokers", "import", str(tiny / "bad.csv"), "--skip-bad", project=tiny)
    assert refused.code == 1
    assert "Not one of the 1 rows is good, so there is nothing to import." in refused.err


def test_a_list_comes_in_while_a_file_is_half_edited(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "config/hours.yaml", "zone: America/Chicago", "zone: Nowhere")
    assert ivr("brokers", "import", str(tiny / "config/brokers.csv"), project=tiny).code == 0


@pytest.mark.parametrize("npn", ["abc", "12345678901", "000", "99 900"])
def test_a_number_that_is_none_is_not_looked_up(npn: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("brokers", "show", npn, project=tiny)
    assert ran.err.startswith("Invalid value for NPN: a National Producer Number has 1 to 10 digits")
    assert ran.code == 2


def test_before_the_first_import_it_is_said_that_there_is_no_list(ivr: Ivr, tiny: Path) -> None:
    assert "no list has been imported yet" in ivr("brokers", "show", "99900001", project=tiny).out
