"""Unconfirmed entries in the store: counted by caller, who is known by a hash alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from stored_turns import NOON, ONE_HOUR, turn

from ivr.store import Store, caller_hash

HASH_OF_0199 = "4cf448bbbbf460f15e6ce6b8aec2b7a2f14924a06d68967cb95dc1e8ebfcaa68"
"""As `openssl dgst -sha256 -hmac secret` gives it for +16125550199."""


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
