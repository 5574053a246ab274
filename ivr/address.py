"""The call's own state in its action address: encrypted, bound to the call, the same bytes for the same session.

A token is a Fernet token (its published format), so keys rotate as `MultiFernet`'s do: the first encrypts, all
decrypt. Two choices make it deterministic, so that a repeated webhook gets a byte-identical answer: the IV is derived
from key, time and payload (as in SIV: only an equal session gives an equal token), and the token's time is the
session's `began`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from ivr.call import CallSession
from ivr.errors import SessionUnreadable

LIFETIME_S = 6 * 3600
"""Seconds after `began` that a token is accepted; the provider ends a call after four hours by default."""

LONGEST_PATH = "/voice/dialled?s="
"""The longest of the addresses that carry a session."""

ASK_AGAIN = "#rc=5&rp=all"
"""Behind every address of a turn: the provider asks up to five times more, keys and all, after no answer or an error.

Without it a turn whose process is killed goes to the fallback at once, and the caller's key is lost (provider's
connection overrides). A turn asked again is the same turn: the same answer, its events kept once.
"""

_VERSION = 1
_HEAD = struct.Struct(">B8s8sBHHBBBBBBB")
"""Version, call, release, flow, step, turn, silences, wrong keys, tries, looks, leg, stray pound, digit lengths."""

_MOST_DIGITS = 15
_KEYS = "0123456789*#"
_FERNET_VERSION = b"\x80"
_BLOCK = 16
_OVERHEAD = 1 + 8 + _BLOCK + 32
"""Bytes of a Fernet token around its ciphertext: version, time, IV, HMAC."""


@dataclass(frozen=True)
class Layout:
    """What a release's sessions are made of; a token names flow, step and facts by their index here.

    Args:
        release: content hash, 64 hex digits.
        flows: every flow that a call can begin on, at most 256.
        steps: flow to its steps, at most 65,536 each.
        facts: flow to its facts with their possible values, at most 256 each.
    """

    release: str
    flows: tuple[str, ...]
    steps: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]

    @cached_property
    def prefix(self) -> bytes:
        """The eight bytes by which a token names this release."""
        return bytes.fromhex(self.release[:16])

    @cached_property
    def places(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """(flow, step) to their indexes."""
        return {(f, s): (i, j) for i, f in enumerate(self.flows) for j, s in enumerate(self.steps[f])}

    @cached_property
    def values(self) -> Mapping[str, tuple[tuple[str, Mapping[str, int]], ...]]:
        """Flow to its facts, each with value to index."""
        return {
            flow: tuple((name, {value: i for i, value in enumerate(values)}) for name, values in self.facts[flow])
            for flow in self.flows
        }


class AddressKeys:
    """Fernet keys made ready: the first encrypts, every one decrypts. Its repr shows none."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take url-safe base64 keys of 32 bytes; raises ValueError on anything else."""
        self._keys = tuple(_Key(base64.urlsafe_b64decode(key)) for key in keys)
        if not self._keys:
            raise ValueError("at least one key is needed")

    def lock(self, began: int, payload: bytes) -> bytes:
        """A Fernet token, not yet base64, of `payload` with `began` (epoch seconds) as its time."""
        return self._keys[0].lock(began.to_bytes(8, "big"), payload)

    def unlock(self, token: bytes) -> tuple[int, bytes]:
        """Time and payload of a token that one of the keys made; raises SessionUnreadable."""
        if len(token) <= _OVERHEAD or (len(token) - _OVERHEAD) % _BLOCK or token[:1] != _FERNET_VERSION:
            raise SessionUnreadable("not a token")
        for key in self._keys:
            if key.has_signed(token):
                return int.from_bytes(token[1:9], "big"), key.open(token)
        raise SessionUnreadable("not signed by a key of ours")


class _Key:
    """One Fernet key, split into its halves, and a third for the IV."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a Fernet key has 32 bytes")
        self._signing = secret[:16]
        self._cipher = AES(secret[16:])
        self._iv_key = hmac.digest(secret, b"broker line: iv of an action address", "sha256")

    def lock(self, began: bytes, payload: bytes) -> bytes:
        iv = hmac.digest(self._iv_key, began + payload, "sha256")[:_BLOCK]
        fill = _BLOCK - len(payload) % _BLOCK
        encryptor = Cipher(self._cipher, CBC(iv)).encryptor()
        token = b"".join((_FERNET_VERSION, began, iv, encryptor.update(payload + bytes([fill]) * fill)))
        return token + hmac.digest(self._signing, token, "sha256")

    def has_signed(self, token: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(self._signing, token[:-32], "sha256"), token[-32:])

    def open(self, token: bytes) -> bytes:
        """Decrypt a token that this key has signed; another program's token has a foreign payload, not a bad fill."""
        decryptor = Cipher(self._cipher, CBC(token[9:25])).decryptor()
        filled = decryptor.update(token[25:-32])
        return filled[: -filled[-1]]


def seal(session: CallSession, call_sid: str, keys: AddressKeys, layout: Layout) -> str:
    """The token for an action address: url-safe text without padding; equal sessions of a call give equal tokens.

    Raises ValueError for a session that the layout cannot make: a fault of ours, never of a caller.
    """
    try:
        flow, step = layout.places[session.flow, session.step]
        facts = bytes([values[session.facts[name]] for name, values in layout.values[session.flow]])
        head = _HEAD.pack(
            _VERSION,
            _mark(call_sid),
            layout.prefix,
            flow,
            step,
            session.turn,
            session.silences,
            session.wrong_keys,
            session.tries,
            session.looks,
            session.leg,
            session.stray_pound,
            len(session.entry) << 4 | len(session.part),
        )
        payload = head + facts + _packed(session.entry) + _packed(session.part)
        token = keys.lock(session.began, payload)
    except (KeyError, struct.error, OverflowError) as cause:
        raise ValueError(
            f"step {session.step} of flow {session.flow}: a session that its release cannot make"
        ) from cause
    if len(facts) != len(session.facts) or layout.release != session.release:
        raise ValueError(f"step {session.step} of flow {session.flow}: facts or release are not the layout's")
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def unseal(
    token: str,
    call_sid: str,
    keys: AddressKeys,
    layout_of: Callable[[bytes], Layout | None],
    moment: datetime,
) -> CallSession:
    """The session of a token that we made for this call.

    Args:
        call_sid: the caller's leg (on the representative's leg: `ParentCallSid`).
        layout_of: the layout of the release whose hash begins with these eight bytes, or None.
        moment: the moment of the turn, with zone.

    Raises SessionUnreadable when the token is tampered with, another call's, older than six hours, or of a release
    that we do not have; never anything else.
    """
    began, payload = keys.unlock(_decoded(token))
    if len(payload) < _HEAD.size or payload[0] != _VERSION:
        raise SessionUnreadable("not a session of this version")
    _, call, prefix, flow_at, step_at, turn, silences, wrong_keys, tries, looks, leg, stray, lengths = (
        _HEAD.unpack_from(payload)
    )
    if not hmac.compare_digest(call, _mark(call_sid)):
        raise SessionUnreadable("the session of another call")
    if moment.timestamp() - began > LIFETIME_S:
        raise SessionUnreadable("the session has expired")
    layout = layout_of(prefix)
    if layout is None:
        raise SessionUnreadable("the session of a release that is not here")
    try:
        flow = layout.flows[flow_at]
        facts_end = _HEAD.size + len(layout.facts[flow])
        indexes = zip(layout.facts[flow], payload[_HEAD.size : facts_end], strict=True)
        entry_end = facts_end + ((lengths >> 4) + 1) // 2
        return CallSession(
            release=layout.release,
            flow=flow,
            step=layout.steps[flow][step_at],
            facts={name: values[i] for (name, values), i in indexes},
            turn=turn,
            began=began,
            silences=silences,
            wrong_keys=wrong_keys,
            entry=_unpacked(payload[facts_end:entry_end], lengths >> 4),
            part=_unpacked(payload[entry_end:], lengths & 15),
            tries=tries,
            looks=looks,
            leg=leg,
            stray_pound=bool(stray),
        )
    except (IndexError, KeyError, ValueError) as cause:
        raise SessionUnreadable("not a session of its release") from cause


def longest_address(layout: Layout, public_url: str) -> int:
    """Characters of the longest address that any session of the release can make, public host included."""
    digits = 2 * ((_MOST_DIGITS + 1) // 2)
    payload = _HEAD.size + max(len(layout.facts[flow]) for flow in layout.flows) + digits
    token = _OVERHEAD + payload // _BLOCK * _BLOCK + _BLOCK
    return len(public_url.rstrip("/")) + len(LONGEST_PATH) + -(-token * 4 // 3) + len(ASK_AGAIN)


def _mark(call_sid: str) -> bytes:
    """Eight bytes that stand for a call."""
    return hashlib.sha256(call_sid.encode(errors="backslashreplace")).digest()[:8]


def _decoded(token: str) -> bytes:
    """Base64 read strictly: only the one spelling that `seal` writes, so that a changed character never passes."""
    try:
        decoded = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error) as cause:
        raise SessionUnreadable("not a token") from cause
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != token:
        raise SessionUnreadable("not a token")
    return decoded


def _packed(keys: str) -> bytes:
    """Keys of the telephone, two a byte, the last half filled up with fifteen."""
    if not keys:
        return b""
    if len(keys) > _MOST_DIGITS:
        raise OverflowError
    halves = [_KEYS.index(key) for key in keys] + [15] * (len(keys) % 2)
    return bytes(first << 4 | second for first, second in zip(halves[::2], halves[1::2], strict=True))


def _unpacked(packed: bytes, length: int) -> str:
    """`length` keys out of exactly the bytes they need; raises IndexError or ValueError otherwise."""
    if len(packed) != (length + 1) // 2:
        raise ValueError("length")
    halves = [half for byte in packed for half in (byte >> 4, byte & 15)]
    return "".join(_KEYS[half] for half in halves[:length])
