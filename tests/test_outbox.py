"""The outbox: what is put by is on the disk, bounded, shared by processes, and its troubles cost nobody a call."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.store import Letter, Outbox, OutboxFigures, OutboxUnusable

TURN = {"call_sid": "CA1", "events": [{"turn": 3}]}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox")
    yield made
    made.close()


def test_letters_come_out_in_the_order_in_which_they_were_put_by(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    outbox.put("status", "CA1", {"status": "completed"})
    outbox.put("note", "CA2", {"turn": 1})
    assert outbox.oldest(2) == [Letter(1, "turn", TURN), Letter(2, "status", {"status": "completed"})]
    outbox.remove([1, 2])
    assert outbox.oldest(2) == [Letter(3, "note", {"turn": 1})]


def test_nothing_is_made_on_disk_before_the_first_letter(outbox: Outbox, tmp_path: Path) -> None:
    assert outbox.oldest(1) == ()
    assert outbox.figures() == OutboxFigures()
    assert outbox.last_turn("CA1") == 0
    assert list(tmp_path.iterdir()) == []


def test_only_this_user_may_look_into_it(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    assert outbox.folder.stat().st_mode & 0o777 == 0o700


def test_a_letter_is_safe_from_a_power_cut_when_it_is_put_by(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    connection = outbox._connected()
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: each commit is flushed to the disk"
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_full_outbox_keeps_what_it_has_and_counts_what_it_does_not_take(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, most_bytes=50)
    outbox.put("status", "CA1", {"status": "ringing"})
    outbox.put("status", "CA1", {"status": "ringing"})
    for _ in range(3):
        with pytest.raises(OutboxUnusable, match="The outbox is full"):
            outbox.put("status", "CA1", {"status": "completed"})
    assert outbox.figures() == OutboxFigures(waiting=2, bytes=40, dropped=3)
    outbox.remove([1])
    outbox.put("status", "CA1", {"status": "completed"})
    assert [letter.number for letter in outbox.oldest(9)] == [2, 3]
    outbox.close()


def test_a_letter_that_is_set_aside_is_in_nobody_s_way_and_not_lost(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    outbox.put("turn", "CA2", TURN)
    outbox.set_aside(1, "refused")
    assert [letter.number for letter in outbox.oldest(9)] == [2]
    assert outbox.figures() == OutboxFigures(waiting=1, bytes=80, set_aside=1)
    kept = sqlite3.connect(outbox.folder / "outbox.db")
    assert kept.execute("SELECT number, kind, call_sid, why FROM set_aside").fetchall() == [
        (1, "turn", "CA1", "refused")
    ]
    kept.close()


def test_the_last_turn_of_a_call_is_known_while_it_waits(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    outbox.put("turn", "CA1", {"call_sid": "CA1", "events": [{"turn": 5}, {"turn": 5}]})
    outbox.put("note", "CA1", {"turn": 9})
    assert outbox.last_turn("CA1") == 5
    assert outbox.last_turn("CA2") == 0


# Troubles


@pytest.mark.parametrize("obstacle", ["a file where the folder should be", "a folder where the file should be"])
def test_an_outbox_that_cannot_be_written_says_so_and_works_when_it_can(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "outbox"
    if obstacle.startswith("a file"):
        folder.write_text("")
        blocked = folder
    else:
        (folder / "outbox.db").mkdir(parents=True)
        blocked = folder / "outbox.db"
    outbox = Outbox(folder)
    with pytest.raises(OutboxUnusable, match="The outbox cannot be used"):
        outbox.put("turn", "CA1", TURN)
    assert outbox.last_turn("CA1") == 0
    blocked.rmdir() if blocked.is_dir() else blocked.unlink()
    outbox.put("turn", "CA1", TURN)
    assert outbox.figures().waiting == 1
    outbox.close()


def test_a_connection_from_when_the_disk_was_read_only_costs_no_letter_once_it_is_mended(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    outbox.close()
    only_read = sqlite3.connect(f"file:{outbox.folder / 'outbox.db'}?mode=ro", uri=True, isolation_level=None)
    opened = outbox._connected()
    assert outbox._opened
    outbox._opened = outbox._opened._replace(connection=only_read)
    outbox.put("status", "CA1", {"status": "completed"})
    assert [letter.number for letter in outbox.oldest(9)] == [1, 2]
    opened.close()


def test_an_outbox_that_was_removed_is_made_anew_instead_of_written_to_where_nobody_finds_it(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    for path in outbox.folder.iterdir():
        path.unlink()
    outbox.folder.rmdir()
    outbox.put("turn", "CA2", TURN)
    other = Outbox(outbox.folder)
    assert other.figures().waiting == 1
    other.close()


def test_a_full_disk_is_told_and_what_was_put_by_stays(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    connection = outbox._connected()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxUnusable, match="SQLITE_FULL"):
        outbox.put("turn", "CA1", {"long": "x" * 50_000})
    assert outbox.figures().waiting == 1


def test_a_damaged_file_is_put_away_and_a_new_one_begun(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"not a database " * 1000)
    outbox = Outbox(tmp_path)
    with pytest.raises(OutboxUnusable, match="SQLITE_NOTADB"):
        outbox.put("turn", "CA1", TURN)
    outbox.put("turn", "CA1", TURN)
    assert outbox.figures().waiting == 1
    (put_away,) = tmp_path.glob("damaged-*-outbox.db")
    assert put_away.read_bytes().startswith(b"not a database")
    outbox.close()


def test_an_outbox_locked_by_another_process_keeps_nobody_waiting_for_long(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    other = sqlite3.connect(outbox.folder / "outbox.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutboxUnusable, match="SQLITE_BUSY"):
        outbox.put("turn", "CA1", TURN)
    other.rollback()
    other.close()
    outbox.put("turn", "CA1", TURN)
    assert outbox.figures().waiting == 2


# Many at once

PUT_BY = """
import os, sys, threading
from pathlib import Path
from ivr.store import Outbox
outbox = Outbox(Path(sys.argv[1]))
def work(thread):
    for number in range(50):
        outbox.put("turn", f"CA{os.getpid()}-{thread}", {"number": number})
        os.write(1, f"{thread} {number}\\n".encode())
threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_processes_and_threads_share_one_outbox(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", PUT_BY, str(tmp_path)], stdout=subprocess.DEVNULL) for _ in range(3)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    outbox = Outbox(tmp_path)
    assert outbox.figures().waiting == 3 * 4 * 50
    outbox.close()
    rows = sqlite3.connect(tmp_path / "outbox.db")
    by_thread: dict[str, list[str]] = {}
    for call_sid, content in rows.execute("SELECT call_sid, content FROM letters ORDER BY number"):
        by_thread.setdefault(call_sid, []).append(content)
    rows.close()
    assert len(by_thread) == 12
    assert set(map(tuple, by_thread.values())) == {tuple(f'{{"number":{number}}}' for number in range(50))}


def test_what_was_put_by_survives_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PUT_BY, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(60)]
        process.kill()
        said += process.stdout.readlines()
    promised = {tuple(line.split()) for line in said if line.endswith("\n")}
    outbox = Outbox(tmp_path)
    letters = outbox.oldest(1000)
    outbox.close()
    assert len(promised) >= 60
    assert len(letters) >= len(promised)
    assert sum(1 for letter in letters if letter.content == {"number": 0}) == 4


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from ivr.store import Outbox, OutboxUnusable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
outbox, kept = Outbox(Path(sys.argv[1])), 0
try:
    while True:
        outbox.put("turn", "CA1", {"number": kept, "more": "x" * 500})
        kept += 1
except OutboxUnusable as trouble:
    print(kept, trouble)
"""


def test_when_no_file_may_grow_the_letters_that_were_put_by_are_all_there(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    kept, _, why = subprocess.run(words, check=True, capture_output=True, text=True).stdout.partition(" ")
    assert why.startswith("The outbox cannot be used (SQLITE_")
    outbox = Outbox(tmp_path)
    assert [letter.content["number"] for letter in outbox.oldest(1000)] == list(range(int(kept)))
    assert int(kept) > 10
    outbox.put("turn", "CA1", TURN)
    outbox.close()


def test_threads_that_put_by_at_once_do_not_wait_for_each_other_s_disk(outbox: Outbox) -> None:
    outbox.put("turn", "CA0", TURN)
    lock = outbox._using
    lock.acquire()
    threads = [threading.Thread(target=outbox.put, args=("turn", f"CA{number}", TURN)) for number in range(8)]
    for thread in threads:
        thread.start()
    while len(outbox._unsent) < 8:
        pass
    before = outbox._connected().total_changes
    lock.release()
    for thread in threads:
        thread.join()
    assert outbox.figures().waiting == 9
    assert outbox._connected().total_changes - before == 16, "eight letters, and their figures"


def test_a_forked_child_opens_the_file_for_itself(outbox: Outbox) -> None:
    outbox.put("turn", "CA1", TURN)
    child = os.fork()
    if child == 0:
        outbox.put("turn", "CA2", TURN)
        outbox.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    outbox.put("turn", "CA3", TURN)
    assert outbox.figures().waiting == 3
