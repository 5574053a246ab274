"""Many calls at once, each pressing a key every few seconds whatever the server does: how long each waits for words."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode

from bench.presigned import ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC_URL
from ivr.softphone.fields import standard_fields
from ivr.softphone.signing import signature

KEYS = "5999"
"""Hours and e-mail, then back to the first menu, again and again: key 9 changes nothing where it stands."""

STALL_S = 0.1
CONNECTIONS = 128
"""Kept open, as a proxy in front of the line keeps them."""

_NEXT = re.compile(rb"/voice/turn\?s=([\w-]+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Waited:
    """What callers met.

    Args:
        seconds: from the moment a key was due to the end of the answer, one for each turn.
        wrong: answers that were not a document with a next turn in it.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0

    def percentile_ms(self, percent: int) -> float:
        """So many of a hundred turns waited no longer, in milliseconds."""
        return quantiles(self.seconds, n=100)[percent - 1] * 1000

    @property
    def stalls(self) -> int:
        """Turns that waited longer than a tenth of a second."""
        return sum(one > STALL_S for one in self.seconds)


class _Connections:
    """Connections to one server, handed out and given back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one request."""
        async with self._slots:
            link = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = link
            try:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else await reader.read()
            except (OSError, EOFError):
                writer.close()
                if link in self._free:
                    self._free.remove(link)
                raise
            if b"connection: close" in head.lower() or not length:
                writer.close()
            else:
                self._free.append(link)
            return int(head[9:12]), body

    def close(self) -> None:
        """End them all."""
        for _, writer in self._free:
            writer.close()


async def one_call(links: _Connections, waited: Waited, until: float, every_s: float) -> None:
    """One caller from the first ring, a key every few seconds, until the time is over."""
    call_sid, place, address = f"CA{secrets.token_hex(16)}", 0, "/voice"
    due = time.perf_counter() + random.uniform(0, every_s)
    while due < until:
        await asyncio.sleep(due - time.perf_counter())
        key = {} if place == 0 else {"Digits": KEYS[(place - 1) % len(KEYS)]}
        try:
            status, body = await links.ask(request_for(call_sid, address, key))
        except (OSError, EOFError):
            status, body = 0, b""
        waited.seconds.append(time.perf_counter() - due)
        onward = _NEXT.search(body)
        if status != 200 or onward is None:
            waited.wrong += 1
            return
        address = f"/voice/turn?s={onward[1].decode()}"
        place += 1
        due += every_s


def request_for(call_sid: str, address: str, key: dict[str, str]) -> bytes:
    """One signed POST, as a proxy hands it on."""
    form = standard_fields(
        call_sid=call_sid,
        account_sid=ACCOUNT_SID,
        caller="+16125550199",
        dialled=NUMBER,
        status="in-progress",
        direction="inbound",
    )
    form |= key
    body = urlencode(form).encode()
    head = (
        f"POST {address} HTTP/1.1\r\nHost: line.example.gov\r\n"
        f"X-Twilio-Signature: {signature(PUBLIC_URL + address, form.items(), AUTH_TOKEN)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _calls(port: int, calls: int, seconds: float, every_s: float) -> Waited:
    waited, links = Waited(), _Connections(port)
    until = time.perf_counter() + seconds
    await asyncio.gather(*(one_call(links, waited, until, every_s) for _ in range(calls)))
    links.close()
    return waited


def open_calls(port: int, calls: int, seconds: float, every_s: float = 5.0) -> Waited:
    """So many calls at once for so long."""
    return asyncio.run(_calls(port, calls, seconds, every_s))


def spread(found: Sequence[Waited]) -> tuple[float, float, float]:
    """Of several runs: the least, the median and the most of what all but one in a hundred waited, in milliseconds."""
    waits = sorted(one.percentile_ms(99) for one in found)
    return waits[0], waits[len(waits) // 2], waits[-1]
