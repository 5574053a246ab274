"""The call's state in its action address: it comes back whole, only for its call, and never as anything else."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.address import ASK_AGAIN, AddressKeys, Layout, longest_address, seal, unseal
from ivr.call import CallSession
from ivr.errors import SessionUnreadable

CALL = "CA0123456789abcdef0123456789abcdef"
OTHER_CALL = "CAfedcba9876543210fedcba9876543210"
OLD_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
NEW_KEY = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()
KEYS = AddressKeys([NEW_KEY])
TEN = datetime(2026, 11, 24, 16, tzinfo=UTC)
BEGAN = int(TEN.timestamp())
HOST = "https://a-rather-long-public-host.example.mn.gov"

LAYOUT = Layout(
    release=hashlib.sha256(b"the shipped line").hexdigest(),
    flows=("broker_line", "outage"),
    steps={
        "broker_line": tuple(f"step_{n}" for n in range(300)),
        "outage": ("sorry", "sorry/goodbye"),
    },
    facts={
        "broker_line": (
            ("line", ("open", "closed")),
            ("certification", ("unasked", "certified", "not_confirmed", "unavailable")),
            ("label", ("none", "certified", "certification_only", "unchecked")),
            ("topic", tuple(f"topic_{n}" for n in range(12))),
            ("asked", ("no", "yes")),
            ("recorded", ("no", "yes")),
            ("heard_notice", ("no", "yes")),
            ("way", ("first_menu", "status_menu", "help_menu")),
        ),
        "outage": (),
    },
)
SESSION = CallSession(
    release=LAYOUT.release,
    flow="broker_line",
    step="step_299",
    facts={name: values[-1] for name, values in LAYOUT.facts["broker_line"]},
    turn=7,
    began=BEGAN,
    silences=1,
    wrong_keys=2,
    entry="99900001",
    part="12",
    tries=2,
    looks=1,
    leg=3,
    stray_pound=True,
)
LONGEST = CallSession(
    release=LAYOUT.release,
    flow="broker_line",
    step="step_299",
    facts=SESSION.facts,
    turn=65535,
    began=BEGAN,
    silences=255,
    wrong_keys=255,
    entry="9" * 15,
    part="9" * 15,
    tries=255,
    looks=255,
    leg=255,
)


def layout_of(prefix: bytes) -> Layout | None:
    return LAYOUT if prefix == bytes.fromhex(LAYOUT.release[:16]) else None


def read(token: str, call: str = CALL, keys: AddressKeys = KEYS, moment: datetime = TEN) -> CallSession:
    return unseal(token, call, keys, layout_of, moment)


@st.composite
def sessions(draw: st.DrawFn) -> CallSession:
    """Any session that a release of this layout can make."""
    flow = draw(st.sampled_from(LAYOUT.flows))
    counts = st.integers(0, 255)
    keyed = st.text("0123456789*#", max_size=15)
    return CallSession(
        release=LAYOUT.release,
        flow=flow,
        step=draw(st.sampled_from(LAYOUT.steps[flow])),
        facts={name: draw(st.sampled_from(values)) for name, values in LAYOUT.facts[flow]},
        turn=draw(st.integers(0, 65535)),
        began=draw(st.integers(BEGAN - 5 * 3600, BEGAN)),
        silences=draw(counts),
        wrong_keys=draw(counts),
        entry=draw(keyed),
        part=draw(keyed),
        tries=draw(counts),
        looks=draw(counts),
        leg=draw(counts),
        stray_pound=draw(st.booleans()),
    )


@given(sessions())
def test_any_session_comes_back_whole(session: CallSession) -> None:
    assert read(seal(session, CALL, KEYS, LAYOUT)) == session


@given(sessions())
def test_the_same_session_gives_the_same_bytes_in_any_process(session: CallSession) -> None:
    assert seal(session, CALL, KEYS, LAYOUT) == seal(session, CALL, AddressKeys([NEW_KEY, OLD_KEY]), LAYOUT)


def test_a_session_gives_these_bytes_today_and_after_an_update() -> None:
    """A call under way while the program is replaced by a newer one goes on; so the format is written out here."""
    assert seal(SESSION, CALL, KEYS, LAYOUT) == (
        "gAAAAABrBbSALMtA53Kwjt5rXENQ0nzLj-wDr7me8bvT4GYRvsjPJtmfIsVJMrPh8ICt"
        "86UfJXcrP_tEMovTyiOFWbXoGVfpQbWuUZRRYhGGPPzOVMRAnsH4RqDKV8izKMYI4_6LNVT0"
    )


@given(sessions(), sessions())
def test_different_sessions_give_different_tokens(one: CallSession, other: CallSession) -> None:
    assert (one == other) == (seal(one, CALL, KEYS, LAYOUT) == seal(other, CALL, KEYS, LAYOUT))


@given(sessions(), st.data())
def test_any_changed_character_is_refused(session: CallSession, data: st.DataObject) -> None:
    token = seal(session, CALL, KEYS, LAYOUT)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[at]))
    with pytest.raises(SessionUnreadable):
        read(token[:at] + other + token[at + 1 :])


@given(st.data())
def test_a_cut_or_lengthened_token_is_refused(data: st.DataObject) -> None:
    token = seal(SESSION, CALL, KEYS, LAYOUT)
    shorter = st.integers(0, len(token) - 1).map(lambda length: token[:length])
    longer = st.text(min_size=1).map(lambda more: token + more)
    changed = data.draw(st.one_of(shorter, longer))
    with pytest.raises(SessionUnreadable):
        read(changed)


@given(st.text())
def test_any_text_is_refused_as_unreadable_and_in_no_other_way(text: str) -> None:
    with pytest.raises(SessionUnreadable):
        read(text)


@settings(max_examples=200)
@given(st.binary(max_size=80))
def test_a_payload_of_another_program_with_our_key_is_refused(payload: bytes) -> None:
    token = Fernet(NEW_KEY).encrypt_at_time(payload, BEGAN).decode().rstrip("=")
    with pytest.raises(SessionUnreadable):
        read(token)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_a_payload_that_starts_like_ours_and_goes_on_otherwise_is_refused_or_a_session(rest: bytes) -> None:
    head = b"\x01" + hashlib.sha256(CALL.encode()).digest()[:8] + bytes.fromhex(LAYOUT.release[:16])
    token = Fernet(NEW_KEY).encrypt_at_time(head + rest, BEGAN).decode().rstrip("=")
    try:
        session = read(token)
    except SessionUnreadable:
        return
    assert session.step in LAYOUT.steps[session.flow]


def test_the_session_of_another_call_is_refused() -> None:
    with pytest.raises(SessionUnreadable, match="another call"):
        read(seal(SESSION, CALL, KEYS, LAYOUT), call=OTHER_CALL)


@pytest.mark.parametrize("call", ["", "CA", CALL.lower(), CALL + " ", "\udcff", "☎"])
def test_a_strange_call_sid_is_another_call(call: str) -> None:
    with pytest.raises(SessionUnreadable, match="another call"):
        read(seal(SESSION, CALL, KEYS, LAYOUT), call=call)


def test_a_session_lives_six_hours_to_the_second() -> None:
    token = seal(SESSION, CALL, KEYS, LAYOUT)
    assert read(token, moment=TEN + timedelta(hours=6)) == SESSION
    with pytest.raises(SessionUnreadable, match="expired"):
        read(token, moment=TEN + timedelta(hours=6, seconds=1))


def test_the_session_of_a_release_that_is_gone_is_refused() -> None:
    token = seal(SESSION, CALL, KEYS, LAYOUT)
    with pytest.raises(SessionUnreadable, match="release"):
        unseal(token, CALL, KEYS, lambda prefix: None, TEN)


def test_a_layout_with_fewer_steps_or_facts_refuses_and_does_not_guess() -> None:
    smaller = Layout(LAYOUT.release, ("broker_line",), {"broker_line": ("step_0",)}, {"broker_line": ()})
    with pytest.raises(SessionUnreadable, match="release"):
        unseal(seal(SESSION, CALL, KEYS, LAYOUT), CALL, KEYS, lambda prefix: smaller, TEN)


def test_an_old_key_is_accepted_while_the_new_one_encrypts() -> None:
    both = AddressKeys([NEW_KEY, OLD_KEY])
    assert read(seal(SESSION, CALL, AddressKeys([OLD_KEY]), LAYOUT), keys=both) == SESSION
    with pytest.raises(SessionUnreadable, match="key"):
        read(seal(SESSION, CALL, both, LAYOUT), keys=AddressKeys([OLD_KEY]))


def test_the_published_reader_of_fernet_tokens_reads_ours() -> None:
    token = seal(SESSION, CALL, KEYS, LAYOUT)
    padded = token + "=" * (-len(token) % 4)
    multi = MultiFernet([Fernet(OLD_KEY), Fernet(NEW_KEY)])
    payload = multi.decrypt(padded)
    assert payload[0] == 1
    assert payload[1:9] == hashlib.sha256(CALL.encode()).digest()[:8]
    assert Fernet(NEW_KEY).extract_timestamp(padded) == BEGAN


def test_a_token_shows_neither_number_nor_step_nor_call() -> None:
    token = seal(SESSION, CALL, KEYS, LAYOUT)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for secret in (b"99900001", b"step_299", CALL.encode(), hashlib.sha256(CALL.encode()).digest()[:8]):
        assert secret not in raw
    assert token.isascii()
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_keys_show_themselves_to_nobody() -> None:
    assert NEW_KEY not in repr(KEYS)
    assert repr(KEYS).startswith("<ivr.address.AddressKeys object")


@pytest.mark.parametrize("keys", [[], ["short"], [NEW_KEY[:-4]], [NEW_KEY, "?"]])
def test_what_is_no_key_is_a_value_error(keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        AddressKeys(keys)


def test_the_longest_address_is_the_length_that_the_longest_session_makes() -> None:
    address = f"{HOST}/voice/dialled?s={seal(LONGEST, CALL, KEYS, LAYOUT)}{ASK_AGAIN}"
    assert longest_address(LAYOUT, HOST) == len(address) == 239
    assert longest_address(LAYOUT, HOST + "/") == 239


def test_the_longest_address_of_a_crowded_release_stays_under_480() -> None:
    crowded = Layout("ab" * 32, ("f",), {"f": ("s",)}, {"f": tuple((f"fact_{n}", ("a", "b")) for n in range(100))})
    assert longest_address(crowded, HOST) < 480


@given(sessions())
def test_no_session_makes_an_address_longer_than_the_longest(session: CallSession) -> None:
    address = f"{HOST}/voice/dialled?s={seal(session, CALL, KEYS, LAYOUT)}{ASK_AGAIN}"
    assert len(address) <= longest_address(LAYOUT, HOST)


@pytest.mark.parametrize(
    "broken",
    [
        {"step": "no_such_step"},
        {"flow": "no_such_flow"},
        {"facts": {}},
        {"facts": {**SESSION.facts, "line": "ajar"}},
        {"facts": {**SESSION.facts, "mood": "fine"}},
        {"release": "00" * 32},
        {"turn": 65536},
        {"silences": 256},
        {"wrong_keys": -1},
        {"began": -1},
        {"entry": "1" * 16},
        {"part": "1" * 16},
        {"entry": "12A4"},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_session_that_the_release_cannot_make_is_a_fault_of_ours(broken: dict[str, object]) -> None:
    fields = {name: getattr(SESSION, name) for name in SESSION.__slots__} | broken
    with pytest.raises(ValueError, match=r"step|substring"):
        seal(CallSession(**fields), CALL, KEYS, LAYOUT)
