"""The line behind a real nginx with TLS: calls go through, and each usual mistake is named in the log."""

from __future__ import annotations

import itertools
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from programs import program
from projects import tiny_project
from proxies import Nginx
from servers import Server, free_port, ivr, until

from ivr.softphone import CALLER, DIALLED, Number, OverHttp, Softphone
from ivr.softphone.transports import Reply, Request
from ivr.wiring import real_clock

DEPLOY = Path(__file__).parents[1] / "docs/deploy"
ACCOUNT = "AC" + "0" * 32
TOKEN = "5" * 32
HOST = "proxy_set_header   Host              $http_host;"
OPEN = ("--at", "2026-11-24 10:00")


@dataclass(frozen=True)
class WithHeaders:
    """The network, with headers on every request that somebody between has set."""

    headers: Mapping[str, str]

    def fetch(self, request: Request) -> Reply:
        """See `Transport`."""
        return OverHttp().fetch(replace(request, headers=(*request.headers, *self.headers.items())))


@dataclass(frozen=True)
class Setup:
    """A server behind nginx.

    Args:
        public: what IVR_PUBLIC_URL is, PORT standing for nginx's; None when it is not set.
        edits: of the shipped nginx.conf.
        number: what stands at the provider before `/voice`.
        headers: that somebody between sets.
        signs: the token that the provider signs with.
    """

    public: str | None = "https://localhost:PORT"
    edits: Mapping[str, str] | None = None
    number: str = "https://localhost:PORT"
    voice: str = "/voice"
    headers: Mapping[str, str] | None = None
    signs: str = TOKEN


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line that has been published once, so that each start is quick."""
    project = tiny_project(tmp_path_factory.mktemp("line"))
    ivr(project, "brokers", "import", str(project / "config/brokers.csv"))
    ivr(project, "publish")
    return project


@contextmanager
def on_the_air(setup: Setup, project: Path, folder: Path) -> Iterator[tuple[Server, Softphone]]:
    """A server behind nginx, and a telephone that asks it as the provider does."""
    backend = free_port()
    nginx = Nginx(folder, backend, setup.edits or {})
    public = {"IVR_PUBLIC_URL": setup.public.replace("PORT", str(nginx.port))} if setup.public else {}
    settings = {**public, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": ACCOUNT}
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SSL_CERT_FILE", str(nginx.certificate))
        server = Server(project, "--workers", "1", *OPEN, port=backend, settings=settings)
        stack.callback(lambda: server.end(signal.SIGQUIT))
        server.ready()
        stack.enter_context(nginx.running())
        base = setup.number.replace("PORT", str(nginx.port))
        number = replace(Number.at(base, ACCOUNT, setup.signs), voice=base + setup.voice, fallback="", status="")
        yield server, Softphone(WithHeaders(setup.headers or {}), number, real_clock(), caller=CALLER, dialled=DIALLED)


PREFIXED = {
    "location / {\n        limit_req ": "location /ivr/ {\n        limit_req ",
    "http://broker_line;": "http://broker_line/;",
}


@pytest.mark.parametrize(
    "setup",
    [
        Setup(),
        Setup(public=None),
        Setup(public="https://localhost:PORT/ivr", number="https://localhost:PORT/ivr", edits=PREFIXED),
    ],
    ids=["as shipped", "without a public address, in development", "in a folder"],
)
def test_a_call_through_the_public_address_reaches_a_representative(
    setup: Setup, project: Path, tmp_path: Path
) -> None:
    with on_the_air(setup, project, tmp_path) as (server, phone):
        phone.dial()
        phone.press("1")
        phone.press("99900001#")
        phone.representative("answers")
        assert phone.is_connected
        assert phone.complaints == []
        assert "refused" not in server.said
        log = (tmp_path / "access.log").read_text()
        assert re.search(r'"POST (/ivr)?/voice/turn" 200', log)
        assert "s=" not in log


MISTAKES = {
    "http for https": ("scheme", Setup(public="http://localhost:PORT")),
    "missing port": ("missing_port", Setup(public="https://localhost")),
    "doubled port": (
        "doubled_port",
        Setup(public=None, edits={HOST: "proxy_set_header Host $http_host:$server_port;"}),
    ),
    "wrong host": ("host", Setup(public="https://elsewhere.example:PORT")),
    "stripped prefix": ("prefix", Setup(number="https://localhost:PORT/ivr", edits=PREFIXED)),
    "added slash": ("slash", Setup(voice="/voice/")),
    "added slash, taken away by the proxy": (
        "slash",
        Setup(
            voice="/voice/",
            edits={"location / {\n        limit_req ": "location / { rewrite ^(.*)/$ $1 break;\n limit_req "},
        ),
    ),
    "forwarded headers trusted from a stranger": (
        "forwarded",
        Setup(
            public=None,
            edits={
                HOST: "proxy_set_header Host $http_x_forwarded_host;",
                "X-Forwarded-Host  $http_host": "X-Stranger 1",
            },
            headers={"X-Forwarded-Host": "stranger.example"},
        ),
    ),
    "old token": ("token", Setup(signs="4" * 32)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named_in_the_log(mistake: str, project: Path, tmp_path: Path) -> None:
    cause, setup = MISTAKES[mistake]
    with on_the_air(setup, project, tmp_path) as (server, phone):
        phone.dial()
        assert phone.ended["by"] == "error"
        until(lambda: "a request to a voice route was refused" in server.said, "the log tells of it")
        line = next(line for line in server.said.splitlines() if "was refused" in line)
        assert re.search(r" error +a request", line)
        assert f"cause={cause} " in line
        assert " why=" in line
        assert " remedy=" in line
        assert TOKEN not in server.said
        assert f'ivr_refused_total{{cause="{cause}"}} 1' in server.get("/metrics")[1]


def test_figures_are_not_shown_to_the_world_and_strangers_are_asked_to_come_slower(
    project: Path, tmp_path: Path
) -> None:
    with on_the_air(Setup(), project, tmp_path) as (_, phone):
        base = phone.number.voice.removesuffix("/voice")
        assert fetched(phone, f"{base}/metrics") == 404
        given = itertools.cycle((None, "x", "A" * 28, f"{'A' * 27}=="))
        answers = [fetched(phone, f"{base}/voice", next(given)) for _ in range(40)]
        assert answers[:20] == [403] * 20
        assert answers.count(429) > 10
        assert fetched(phone, f"{base}/voice", f"{'A' * 27}=") == 403


def fetched(phone: Softphone, url: str, given: str | None = None) -> int:
    """Status of a request that is not signed, or with something made up."""
    headers = (("X-Twilio-Signature", given),) if given else ()
    return OverHttp().fetch(Request("GET", url, headers, b"", real_clock(), [])).status


def test_port_80_redirects_nobody() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert "return 301" not in text
    assert "return 308" not in text


def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    verify = program("systemd-analyze", "systemd", "The units are checked by systemd itself")
    for name in ("broker-line.socket", "broker-line.service"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert "/opt/broker-line/now/.venv/bin/ivr" in text or name.endswith("socket")
        (tmp_path / name).write_text(text.replace("/opt/broker-line/now/.venv/bin/ivr", "/bin/true"), encoding="utf-8")
    units = [str(tmp_path / name) for name in ("broker-line.socket", "broker-line.service")]
    done = subprocess.run([verify, "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "broker-line" in line]
    assert ours == []
    assert done.returncode == 0
