"""A listening socket that whoever started this process holds and hands over (systemd's socket units).

It outlives the server: while the server is killed, replaced or started again, callers' requests wait in it instead of
being refused.
"""

from __future__ import annotations

import os
import socket

from ivr.errors import SetupError

FIRST = 3
"""The file descriptor of the first socket (sd_listen_fds)."""


def handed_over() -> socket.socket | None:
    """The socket, None when there is none. It is taken once: nothing in the environment tells of it afterwards.

    Raises SetupError for more than one, or one that does not listen for TCP.
    """
    holder, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if holder != str(os.getpid()) or count in ("", "0"):
        return None
    if count != "1":
        raise SetupError(f"LISTEN_FDS: {count} sockets were handed over; one is needed. Keep one ListenStream.")
    try:
        handed = socket.socket(fileno=FIRST)
        listens = handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as trouble:
        raise SetupError(f"LISTEN_FDS: what was handed over is no socket: {trouble.strerror}.") from None
    if not listens or handed.family not in (socket.AF_INET, socket.AF_INET6):
        raise SetupError("LISTEN_FDS: the socket handed over does not listen for TCP. Name a port as ListenStream.")
    os.set_inheritable(FIRST, False)
    return handed
