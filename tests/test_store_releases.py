"""Releases in the store: kept byte by byte, one of them live, seen by every process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import text, update
from stored_turns import NAME, NOON, ONE_HOUR, OTHER

from ivr.errors import StoreUnavailable
from ivr.store import LiveRelease, NoSuchRelease, Store
from ivr.store.tables import releases


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
