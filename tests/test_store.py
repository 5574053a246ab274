"""The store: what is kept is kept once, seen by every process, private, and its troubles are told in plain words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update

from ivr.errors import SetupError, StoreUnavailable
from ivr.events import Event, TurnRecord
from ivr.hours import Closure
from ivr.store import LiveRelease, LoggedCall, LoggedStatus, NoSuchRelease, Store, caller_hash
from ivr.store.tables import releases

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)
NAME = "abcd" + "0" * 60
OTHER = "abce" + "0" * 60
HASH_OF_0199 = "4cf448bbbbf460f15e6ce6b8aec2b7a2f14924a06d68967cb95dc1e8ebfcaa68"
"""As `openssl dgst -sha256 -hmac secret` gives it for +16125550199."""


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url)
    made.create_tables()
    yield made
    made.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    made = Store(sqlite_url)
    made.create_tables()
    yield made
    made.close()


# Releases


def test_a_release_keeps_its_files_byte_by_byte(store: Store) -> None:
    files = {"flows/broker_line.yaml": b"flow: broker_line\n", "config/odd.bin": bytes(range(256)), "config/empty": b""}
    number = store.add_release(NAME, files, "first", NOON, by="nora")
    assert number == 1
    assert store.release_files(1) == files
    assert store.release_files(NAME) == files
    assert store.release_files("abcd") == files


def test_the_same_name_again_is_the_same_release(store: Store) -> None:
    assert store.add_release(NAME, {"a": b"1"}, "first", NOON) == 1
    assert store.add_release(NAME, {"a": b"1"}, "again", NOON + ONE_HOUR) == 1
    assert store.add_release(OTHER, {"a": b"2"}, "second", NOON) == 2
    assert [(release.number, release.note) for release in store.releases()] == [(2, "second"), (1, "first")]


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        (7, "There is no release 7."),
        ("abc", "There is no release abc."),
        ("ffff", "There is no release ffff."),
        ("%%%%", "There is no release %%%%."),
        (NAME[:3] + "c" + "1", "There is no release abcc1."),
    ],
)
def test_a_release_that_is_not_there_is_told(store: Store, which: int | str, sentence: str) -> None:
    store.add_release(NAME, {}, "", NOON)
    with pytest.raises(NoSuchRelease) as missing:
        store.release_files(which)
    assert str(missing.value) == sentence


def test_first_digits_that_fit_two_names_are_not_enough(store: Store) -> None:
    store.add_release("abcd1" + "0" * 59, {}, "", NOON)
    store.add_release("abcd2" + "0" * 59, {}, "", NOON)
    with pytest.raises(NoSuchRelease, match="abcd is the beginning of 2 releases' names"):
        store.find_release("abcd")


def test_nothing_is_live_until_something_is_made_live_and_a_rollback_makes_an_older_one_live(store: Store) -> None:
    store.add_release(NAME, {}, "", NOON)
    store.add_release(OTHER, {}, "", NOON)
    assert store.live() is None
    store.make_live(1, NOON, "first")
    store.make_live(2, NOON + ONE_HOUR)
    store.make_live(2, NOON + 2 * ONE_HOUR)
    assert store.live() == LiveRelease(2, OTHER, NOON + ONE_HOUR)
    store.make_live(1, NOON + 3 * ONE_HOUR, "rollback")
    assert store.live() == LiveRelease(1, NAME, NOON + 3 * ONE_HOUR, "rollback")
    assert [(release.number, release.is_live) for release in store.releases()] == [(2, False), (1, True)]
    assert [(live.number, live.note) for live in store.live_history()] == [(1, "rollback"), (2, ""), (1, "first")]


def test_only_a_release_that_is_kept_can_be_made_live(store: Store) -> None:
    with pytest.raises(NoSuchRelease):
        store.make_live(1, NOON)


def test_a_bundle_that_was_tampered_with_is_not_used(store: Store) -> None:
    store.add_release(NAME, {"a": b"1"}, "", NOON)
    with store.engine.begin() as connection:
        connection.execute(update(releases).values(bundle=b"\0"))
    with pytest.raises(StoreUnavailable, match="Release 1 is damaged in the database") as damaged:
        store.release_files(1)
    assert not damaged.value.can_retry


def test_the_same_files_make_the_same_bundle(store: Store) -> None:
    store.add_release(NAME, {"a": b"1", "b": b"2"}, "", NOON)
    store.add_release(OTHER, {"b": b"2", "a": b"1"}, "", NOON)
    with store.engine.connect() as connection:
        first, second = connection.execute(text("SELECT bundle FROM releases")).scalars()
    assert first == second


ANOTHER_PROCESS = """
import sys
from ivr.store import Store
store = Store(sys.argv[1])
for _ in sys.stdin:
    live = store.live()
    print(live.number if live else "none", flush=True)
store.close()
"""


def test_another_process_sees_a_new_live_release_at_its_next_look(store: Store, url: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER_PROCESS, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def sees() -> str:
            assert other.stdin is not None
            assert other.stdout is not None
            print(file=other.stdin, flush=True)
            return other.stdout.readline().strip()

        assert sees() == "none"
        store.add_release(NAME, {}, "", NOON)
        store.add_release(OTHER, {}, "", NOON)
        store.make_live(1, NOON)
        assert sees() == "1"
        store.make_live(2, NOON)
        assert sees() == "2"


FORKING = """
import os, sys
from ivr.store import Store
store = Store(sys.argv[1])
def live_number():
    return store.live().number
assert live_number() == 1
child = os.fork()
if child == 0:
    os._exit(0 if live_number() == 1 else 1)
assert os.waitpid(child, 0)[1] == 0
assert live_number() == 1
store.close()
"""


def test_a_store_survives_a_fork_on_both_sides(store: Store, url: str) -> None:
    store.add_release(NAME, {}, "", NOON)
    store.make_live(1, NOON)
    assert subprocess.run([sys.executable, "-c", FORKING, url], check=False).returncode == 0


def test_two_processes_may_make_the_tables_at_once(url: str) -> None:
    program = "import sys; from ivr.store import Store; s = Store(sys.argv[1]); s.create_tables(); s.ping(); s.close()"
    both = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]


# Closures


def test_a_closure_is_known_at_a_moment_as_it_stood_then(store: Store) -> None:
    store.add_closure(NOON, NOON + 3 * ONE_HOUR, "ice", NOON)
    store.end_closures(NOON + ONE_HOUR)
    assert store.closures_known_at(NOON - timedelta(seconds=1)) == ()
    assert store.closures_known_at(NOON) == (Closure(NOON, NOON + 3 * ONE_HOUR, "ice"),)
    assert store.closures_known_at(NOON + ONE_HOUR) == ()
    assert store.closures_known_at(NOON + 4 * ONE_HOUR) == ()


def test_a_closure_is_seen_until_it_ends(store: Store) -> None:
    store.add_closure(NOON, NOON + ONE_HOUR, "a power outage", NOON)
    assert store.closures_since(NOON - ONE_HOUR) == (Closure(NOON, NOON + ONE_HOUR, "a power outage"),)
    assert store.closures_since(NOON + ONE_HOUR - timedelta(seconds=1)) == (
        Closure(NOON, NOON + ONE_HOUR, "a power outage"),
    )
    assert store.closures_since(NOON + ONE_HOUR) == ()


def test_reopening_ends_what_runs_and_leaves_what_is_planned(store: Store) -> None:
    store.add_closure(NOON, NOON + 3 * ONE_HOUR, "ice", NOON)
    store.add_closure(NOON + 24 * ONE_HOUR, NOON + 25 * ONE_HOUR, "training", NOON)
    assert store.end_closures(NOON + ONE_HOUR) == 1
    assert store.end_closures(NOON + ONE_HOUR) == 0
    assert store.closures_since(NOON + ONE_HOUR) == (Closure(NOON + 24 * ONE_HOUR, NOON + 25 * ONE_HOUR, "training"),)
    assert store.closures_since(NOON)[0] == Closure(NOON, NOON + ONE_HOUR, "ice")


def test_a_closure_ended_as_it_began_never_was(store: Store) -> None:
    store.add_closure(NOON, NOON + ONE_HOUR, "ice", NOON)
    store.end_closures(NOON)
    assert store.closures_since(NOON - ONE_HOUR) == ()


def test_moments_of_any_zone_come_back_as_the_same_moment_in_utc(store: Store) -> None:
    starts = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Chicago"))
    store.add_closure(starts, starts + ONE_HOUR, "ice", NOON)
    (closure,) = store.closures_since(NOON)
    assert closure.starts == starts
    assert closure.starts.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        store.add_closure(datetime(2026, 11, 24, 12), NOON, "ice", NOON)  # noqa: DTZ001
    assert "moment without a zone" in repr(refused.value.__cause__)


# What happened on calls


def turn(number: int, *steps: str, call_sid: str = "CA1", at: datetime = NOON, label: str = "none") -> TurnRecord:
    """A turn that went through these steps."""
    return TurnRecord(
        call_sid=call_sid,
        release=NAME,
        flow="broker_line",
        at=at,
        ms=4.5,
        caller="+*********99",
        events=tuple(Event(number, order, step, "say", "next", "******01", label) for order, step in enumerate(steps)),
    )


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


# Lock-outs


def test_unconfirmed_entries_are_counted_by_caller_within_the_time(store: Store) -> None:
    ours, theirs = caller_hash(b"secret", "+16125550199"), caller_hash(b"secret", "+16125550100")
    store.note_unconfirmed(ours, "CA1", 2, NOON - timedelta(minutes=61))
    store.note_unconfirmed(ours, "CA1", 3, NOON - timedelta(minutes=60))
    store.note_unconfirmed(theirs, "CA3", 2, NOON - timedelta(minutes=1))
    store.note_unconfirmed(ours, "CA2", 2, NOON)
    store.note_unconfirmed(ours, "CA4", 2, NOON + timedelta(minutes=1))
    assert store.unconfirmed_before([ours], "CA2", 2, ONE_HOUR) == 1
    assert store.unconfirmed_before([theirs], "CA2", 2, ONE_HOUR) == 1
    assert store.unconfirmed_before([ours, theirs], "CA2", 2, ONE_HOUR) == 2
    assert store.unconfirmed_before([], "CA2", 2, ONE_HOUR) == 0
    assert store.unconfirmed_before([ours], "CA9", 2, ONE_HOUR) == 0


def test_a_repeated_webhook_notes_once_and_sees_the_count_that_it_saw_first(store: Store) -> None:
    store.note_unconfirmed("h", "CA1", 2, NOON)
    store.note_unconfirmed("h", "CA1", 3, NOON)
    before = store.unconfirmed_before(["h"], "CA1", 3, ONE_HOUR)
    store.note_unconfirmed("h", "CA2", 3, NOON)
    store.note_unconfirmed("h", "CA1", 3, NOON + timedelta(minutes=1))
    store.note_unconfirmed("h", "CA1", 4, NOON + timedelta(minutes=1))
    assert before == 1
    assert store.unconfirmed_before(["h"], "CA1", 3, ONE_HOUR) == 1
    assert store.unconfirmed_before(["h"], "CA1", 4, ONE_HOUR) == 3


def test_an_entry_that_is_confirmed_after_all_counts_no_longer(store: Store) -> None:
    store.note_unconfirmed("h", "CA1", 2, NOON)
    store.note_unconfirmed("h", "CA1", 3, NOON)
    store.forget_unconfirmed("CA1", 2)
    store.forget_unconfirmed("CA9", 9)
    assert store.unconfirmed_before(["h"], "CA1", 3, ONE_HOUR) == 0


def test_a_caller_s_hash_depends_on_the_secret_and_hides_the_number() -> None:
    assert caller_hash(b"secret", "+16125550199") == HASH_OF_0199
    assert caller_hash(b"secret", "+16125550199") != caller_hash(b"other", "+16125550199")


def test_nothing_private_can_be_read_in_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.note_unconfirmed(caller_hash(b"secret", "+16125550199"), "CA1", 2, NOON)
    sqlite_store.append(turn(1, "npn"))
    sqlite_store.close()
    assert b"6125550199" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


# Troubles


def test_a_database_without_tables_is_not_ready(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="The database has no tables yet"):
        store.ping()
    store.create_tables()
    store.ping()
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "sqlite", "postgresql+nodriver://x/y", "http://example.org"])
def test_an_address_that_is_no_database_names_the_setting(url: str) -> None:
    with pytest.raises(SetupError, match="IVR_DATABASE_URL"):
        Store(url)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'line.db'}")
    with pytest.raises(StoreUnavailable) as failed:
        store.create_tables()
    assert str(failed.value) == "The database file cannot be opened: no such folder, or no permission."
    assert not failed.value.can_retry
    assert failed.value.__cause__ is not None


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "line.db").write_text("npn,first_name\n" * 100)
    store = Store(f"sqlite:///{tmp_path / 'line.db'}")
    with pytest.raises(StoreUnavailable, match="The file is not a database, or is damaged"):
        store.ping()


def test_a_read_only_database_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.close()
    reader = Store(f"sqlite:///file:{tmp_path / 'line.db'}?mode=ro&uri=true")
    with pytest.raises(StoreUnavailable, match="The database is read-only"):
        reader.append(turn(1, "hours"))
    reader.close()


def test_a_full_disk_is_told_and_nothing_is_half_kept(sqlite_store: Store) -> None:
    sqlite_store.add_release(NAME, {"a": b"1"}, "", NOON)
    with sqlite_store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="The disk that holds the database is full"):
        sqlite_store.add_release(OTHER, {"a": os.urandom(50_000)}, "", NOON)
    assert [release.number for release in sqlite_store.releases()] == [1]


def test_a_database_locked_for_too_long_is_told_and_reading_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.append(turn(1, "hours"))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    writer = sqlite3.connect(tmp_path / "line.db")
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked by another process") as failed:
        sqlite_store.append(turn(2, "npn"))
    assert failed.value.can_retry
    assert len(sqlite_store.events_of("CA1")) == 1
    writer.close()
    sqlite_store.append(turn(2, "npn"))
    assert len(sqlite_store.events_of("CA1")) == 2


def test_no_value_stands_in_an_error(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE events"))
    with pytest.raises(StoreUnavailable) as failed:
        store.append(turn(1, "a_telling_step"))
    assert "a_telling_step" not in f"{failed.value} {failed.value.__cause__}"


def test_a_store_in_memory_works_for_one_process() -> None:
    store = Store("sqlite://")
    store.create_tables()
    store.append(turn(1, "hours"))
    assert len(store.calls()) == 1
    store.close()
