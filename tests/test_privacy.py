"""What is keyed stays in the call: neither the log nor the store ever holds it (D-26, D-37)."""

from __future__ import annotations

import logging
import re
from io import StringIO
from pathlib import Path

from sqlalchemy import MetaData, select
from webhooks import TUESDAY

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.log import set_up_logging
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.softphone import InProcess, Number, Softphone
from ivr.store.engines import engine_for

PROJECT = Path(__file__).parents[1]

KEYED = ["99900001", "99900002", "99999999", "9990000010", "123456789", "672910386", "0099900001", "5551234567"]
CALLERS = ["+16125550142", "+16515550177"]

AS_A_MENU_KEY = "672910386"
"""A caller who keys a number where a menu asks for one key."""

PUBLIC = ("call_sid", "caller_hash", "release", "name", "version_num")
"""Columns in which digits are expected."""


def play_calls(log: StringIO, url: str) -> None:
    """Calls that key every number, get it wrong, break the line, and are helped; everything logged, all of it kept."""
    set_up_logging(production=True, stream=log, level=logging.DEBUG)
    line = rehearsal_line(load_release(read_files(PROJECT)), sample_brokers(PROJECT), database=url)
    app = app_for(line)
    for caller in CALLERS:
        for number, digits in enumerate(KEYED):
            phone = Softphone(
                InProcess(app.wsgi_app, BASE_URL),
                Number.at(BASE_URL, ACCOUNT_SID, AUTH_TOKEN),
                TUESDAY,
                caller=caller,
                call_sid=f"CA{number:024x}{caller[-8:]}",
            )
            phone.dial()
            phone.press(AS_A_MENU_KEY)
            phone.press("1")
            phone.press(f"{digits}#")
            phone.press("1")
            phone.press(digits)
            phone.garble_next_answer()
            phone.stay_silent()
            phone.representative("no_answer")
            phone.hang_up()
    client = app.test_client()
    client.post("/voice/turn?s=x", data={"Digits": "99900001", "From": CALLERS[0]})
    client.post("/voice?Digits=99900001", data={"CallSid": "99900001"})
    line.store.close()


def test_no_number_that_was_keyed_or_called_from_stands_in_the_log_or_the_store(
    tmp_path: Path, sqlite_url: str
) -> None:
    log = StringIO()
    play_calls(log, sqlite_url)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) > 20_000
    assert log.getvalue().count("\n") > 20
    for number in [*KEYED, *(caller.removeprefix("+") for caller in CALLERS)]:
        assert number not in log.getvalue()
        assert number.encode() not in kept
        assert ", ".join(number).encode() not in kept


def test_every_text_in_the_store_is_free_of_runs_of_digits(url: str) -> None:
    play_calls(StringIO(), url)
    engine = engine_for(url)
    tables = MetaData()
    tables.reflect(engine)
    rows = 0
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)):
                rows += 1
                for column, value in row._mapping.items():
                    if isinstance(value, str) and column not in PUBLIC:
                        assert not re.search(r"\d{4}", value), f"{table.name}.{column} holds {value}"
    assert rows > 100
    engine.dispose()


def test_what_was_keyed_is_kept_masked_to_its_last_two_digits(url: str) -> None:
    play_calls(StringIO(), url)
    engine = engine_for(url)
    tables = MetaData()
    tables.reflect(engine)
    events = tables.tables["events"]
    with engine.connect() as connection:
        inputs = set(connection.execute(select(events.c.input)).scalars())
        callers = set(connection.execute(select(events.c.caller)).scalars())
    engine.dispose()
    assert "******01" in inputs
    assert callers == {"+*********42", "+*********77"}
