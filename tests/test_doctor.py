"""Each check of `ivr doctor` by itself: what it calls well, what wrong, and that none can end the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hours_samples import calendar
from loopback import Dated, answering, colours
from projects import TINY_BROKERS

from ivr.brokers import import_brokers
from ivr.doctor import Check, Finding, NotLookedAt, found_by, kept, machine
from ivr.errors import NeighbourError, SetupError
from ivr.settings import Settings, load_settings
from ivr.store import Store

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)


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
    assert (one.colour, "2 before this program's" in one.says) == ("yellow", True)


def test_a_database_that_does_not_answer_is_wrong() -> None:
    [one] = found_by(Check("database", lambda: kept.database(lambda: Store("postgresql://nobody@127.0.0.1:9/line"))))
    assert one.colour == "red"


def test_a_list_that_nobody_has_imported_or_renewed_is_told(database: Store, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert colours(kept.certification_list(lambda: database, settings, NOW, 1)) == ["red"]
    import_brokers(database.engine, TINY_BROKERS.encode(), file="x.csv", at=NOW)
    [fresh] = kept.certification_list(lambda: database, settings, NOW + timedelta(hours=5), 1)
    assert (fresh.colour, fresh.says) == ("green", "1 brokers, 1 of them certified today; brought in 5 hours ago.")
    [old] = kept.certification_list(lambda: database, settings, NOW + timedelta(days=3), 1)
    told = "1 brokers, 1 of them certified today; brought in 3 days ago; it is still used (D-22)."
    assert (old.colour, old.says) == ("yellow", told)


def test_a_list_with_nobody_certified_today_is_wrong_however_new(database: Store, tmp_path: Path) -> None:
    old = TINY_BROKERS.replace("2026-09-01,2027-10-31", "2024-11-01,2025-10-31")
    import_brokers(database.engine, old.encode(), file="x.csv", at=NOW)
    [one] = kept.certification_list(lambda: database, settings_of(tmp_path), NOW + timedelta(hours=1), 1)
    assert (one.colour, one.says) == (
        "red",
        "1 brokers, none of them certified today; brought in 1 hours ago. Nobody who calls can be certified.",
    )
    assert one.remedy == "Is it an old list? ivr brokers import FILE.csv with the newest one."


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
