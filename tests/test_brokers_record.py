"""Who is certified on a day (D-01, D-07, D-08, D-36), and how an NPN is spelled (D-02)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.brokers import Broker, MemoryDirectory, is_certified, normal_npn, read_brokers, standing_reason

TODAY = date(2026, 11, 24)
GOOD = Broker(
    npn="99900001",
    first_name="Nora",
    last_name="Sample",
    certified_from=date(2026, 9, 1),
    certified_through=date(2027, 10, 31),
    training_completed_on=date(2026, 8, 28),
    license_active=True,
    status="active",
    agency="Example Lakes Agency",
)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"certified_through": date(2026, 10, 31)}, "ended 2026-10-31"),
        ({"certified_from": date(2026, 12, 1)}, "certified only from 2026-12-01"),
        ({"certified_from": None, "certified_through": None}, "no certification on file"),
        ({"certified_from": None}, "no certification on file"),
        ({"certified_through": None}, "certification dates are incomplete"),
        ({"training_completed_on": None}, "training not completed"),
        ({"training_completed_on": date(2026, 11, 25)}, "training dated 2026-11-25, after today"),
        ({"license_active": False}, "Minnesota producer licence not active"),
        ({"status": "pending"}, "application pending"),
        ({"status": "suspended"}, "suspended: refer to a supervisor"),
        ({"status": "ended"}, "ended by MNsure"),
        (
            {"first_name": "", "last_name": ""},
            "an agency's number (Example Lakes Agency); certification is personal",
        ),
    ],
)
def test_one_thing_missing_is_enough_not_to_be_certified(changed: dict[str, object], reason: str) -> None:
    record = replace(GOOD, **changed)  # type: ignore[arg-type]
    assert not is_certified(record, TODAY)
    assert standing_reason(record, TODAY) == reason


@pytest.mark.parametrize(
    ("day", "certified"),
    [
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), True),
        (date(2027, 10, 31), True),
        (date(2027, 11, 1), False),
    ],
)
def test_first_and_last_day_are_certified_days_and_there_is_no_grace(day: date, certified: bool) -> None:
    assert is_certified(GOOD, day) is certified


def test_training_completed_today_counts() -> None:
    assert is_certified(replace(GOOD, training_completed_on=TODAY), TODAY)


def test_everything_missing_is_told_at_once() -> None:
    record = replace(GOOD, status="pending", training_completed_on=None, license_active=False)
    assert (
        standing_reason(record, TODAY)
        == "application pending; training not completed; Minnesota producer licence not active"
    )


def test_a_certified_broker_is_told_with_the_plan_year() -> None:
    assert standing_reason(GOOD, TODAY) == "certified, plan year 2027"
    assert standing_reason(None, TODAY) == "no such number on file"


@given(
    st.builds(
        Broker,
        npn=st.just("1"),
        first_name=st.sampled_from(["", "Nora"]),
        last_name=st.sampled_from(["", "Sample"]),
        certified_from=st.none() | st.dates(),
        certified_through=st.none() | st.dates(),
        training_completed_on=st.none() | st.dates(),
        license_active=st.booleans(),
        status=st.sampled_from(["active", "pending", "suspended", "ended"]),
        agency=st.just("Example"),
    ),
    st.dates(max_value=date(9999, 12, 30)),
)
def test_a_reason_says_certified_exactly_when_the_rule_does(record: Broker, today: date) -> None:
    reason = standing_reason(record, today)
    assert reason
    assert reason.startswith("certified, plan year") is is_certified(record, today)
    if record.certified_through is not None and record.certified_through < date.max:
        assert not is_certified(record, record.certified_through + timedelta(days=1))


def test_a_record_in_a_log_line_does_not_show_the_number() -> None:
    assert "99900001" not in repr(GOOD)


@pytest.mark.parametrize(
    ("keyed", "spelled"),
    [("99900001", "99900001"), ("0099900001", "99900001"), ("0", ""), ("0000000000", ""), ("7", "7"), ("", "")],
)
def test_leading_zeros_do_not_count_and_all_zeros_is_no_number(keyed: str, spelled: str) -> None:
    assert normal_npn(keyed) == spelled


@pytest.mark.parametrize(
    ("npn", "answer", "reason"),
    [
        ("99900001", "certified", "certified, plan year 2027"),
        ("0099900001", "certified", "certified, plan year 2027"),
        ("9990000010", "certified", "certified, plan year 2027"),
        ("99900002", "not_confirmed", "ended 2026-10-31"),
        ("99900003", "not_confirmed", "application pending; training not completed"),
        ("99900004", "not_confirmed", "suspended: refer to a supervisor"),
        ("99900005", "not_confirmed", "Minnesota producer licence not active"),
        ("99900036", "not_confirmed", "an agency's number (Example Lakes Agency); certification is personal"),
        ("99999999", "not_confirmed", "no such number on file"),
        ("", "not_confirmed", "no such number on file"),
    ],
)
def test_the_shipped_list_holds_the_test_records_of_the_rules(npn: str, answer: str, reason: str) -> None:
    shipped = Path(__file__).parent.parent / "config" / "brokers.csv"
    read = read_brokers(shipped.read_bytes(), "config/brokers.csv")
    assert not read.faults
    directory = MemoryDirectory(read.records)
    assert directory.look_up(npn, TODAY, within_s=1.5) == answer
    assert standing_reason(directory.find(npn), TODAY) == reason
