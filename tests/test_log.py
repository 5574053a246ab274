"""Log lines carry the call, stand on one line each, and never show a number or a session."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ivr.log import call_in_log, logger, masked, masked_text, no_logging, route_other_loggers, set_up_logging

CALL = "CA0123456789012345678901234567890a"
HASH = "9990000199900002999000039990000499900005999000069990000799900a08"
TOKEN = "gAAAAABrBbSAOGlPmkILK8kEqE6cKyGYEjaGS9EQdsQEqphFoEbWvOlBYNNX"

Lines = Callable[[], list[str]]


@pytest.fixture
def readable() -> Iterator[Lines]:
    yield from _lines(production=False)


@pytest.fixture
def in_json() -> Iterator[Lines]:
    yield from _lines(production=True)


def _lines(*, production: bool) -> Iterator[Lines]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    root.handlers.clear()  # ours comes first
    set_up_logging(production=production, stream=stream)
    yield lambda: stream.getvalue().splitlines()
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("", ""),
        ("7", "7"),
        ("12", "**"),
        ("123", "***"),
        ("1234", "**34"),
        ("99900001", "******01"),
        ("999000021", "*******21"),
    ],
)
def test_keyed_digits_show_a_menu_choice_or_the_last_two(digits: str, shown: str) -> None:
    assert masked(digits) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("99900001", "******01"),
        ("+16125550199", "+*********99"),
        ("npn=99900001#", "npn=******01#"),
        ("npn99900001", "npn******01"),
        ("x_99900001_y", "x_******01_y"),
        ("From=%2B16125550199&Digits=99900001", "From=%2B*********99&Digits=******01"),
        ("[parameters: ('99900001', '0123')]", "[parameters: ('******01', '**23')]"),
        ("http://99900001:99900001@host.example/", "http://******01:******01@host.example/"),
        ("192.0.2.1:99900001", "192.0.2.1:******01"),
        ("999000012026-11-24", "**********26-11-24"),
        ("٩٩٩٠٠٠٠١", "******٠١"),
        ("9990000199900002999000039990000412", "********************************12"),
        ("line 99900001", "line ******01"),
    ],
)
def test_a_number_in_text_is_masked_wherever_it_stands(text: str, shown: str) -> None:
    assert masked_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"release {HASH}",
        f"({HASH[-40:]})",
        "12345678-1234-1234-1234-123456789012",
        "2026-11-24",
        "2026-11-24T16:00:00Z",
        "2026-11-24T10:00:00.123456-06:00",
        "2026-11-24 10:00",
        '127.0.0.1 - - [24/Nov/2026 10:00:00] "GET /healthz HTTP/1.1" 200 -',
        "[24/Nov/2026:10:00:00 +0000]",
        "Listening at: http://127.0.0.1:5000",
        "http://line.example.gov:8080/voice",
        "localhost:5432",
        "http://[::1]:5000",
        "Booting worker with pid: 43210",
        'File "ivr/x.py", line 1234, in f',
        "<object at 0x7f1234567890>",
        "3 of 999 rows in 12.5 s",
    ],
)
def test_what_a_machine_made_stays_readable(text: str) -> None:
    assert masked_text(text) == text


@given(
    st.from_regex(r"[0-9]{4,10}", fullmatch=True),
    st.text("abcxyz :=,;()[]+#*&?/_-\n'\"", max_size=5),
    st.text(" ,;)#*'\"xyz", max_size=5),
)
def test_no_entry_survives_whatever_stands_around_it(entry: str, before: str, after: str) -> None:
    assert entry not in masked_text(before + entry + after)


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked_text(masked_text(text)) == masked_text(text)


def test_a_session_in_an_address_is_cut() -> None:
    assert masked_text(f"POST /voice/turn?s={TOKEN}&x=1 HTTP/1.1") == "POST /voice/turn?s=(session)&x=1 HTTP/1.1"
    assert masked_text(f"could not read '{TOKEN}=='") == "could not read '(session)'"
    assert masked_text("GET /voice/turn?x=1&s=forged HTTP/1.1") == "GET /voice/turn?x=1&s=(session) HTTP/1.1"


def test_development_reads_as_moment_level_words_and_pairs(readable: Lines) -> None:
    with call_in_log(CALL):
        logger("ivr.turns").info("turn answered", step="npn", heard="99900001", ms=3.25, note="two words")
    (line,) = readable()
    moment, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
    assert rest == f'info    turn answered step=npn heard=******01 ms=3.25 note="two words" call={CALL}'


def test_production_is_json_with_every_value_masked_however_deep(in_json: Lines) -> None:
    logger("ivr.turns").warning(
        "caller %s",
        "+16125550199",
        npn=99900001,
        deep={
            "99900001": [{"entry": "99900002"}, ("99900003", b"99900004")],
            "at": datetime(2026, 11, 24, 16, tzinfo=UTC),
        },
        day=date(2026, 11, 24),
        port=5000,
        year="2027",
        release="9990000a",
        key=SecretStr("99900005"),
        none=None,
        yes=True,
    )
    (line,) = in_json()
    record = json.loads(line)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "caller +*********99",
        "level": "warning",
        "logger": "ivr.turns",
        "npn": "******01",
        "deep": {"******01": [{"entry": "******02"}, ["******03", "******04"]], "at": "2026-11-24 16:00:00+00:00"},
        "day": "2026-11-24",
        "port": 5000,
        "year": "**27",
        "release": "9990000a",
        "key": "**********",
        "none": None,
        "yes": True,
    }


@pytest.mark.parametrize("name", ["werkzeug", "gunicorn.error", "gunicorn.access", "sqlalchemy.engine"])
def test_lines_of_other_libraries_carry_the_call_and_the_mask(in_json: Lines, name: str) -> None:
    with call_in_log(CALL):
        logging.getLogger(name).warning("\x1b[35m%s\x1b[0m of %s", f"/voice/turn?s={TOKEN}", "99900001")
    record = json.loads(in_json()[0])
    assert record["event"] == "/voice/turn?s=(session) of ******01"
    assert (record["call"], record["logger"], record["level"]) == (CALL, name, "warning")


def test_a_servers_own_handlers_are_taken_away(in_json: Lines) -> None:
    elsewhere = io.StringIO()
    server = logging.getLogger("gunicorn.error")
    server.addHandler(logging.StreamHandler(elsewhere))
    server.propagate = False
    route_other_loggers()
    server.error("99900001")
    assert elsewhere.getvalue() == ""
    assert json.loads(in_json()[0])["event"] == "******01"


def _fail(words: str = "entry 99900001\nand more") -> None:
    raise RuntimeError(words)


def test_a_traceback_is_masked_and_stays_on_its_line_in_production(in_json: Lines) -> None:
    try:
        _fail()
    except RuntimeError:
        logger("ivr.voice").exception("turn failed")
        logging.getLogger("werkzeug").exception("and again")
    ours, other = (json.loads(line) for line in in_json())
    assert ours["exception"].endswith("RuntimeError: entry ******01\nand more")
    assert other["exception"].endswith("RuntimeError: entry ******01\nand more")


def test_a_traceback_stands_indented_below_its_line_in_development(readable: Lines) -> None:
    try:
        _fail()
    except RuntimeError:
        logger("ivr.voice").exception("turn failed", step="npn")
    first, second, *_, last = readable()
    assert first.endswith("error   turn failed step=npn")
    assert second == "    Traceback (most recent call last):"
    assert last == "    and more"


@pytest.mark.parametrize("words", ["a\nb", "a\r\nb", "a\x85b", "a\u2028b", "a\x1b[2Jb\x00"])
def test_nothing_that_is_logged_can_begin_a_line_of_its_own(readable: Lines, words: str) -> None:
    logger("ivr.voice").info(words, detail=words)
    logging.getLogger("werkzeug").info(words)
    assert len(readable()) == 2
    assert all(line.isprintable() for line in readable())


def test_a_traceback_neither_commands_the_terminal_nor_is_lost(
    readable: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half of a pair cannot be written, and took the whole line with it."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:1])  # what runs the tests cannot pass such text on
    for strange in ("\x1b]0;all is well\x07", "\x1b[2J", "\x9b31m", "\ud800", "\u202e"):
        try:
            _fail(f"said {strange} and more")
        except RuntimeError:
            logger("ivr.voice").exception("turn failed")
        last = readable()[-1]
        assert last.startswith("    RuntimeError: said ")
        assert last.encode().decode().isprintable()


def test_the_call_is_named_only_within_its_block(readable: Lines) -> None:
    with call_in_log(CALL):
        logger("ivr.turns").info("within")
    logger("ivr.turns").info("after")
    within, after = readable()
    assert f"call={CALL}" in within
    assert "call=" not in after


def test_what_rehearsed_calls_meet_is_not_written(in_json: Lines) -> None:
    with no_logging():
        logger("ivr.turns.turn").info("turn", keyed="1")
        logger("ivr.turns.turn").error("within")
        logging.getLogger("werkzeug").error("within")
    logger("ivr.turns.turn").info("after")
    assert [json.loads(line)["event"] for line in in_json()] == ["after"]


def test_setting_up_twice_does_not_say_things_twice(in_json: Lines) -> None:
    again = io.StringIO()
    set_up_logging(production=True, stream=again)
    logger("ivr.app").info("once")
    assert in_json() == []
    assert len(again.getvalue().splitlines()) == 1


def test_lines_are_masked_before_anybody_set_up_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logger("ivr.early").info("entry 99900001", npn="99900002")
    assert "******01" in caplog.text
    assert "99900001" not in caplog.text
    assert "99900002" not in caplog.text


def test_what_is_below_the_level_is_not_written(readable: Lines) -> None:
    logger("ivr.turns").debug("quiet")
    logging.getLogger("sqlalchemy.engine").debug("quiet")
    assert readable() == []


def test_a_text_made_to_be_slow_is_masked_all_the_same() -> None:
    """Somebody's header in a server's warning; each letter more must not cost all others again."""
    assert masked_text("1234://" + "a" * 500_000) == "**34://" + "a" * 500_000
    assert masked_text("https://line.example.gov:8443/x") == "https://line.example.gov:8443/x"
