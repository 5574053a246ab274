"""What happened on calls: each turn kept once, listed, told by the provider, and forgotten in time."""

from __future__ import annotations

from stored_turns import NAME, NOON, ONE_HOUR, turn

from ivr.store import LoggedCall, LoggedStatus, Store


def test_a_turn_is_kept_once_however_often_its_webhook_comes(store: Store) -> None:
    store.append(turn(1, "hours", "first_menu"))
    store.append(turn(1, "hours", "first_menu"))
    store.append(turn(2, "npn", label="certified"))
    assert [(event.turn, event.place, event.step, event.input, event.at) for event in store.events_of("CA1")] == [
        (1, 0, "hours", "******01", NOON),
        (1, 1, "first_menu", "******01", NOON),
        (2, 0, "npn", "******01", NOON),
    ]


def test_turns_that_come_out_of_order_are_read_in_order(store: Store) -> None:
    store.append(turn(2, "npn"))
    store.append(turn(1, "hours"))
    assert [event.step for event in store.events_of("CA1")] == ["hours", "npn"]


def test_a_turn_without_events_keeps_nothing(store: Store) -> None:
    store.append(turn(1))
    assert store.events_of("CA1") == ()


def test_the_calls_last_heard_of_are_listed_by_when_they_began_the_latest_first_each_in_one_line(store: Store) -> None:
    store.append(turn(1, "hours", "first_menu"))
    store.append(turn(1, "hours", call_sid="CA2", at=NOON + ONE_HOUR))
    store.append(turn(2, "representatives", at=NOON + 2 * ONE_HOUR, label="certified"))
    store.append_status("CA1", "completed", 95, NOON + 3 * ONE_HOUR)
    assert store.calls(10) == (
        LoggedCall(
            "CA2",
            NOON + ONE_HOUR,
            NOON + ONE_HOUR,
            1,
            "broker_line",
            NAME,
            "+*********99",
            "hours",
            "none",
            "",
            None,
        ),
        LoggedCall(
            "CA1",
            NOON,
            NOON + 2 * ONE_HOUR,
            2,
            "broker_line",
            NAME,
            "+*********99",
            "representatives",
            "certified",
            "completed",
            95,
        ),
    )
    assert [call.call_sid for call in store.calls(1)] == ["CA1"]
    assert store.call("CA9") is None


def test_the_last_calls_are_found_without_reading_every_event(store: Store) -> None:
    for number in range(40):
        store.append(turn(1, *("hours",) * 30, call_sid=f"CA{number}", at=NOON + number * ONE_HOUR))
    assert [call.call_sid for call in store.calls(3)] == ["CA39", "CA38", "CA37"]
    assert [call.call_sid for call in store.calls(0)] == []
    with store.engine.connect() as connection:
        explain = "EXPLAIN" if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        if store.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        plan = connection.exec_driver_sql(f"{explain} SELECT call_sid FROM events ORDER BY at DESC, call_sid").all()
    assert "events_in_time" in str(plan) or "Index Scan Backward using events_rest_at_idx" in str(plan)


def test_the_provider_s_word_for_a_call_is_kept_once(store: Store) -> None:
    store.append_status("CA1", "ringing", None, NOON)
    store.append_status("CA1", "completed", 95, NOON + ONE_HOUR)
    store.append_status("CA1", "completed", 96, NOON + 2 * ONE_HOUR)
    assert store.statuses_of("CA1") == (
        LoggedStatus("CA1", "ringing", None, NOON),
        LoggedStatus("CA1", "completed", 95, NOON + ONE_HOUR),
    )


def test_old_calls_are_forgotten_and_releases_stay(store: Store) -> None:
    store.add_release(NAME, {}, "", NOON)
    store.append(turn(1, "hours", "first_menu"))
    store.append_status("CA1", "completed", 95, NOON)
    store.note_unconfirmed("hash", "CA1", 2, NOON)
    store.append(turn(1, "hours", call_sid="CA2", at=NOON + ONE_HOUR))
    assert store.purge(NOON + ONE_HOUR) == 4
    assert [call.call_sid for call in store.calls()] == ["CA2"]
    assert len(store.releases()) == 1
