"""Figures: turns, outcomes and look-ups are counted, how the line stands is looked up, and nothing grows for ever."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from webhooks import BROKERS, CALL, CENTRAL, TUESDAY, Provider, action, directory_of, tiny_line

from ivr.answering import app_for
from ivr.brokers import Answer, MemoryDirectory
from ivr.errors import DirectoryUnavailable
from ivr.settings import load_settings
from ivr.store import Store
from ivr.store.under_way import LONGEST_CALL, LONGEST_TURN
from ivr.turns import LiveReleases, SteadyStore
from ivr.voice.now import FRESH_S, Now
from ivr.voice.watched import WatchedDirectory
from ivr.wiring import line_for


def figure(text: str, name: str) -> float | None:
    """A figure with its labels, as the page has it; None when it is missing."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def figures_at(moment: datetime, provider: Provider) -> str:
    """The page, with the line's clock at a moment."""
    line = replace(provider.line, clock=lambda: moment)
    return str(app_for(line).test_client().get("/metrics").text)


@pytest.fixture
def provider() -> Provider:
    return Provider(tiny_line())


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [(TUESDAY, 1.0), (TUESDAY.replace(hour=7), 0.0), (datetime(2026, 12, 25, 10, tzinfo=CENTRAL), 0.0)],
)
def test_it_is_told_whether_the_line_is_open(provider: Provider, moment: datetime, is_open: float) -> None:
    assert figure(figures_at(moment, provider), "ivr_open") == is_open


def test_the_live_release_and_the_days_that_are_confirmed_are_told(provider: Provider) -> None:
    text = figures_at(TUESDAY, provider)
    name = provider.line.releases.current().release.name
    assert figure(text, f'ivr_release_info{{release="{name[:12]}"}}') == 1.0
    until = provider.line.releases.current().release.calendar.certain_until()
    assert figure(text, "ivr_hours_confirmed_days") == (until - date(2026, 11, 24)).days


def test_the_age_of_the_list_is_told_when_it_is_known() -> None:
    known = MemoryDirectory([], TUESDAY - timedelta(hours=3))
    for directory, age in ((known, 10800.0), (MemoryDirectory([]), None)):
        line = replace(tiny_line(), directory=directory, clock=lambda: TUESDAY)
        assert figure(app_for(line).test_client().get("/metrics").text, "ivr_list_age_seconds") == age


def test_without_a_release_or_a_store_the_other_figures_are_there() -> None:
    empty = Store("sqlite://")
    empty.create_tables()
    steady = SteadyStore(empty)
    shown = Now(LiveReleases(steady), steady, MemoryDirectory([]), lambda: TUESDAY)
    assert [family.name for family in shown.collect()] == ["ivr_calls_under_way"]
    steady.asking.is_gone("no answer", lambda: None)
    assert list(Now(LiveReleases(steady), steady, MemoryDirectory([]), lambda: TUESDAY).collect()) == []


def under_way(provider: Provider, moment: datetime) -> dict[str, float]:
    """Calls by kind, those above none."""
    found = re.findall(r'^ivr_calls_under_way\{kind="(\w+)"\} (\S+)$', figures_at(moment, provider), re.MULTILINE)
    assert {"menu", "collect", "dial"} <= {kind for kind, _ in found}
    return {kind: float(count) for kind, count in found if float(count)}


def test_calls_are_under_way_where_they_wait_until_they_are_over(provider: Provider) -> None:
    asked = provider.post(action(provider.post()), Digits="1")
    assert under_way(provider, TUESDAY) == {"collect": 1.0}
    assert under_way(provider, TUESDAY + LONGEST_TURN + timedelta(seconds=1)) == {}
    provider.post(action(asked), Digits="99900001")
    assert under_way(provider, TUESDAY) == {"dial": 1.0}
    assert under_way(provider, TUESDAY + timedelta(hours=3)) == {"dial": 1.0}
    assert under_way(provider, TUESDAY + LONGEST_CALL + timedelta(seconds=1)) == {}
    Provider(provider.line, "CA" + "5" * 32, TUESDAY + timedelta(seconds=20)).post()
    assert under_way(provider, TUESDAY) == {"dial": 1.0, "menu": 1.0}
    assert provider.line.store.call_sids_under_way(TUESDAY) == (CALL, "CA" + "5" * 32)
    provider.post("/voice/status", CallStatus="completed", CallDuration="61")
    assert under_way(provider, TUESDAY) == {"menu": 1.0}


def test_calls_under_way_are_counted_at_most_once_in_ten_seconds(provider: Provider) -> None:
    ticks = [0.0]
    shown = Now(provider.line.releases, provider.line.steady, MemoryDirectory([]), lambda: TUESDAY, lambda: ticks[0])

    def calls() -> float:
        family = next(family for family in shown.collect() if family.name == "ivr_calls_under_way")
        return sum(sample.value for sample in family.samples)

    assert calls() == 0
    provider.post()
    ticks[0] += FRESH_S - 0.1
    assert calls() == 0
    ticks[0] += 0.2
    assert calls() == 1


def test_a_store_that_cannot_count_them_is_asked_by_turns_all_the_same(provider: Provider) -> None:
    with provider.line.store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE call_statuses RENAME TO elsewhere")
    assert "ivr_calls_under_way" not in figures_at(TUESDAY, provider)
    assert provider.line.steady.condition().trouble == ""
    assert not provider.line.steady.asking.reading.is_open


class Failing:
    """A directory that gives no answer."""

    may_be_slow = True

    def __init__(self, *, can_retry: bool) -> None:
        self._can_retry = can_retry

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`."""
        raise DirectoryUnavailable("gone", can_retry=self._can_retry)

    def updated_at(self) -> datetime | None:
        """Unknown."""
        return None


@pytest.mark.parametrize("result", ["certified", "not_confirmed", "slow", "unavailable"])
def test_look_ups_are_counted_and_timed_by_result(provider: Provider, result: str) -> None:
    name = f'ivr_look_up_seconds_count{{result="{result}"}}'
    before = figure(provider.client.get("/metrics").text, name) or 0
    answers = result in ("certified", "not_confirmed")
    directory = WatchedDirectory(directory_of(BROKERS) if answers else Failing(can_retry=result == "slow"))
    number = "99900001" if result == "certified" else "99900009"
    if answers:
        assert directory.look_up(number, date(2026, 11, 24), within_s=1.5) == result
    else:
        with pytest.raises(DirectoryUnavailable):
            directory.look_up(number, date(2026, 11, 24), within_s=1.5)
    text = provider.client.get("/metrics").text
    assert figure(text, name) == before + 1
    assert number not in text


def test_no_label_grows_with_calls_callers_or_what_they_key(provider: Provider) -> None:
    def labels(text: str) -> set[str]:
        return set(re.findall(r"^ivr_[^ ]+", text, re.MULTILINE))

    def calls(numbers: range) -> None:
        for number in numbers:
            one = Provider(provider.line, f"CA{number:032x}")
            one.post(action(one.post(action(one.post()), Digits="1")), Digits=f"9990{number:04}")
            one.post("/voice/status", CallStatus=f"odd{number}")
            one.client.post("/voice", headers={"X-Twilio-Signature": str(number)})

    calls(range(1, 20))  # some of them too many for one caller
    before = labels(provider.client.get("/metrics").text)
    calls(range(20, 40))
    after = labels(provider.client.get("/metrics").text)
    assert after == before
    assert len(after) < 300


def test_a_line_that_is_served_has_its_look_ups_watched(tmp_path: Path) -> None:
    assert isinstance(line_for(load_settings({}, tmp_path)).directory, WatchedDirectory)
