"""`ivr calls`: what is kept of a call is enough to tell it again, in the words that were heard; nothing private is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Ivr
from projects import tiny_project
from webhooks import CENTRAL

from ivr.answering import app_for
from ivr.cli.told import show_told, told_as_facts
from ivr.doctor.trial import doctors_sid
from ivr.events import Event, TurnRecord
from ivr.flow.load import load_release, read_files
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.settings import load_settings
from ivr.softphone import InProcess, Number, Softphone, is_pretended, new_sid
from ivr.store import Store
from ivr.turns import Told, retell
from ivr.wiring import Line, line_of, open_store, real_clock

PROJECT = Path(__file__).parents[1]
OPEN = datetime(2026, 11, 24, 10, 0, tzinfo=CENTRAL)
CLOSED = datetime(2026, 11, 24, 20, 0, tzinfo=CENTRAL)
FIRST, SECOND = f"CA12{'a' * 30}", f"CA12{'b' * 30}"


@pytest.fixture(scope="module")
def line() -> Line:
    """The shipped line with its sample brokers, in memory."""
    return rehearsal_line(load_release(read_files(PROJECT)), sample_brokers(PROJECT))


def call_at(line: Line, moment: datetime) -> Softphone:
    number = Number.at(BASE_URL, ACCOUNT_SID, AUTH_TOKEN)
    phone = Softphone(InProcess(app_for(line), BASE_URL), number, moment)
    phone.dial()
    return phone


def sid_of(phone: Softphone) -> str:
    return phone.state.leg.sid


def to_a_representative(phone: Softphone) -> None:
    phone.press("1")
    phone.press("99900001#")
    phone.representative("no_answer")
    phone.representative("answers")
    phone.hang_up()


def wrong_keys_and_silence(phone: Softphone) -> None:
    phone.press("7")
    phone.stay_silent()
    phone.press("3")
    phone.press("*")
    phone.hang_up()


def silence(phone: Softphone) -> None:
    while not phone.is_over:
        phone.stay_silent()


@pytest.mark.parametrize(
    ("goes", "moment"),
    [
        (to_a_representative, OPEN),
        (wrong_keys_and_silence, OPEN),
        (wrong_keys_and_silence, CLOSED),
        (silence, OPEN),
        (silence, CLOSED),
    ],
)
def test_a_call_is_told_again_in_the_words_that_were_heard(
    line: Line, goes: Callable[[Softphone], None], moment: datetime
) -> None:
    phone = call_at(line, moment)
    goes(phone)
    heard = [said for said in phone.lines() if said.who == "line" and said.to == "caller"]
    assert len(heard) > 1
    told = list(retell(line.releases.current().release, line.store.events_of(sid_of(phone))))
    again = [(one.text, one.step) for one in told if one.who == "line"]
    assert len(again) == len(heard)
    for said, (text, _) in zip(heard, again, strict=True):
        assert text.startswith(said.text.removesuffix(" —").removesuffix("—").strip())


def test_keys_steps_and_the_whisper_are_told_with_their_seconds(line: Line) -> None:
    phone = call_at(line, OPEN)
    to_a_representative(phone)
    told = list(retell(line.releases.current().release, line.store.events_of(sid_of(phone))))
    assert [one.text for one in told if one.who == "caller"] == ["1", "******01  (entered)"]
    assert ("certification", "certified") in {(one.step, one.text) for one in told if one.who == "step"}
    assert next(one.text for one in told if one.who == "whisper").startswith("Broker Line, certified")
    assert [one.at_s for one in told] == sorted(one.at_s for one in told)
    assert told[-1].at_s > 20


def test_words_are_told_one_after_another_and_those_that_a_key_cut_short_are_not_told_as_heard(line: Line) -> None:
    phone = call_at(line, OPEN)
    phone.press("1", 1)
    phone.press("99900001#", 2)
    phone.representative("answers")
    phone.hang_up()
    told = list(retell(line.releases.current().release, line.store.events_of(sid_of(phone))))
    assert [(one.at_s, one.step, one.heard) for one in told if one.who == "line"] == [
        (0.0, "greeting", "part"),
        (1.0, "notice", "none"),
        (1.0, "first_menu", "none"),
        (1.0, "npn", "part"),
        (6.2, "connecting", "whole"),
    ]


def test_what_is_keyed_is_told_before_the_words_that_follow_it_however_fine_the_clock(store: Store) -> None:
    live = store.live()
    assert live
    sid, at = f"CA55{'c' * 30}", datetime(2026, 11, 24, 16, tzinfo=UTC)
    kept(store, sid, at, Event(1, 0, "first_menu", "menu", ""), release=live.name)
    keyed = Event(2, 0, "first_menu", "menu", "2", "2")
    kept(store, sid, at + timedelta(seconds=3, microseconds=400), keyed, Event(2, 1, "address", "menu", ""))
    told = list(retell(load_release(store.release_files(live.name)), store.events_of(sid)))
    assert [(one.at_s, one.who, one.step) for one in told] == [
        (0.0, "line", "first_menu"),
        (3.0, "caller", "first_menu"),
        (3.0, "line", "address"),
    ]


def test_who_hangs_up_amid_words_did_not_hear_them_to_their_end(store: Store, project: Path, ivr: Ivr) -> None:
    store.append_status(SECOND, "completed", 2, store.events_of(SECOND)[0].at + timedelta(seconds=2))
    said = ivr("calls", "show", SECOND, project=project)
    assert "For the address, press two. —  first_menu" in said.out
    assert "What came next cut words short that end in —" in said.out
    told = ivr("calls", "show", SECOND, "--json", project=project).json["told"]
    assert [(one["step"], one["heard"]) for one in told] == [("first_menu", "part")]


def test_a_closure_changes_nothing_of_the_calls_before_it_and_its_end_nothing_of_those_during_it() -> None:
    line = rehearsal_line(load_release(read_files(PROJECT)), ())

    def call_after(minutes: int) -> Softphone:
        """To a process that looks at the closures now."""
        process = line_of(line.settings, line.store, line.directory, line.clock)
        process.releases.put_on(line.releases.current().release)
        return call_at(process, OPEN + timedelta(minutes=minutes))

    before = call_after(1)
    line.store.add_closure(OPEN + timedelta(minutes=10), OPEN + timedelta(hours=3), "ice", OPEN + timedelta(minutes=10))
    during = call_after(12)
    line.store.end_closures(OPEN + timedelta(minutes=20))
    after = call_after(30)
    release = line.releases.current().release

    def words(phone: Softphone) -> str:
        told = retell(release, line.store.events_of(sid_of(phone)), line.store.closures_known_at)
        said = " ".join(one.text for one in told if one.who == "line")
        assert said.startswith(next(one.text for one in phone.lines() if one.who == "line"))
        return said

    assert "We're closed this Thursday and Friday" in words(before)
    assert "We're closed for ice." in words(during)
    assert "We're closed this Thursday and Friday" in words(after)


def test_of_a_number_that_was_spoken_back_only_the_last_two_digits_are_told(line: Line) -> None:
    phone = call_at(line, OPEN)
    phone.press("1")
    phone.press("12345678#")
    told = list(retell(line.releases.current().release, line.store.events_of(sid_of(phone))))
    words = next(one.text for one in told if one.who == "line" and "confirm" in one.text)
    assert "for * * *, * * *, seven eight." in words


def test_without_its_release_keys_and_steps_are_told(line: Line) -> None:
    phone = call_at(line, OPEN)
    phone.press("2")
    told = list(retell(None, line.store.events_of(sid_of(phone))))
    assert {one.who for one in told} == {"caller", "step"}
    assert list(retell(None, ())) == []


def spoken_to_representatives(line: Line, goes: Callable[[Softphone], None]) -> tuple[list[bool], str]:
    """Whether each whisper was taken, and the call as it is shown."""
    phone = call_at(line, OPEN)
    goes(phone)
    told = list(retell(line.releases.current().release, line.store.events_of(sid_of(phone))))
    return [one["taken"] for one in told_as_facts(told) if one["who"] == "whisper"], shown_as(told)


def shown_as(told: Sequence[Told]) -> str:
    shown = io.StringIO()
    with redirect_stdout(shown):
        show_told(told)
    return " ".join(shown.getvalue().split())


def nobody_takes_it(phone: Softphone) -> None:
    phone.press("4")
    phone.representative("no_answer")
    phone.representative("declines")
    phone.hang_up()


def hangs_up_while_it_rings(phone: Softphone) -> None:
    phone.press("4")
    phone.hang_up()


@pytest.mark.parametrize(
    ("goes", "taken"),
    [(to_a_representative, [False, True]), (nobody_takes_it, [False, False]), (hangs_up_while_it_rings, [False])],
)
def test_a_whisper_is_told_as_spoken_only_where_somebody_took_the_call(
    line: Line, goes: Callable[[Softphone], None], taken: list[bool]
) -> None:
    found, shown = spoken_to_representatives(line, goes)
    assert found == taken
    assert shown.count("Rings Who takes the call would hear: Broker Line, cert") == taken.count(False)
    assert shown.count("Whisper Broker Line, certified, general. Press one.") == taken.count(True)


def test_a_call_that_no_telephone_made_is_marked_wherever_calls_are_told(project: Path, ivr: Ivr, store: Store) -> None:
    sid = new_sid()
    kept(store, sid, real_clock(), Event(1, 0, "first_menu", "menu", ""))
    lines = ivr("calls", project=project).out.splitlines()
    assert [line.endswith("(pretended)") for line in lines if "CA" in line] == [True, False, False]
    assert "it was the browser telephone (/phone), ivr call --url or ivr doctor" in lines[-1]
    assert "(pretended)" in ivr("calls", "show", sid, project=project).out
    assert "(pretended)" not in ivr("calls", "show", FIRST, project=project).out
    listed = ivr("calls", "--json", project=project).json
    assert [call["pretended"] for call in listed] == [True, False, False]


def test_calls_of_the_softphone_and_of_the_doctor_are_known_by_their_sid(line: Line) -> None:
    assert is_pretended(sid_of(call_at(line, OPEN)))
    assert is_pretended(doctors_sid())
    assert re.fullmatch(r"CAd0c7[0-9a-f]{28}", doctors_sid())
    assert not is_pretended(FIRST)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project(tmp_path)


def kept(store: Store, sid: str, at: datetime, *events: Event, release: str = "f" * 64) -> None:
    store.append(TurnRecord(sid, release, "tiny", at, 1.5, "+*********99", events))


@pytest.fixture
def store(project: Path, ivr: Ivr) -> Store:
    """Two calls: one that is over, one that waits at a menu."""
    assert ivr("publish", project=project).code == 0
    store = open_store(load_settings({}, project))
    live = store.live()
    assert live
    now = real_clock()
    first = (Event(1, 0, "hours", "hours", "open"), Event(1, 1, "greeting", "say", "next"))
    kept(store, FIRST, now - timedelta(minutes=30), *first, Event(1, 2, "first_menu", "menu", ""), release=live.name)
    over = (Event(2, 0, "first_menu", "menu", "2", "2"), Event(2, 1, "address", "menu", ""))
    kept(store, FIRST, now - timedelta(minutes=29, seconds=48), *over, release=live.name)
    store.append_status(FIRST, "completed", 75, now - timedelta(minutes=28, seconds=45))
    kept(store, SECOND, now - timedelta(seconds=40), Event(1, 0, "first_menu", "menu", ""), release=live.name)
    return store


def test_calls_of_late_are_listed_the_latest_first(store: Store, project: Path, ivr: Ivr) -> None:
    lines = ivr("calls", project=project).out.splitlines()
    assert [SECOND in lines[1], FIRST in lines[2]] == [True, True]
    assert re.search(r"\+\*+99 +1:15  none +address +CA12a", lines[2])
    assert re.search(r">0:00  none +first_menu \(no end told\) +CA12b", lines[1])
    assert len(ivr("calls", "--limit", "1", project=project).out.splitlines()) == 2


def test_live_lists_those_under_way(store: Store, project: Path, ivr: Ivr) -> None:
    said = ivr("calls", "--live", project=project)
    assert SECOND in said.out
    assert FIRST not in said.out
    assert re.search(r"first_menu 0:4\d", said.out)
    store.append_status(SECOND, "completed", 41, real_clock())
    assert ivr("calls", "--live", project=project).out == "No call is under way.\n"


def test_a_call_is_shown_by_the_beginning_of_its_sid(store: Store, project: Path, ivr: Ivr) -> None:
    said = ivr("calls", "show", "CA12AA", project=project)
    assert said.code == 0
    assert re.search(r"0:00 +Line +Tiny Line\. +greeting", said.out)
    assert re.search(r"0:12 +Caller +2 +first_menu", said.out)
    assert re.search(r"0:12 +Line +Write to brokers at", said.out)
    assert re.search(r"1:15 +Provider +completed after 75 s", said.out)


def test_a_call_is_told_to_programs(store: Store, project: Path, ivr: Ivr) -> None:
    facts = ivr("calls", "show", FIRST, "--json", project=project).json
    assert (facts["call_sid"], facts["status"], facts["duration_s"]) == (FIRST, "completed", 75)
    assert {"at_s": 12.0, "who": "caller", "text": "2", "step": "first_menu", "heard": "whole"} in facts["told"]
    listed = ivr("calls", "--json", project=project).json
    assert [call["call_sid"] for call in listed] == [SECOND, FIRST]
    assert listed[0]["caller"] == "+*********99"


@pytest.mark.parametrize(
    ("sid", "code", "words"),
    [
        ("CA12", 2, "CA12 is not a call's SID: it is CA and 32 digits from 0 to f; at least the first 4 of them."),
        ("+16125550199", 2, "is not a call's SID"),
        ("CA12zz", 2, "is not a call's SID"),
        (f"{FIRST}0", 2, "is not a call's SID"),
        ("CA9999", 1, "There is no call CA9999 here. It may have been refused before it was answered (see the log)"),
    ],
)
def test_what_names_no_call_is_told_so(store: Store, project: Path, ivr: Ivr, sid: str, code: int, words: str) -> None:
    said = ivr("calls", "show", sid, project=project)
    assert said.code == code
    assert words in said.words


def test_what_names_several_calls_is_answered_with_them(store: Store, project: Path, ivr: Ivr) -> None:
    other = f"CA12a{'a' * 28}0"
    kept(store, other, datetime(2026, 11, 24, tzinfo=UTC), Event(1, 0, "first_menu", "menu", ""))
    said = ivr("calls", "show", "CA12aa", project=project)
    assert said.code == 1
    assert said.words == f"Several calls begin with CA12aa. Write more of the one you mean: {other} {FIRST}"


def test_a_call_of_a_release_that_is_gone_is_told_without_words(store: Store, project: Path, ivr: Ivr) -> None:
    gone = f"CA77{'0' * 30}"
    kept(store, gone, real_clock(), Event(1, 0, "hours", "hours", "open"), Event(1, 1, "first_menu", "menu", ""))
    said = ivr("calls", "show", "CA7700", project=project)
    assert said.code == 0
    assert "is not kept here. So the steps are shown, and not the words." in said.words
    assert "hours: open" in said.out


def test_before_the_first_call_it_is_said_so(project: Path, ivr: Ivr) -> None:
    assert ivr("calls", project=project).out == "No call has been answered yet.\n"
