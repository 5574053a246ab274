"""Requests that come in slowly wait without a thread, so that those who send them cannot keep callers waiting."""

from __future__ import annotations

import errno
import fcntl
import re
import socket
import ssl
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    InvalidSchemeHeaders,
    ParseException,
)
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from ivr.seldom import Seldom
from ivr.voice.crowded import WAITS_SINCE

PATIENCE_S = 15.0
"""Seconds in which a whole request must have come in; the provider itself gives up after as long."""

MOST = 128 * 1024
"""Bytes taken in for one request; a longer one is handed on as it is, and refused by whoever reads it."""

PIECE = 8 * 1024
"""Bytes read at once: the provider's requests fit into it, and memory for more is asked of the system every time."""

LONGEST_HEAD = 32 * 1024
"""Bytes of a request's line and headers; the provider's are two thousand."""

MOST_WAITED_FOR = 2_000
"""Connections that have not sent a whole request; of more, the one that has waited longest is closed."""

FULL_S = 0.1
"""Seconds without taking connections when the system gives no more descriptors."""

SEND_S = 5
"""Seconds in which somebody must take in what fits into no buffer any more."""

LONGEST_BODY = 64 * 1024
"""A body that says it is longer is not waited for: the application refuses it unread."""

LONGEST_TRAILER = 1024
"""Bytes behind a body in chunks that are looked through for its end."""

A_TURN = b"POST /voice"
"""How the requests begin that are answered without a thread. Others' answers may be long, for somebody slow to read."""

OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
"""What gunicorn makes of mistakes that are not the sender's."""

ONE_SCHEME = "Let it set X-Forwarded-Proto alone, and take X-Forwarded-Protocol and X-Forwarded-Ssl away."

UNREADABLE = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 12\r\n\r\nBad Request\n"
)
"""The answer to what is no request of HTTP."""

_LAST_BYTES_AT = 52
"""Where `tcpi_last_data_recv` stands in Linux's `tcp_info`: milliseconds, four bytes."""

_SEND_TIMEOUT = struct.pack("@ll", SEND_S, 0)

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:(?:[^\r\n]*[ \t,])?chunked[ \t]*[,\r]", re.IGNORECASE)
_LAST_CHUNK = re.compile(rb"\r\n0+\r\n(?:[^\r\n]+\r\n)*\r\n\Z")
_HAS_BODY = re.compile(rb"\r\n(?:content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which takes a thread only for a request that is there to its last byte.

    It uses what the worker does itself with a connection that has sent nothing yet: back to the poller.

    It takes no more connections than it has threads for. The rest wait in the machine, for whichever worker is free,
    and a worker that is killed takes none of them along.

    Where a turn has nobody to wait for, the provider's requests get no thread at all: they are answered one after the
    other by the thread that watches the connections, which costs a turn less than being handed over and back.

    A connection on which the next request came before the answer is closed after that: neither the provider nor a proxy
    does so, and whoever sends by the thousand would never let another connection in.
    """

    open_since = 0.0
    """When the server began to take connections: who waited while it was down is answered, not asked to wait."""

    turns_wait = True
    """Whether a turn may wait for another machine: a database or certification service that is elsewhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_hand = 0
        self._full_until = 0.0
        self._met: set[type[Exception]] = set()
        self._hearsay = Seldom(10, each_s=6.0, ticks=time.monotonic)

    def accept(self, listener: Any) -> None:
        """gunicorn's hook: somebody wants a connection. With no descriptor left, none is taken for a moment."""
        try:
            super().accept(listener)
        except OSError as trouble:
            if trouble.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                raise
            self._full_until = time.monotonic() + FULL_S
            self.set_accept_enabled(False)

    def enqueue_req(self, conn: Any) -> None:
        """gunicorn's hook: a connection has something to read, or was just taken."""
        now = time.monotonic()
        began = conn.__dict__.setdefault("began", now)
        # Closing gracefully waits seconds for the other side, in the thread that watches every connection.
        conn.close = lambda graceful=False: util.close(conn.sock)
        conn.held, is_over = taken_in(conn)
        if is_over and not conn.held:
            self._go_on(conn, lambda _: False)
            return
        if not is_over and not is_whole(conn.held):
            # Back to the poller, as gunicorn does it with a connection that has sent nothing yet.
            self._go_on(conn, lambda _: _DEFER if self.alive and now - began < PATIENCE_S else False)
            conn.timeout = began + PATIENCE_S
            self._drop_the_oldest()
            return
        del conn.began
        conn.waits_since = max(now - silent_s(conn.sock), self.open_since)
        if not self.turns_wait and conn.held.startswith(A_TURN) and has_read_all(conn.sock):
            self._go_on(conn, self.handle)
            return
        self._in_hand += 1
        if self._in_hand >= self.cfg.threads:
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """gunicorn's hook: answer a request that is there to its last byte."""
        held, conn.held = conn.held, b""
        WAITS_SINCE.set(conn.waits_since)
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(held)
        # Everything is here: whoever reads on would wait for a sender who may never send.
        conn.parser.unreader.chunk = lambda size_hint=None: b""
        with in_one_piece(conn.sock):
            is_kept = bool(super().handle(conn))
        # What is left of a request, or stands behind it, must not be read as the next one.
        return is_kept and is_one(held)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """gunicorn's hook: a request went wrong outside the application, nearly always for not being one of HTTP's.

        It gets a plain line that says nothing of what was asked, and stands in the log as long as there are few.
        """
        if not isinstance(exc, ParseException | ssl.SSLError) or isinstance(exc, OURS):
            super().handle_error(req, client, addr, exc)
            return
        # The metrics library decides at its import whether several processes share figures, so it is read late.
        from ivr.voice.metrics import REFUSED

        REFUSED.labels(cause="unusable").inc()
        self._tell(exc)
        with suppress(OSError):
            util.write_nonblock(client, UNREADABLE)

    def _tell(self, exc: Exception) -> None:
        """The first of each kind, and then one now and then; what a proxy does to every caller is no hearsay."""
        kind = type(exc)
        if kind in self._met and not self._hearsay.may():
            return
        if isinstance(exc, InvalidSchemeHeaders):
            self.log.error("A request was refused because the proxy says http and https at once. %s", ONE_SCHEME)
        else:
            untold = self._hearsay.untold()
            more = f"; {untold} more were not told" if untold else ""
            self.log.warning("A request that cannot be read was refused: %s%s", kind.__name__, more)
        self._met.add(kind)

    def _go_on(self, conn: Any, work: Callable[[Any], object]) -> None:
        """Work on a connection without a thread, and then what gunicorn does after one."""
        done: Future[object] = Future()
        try:
            done.set_result(work(conn))
        except Exception as strange:
            done.set_exception(strange)
        super().finish_request(conn, done)

    def _drop_the_oldest(self) -> None:
        """Those who have sent no whole request must not use up the connections that others need."""
        while len(self.pending_conns) > MOST_WAITED_FOR:
            conn = self.pending_conns.popleft()
            with suppress(OSError, KeyError, ValueError):
                self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()

    def finish_request(self, conn: Any, fs: Any) -> None:
        """gunicorn's hook: a thread is free again."""
        self._in_hand -= 1
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        """gunicorn's hook, which it calls whenever something has happened: may connections be taken?"""
        is_full = self._in_hand >= self.cfg.threads or time.monotonic() < self._full_until
        super().set_accept_enabled(enabled and not is_full)

    def _cap_keepalive(self, deadline: float) -> None:
        """gunicorn's hook: the worker is stopping; what has come in half is not waited for much longer either."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


@contextmanager
def in_one_piece(connection: Any) -> Iterator[None]:
    """What is sent meanwhile goes out together: gunicorn sends an answer's headers and its body apart.

    Whoever does not read it is not waited for longer than SEND_S.
    """
    with suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    try:
        yield
    finally:
        with suppress(OSError, AttributeError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def has_read_all(connection: Any) -> bool:
    """Whether the other side has got every earlier answer; the next to one who reads nothing could block."""
    try:
        waiting = fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4))
    except OSError:
        return False
    return not any(waiting)


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
    try:
        while len(held) < MOST and not is_whole(held):
            part = conn.sock.recv(PIECE, socket.MSG_DONTWAIT)
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
    if not end:
        return len(request) >= LONGEST_HEAD or b"\n\n" in request
    if len(request) >= MOST:
        return True
    length = _LENGTH.search(head + b"\r\n")
    if length:
        return len(body) >= int(length[1]) or int(length[1]) > LONGEST_BODY
    if not _CHUNKED.search(head + b"\r\n"):
        return True
    return body.endswith(b"\r\n\r\n") and bool(_LAST_CHUNK.search((b"\r\n" + body)[-LONGEST_TRAILER:]))


def is_one(request: bytes) -> bool:
    """Whether a request with a length of its own, or without a body, is there to its end and nothing behind it."""
    head, end, body = request.partition(b"\r\n\r\n")
    if not head or not end:
        return False
    length = _LENGTH.search(head + b"\r\n")
    if length:
        return len(body) == int(length[1])
    return not body and not _HAS_BODY.search(head)
