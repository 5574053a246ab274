"""Requests that come in slowly wait without a thread, so that those who send them cannot keep callers waiting."""

from __future__ import annotations

import re
import socket
import sys
import time
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from ivr.voice.crowded import WAITS_SINCE

PATIENCE_S = 15.0
"""Seconds in which a whole request must have come in; the provider itself gives up after as long."""

MOST = 128 * 1024
"""Bytes taken in for one request; a longer one is handed on as it is, and refused by whoever reads it."""

LONGEST_BODY = 64 * 1024
"""A body that says it is longer is not waited for: the application refuses it unread."""

_LAST_BYTES_AT = 52
"""Where `tcpi_last_data_recv` stands in Linux's `tcp_info`: milliseconds, four bytes."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which takes a thread only for a request that is there to its last byte.

    It uses what the worker does itself with a connection that has sent nothing yet: back to the poller.

    It takes no more connections than it has threads for. The rest wait in the machine, for whichever worker is free,
    and a worker that is killed takes none of them along.
    """

    open_since = 0.0
    """When the server began to take connections: who waited while it was down is answered, not asked to wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_hand = 0

    def handle(self, conn: Any) -> Any:
        """gunicorn's hook, in a thread: a connection has something to read."""
        # Closing gracefully waits seconds for the other side, in the thread that watches every connection.
        conn.close = lambda graceful=False: util.close(conn.sock)
        began = conn.__dict__.setdefault("began", time.monotonic())
        held, is_over = taken_in(conn)
        if not is_over and not is_whole(held):
            conn.held = held
            # Without this the worker would wait for the next bytes in this thread.
            conn.data_ready = True
            return _DEFER if self.alive and time.monotonic() - began < PATIENCE_S else False
        del conn.began
        WAITS_SINCE.set(conn.waits_since)
        conn.held = b""
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(held)
        # Everything is here: whoever reads on would wait in this thread for a sender who may never send.
        conn.parser.unreader.chunk = lambda size_hint=None: b""
        # What is left of a request that is not complete must not be read as the next one.
        return bool(super().handle(conn)) and is_complete(held)

    def enqueue_req(self, conn: Any) -> None:
        """gunicorn's hook: a connection has something to read, or was just taken, and waits for a thread."""
        conn.waits_since = max(time.monotonic() - silent_s(conn.sock), self.open_since)
        self._in_hand += 1
        if self._in_hand >= self.cfg.threads:
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """gunicorn's hook: a thread is free again."""
        self._in_hand -= 1
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        """gunicorn's hook, which it calls whenever something has happened: may connections be taken?"""
        super().set_accept_enabled(enabled and self._in_hand < self.cfg.threads)

    def _cap_keepalive(self, deadline: float) -> None:
        """gunicorn's hook: the worker is stopping; what has come in half is not waited for much longer either."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def silent_s(connection: Any) -> float:
    """Seconds since a connection's last bytes came in: a whole request has waited so long in the machine already.

    The system's clock of the connection, to the millisecond (Linux, `tcp_info`); 0 where there is none.
    """
    try:
        known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_BYTES_AT + 4)
        return float(int.from_bytes(known[_LAST_BYTES_AT:], sys.byteorder)) / 1000
    except (OSError, AttributeError):
        return 0.0


def taken_in(conn: Any) -> tuple[bytes, bool]:
    """What has come in of a connection's next request, and whether nothing more will."""
    held: bytes = conn.__dict__.get("held", b"")
    if conn.parser is not None:
        held += conn.parser.unreader.take_buffered()
    conn.sock.setblocking(False)
    try:
        while len(held) < MOST:
            part = conn.sock.recv(MOST)
            if not part:
                return held, True
            held += part
    except BlockingIOError:
        pass
    except OSError:
        return held, True
    return held, False


def is_whole(request: bytes) -> bool:
    """Whether a request is there to its end, or is one that must be refused before."""
    head, end, body = request.partition(b"\r\n\r\n")
    if len(request) >= MOST:
        return True
    if not end:
        return False
    length = _LENGTH.search(head + b"\r\n")
    if length:
        return len(body) >= int(length[1]) or int(length[1]) > LONGEST_BODY
    return b"chunked" not in head.lower() or body.endswith(b"0\r\n\r\n")


def is_complete(request: bytes) -> bool:
    """Whether a request with a length of its own, or without a body, is there to its last byte."""
    head, end, body = request.partition(b"\r\n\r\n")
    if not head or not end:
        return False
    length = _LENGTH.search(head + b"\r\n")
    if length:
        return len(body) >= int(length[1])
    return b"chunked" not in head.lower()
