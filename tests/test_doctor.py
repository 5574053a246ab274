"""Each check of `ivr doctor` by itself: what it calls well, what wrong, and that none can end the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hours_samples import calendar
from own_ca import OwnCA
from projects import TINY_BROKERS
from twilio_account import ca

from ivr.brokers import import_brokers
from ivr.doctor import Check, Finding, NotLookedAt, found_by, kept, machine, public
from ivr.doctor.debugger import alerts, codes
from ivr.doctor.spelling import why_refused
from ivr.errors import NeighbourError, SetupError
from ivr.provider import Alert
from ivr.settings import Settings, load_settings
from ivr.softphone import OverHttp
from ivr.store import Store

__all__ = ["ca"]

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
PAGE = Path(__file__).parents[1] / "docs/twilio.md"


def colours(found: Iterator[Finding] | list[Finding]) -> list[str]:
    """The colour of each finding."""
    return [one.colour for one in found]


def test_a_check_that_breaks_is_a_finding() -> None:
    def breaks() -> Iterator[Finding]:
        yield Finding("green", "so far")
        raise KeyError("nobody thought of this")

    so_far, broken = found_by(Check("x", breaks))
    assert so_far.says == "so far"
    assert broken.colour == "red"
    assert broken.says == "This check itself is broken: KeyError: 'nobody thought of this'"


@pytest.mark.parametrize(
    ("trouble", "colour", "says"),
    [
        (NeighbourError("The other one is gone."), "red", "The other one is gone."),
        (NotLookedAt("There is nothing to look at."), "yellow", "There is nothing to look at."),
        (PermissionError(13, "Permission denied", "/x"), "red", "/x: Permission denied."),
    ],
)
def test_trouble_on_purpose_is_told_in_its_own_words(trouble: Exception, colour: str, says: str) -> None:
    def look() -> Iterator[Finding]:
        raise trouble

    [one] = found_by(Check("x", look))
    assert (one.colour, one.says) == (colour, says)


def test_a_check_that_hangs_is_left_with_what_it_had_found() -> None:
    ends = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield Finding("green", "so far")
        ends.wait(30)

    so_far, late = found_by(Check("x", hangs, 0.05))
    ends.set()
    assert (so_far.says, late.colour) == ("so far", "red")
    assert late.says == "Nothing more was found within 0.05 seconds, so it was left."


# --- settings and keys


def settings_of(project: Path, **more: str) -> Settings:
    """Settings of a folder."""
    return load_settings(more, project)


def test_every_fault_of_the_settings_is_a_line_of_its_own() -> None:
    faults = SetupError("IVR_ENV: is neither.\nIVR_PUBLIC_URL: is missing.")
    found = list(machine.settings_found(faults, {"IVR_PUBLIC_ULR": "x"}))
    assert [(one.colour, one.says, one.remedy) for one in found] == [
        ("yellow", "IVR_PUBLIC_ULR is not a setting of ours.", "Was IVR_PUBLIC_URL meant?"),
        ("red", "IVR_ENV: is neither.", ""),
        ("red", "IVR_PUBLIC_URL: is missing.", ""),
    ]


def test_keys_of_production_are_well_and_those_made_here_are_told(tmp_path: Path) -> None:
    made = settings_of(tmp_path)
    assert colours(machine.keys(made, {})) == ["yellow"]
    key = Fernet.generate_key().decode()
    own = settings_of(tmp_path, TWILIO_AUTH_TOKEN="1" * 32, IVR_SECRET_KEYS=key)
    assert [one.says for one in machine.keys(own, {})] == ["1 secret key, one auth token."]
    two = settings_of(tmp_path, TWILIO_AUTH_TOKEN=f"{'1' * 32},{'2' * 32}", IVR_SECRET_KEYS=key)
    [one] = machine.keys(two, {})
    assert one.says == "2 auth tokens are accepted; as many as that are needed only while one is replaced."


def test_a_secret_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("1" * 32)
    secret.chmod(0o644)
    settings = settings_of(tmp_path, TWILIO_AUTH_TOKEN_FILE=str(secret))
    found = list(machine.keys(settings, {"TWILIO_AUTH_TOKEN_FILE": str(secret)}))
    assert [(one.colour, one.remedy) for one in found] == [("red", f"chmod 600 {secret}")]


# --- clock, zone, workers


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


@pytest.mark.parametrize(("seconds", "colour"), [(0.5, "green"), (20, "yellow"), (-300, "red")])
def test_the_clock_is_compared_with_the_date_of_an_answer(
    seconds: float, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(Dated) as there:
        monkeypatch.setattr(machine, "TELLS_THE_TIME", there)
        [one] = machine.clock(lambda: NOW + timedelta(seconds=seconds), 5)
    assert one.colour == colour
    if colour == "red":
        assert one.says.startswith("The clock is 300 seconds slow: the line opens and closes at the wrong moment.")


def test_a_clock_that_cannot_be_compared_is_not_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "TELLS_THE_TIME", "http://127.0.0.1:9/")
    with pytest.raises(NotLookedAt, match="The clock cannot be compared"):
        list(machine.clock(lambda: NOW, 5))


@pytest.mark.parametrize(("version", "colour"), [("2026a", "green"), ("2025b", "green"), ("2023c", "yellow")])
def test_old_rules_of_the_time_zone_are_told(version: str, colour: str, tmp_path: Path) -> None:
    (tmp_path / "America").mkdir()
    (tmp_path / "America/Chicago").write_bytes(b"TZif2")
    (tmp_path / "tzdata.zi").write_text(f"# version {version}\nR A 1916\n")
    [one] = machine.zone_data("America/Chicago", 2026, (str(tmp_path),))
    assert (one.colour, f"this machine's rules of {version}" in one.says) == (colour, True)


def test_without_the_machines_own_rules_those_of_the_package_are_used(tmp_path: Path) -> None:
    [one] = machine.zone_data("America/Chicago", 2026, (str(tmp_path),))
    assert "follows the package tzdata's rules of 202" in one.says


def processes(folder: Path, table: Mapping[int, tuple[int, str, Path]]) -> Path:
    """A folder like /proc: process to its parent, command line and working folder."""
    (folder / "self").mkdir()
    for pid, (parent, command, cwd) in table.items():
        (folder / str(pid)).mkdir()
        (folder / str(pid) / "stat").write_text(f"{pid} (python (x)) S {parent} 1 1")
        (folder / str(pid) / "cmdline").write_bytes(command.replace(" ", "\0").encode())
        (folder / str(pid) / "cwd").symlink_to(cwd)
    return folder


@pytest.mark.parametrize(
    ("count", "processors", "colours_found"), [(1, 2, ["yellow"]), (4, 2, ["green"]), (9, 2, ["yellow"])]
)
def test_workers_of_a_server_are_counted(count: int, processors: int, colours_found: list[str], tmp_path: Path) -> None:
    line, proc = tmp_path / "line", tmp_path / "proc"
    line.mkdir()
    proc.mkdir()
    serve = f"/x/bin/python /x/bin/ivr --project {line} serve --watch"
    watcher = {99: (10, f"/x/bin/python -m ivr --project {line} watch --server 10", line)}
    other = {200: (1, "/x/bin/python /x/bin/ivr serve", tmp_path)}
    workers = {11 + number: (10, serve, line) for number in range(count)}
    table = {10: (1, serve, line), **workers, **watcher, **other}
    found = list(machine.workers(line, processors, processes(proc, table)))
    assert colours(found) == colours_found
    assert found[0].says.startswith(f"{count} worker")


def test_no_server_on_this_machine_is_nothing_that_could_be_seen(tmp_path: Path) -> None:
    with pytest.raises(NotLookedAt, match="No ivr serve runs"):
        list(machine.workers(tmp_path, 2, processes(tmp_path, {})))


# --- what is kept


@pytest.fixture
def database(tmp_path: Path) -> Store:
    """An empty database with its tables."""
    store = Store(f"sqlite:///{tmp_path / 'line.db'}")
    store.create_tables()
    return store


def test_no_database_yet_is_told_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotLookedAt, match="There is no database yet"):
        list(kept.database(lambda: Store(f"sqlite:///{tmp_path / 'line.db'}")))
    assert list(tmp_path.iterdir()) == []


def test_a_database_says_how_its_tables_are(database: Store) -> None:
    assert colours(kept.database(lambda: database)) == ["green"]
    database.lead_to("0001")
    [one] = kept.database(lambda: database)
    assert (one.colour, "1 before this program's" in one.says) == ("yellow", True)


def test_a_list_that_nobody_has_imported_or_renewed_is_told(database: Store, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert colours(kept.certification_list(lambda: database, settings, NOW, 1)) == ["red"]
    import_brokers(database.engine, TINY_BROKERS.encode(), file="x.csv", at=NOW)
    [fresh] = kept.certification_list(lambda: database, settings, NOW + timedelta(hours=5), 1)
    assert (fresh.colour, fresh.says) == ("green", "1 brokers, brought in 5 hours ago.")
    [old] = kept.certification_list(lambda: database, settings, NOW + timedelta(days=3), 1)
    assert (old.colour, old.says) == ("yellow", "1 brokers, brought in 3 days ago; it is still used (D-22).")


def test_a_certification_service_that_is_not_there_is_wrong(database: Store, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, IVR_DIRECTORY_URL="http://127.0.0.1:9/npn")
    [one] = kept.certification_list(lambda: database, settings, NOW, 1)
    assert one.colour == "red"
    assert "Callers go on unchecked meanwhile (D-22)." in one.remedy


@pytest.mark.parametrize(
    ("now", "colour"),
    [(datetime(2026, 1, 5, tzinfo=UTC), "green"), (datetime(2099, 1, 5, tzinfo=UTC), "red")],
)
def test_hours_that_nobody_has_confirmed_are_told(now: datetime, colour: str) -> None:
    assert colours(kept.hours(calendar(), now)) == [colour]


# --- the public address


class Line(BaseHTTPRequestHandler):
    """The line's own pages of health, or a redirect."""

    ready, location = "ready, release 0c1a26cc191f\n", ""

    def do_GET(self) -> None:
        body = (b"ok\n" if self.path == "/healthz" else self.ready.encode()) if not self.location else b""
        self.send_response(301 if self.location else 200)
        if self.location:
            self.send_header("Location", self.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


def test_the_line_behind_its_address_is_known_by_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(Line) as base:
        assert colours(public.answer(base, OverHttp(), NOW, "0c1a26cc191f")) == ["green"]
        assert colours(public.answer(base, OverHttp(), NOW, "ffffffffffff")) == ["yellow"]
        monkeypatch.setattr(Line, "ready", "ready, release 0c1a26cc191f\ndegraded: the store: gone\n")
        assert colours(public.answer(base, OverHttp(), NOW, "")) == ["green", "yellow"]


def test_a_redirect_and_another_program_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(Line) as base:
        monkeypatch.setattr(Line, "location", "https://www.example.gov/")
        [one] = public.answer(base, OverHttp(), NOW, "")
        assert (one.colour, one.says) == ("red", f"{base} redirects to https://www.example.gov/.")
    with answering(Dated) as base:
        [one] = public.answer(base, OverHttp(), NOW, "")
        assert (one.colour, "with 404, and it is not the line" in one.says) == ("red", True)


def test_nothing_at_the_address_is_wrong_not_unknown() -> None:
    [one] = found_by(Check("answer", lambda: public.answer("http://127.0.0.1:9", OverHttp(), NOW, "")))
    assert one.colour == "red"
    assert "(the provider says 11202)" in one.says


def test_certificates_are_named_by_what_is_wrong_with_them(ca: OwnCA, monkeypatch: pytest.MonkeyPatch) -> None:
    real_now = datetime.now(UTC)
    with answering(Line, ca) as base:
        [stranger] = public.certificate(base, real_now, 5)
        assert (stranger.colour, "does not lead to an authority that is trusted here" in stranger.says) == ("red", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(ca.file))
        [good] = public.certificate(base, real_now, 5)
        assert (good.colour, "is good for 29 days" in good.says) == ("green", True)
        assert colours(public.certificate(base, real_now + timedelta(days=12), 5)) == ["yellow"]
        assert colours(public.certificate(base, real_now + timedelta(days=25), 5)) == ["red"]
    with answering(Line, ca, "other.example.gov") as base:
        [other] = public.certificate(base, real_now, 5)
        assert (other.colour, "is for another name" in other.says) == ("red", True)
    with answering(Line) as base:
        [plain] = public.certificate(base.replace("http:", "https:"), real_now, 5)
        assert (plain.colour, "does not speak TLS" in plain.says) == ("red", True)
        [unencrypted] = public.certificate(base, real_now, 5)
        assert (unencrypted.colour, "is http" in unencrypted.says) == ("red", True)


# --- which part differs

ASKED = "https://line.example.gov:8443/ivr/voice"


@pytest.mark.parametrize(
    ("checks_for", "cause"),
    [
        ("http://line.example.gov:8443/ivr/voice", "scheme"),
        ("https://line.example.gov/ivr/voice", "missing_port"),
        ("https://line.example.gov:5000/ivr/voice", "port"),
        ("https:///ivr/voice", "doubled_port"),
        ("https://127.0.0.1:5000/ivr/voice", "host"),
        ("https://line.example.gov:8443/voice", "prefix"),
        ("https://line.example.gov:8443/ivr/voice/", "slash"),
        ("http://line.example.gov/voice", "scheme"),
        ("https://old.example.gov/voice", "host"),
        ("https://nobody.knows.example/voice", "token"),
    ],
)
def test_a_line_is_asked_until_the_part_that_differs_is_known(checks_for: str, cause: str) -> None:
    def accepts(asked: str, signed: str, headers: Mapping[str, str]) -> bool:
        return (asked, signed) == (ASKED, checks_for)

    found = why_refused(ASKED, ["https://old.example.gov/voice"], accepts)
    assert found.cause == cause
    if cause in ("scheme", "host", "prefix"):
        assert "Set IVR_PUBLIC_URL to https://line.example.gov:8443/ivr" in found.remedy


def test_a_line_that_answers_at_another_path_is_found() -> None:
    found = why_refused(
        "https://line.example.gov/voice/",
        [],
        lambda asked, signed, headers: asked == signed == "https://line.example.gov/voice",
    )
    assert found.cause == "slash"


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
def test_a_line_that_believes_strangers_is_found(header: str) -> None:
    def accepts(asked: str, signed: str, headers: Mapping[str, str]) -> bool:
        return header in headers and signed != asked

    found = why_refused(ASKED, [], accepts)
    assert found.cause == "forwarded"
    assert f"The line believes {header} of whoever asks" in found.sentence


# --- the debugger


def alert(code: int, level: str = "error", hour: int = 15) -> Alert:
    """An alert about /voice."""
    return Alert(NOW.replace(hour=hour), level, code, "POST", "/voice", "Bad Gateway", "CA" + "1" * 32)


def test_alerts_are_told_once_a_code_with_what_to_do() -> None:
    found = list(alerts([alert(11217), alert(12200, "warning"), alert(11217, hour=9)], 1))
    assert colours(found) == ["red", "yellow"]
    assert found[0].says == (
        "11217 The line answered with an error (4xx or 5xx). 403 is a refused signature, 404 a wrong path, 502 and 504 "
        f"a line that is gone. 2 times, last 2026-11-24 15:00 UTC at /voice (call CA{'1' * 32})."
    )
    assert found[0].remedy == "ivr doctor names what differs; the server's log does, too."


def test_a_code_that_nobody_has_written_down_is_told_with_where_to_read_on() -> None:
    [one] = alerts([alert(99999)], 1)
    assert one.says.startswith("99999: Bad Gateway; once,")
    assert one.remedy == "https://www.twilio.com/docs/api/errors/99999"


def test_no_alert_is_well() -> None:
    assert colours(alerts([], 1)) == ["green"]


def test_the_page_has_the_same_codes_as_the_doctor() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| 1") or line[:3] == "| 2"
    ]
    assert rows == [f"| {one.number} | {one.meaning} | {one.cause} | {one.remedy} |" for one in codes().values()]
    assert list(codes()) == sorted(codes())
