"""A turn that the provider asks again gets the answer that was kept, and the log holds what its caller heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from outages import NOON, record
from tiny_line import FLOW, tiny_files
from webhooks import BROKERS, CALL, TUESDAY, Provider, action, words

from ivr.brokers import MemoryDirectory, read_brokers
from ivr.events import Event, TurnRecord
from ivr.flow.load import load_release
from ivr.rehearsal import AbsentDirectory, rehearsal_line
from ivr.store import Letter, Store
from ivr.turns.letters import deliver, letter_of
from ivr.wiring import Line, line_of, real_clock

CAST = read_brokers(BROKERS, "brokers.csv").records
OFF = AbsentDirectory("off")


class Sometimes:
    """A certification list that is there, or not, as the test says."""

    may_be_slow = False

    def __init__(self) -> None:
        self._list = MemoryDirectory(CAST)
        self.look_up = self._list.look_up
        self.updated_at = self._list.updated_at

    def is_there(self, *, yes: bool) -> None:
        self.look_up = self._list.look_up if yes else OFF.look_up


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.create_tables()
    yield opened
    opened.close()


@pytest.fixture
def directory() -> Sometimes:
    return Sometimes()


@pytest.fixture
def line(directory: Sometimes) -> Line:
    release = load_release(tiny_files())
    made = rehearsal_line(release, CAST)
    line = line_of(made.settings, made.store, directory, real_clock)
    line.releases.put_on(release)
    return line


def another_process(line: Line) -> Line:
    """The same line with the same store, which it looks at anew."""
    other = line_of(line.settings, line.store, OFF, real_clock)
    other.releases.put_on(line.releases.current().release)
    return other


def kept(line: Line, turn: int) -> list[tuple[int, str, str, str]]:
    """Rows of a turn: place, step, outcome, label."""
    return [(e.place, e.step, e.outcome, e.label) for e in line.store.events_of(CALL) if e.turn == turn]


@pytest.mark.parametrize("is_there_first", [True, False])
def test_a_look_up_that_comes_out_differently_the_second_time_is_answered_as_the_first(
    line: Line, directory: Sometimes, *, is_there_first: bool
) -> None:
    provider = Provider(line)
    asked = action(provider.post(action(provider.post()), Digits="1"))
    directory.is_there(yes=is_there_first)
    first = provider.post(asked, Digits="99900001", FinishedOnKey="#")
    rows = kept(line, 3)
    directory.is_there(yes=not is_there_first)
    assert provider.post(asked, Digits="99900001", FinishedOnKey="#").data == first.data
    assert kept(line, 3) == rows
    assert rows[-1][3] == ("certified" if is_there_first else "unchecked")


def test_a_call_that_begins_twice_around_a_publication_is_on_the_release_that_was_kept(line: Line) -> None:
    provider = Provider(line)
    first = provider.post()
    other = load_release(tiny_files(flow=FLOW.replace("Tiny Line.", "Other Line.")))
    line.releases.put_on(other)
    assert words(Provider(line, "CA" + "9" * 32).post()).startswith("Other Line.")
    assert provider.post().data == first.data
    assert {event.release for event in line.store.events_of(CALL)} == {load_release(tiny_files()).name}


def test_a_closure_posted_between_two_askings_is_not_in_the_second_answer(line: Line) -> None:
    provider = Provider(line)
    first = provider.post()
    assert words(first).startswith("Tiny Line.")
    line.store.add_closure(TUESDAY, TUESDAY + timedelta(hours=2), "ice", TUESDAY + timedelta(seconds=2))
    provider = Provider(another_process(line), moment=TUESDAY + timedelta(seconds=4))
    assert words(Provider(provider.line, "CA" + "9" * 32, provider.moment).post()) != words(first)
    assert provider.post().data == first.data


def test_a_closure_ended_between_two_askings_is_still_in_the_second_answer(line: Line) -> None:
    line.store.add_closure(TUESDAY, TUESDAY + timedelta(hours=2), "ice", TUESDAY)
    provider = Provider(line)
    first = provider.post()
    assert words(first).startswith("We're closed")
    line.store.end_closures(TUESDAY + timedelta(seconds=2))
    provider = Provider(another_process(line), moment=TUESDAY + timedelta(seconds=4))
    assert words(Provider(provider.line, "CA" + "9" * 32, provider.moment).post()) != words(first)
    assert provider.post().data == first.data


def test_a_turn_asked_again_with_other_keys_is_kept_as_it_was_answered_last(line: Line) -> None:
    provider = Provider(line)
    asked = action(provider.post())
    provider.post(asked, Digits="2")
    assert words(provider.post(asked, Digits="1")).startswith("Please enter the broker's number")
    assert [step for _, step, _, _ in kept(line, 2)] == ["first_menu", "representative", "number", "number/npn"]


CERTIFIED = (
    Event(3, 0, "npn", "collect", "entered", "*"),
    Event(3, 1, "certification", "certification", "certified", label="certified"),
    Event(3, 2, "connecting", "say", "said", label="certified"),
    Event(3, 3, "representatives", "dial", "", label="certified"),
)
UNCHECKED = (
    Event(3, 0, "npn", "collect", "entered", "*"),
    Event(3, 1, "certification", "certification", "unavailable", label="unchecked"),
    Event(3, 2, "representatives", "dial", "", label="unchecked"),
)


def turn_three(events: tuple[Event, ...], seconds: int = 0) -> TurnRecord:
    return replace(record(1), at=NOON + timedelta(seconds=seconds), events=events)


def events_in(store: Store) -> list[tuple[str, str]]:
    return [(event.step, event.outcome) for event in store.events_of("CA1")]


@pytest.mark.parametrize(("earlier", "later"), [(CERTIFIED, UNCHECKED), (UNCHECKED, CERTIFIED)])
def test_of_a_repeated_turn_nothing_is_kept_and_what_was_kept_is_told(
    store: Store, earlier: tuple[Event, ...], later: tuple[Event, ...]
) -> None:
    first = turn_three(earlier)
    assert store.append(first) is None
    assert store.append(turn_three(later, 1)) == first
    assert events_in(store) == [(event.step, event.outcome) for event in earlier]
    store.replace(turn_three(later, 1))
    assert events_in(store) == [(event.step, event.outcome) for event in later]


@pytest.mark.parametrize(("earlier", "later"), [(CERTIFIED, UNCHECKED), (UNCHECKED, CERTIFIED)])
@pytest.mark.parametrize("put_by", ["the earlier", "the later"])
def test_of_a_turn_kept_once_in_the_store_and_once_put_by_the_later_is_what_the_caller_heard(
    store: Store, earlier: tuple[Event, ...], later: tuple[Event, ...], put_by: str
) -> None:
    first, second = turn_three(earlier), turn_three(later, 1)
    store.append(second if put_by == "the earlier" else first)
    letter = Letter(1, "turn", letter_of(first if put_by == "the earlier" else second))
    for _ in range(2):  # killed before it was struck out, the same letter is brought again
        deliver(store, letter)
    assert events_in(store) == [(event.step, event.outcome) for event in later]
