"""More than one machine: a call goes on at whichever process its next turn reaches, and is kept once, in one log."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from databases import schema_of
from servers import Server, until, words
from several_machines import NOON, PUBLIC_URL, InTurn, machines, phone

from ivr.brokers import import_brokers
from ivr.softphone import OverHttp
from ivr.store import Store


@pytest.fixture(scope="module")
def store(postgresql: str) -> Iterator[Store]:
    """The one database of all machines."""
    with schema_of(postgresql, f"several_machines_{os.getpid()}") as url, closing(Store(url)) as made:
        yield made


@pytest.fixture(scope="module")
def three(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Server]]:
    """Three machines on one database."""
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with machines(tmp_path_factory.mktemp("machines"), url, 3) as running:
        brokers = running[0].project / "config/brokers.csv"
        import_brokers(store.engine, brokers.read_bytes(), file="brokers.csv", at=NOON)
        yield running


def test_a_call_goes_on_at_another_machine_with_every_turn(three: Sequence[Server], store: Store) -> None:
    balancer = InTurn(three)
    caller = phone(balancer)
    caller.dial()
    assert "Tiny Line." in words(caller)
    caller.press("2")
    caller.press("0")
    caller.press("99900001#")
    caller.representative("answers")
    assert caller.is_connected
    assert caller.complaints == []
    assert len(set(balancer.taken)) == 3
    assert all(one != other for one, other in zip(balancer.taken, balancer.taken[1:], strict=False))
    call = store.call(caller.state.leg.sid)
    assert call is not None
    assert call.label == "certified"
    kept = [(event.turn, event.place) for event in store.events_of(call.call_sid)]
    assert kept == sorted(set(kept))
    assert {turn for turn, _ in kept} == set(range(1, call.turns + 1))


def test_many_calls_at_once_spread_over_all_machines_are_all_kept(three: Sequence[Server], store: Store) -> None:
    balancer = InTurn(three)

    def one_call(_number: int) -> str:
        caller = phone(balancer)
        caller.dial()
        for key in ("2", "*", "9", "2"):
            caller.press(key)
        assert caller.complaints == []
        return caller.state.leg.sid

    with ThreadPoolExecutor(8) as pool:
        sids = list(pool.map(one_call, range(40)))
    assert len(set(sids)) == 40
    assert {store.last_turn(sid) for sid in sids} == {5}


def test_a_closure_posted_on_one_machine_is_heard_at_all(three: Sequence[Server], store: Store) -> None:
    store.add_closure(NOON, NOON + timedelta(hours=2), "of a power outage", NOON)

    def all_say_so() -> bool:
        callers = [phone(OverHttp({PUBLIC_URL: server.url})) for server in three]
        for caller in callers:
            caller.dial()
        return all("power outage" in words(caller) or "closed" in words(caller) for caller in callers)

    try:
        assert until(all_say_so, "every machine knows of the closure") < 10
    finally:
        store.end_closures(NOON)


def test_a_machine_that_is_gone_takes_no_call_with_it(three: Sequence[Server]) -> None:
    """The last test here: what the balancer no longer reaches it leaves out."""
    gone, *others = three
    caller = phone(OverHttp({PUBLIC_URL: gone.url}))
    caller.dial()
    caller.press("2")
    put_away = caller.state
    assert gone.end(signal.SIGTERM) == 0
    caller = phone(InTurn(others))
    caller = type(caller)(InTurn(others), caller.number, NOON, state=put_away)
    caller.press("*")
    assert "Write to" in words(caller)
    assert caller.complaints == []
