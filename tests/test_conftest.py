"""What the tests' own surroundings promise."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "api.example.com"])
def test_reaching_for_another_machine_fails_with_its_name(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=f"reached for {host}"):
        socket.create_connection((host, 443), timeout=1)
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match=f"reached for {host}"):
        client.connect((host, 443))
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match=f"reached for {host}"):
        client.connect_ex((host, 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername()[0] == "127.0.0.1"
        assert socket.getaddrinfo(host, 80)


def test_a_socket_in_the_file_system_may_be_reached(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_the_machine_can_stand_in_another_zone(in_zone: Callable[[str], None]) -> None:
    in_zone("Asia/Tokyo")
    assert time.localtime(0).tm_hour == 9
    in_zone("America/Chicago")
    assert time.localtime(0).tm_hour == 18
