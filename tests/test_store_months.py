"""The event log by months: a call stands in its own, once, whenever its turns come; without a part nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from ivr.events import Event, TurnRecord
from ivr.store import REVISION, Store
from ivr.store.months import later, month_at, part_of, parts, start_of

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def divided(postgresql_url: str) -> Iterator[Store]:
    """A store on PostgreSQL, where the log is in parts."""
    made = Store(postgresql_url)
    made.create_tables()
    yield made
    made.close()


def turn(number: int, at: datetime, began: int = 0) -> TurnRecord:
    """A turn of two steps."""
    steps = (Event(number, 0, "hours", "hours", "open"), Event(number, 1, "first_menu", "menu", ""))
    return TurnRecord("CA1", "ab" * 32, "broker_line", at, 4.5, "+*********99", steps, began)


def months(store: Store) -> list[int]:
    """Of every row, in order of turns."""
    with store.reading() as connection:
        return list(connection.execute(text("SELECT month FROM events ORDER BY turn, place")).scalars())


def run(store: Store, *statements: str) -> None:
    with store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_months_are_counted_in_utc_and_over_the_years() -> None:
    assert month_at(int(datetime(2026, 11, 30, 23, 59, tzinfo=UTC).timestamp())) == 202611
    assert month_at(int(datetime.fromisoformat("2026-11-30T23:00:00-06:00").timestamp())) == 202612
    assert [later(202611, count) for count in (0, 1, 2, 14, -10, -11, -23)] == [
        *(202611, 202612, 202701, 202801),
        *(202601, 202512, 202412),
    ]
    assert start_of(202701) == NEW_YEAR
    assert part_of(202701) == "events_2027_01"


def test_a_call_over_the_end_of_a_month_stands_in_the_month_in_which_it_began(store: Store) -> None:
    began = int(NEW_YEAR.timestamp()) - 3600
    store.append(turn(1, NEW_YEAR - SECOND, began))
    store.append(turn(2, NEW_YEAR + SECOND, began))
    assert months(store) == [202612] * 4
    assert [event.turn for event in store.events_of("CA1")] == [1, 1, 2, 2]


def test_a_later_turn_asked_again_in_the_next_month_is_kept_once(store: Store) -> None:
    began = int(NEW_YEAR.timestamp()) - 3600
    store.append(turn(2, NEW_YEAR - SECOND, began))
    store.append(turn(2, NEW_YEAR + SECOND, began))
    assert len(store.events_of("CA1")) == 2


@pytest.mark.parametrize("order", ["as they came", "the first came to the store last, from the outbox"])
def test_a_first_turn_asked_again_in_the_next_month_is_kept_once(store: Store, order: str) -> None:
    """Each attempt takes the hour in which the call began from the clock, and so they differ."""
    attempts = [
        turn(1, NEW_YEAR - SECOND, int(NEW_YEAR.timestamp()) - 3600),
        turn(1, NEW_YEAR + SECOND, int(NEW_YEAR.timestamp())),
    ]
    for attempt in attempts if order == "as they came" else reversed(attempts):
        store.append(attempt)
    assert len(store.events_of("CA1")) == 2


def test_a_record_that_does_not_say_when_its_call_began_goes_by_its_own_moment(store: Store) -> None:
    store.append(turn(3, NEW_YEAR))
    assert months(store) == [202701] * 2


def test_a_start_makes_parts_for_this_month_and_half_a_year(divided: Store) -> None:
    with divided.reading() as connection:
        there = list(parts(connection))
    assert len(there) == 7
    assert there == [later(there[0], count) for count in range(7)]


def test_what_has_no_part_stands_with_the_rest_and_is_moved_when_it_gets_one(divided: Store) -> None:
    with divided.reading() as connection:
        first = next(iter(parts(connection)))
    run(divided, f"DROP TABLE {part_of(first)}")
    began = int(start_of(first).timestamp())
    divided.append(turn(1, start_of(first) + timedelta(days=3), began))
    divided.append(turn(1, start_of(first) + timedelta(days=3), began))
    before = divided.events_of("CA1")
    assert counted(divided, "events_rest") == 2
    divided.create_tables()
    assert counted(divided, "events_rest") == 0
    assert counted(divided, part_of(first)) == 2
    assert divided.events_of("CA1") == before
    divided.append(turn(1, start_of(first) + timedelta(days=3), began))
    assert divided.events_of("CA1") == before


def counted(store: Store, table: str) -> int:
    with store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_database_user_that_may_make_no_parts_can_start(divided: Store) -> None:
    with divided.reading() as connection:
        first = next(iter(parts(connection)))
    run(divided, f"DROP TABLE {part_of(first)}", f"CREATE VIEW {part_of(first)} AS SELECT 1 AS taken")
    divided.create_tables()
    divided.append(turn(1, start_of(first)))
    assert counted(divided, "events_rest") == 2


def test_a_program_of_the_version_before_may_go_on_answering(store: Store) -> None:
    run(
        store,
        "INSERT INTO events (call_sid, turn, place, at, step, kind, outcome, input, label, ms, flow, release, caller) "
        "VALUES ('CA1', 1, 0, '2026-11-24 18:00:00', 'hours', 'hours', 'open', '', '', 4.5, 'broker_line', 'ab', '')",
    )
    assert len(store.events_of("CA1")) == 1
    assert months(store)[0] >= 202611


@pytest.mark.parametrize("earlier", ["0001", "0002"])
def test_a_program_of_this_version_goes_on_answering_while_the_tables_are_led_back_and_forward(
    store: Store, earlier: str
) -> None:
    """And what is asked again, or brought again from an outbox, is kept once."""
    began = int(NEW_YEAR.timestamp()) - 3600
    turns = [turn(number, NEW_YEAR + number * SECOND, began) for number in (1, 2, 3)]
    for number, revision in enumerate((REVISION, earlier, REVISION)):
        store.lead_to(revision)
        for record in turns[: number + 1]:
            store.append(record)
        assert len(store.events_of("CA1")) == 2 * (number + 1)
    assert months(store) == [202612] * 6


def test_events_of_an_earlier_version_get_the_month_of_their_call(store: Store) -> None:
    store.append(turn(1, NEW_YEAR - SECOND))
    store.append(turn(2, NEW_YEAR + SECOND))
    store.lead_to("0002")
    run(store, "UPDATE events SET month = 0")
    store.lead_to(REVISION)
    assert months(store) == [202612] * 4
