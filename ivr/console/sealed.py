"""A call between two turns, sealed: the browser keeps it and can neither read nor change it."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ValidationError

from ivr.softphone import CallState

LARGEST = 512 * 1024
"""Bytes of an unpacked call; a call of sixty turns has about forty thousand."""


class CallUnreadable(Exception):
    """What the browser sent is no call that we sealed."""


class PutAway(BaseModel):
    """A call as the browser keeps it.

    Args:
        happened: what was heard and done so far, as the lines of a scripted call.
    """

    state: CallState
    happened: list[dict[str, Any]] = []


class Seal:
    """Seals calls under a key that only this line has."""

    def __init__(self, secret: str) -> None:
        """Derive the key, so that what the page holds tells nothing of the secret that signs webhooks."""
        key = HKDF(SHA256(), length=32, salt=None, info=b"calls of the browser telephone").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, call: PutAway) -> str:
        """The call as text for the browser."""
        return self._fernet.encrypt(zlib.compress(call.model_dump_json().encode())).decode("ascii")

    def open(self, text: str) -> PutAway:
        """The call again. Raises CallUnreadable."""
        try:
            packed = self._fernet.decrypt(text.encode("ascii", "replace"))
            unpacking = zlib.decompressobj()
            plain = unpacking.decompress(packed, LARGEST)
            return PutAway.model_validate_json(plain)
        except (InvalidToken, zlib.error, ValidationError) as wrong:
            raise CallUnreadable("This call cannot be gone on with: it was not put away here. Dial again.") from wrong
