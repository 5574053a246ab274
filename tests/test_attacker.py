"""Somebody with every webhook of a real caller in hand: no other call moved, no step skipped, nothing learned."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine, event
from webhooks import OTHER_CALL, Provider, action, path_of

from ivr.brokers import TableDirectory, import_brokers
from ivr.brokers.csv_file import HEADER
from ivr.flow.load import load_release, read_files
from ivr.rehearsal import AUTH_TOKEN, rehearsal_line
from ivr.softphone.signing import signature
from ivr.wiring import Line, line_of

PROJECT = Path(__file__).parents[1]
CERTIFIED = "99900001"
NPN = "99900077"
NOT_CONFIRMED = {
    "not on the list": "",
    "run out": f"{NPN},Bo,Sample,2024-09-01,2025-10-31,2024-08-20,yes,active,Agency",
    "not begun": f"{NPN},Bo,Sample,2027-09-01,2028-10-31,2026-08-20,yes,active,Agency",
    "pending": f"{NPN},Bo,Sample,2026-09-01,2027-10-31,2026-08-20,yes,pending,Agency",
    "suspended": f"{NPN},Bo,Sample,2026-09-01,2027-10-31,2026-08-20,yes,suspended,Agency",
    "ended": f"{NPN},Bo,Sample,2026-09-01,2027-10-31,2026-08-20,yes,ended,Agency",
    "no license": f"{NPN},Bo,Sample,2026-09-01,2027-10-31,2026-08-20,no,active,Agency",
    "no training": f"{NPN},Bo,Sample,2026-09-01,2027-10-31,,yes,active,Agency",
    "no dates, long names": f"{NPN},{'B' * 60},{'S' * 60},,,,yes,active,{'A' * 100}",
}
"""Every state of a number that is not certified, and its row of the list."""


def line_over(brokers: str) -> Line:
    """The shipped line over a certification table, as it stands in production."""
    made = rehearsal_line(load_release(read_files(PROJECT)), [])
    directory = TableDirectory(made.store.engine)
    directory.create_tables()
    import_brokers(made.store.engine, brokers.encode(), file="brokers.csv", at=made.clock())
    whole = line_of(made.settings, made.store, directory, made.clock)
    whole.releases.put_on(made.releases.current().release)
    return whole


@pytest.fixture(scope="module")
def line() -> Line:
    """The line over its sample list."""
    return line_over((PROJECT / "config" / "brokers.csv").read_text(encoding="utf-8"))


@pytest.fixture
def caller(line: Line) -> Provider:
    line.store.purge(Provider(line).moment.replace(year=2100))
    return Provider(line)


def asked_for_number(call: Provider) -> str:
    """The action address of the number entry."""
    return action(call.post(action(call.post("/voice")), Digits="1"))


def said(document: bytes) -> str:
    return " ".join("".join(say.itertext()) for say in ElementTree.fromstring(document).iter("Say"))


def test_a_captured_webhook_cannot_be_turned_against_another_call(caller: Provider) -> None:
    address = asked_for_number(caller)
    fields = caller.fields(Digits=CERTIFIED)
    captured = signature(address, list(fields.items()), AUTH_TOKEN)
    for changed in (
        {**fields, "CallSid": OTHER_CALL},
        {**fields, "Digits": "99900002"},
        {**fields, "From": "+16515550188"},
        {name: value for name, value in fields.items() if name != "Direction"},
        {**fields, "ParentCallSid": OTHER_CALL},
    ):
        response = caller.client.post(path_of(address), data=changed, headers={"X-Twilio-Signature": captured})
        assert response.status_code == 403
    for elsewhere in ("/voice/dialled", "/voice/whisper", "/voice/fallback", "/voice/status"):
        target = path_of(address).replace("/voice/turn", elsewhere)
        assert caller.client.post(target, data=fields, headers={"X-Twilio-Signature": captured}).status_code == 403
    assert caller.line.store.events_of(OTHER_CALL) == ()


def test_the_session_of_one_call_says_nothing_for_another_even_when_signed(caller: Provider) -> None:
    address = asked_for_number(caller)
    certified = action(caller.post(address, Digits=CERTIFIED))
    other = Provider(caller.line, OTHER_CALL)
    for stolen in (address, certified):
        response = other.post(stolen, Digits=CERTIFIED)
        assert said(response.data).startswith("Let's start again.")
        assert "<Dial" not in response.text
    whisper = other.post(f"/voice/whisper?s={certified.partition('?s=')[2]}", ParentCallSid=OTHER_CALL)
    assert [element.tag for element in ElementTree.fromstring(whisper.data)] == ["Hangup"]


def test_no_webhook_of_a_call_in_any_order_makes_a_number_certified_that_is_not(caller: Provider) -> None:
    """Every address the call was ever given, on every route, with every key: the label stays what was found out."""
    addresses, labels = {asked_for_number(caller)}, set()
    for _ in range(3):
        for address in sorted(addresses):
            token = address.partition("?s=")[2]
            for route in ("/voice/turn", "/voice/dialled", "/voice/fallback"):
                for fields in (
                    {"Digits": "1"},
                    {"Digits": "99900004"},
                    {"Digits": "0"},
                    {"DialCallStatus": "completed"},
                ):
                    answer = caller.post(f"{route}?s={token}", **fields, ErrorUrl=address)
                    addresses |= {found.replace("&amp;", "&") for found in re.findall(r'action="([^"]+)"', answer.text)}
        addresses = set(sorted(addresses, key=lambda text: text[::-1])[:12])
    for logged in caller.line.store.events_of(caller.call_sid):
        labels.add(logged.label)
        assert logged.outcome != "certified"
    assert "certified" not in labels
    assert "unchecked" in labels


def test_an_older_address_of_the_same_call_gives_no_more_tries_than_the_hour_allows(caller: Provider) -> None:
    """Going back to the address before the first entry resets the call's own count; the caller's counts on (D-27)."""
    address = asked_for_number(caller)
    looked_up = 0
    for number in range(40):
        call = Provider(caller.line, f"CA{number:032x}")
        asked = asked_for_number(call)
        with counted_statements(caller.line.store.engine) as statements:
            call.post(asked, Digits=f"8880{number:04d}", FinishedOnKey="#")
        looked_up += any("FROM brokers" in statement for statement in statements)
    assert looked_up == 10
    with counted_statements(caller.line.store.engine) as statements:
        caller.post(address, Digits="99900009", FinishedOnKey="#")
    assert not any("FROM brokers" in statement for statement in statements)


class counted_statements:  # noqa: N801  read like a function
    """The statements that a database gets within a block, without their values."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.seen = engine, list[str]()

    def _see(self, _c: object, _k: object, statement: str, *_: object) -> None:
        self.seen.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._see)
        return self.seen

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._see)


def test_every_number_that_is_not_confirmed_gets_the_same_bytes_headers_and_statements() -> None:
    """One number in every state it can be in, on the same call: nobody can tell the answers apart (D-06)."""
    answers, statements = {}, {}
    for state, row in NOT_CONFIRMED.items():
        line = line_over(f"{HEADER}\n99900001,Ann,Sample,,,,yes,active,\n{row}")
        caller = Provider(line)
        asked = asked_for_number(caller)
        with counted_statements(line.store.engine) as seen:
            answer = caller.post(asked, Digits=NPN, FinishedOnKey="#")
        answers[state] = (answer.status, answer.headers.to_wsgi_list(), answer.data)
        statements[state] = list(seen)
        line.store.close()
    first = answers["not on the list"]
    assert b"We couldn't confirm a current certification" in first[2]
    assert {state for state, answer in answers.items() if answer != first} == set()
    assert {state for state, seen in statements.items() if seen != statements["not on the list"]} == set()
    assert sum("FROM brokers" in statement for statement in statements["not on the list"]) == 1


def test_fields_cut_elsewhere_keep_the_signature_and_still_move_no_other_call(caller: Provider) -> None:
    """The provider signs names and values run together, so a captured form can be cut anew; the session sees to it."""
    address = action(caller.post(asked_for_number(caller), Digits=CERTIFIED))
    assert "/voice/dialled" in address
    fields = caller.fields(DialCallSid=OTHER_CALL, DialCallStatus="completed")
    captured = signature(address, list(fields.items()), AUTH_TOKEN)
    run_together = "".join(name + fields[name] for name in sorted(fields))
    before, _, after = run_together.partition("CallSid" + OTHER_CALL)
    account, _, swallowed = before.partition("C" + "allSid" + caller.call_sid)
    recut = {
        "AccountSid": account.removeprefix("AccountSid"),
        "C": "allSid" + caller.call_sid + swallowed,
        "CallSid": OTHER_CALL,
        "DialCallStatus": after.removeprefix("DialCallStatus"),
    }
    answer = caller.client.post(path_of(address), data=recut, headers={"X-Twilio-Signature": captured})
    assert answer.status_code == 200  # nobody who checks signatures as they are published can tell the two apart
    assert said(answer.data).startswith("Let's start again.")
    assert {logged.label for logged in caller.line.store.events_of(OTHER_CALL)} == {"none"}
