"""Importing the certification list: all or nothing, the same file twice changes nothing, nobody is lost by accident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from ivr.brokers import HEADER, RowFaults, TableDirectory, import_brokers
from ivr.brokers.table import brokers, imports
from ivr.errors import DirectoryUnavailable, FileFaults
from ivr.store.engines import engine_for

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
SHIPPED = (Path(__file__).parent.parent / "config" / "brokers.csv").read_bytes()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = engine_for(url)
    TableDirectory(made).create_tables()
    yield made
    made.dispose()


def listed(*npns: int, agency: str = "") -> bytes:
    """A file of certified brokers with these numbers."""
    rows = [f"{npn},Nora,Sample,2026-09-01,2027-10-31,2026-08-28,yes,active,{agency}" for npn in npns]
    return "\n".join([HEADER, *rows, ""]).encode()


def on_file(engine: Engine) -> dict[str, str]:
    """Number to agency, as the table has it."""
    with engine.connect() as connection:
        return {row.npn: row.agency for row in connection.execute(brokers.select().order_by(brokers.c.npn))}


def test_the_shipped_list_fills_an_empty_table_and_the_second_time_changes_nothing(engine: Engine) -> None:
    first = import_brokers(engine, SHIPPED, file="config/brokers.csv", at=NOON)
    assert first.words() == "7 added, 0 changed, 0 unchanged, 0 removed"
    again = import_brokers(engine, SHIPPED, file="config/brokers.csv", at=NOON)
    assert again.changed_nothing
    assert again.words() == "nothing changed: 7 brokers as before"


@pytest.mark.parametrize(
    ("npn", "answer"),
    [
        ("0099900001", "certified"),
        ("9990000010", "certified"),
        ("99900002", "not_confirmed"),
        ("99900003", "not_confirmed"),
        ("99900004", "not_confirmed"),
        ("99900005", "not_confirmed"),
        ("99999999", "not_confirmed"),
        ("", "not_confirmed"),
    ],
)
def test_the_table_answers_like_the_rules_test_records(engine: Engine, npn: str, answer: str) -> None:
    import_brokers(engine, SHIPPED, file="config/brokers.csv", at=NOON)
    assert TableDirectory(engine).look_up(npn, TODAY, within_s=1.5) == answer


def test_every_not_confirmed_state_costs_the_same_statements(engine: Engine) -> None:
    import_brokers(engine, SHIPPED, file="config/brokers.csv", at=NOON)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    for npn in ("99900002", "99900003", "99900004", "99900005", "99999999"):
        TableDirectory(engine).look_up(npn, TODAY, within_s=1.5)
    assert len(said) == 5
    assert len(set(said)) == 1


def test_an_import_replaces_the_list_and_counts_what_it_did(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, 3, agency="Old"), file="a.csv", at=NOON)
    content = listed(1, 2, agency="Old").replace(b"2,Nora", b"2,Nils") + listed(4).split(b"\n", 1)[1]
    report = import_brokers(engine, content, file="b.csv", at=NOON)
    assert report.words() == "1 added, 1 changed, 1 unchanged, 1 removed"
    assert on_file(engine) == {"1": "Old", "2": "Old", "4": ""}
    assert TableDirectory(engine).count() == 3


def test_one_bad_row_refuses_the_whole_file(engine: Engine) -> None:
    import_brokers(engine, listed(1), file="a.csv", at=NOON)
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, listed(1, 2) + b"x,,,,,,,,\n", file="b.csv", at=NOON)
    assert {fault.line for fault in refused.value.faults} == {4}
    assert on_file(engine) == {"1": ""}


def test_skipping_bad_rows_imports_the_others_and_leaves_their_brokers_as_they_were(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, 3, agency="Old"), file="a.csv", at=NOON)
    content = listed(1, agency="New") + b"2,Nils,Sample,soon,,,yes,active,New\n3,N\xe9,Sample,,,,yes,active,New\n"
    report = import_brokers(engine, content, file="b.csv", at=NOON, skip_bad=True)
    assert report.words() == "0 added, 1 changed, 0 unchanged, 0 removed; 2 rows skipped (2 brokers stay as they were)"
    assert [fault.line for fault in report.faults] == [3, 4]
    assert on_file(engine) == {"1": "New", "2": "Old", "3": "Old"}


def test_a_row_whose_number_cannot_be_read_removes_nobody_silently(engine: Engine) -> None:
    everybody = range(99900001, 99900021)
    import_brokers(engine, listed(*everybody), file="brokers.csv", at=NOON)
    garbled = listed(*everybody).replace(b"\n99900005,", b"\n9.99E+07,")
    with pytest.raises(FileFaults) as found:
        import_brokers(engine, garbled, file="brokers.csv", at=NOON, skip_bad=True)
    [fault] = found.value.faults
    assert fault.wrong == (
        "The NPN on line 6 cannot be read, and 1 broker would be removed whom no other row names: 99900005."
    )
    assert fault.remedy == "Write the number there; if these are to go, import the file with --smaller."
    assert "99900005" in on_file(engine)
    report = import_brokers(engine, garbled, file="brokers.csv", at=NOON, skip_bad=True, smaller=True)
    assert report.words() == "0 added, 0 changed, 19 unchanged, 1 removed; 1 row skipped"


def test_several_rows_without_a_number_are_told_with_the_brokers_that_would_go(engine: Engine) -> None:
    everybody = range(99900001, 99900041)
    import_brokers(engine, listed(*everybody), file="brokers.csv", at=NOON)
    garbled = listed(*everybody)
    for npn in range(99900001, 99900008):
        garbled = garbled.replace(f"\n{npn},".encode(), b"\n,")
    with pytest.raises(
        FileFaults, match=r"The NPNs of 7 rows cannot be read, and 7 brokers would be removed .*, \.\.\."
    ):
        import_brokers(engine, garbled, file="brokers.csv", at=NOON, skip_bad=True)


def test_a_row_without_a_number_is_skipped_where_nobody_would_be_removed(engine: Engine) -> None:
    import_brokers(engine, listed(99900001), file="brokers.csv", at=NOON)
    more = listed(99900001, 99900002) + b",Ann,Sample,2026-09-01,2027-10-31,2026-08-28,yes,active,\n"
    report = import_brokers(engine, more, file="brokers.csv", at=NOON, skip_bad=True)
    assert report.words() == "1 added, 0 changed, 1 unchanged, 0 removed; 1 row skipped"


def test_of_two_rows_that_contradict_each_other_neither_is_believed(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, agency="Old"), file="a.csv", at=NOON)
    content = (
        listed(1, 2, 3, agency="New") + listed(2, 3, agency="Other").split(b"\n", 1)[1] + b"4,,Solo,,,,no,ended,\n" * 2
    )
    report = import_brokers(engine, content, file="b.csv", at=NOON, skip_bad=True)
    assert on_file(engine) == {"1": "New", "2": "Old", "4": ""}
    assert (report.rows, report.skipped) == (7, 5)


def test_with_bad_rows_skipped_brokers_as_before_are_those_of_good_rows_and_of_skipped_ones(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, 3), file="a.csv", at=NOON)
    content = listed(1, 2) + b"3,Nils,Sample,soon,,,yes,active,New\n"
    report = import_brokers(engine, content, file="b.csv", at=NOON, skip_bad=True)
    assert report.words() == "nothing changed: 3 brokers as before; 1 row skipped (1 broker stays as it was)"
    assert (report.certified_before, report.certified) == (3, 3)


def test_a_file_without_one_good_row_is_never_skipped_to_nothing(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2), file="a.csv", at=NOON)
    content = listed(1, 2).replace(b"2026-09-01", b"soon")
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, content, file="b.csv", at=NOON + timedelta(hours=24), skip_bad=True)
    assert not isinstance(refused.value, RowFaults)
    assert refused.value.faults[0].wrong == "Not one of the 2 rows is good, so there is nothing to import."
    assert TableDirectory(engine).updated_at() == NOON


def test_a_header_that_cannot_be_read_is_never_skipped(engine: Engine) -> None:
    with pytest.raises(FileFaults, match="The first line is not the header"):
        import_brokers(engine, b"1,2,3\n", file="b.csv", at=NOON, skip_bad=True)


def test_a_file_that_was_cut_off_is_never_skipped(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, agency="Old"), file="a.csv", at=NOON)
    with pytest.raises(FileFaults, match="The last line stops in the middle") as refused:
        import_brokers(engine, listed(1, 2)[:-9], file="b.csv", at=NOON, skip_bad=True)
    assert not isinstance(refused.value, RowFaults)
    assert on_file(engine) == {"1": "Old", "2": "Old"}


def test_a_list_that_shrinks_by_more_than_a_fifth_needs_to_be_agreed_to(engine: Engine) -> None:
    import_brokers(engine, listed(*range(1, 11)), file="a.csv", at=NOON)
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, listed(*range(1, 8)), file="b.csv", at=NOON)
    assert [(fault.wrong, fault.remedy) for fault in refused.value.faults] == [
        (
            "The list would shrink from 10 brokers to 7. Its last row is NPN 7.",
            "Check that the file goes on to its end; if it does, import it with --smaller.",
        )
    ]
    assert len(on_file(engine)) == 10
    assert import_brokers(engine, listed(*range(1, 8)), file="b.csv", at=NOON, smaller=True).removed == 3


def test_a_fifth_fewer_or_as_many_others_need_nothing(engine: Engine) -> None:
    import_brokers(engine, listed(*range(1, 11)), file="a.csv", at=NOON)
    assert import_brokers(engine, listed(*range(1, 9)), file="b.csv", at=NOON).removed == 2
    assert import_brokers(engine, listed(*range(5, 13)), file="c.csv", at=NOON).removed == 4


def test_agreeing_to_a_smaller_list_is_not_agreeing_to_lose_most_of_it(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, 3, 4, 5), file="a.csv", at=NOON)
    with pytest.raises(FileFaults, match="--replace-all"):
        import_brokers(engine, listed(1, 2), file="b.csv", at=NOON, smaller=True)


def test_removing_more_than_half_of_the_list_needs_to_be_agreed_to(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2, 3, 4, 5), file="a.csv", at=NOON)
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, listed(1, 2), file="b.csv", at=NOON)
    assert [(fault.wrong, fault.remedy) for fault in refused.value.faults] == [
        (
            "The file would remove 3 of the 5 brokers on the list.",
            "Check that it is whole and the right one; if it is, import it with --replace-all.",
        )
    ]
    assert len(on_file(engine)) == 5
    assert import_brokers(engine, listed(1, 2), file="b.csv", at=NOON, replace_all=True).removed == 3


OLD = "2025-10-31"
"""The last day of a certification of the year before."""


def test_a_list_that_leaves_more_than_a_fifth_fewer_certified_today_needs_to_be_agreed_to(engine: Engine) -> None:
    import_brokers(engine, listed(*range(1, 11)), file="a.csv", at=NOON)
    old = listed(*range(1, 11)).replace(b"2026-09-01,2027-10-31", f"2024-11-01,{OLD}".encode())
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, old, file="old.csv", at=NOON)
    assert [(fault.wrong, fault.remedy) for fault in refused.value.faults] == [
        (
            "Certified today: 10 before, 0 with this file.",
            "Is it an old list? Import the newest one; if this is it, import it with --smaller.",
        )
    ]
    assert TableDirectory(engine).certified_on(TODAY) == 10
    report = import_brokers(engine, old, file="old.csv", at=NOON, smaller=True)
    assert (report.certified_before, report.certified) == (10, 0)
    assert TableDirectory(engine).certified_on(TODAY) == 0


def test_an_old_list_that_also_lacks_brokers_is_told_of_as_both(engine: Engine) -> None:
    import_brokers(engine, listed(*range(1, 11)), file="a.csv", at=NOON)
    old = listed(*range(1, 8)).replace(b"2026-09-01,2027-10-31", f"2024-11-01,{OLD}".encode())
    with pytest.raises(FileFaults) as refused:
        import_brokers(engine, old, file="old.csv", at=NOON)
    assert [fault.wrong for fault in refused.value.faults] == [
        "The list would shrink from 10 brokers to 7. Its last row is NPN 7.",
        "Certified today: 10 before, 0 with this file.",
    ]


def test_a_fifth_fewer_certified_needs_nothing_nor_do_certifications_that_lapsed_by_themselves(engine: Engine) -> None:
    import_brokers(engine, listed(*range(1, 11)), file="a.csv", at=NOON)
    two_ended = listed(*range(1, 11)).replace(b"1,Nora,Sample,2026-09-01,2027-10-31", b"1,Nora,Sample,,")
    two_ended = two_ended.replace(b"\n2,Nora,Sample,2026-09-01,2027-10-31", b"\n2,Nora,Sample,,")
    assert import_brokers(engine, two_ended, file="b.csv", at=NOON).certified == 8
    a_year_later = datetime(2027, 11, 2, 18, tzinfo=UTC)
    report = import_brokers(engine, two_ended, file="b.csv", at=a_year_later)
    assert (report.certified_before, report.certified) == (0, 0)


def test_the_day_of_the_line_decides_who_is_certified_and_not_that_of_utc(engine: Engine) -> None:
    in_the_evening = datetime(2027, 11, 1, 3, tzinfo=UTC)
    report = import_brokers(engine, listed(1), file="a.csv", at=in_the_evening, today=date(2027, 10, 31))
    assert report.certified == 1


def test_every_import_is_recorded_also_one_that_changed_nothing(engine: Engine) -> None:
    directory = TableDirectory(engine)
    assert directory.updated_at() is None
    import_brokers(engine, listed(1), file="a.csv", at=NOON)
    later = NOON + timedelta(hours=24)
    report = import_brokers(engine, listed(1), file="a.csv", at=later)
    assert directory.updated_at() == later
    with engine.connect() as connection:
        rows = connection.execute(imports.select().order_by(imports.c.number)).all()
    assert [(row.file, row.rows, row.added, row.unchanged) for row in rows] == [
        ("a.csv", 1, 1, 0),
        ("a.csv", 1, 0, 1),
    ]
    assert rows[0].sha256 == report.sha256
    assert len(report.sha256) == 64


NO_ROOM_FOR_7 = {
    "sqlite": [
        "CREATE TRIGGER no_room BEFORE INSERT ON brokers WHEN new.npn = '7' BEGIN SELECT RAISE(ABORT, 'no room'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON brokers FOR EACH ROW WHEN (new.npn = '7') EXECUTE FUNCTION refuse()",
    ],
}


def test_a_failure_in_the_middle_of_the_writing_leaves_the_list_as_it_was(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2), file="a.csv", at=NOON)
    with engine.begin() as connection:
        for statement in NO_ROOM_FOR_7[engine.dialect.name]:
            connection.execute(text(statement))
    with pytest.raises(DirectoryUnavailable) as failed:
        import_brokers(engine, listed(1, 5, 6, 7), file="b.csv", at=NOON)
    assert "7" not in str(failed.value)
    assert on_file(engine) == {"1": "", "2": ""}
    with engine.connect() as connection:
        assert len(connection.execute(imports.select()).all()) == 1


def test_an_import_that_ran_at_the_same_time_is_noticed(engine: Engine) -> None:
    import_brokers(engine, listed(1, 2), file="a.csv", at=NOON)
    intruded = False

    def intrude(*arguments: object) -> None:
        nonlocal intruded
        if not intruded and str(arguments[2]).startswith("SELECT brokers"):
            intruded = True
            import_brokers(engine, listed(1, 2, 3), file="b.csv", at=NOON)

    event.listen(engine, "before_cursor_execute", intrude)
    with pytest.raises(DirectoryUnavailable, match="Another import ran at the same time") as refused:
        import_brokers(engine, listed(1, 4), file="c.csv", at=NOON, replace_all=True)
    assert refused.value.can_retry
    assert set(on_file(engine)) == {"1", "2", "3"}


def test_progress_runs_from_reading_to_written(engine: Engine) -> None:
    seen: list[tuple[int, int]] = []
    import_brokers(
        engine,
        listed(*range(1, 2001)),
        file="a.csv",
        at=NOON,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (1000, 1000)


def test_a_database_without_the_table_says_so_and_quotes_no_number(url: str) -> None:
    empty = engine_for(url)
    directory = TableDirectory(empty)
    with pytest.raises(DirectoryUnavailable) as failed:
        directory.look_up("99900001", TODAY, within_s=1.5)
    assert str(failed.value) == "The database has no tables yet, or they are older than this program."
    assert not failed.value.can_retry
    assert "99900001" not in f"{failed.value!r} {failed.value.__cause__!r}"
    assert directory.updated_at() is None
    empty.dispose()
