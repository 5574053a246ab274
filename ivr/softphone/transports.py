"""Ways to carry a request: to a WSGI application in this process, or over HTTP to any address."""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONNECT_S = 5.0
TOTAL_S = 15.0

LARGEST = 1_000_000
"""Bytes of an answer that are looked at; the provider takes a sixteenth of that."""

LOST = 11205
"""The provider's code for an answer that did not come."""

GARBLED = 12100
"""The provider's code for an answer that it cannot read."""


class FetchFailed(Exception):
    """A request that got no answer at all; `code` is the provider's error code for that."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of the provider's.

    Args:
        url: the whole address, public as signed; no fragment.
        body: the encoded form, empty for a GET.
        moment: the pretended moment, with zone; only an application in this process learns it.
        trace: list to which the application adds an entry a turn; likewise in process only.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    moment: datetime
    trace: list[dict[str, Any]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, headers in order with names as sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """First value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Transport(Protocol):
    """What the softphone needs of a network."""

    def fetch(self, request: Request) -> Reply:
        """Send one request, follow nothing. Raises FetchFailed when no answer came."""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(port)}"


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True)
class InProcess:
    """Calls a WSGI application directly, as a server would that stands at `base_url`.

    The environ carries ``ivr.moment`` and ``ivr.trace``; no network request can set those.
    """

    app: WSGIApplication
    base_url: str

    def fetch(self, request: Request) -> Reply:
        """Answer of the application; an exception that escapes it becomes a 500, as behind a server."""
        if _origin(request.url) != _origin(self.base_url):
            raise FetchFailed(11210, f"No such host in this process: {_origin(request.url)}")
        try:
            body, status, headers = run_wsgi_app(self.app, self._environ(request), buffered=True)
            content = b"".join(body)
        except Exception as error:
            return Reply(500, (("Content-Type", "text/html"),), f"{type(error).__name__}: {error}".encode())
        return Reply(int(status.split(" ", 1)[0]), tuple(headers.to_wsgi_list()), content)

    def _environ(self, request: Request) -> dict[str, Any]:
        """The request as a server hands it to an application (PEP 3333)."""
        there = urlsplit(self.base_url)
        target = _target(request.url)
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": target,
            "RAW_URI": target,
            "SERVER_NAME": there.hostname or "",
            "SERVER_PORT": str(there.port or {"https": 443}.get(there.scheme, 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": there.netloc.rpartition("@")[2],
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": there.scheme,
            "wsgi.input": BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "ivr.moment": request.moment,
            "ivr.trace": request.trace,
        }
        for name, value in request.headers:
            key = name.upper().replace("-", "_")
            environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ


@dataclass(frozen=True)
class OverHttp:
    """Sends requests over HTTP or HTTPS.

    Args:
        instead: where to send requests for an address, by origin: ``{"https://line.example": "http://127.0.0.1:5000"}``
            reaches a server on this machine whose public name is another; they are signed for the public one.
        total_s: seconds for one request, from when it is connected.
    """

    instead: Mapping[str, str] = field(default_factory=dict)
    total_s: float = TOTAL_S

    def fetch(self, request: Request) -> Reply:
        """One attempt, with the provider's limits: 5 s to connect, 15 s in all, however little comes at a time."""
        public = _origin(request.url)
        there = urlsplit(next((at for name, at in self.instead.items() if _origin(name) == public), public))
        headers = dict(request.headers) | {"Host": urlsplit(request.url).netloc.rpartition("@")[2]}
        host, port = there.hostname or "", there.port
        link = (
            http.client.HTTPSConnection(host, port, timeout=CONNECT_S)
            if there.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        )
        try:
            return self._over(link, request, headers)
        finally:
            link.close()

    def _over(self, link: http.client.HTTPConnection, request: Request, headers: Mapping[str, str]) -> Reply:
        try:
            link.connect()
        except ssl.SSLError as error:
            raise FetchFailed(11220, f"TLS failed: {error}") from error
        except TimeoutError as error:
            raise FetchFailed(11201, "Connecting took longer than 5 seconds") from error
        except ConnectionRefusedError as error:
            raise FetchFailed(11202, "The connection was refused") from error
        except OSError as error:
            raise FetchFailed(11210, f"No connection: {error}") from error
        try:
            with _ended_after(self.total_s, link.sock):
                link.request(request.method, _target(request.url), body=request.body or None, headers=dict(headers))
                with link.getresponse() as answer:
                    body = answer.read(LARGEST)
            if answer.length and len(body) < LARGEST:
                raise http.client.IncompleteRead(body, answer.length)
            return Reply(answer.status, tuple(answer.getheaders()), body)
        except TimeoutError as error:
            raise FetchFailed(LOST, f"No answer within {self.total_s:g} seconds") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchFailed(11206, f"The answer is not HTTP: {error}") from error


@contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Within it, a connection is good for so long in all, and not for so long for each byte. Raises TimeoutError."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            # Not TLS's own way, which would change the connection under whoever reads from it.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    connection.settimeout(None)
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if is_over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if is_over.is_set():
        raise TimeoutError


def headers_named(reply: Reply, name: str) -> Iterable[str]:
    """Every value of a header that may repeat, such as ``Set-Cookie``."""
    return (value for key, value in reply.headers if key.lower() == name.lower())
