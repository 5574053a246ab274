"""Small servers on this machine, and what a doctor's findings come to."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from own_ca import OwnCA

from ivr.doctor import Finding


def colours(found: Iterable[Finding]) -> list[str]:
    """The colour of each finding."""
    return [one.colour for one in found]


class Dated(BaseHTTPRequestHandler):
    """Answers whatever it is asked with 404 and the Date of the tests."""

    date = "Tue, 24 Nov 2026 16:00:00 GMT"

    def do_GET(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", self.date)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler], ca: OwnCA | None = None, name: str = "localhost") -> Iterator[str]:
    """A server on loopback; with an authority it speaks TLS under a name. Yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if ca:
        server.socket = ca.server_context(name).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http{'s' if ca else ''}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
