"""Imports point one way, down the rows of the house; each outside thing has its one home; nothing runs in a circle.

Read from the source, so that imports inside functions and for types alone count like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "ivr"

ROWS: tuple[tuple[str, ...], ...] = (
    ("errors", "log", "after_fork", "seldom"),
    ("yaml_text", "call", "verbs", "events"),
    ("hours", "prompts"),
    ("brokers",),
    ("steps",),
    ("flow", "twiml"),
    ("engine",),
    ("proof", "store", "settings", "address"),
    ("turns",),
    ("voice", "provider", "softphone"),
    ("findings", "check_calls", "fallback"),
    ("check_rules",),
    ("check",),
    ("report", "doctor"),
    ("console", "desk"),
    ("wiring",),
    ("answering", "rehearsal"),
    ("staging",),
    ("starting",),
    ("app",),
    ("cli",),  # starts the application, so it stands below it
    ("__main__",),
)
"""Rooms, by row; a room imports from rows above its own, and within itself."""

HOMES: dict[str, tuple[str, ...]] = {
    "flask": ("ivr.voice", "ivr.console", "ivr.desk", "ivr.answering", "ivr.staging", "ivr.app"),
    "sqlalchemy": ("ivr.store", "ivr.brokers"),
    "alembic": ("ivr.store.migrations",),
    "psycopg": (),
    "twilio": ("ivr.twiml", "ivr.voice.verified", "ivr.provider"),
    "structlog": ("ivr.log",),
    "opentelemetry": ("ivr.voice.tracing",),
}
"""Libraries to the rooms or modules that may import them."""

CLOCK_HOME = ("ivr.wiring",)
CLOCKS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "dt": {"now", "today", "utcnow"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
    "func": {"now", "current_timestamp", "current_date", "localtimestamp"},
}
"""What tells the time of day, by the name it hangs on; `func` is the database's."""

STOPWATCH_HOMES = ("ivr.brokers", "ivr.turns", "ivr.voice", "ivr.softphone", "ivr.console", "ivr.wiring", "ivr.cli")
STOPWATCHES = {"time": {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}}
"""What measures how long something takes, for rooms that have a time limit to keep or a duration to log."""


@dataclass(frozen=True)
class Module:
    """One source file.

    Args:
        name: dotted, `ivr.voice.routes`.
        imports: dotted name to the line it first stands on; for `from a import b` both `a` and `a.b`.
        reached: (name, attribute) of each attribute taken from a plain name, to its first line; `from time import
            time` counts as one.
    """

    name: str
    imports: dict[str, int]
    reached: dict[tuple[str, str], int]

    @property
    def room(self) -> str:
        """The second part of the name; empty for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]


def read_package(folder: Path) -> dict[str, Module]:
    """Every module of a package, by name."""
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules[name] = _read(
            name, ast.parse(path.read_text(encoding="utf-8")), name if is_package else ".".join(parts[:-1])
        )
    return modules


def _read(name: str, tree: ast.Module, package: str) -> Module:
    imports: dict[str, int] = {}
    reached: dict[tuple[str, str], int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports.setdefault(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(part for part in (above, node.module) if part)
            imports.setdefault(origin, node.lineno)
            for alias in node.names:
                imports.setdefault(f"{origin}.{alias.name}", node.lineno)
                reached.setdefault((origin, alias.name), node.lineno)
        elif isinstance(node, ast.Attribute):
            owner = node.value
            owner_name = (
                owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            )
            reached.setdefault((owner_name, node.attr), node.lineno)
    return Module(name, imports, reached)


def _lives_in(module: str, homes: tuple[str, ...]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


def rooms_without_a_row(modules: dict[str, Module]) -> list[str]:
    """Rooms that the table does not know."""
    known = {room for row in ROWS for room in row}
    return sorted(
        {f"{module.room} has no row" for module in modules.values() if module.room and module.room not in known}
    )


def imports_against_the_rows(modules: dict[str, Module]) -> list[str]:
    """Imports from a neighbour in the row, or from a row below."""
    row_of = {room: number for number, row in enumerate(ROWS) for room in row}
    found = set()
    for module in modules.values():
        for target, line in module.imports.items():
            package, _, rest = target.partition(".")
            room = rest.partition(".")[0]
            if package != "ivr" or room not in row_of or room == module.room:
                continue
            if not module.room or row_of[room] >= row_of.get(module.room, 0):
                found.add(f"{module.name}:{line} imports {room}")
    return sorted(found)


def libraries_away_from_home(modules: dict[str, Module]) -> list[str]:
    """Imports of a library outside its home."""
    found = set()
    for module in modules.values():
        for target, line in module.imports.items():
            library = target.partition(".")[0]
            if library in HOMES and not _lives_in(module.name, HOMES[library]):
                found.add(f"{module.name}:{line} imports {library}")
    return sorted(found)


def clocks_away_from_home(modules: dict[str, Module]) -> list[str]:
    """Looks at the real clock, and stopwatches in rooms that are pure."""
    found = []
    for module in modules.values():
        for (owner, taken), line in module.reached.items():
            looks = taken in CLOCKS.get(owner, ()) and not _lives_in(module.name, CLOCK_HOME)
            measures = taken in STOPWATCHES.get(owner, ()) and not _lives_in(module.name, STOPWATCH_HOMES)
            if looks or measures:
                found.append(f"{module.name}:{line} takes {owner}.{taken}")
    return sorted(found)


def circles(modules: dict[str, Module]) -> list[str]:
    """Modules that import each other round in a circle, by whatever sort of import; at most one is told at a time."""
    graph = {module.name: set(_modules_imported(module, modules)) - {module.name} for module in modules.values()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [" < ".join(circle.args[1])]
    return []


def _modules_imported(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    """Names of our modules it imports: for `from ivr.hours import calendar` the submodule, not its package."""
    for target in module.imports:
        is_only_the_way_there = any(
            other.startswith(f"{target}.") and other in modules and line == module.imports[target]
            for other, line in module.imports.items()
        )
        if target in modules and not is_only_the_way_there:
            yield target


MODULES = read_package(PACKAGE)


def test_every_room_has_its_row() -> None:
    assert rooms_without_a_row(MODULES) == []


def test_imports_point_up_the_rows_only() -> None:
    assert imports_against_the_rows(MODULES) == []


def test_libraries_stay_in_their_homes() -> None:
    assert libraries_away_from_home(MODULES) == []


def test_the_real_clock_is_looked_at_in_one_place() -> None:
    assert clocks_away_from_home(MODULES) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(MODULES) == []


def test_the_package_itself_imports_nothing() -> None:
    assert MODULES["ivr"].imports == {}


def built(folder: Path, sources: dict[str, str]) -> dict[str, Module]:
    """A package of these sources, by path without `.py`."""
    for name, source in {"__init__": "", **sources}.items():
        path = folder / "ivr" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return read_package(folder / "ivr")


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"errors": "from ivr.call import Heard"}, ["ivr.errors:1 imports call"]),
        ({"log": "from ivr.errors import SetupError"}, ["ivr.log:1 imports errors"]),
        ({"voice/routes": "import ivr.softphone.call"}, ["ivr.voice.routes:1 imports softphone"]),
        ({"engine": "def f():\n    from ivr import store"}, ["ivr.engine:2 imports store"]),
        (
            {"steps/menu": "if TYPE_CHECKING:\n    from ivr.flow.release import Release"},
            ["ivr.steps.menu:2 imports flow"],
        ),
        ({"steps/menu": "from ..flow import release"}, ["ivr.steps.menu:1 imports flow"]),
        ({"steps/menu": "from . import step\nfrom .step import Wire\nfrom ivr.prompts import Words"}, []),
        ({"flow/load": "from ivr import __version__\nfrom ivr.flow.model import Flow\nimport ivr.errors"}, []),
        ({"cli/serve": "from ivr.app import create_app"}, []),
    ],
)
def test_an_import_against_the_rows_is_found(sources: dict[str, str], found: list[str], tmp_path: Path) -> None:
    assert imports_against_the_rows(built(tmp_path, sources)) == found


def test_a_room_without_a_row_is_found(tmp_path: Path) -> None:
    assert rooms_without_a_row(built(tmp_path, {"utils": "", "call": ""})) == ["utils has no row"]


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"turns/turn": "import flask"}, ["ivr.turns.turn:1 imports flask"]),
        ({"engine": "def f():\n    from sqlalchemy.orm import Session"}, ["ivr.engine:2 imports sqlalchemy"]),
        ({"voice/routes": "from twilio.request_validator import x"}, ["ivr.voice.routes:1 imports twilio"]),
        ({"store/tables": "import structlog"}, ["ivr.store.tables:1 imports structlog"]),
        ({"app": "import flask", "voice/verified": "import flask, twilio", "store": "import sqlalchemy"}, []),
    ],
)
def test_a_library_away_from_home_is_found(sources: dict[str, str], found: list[str], tmp_path: Path) -> None:
    assert libraries_away_from_home(built(tmp_path, sources)) == found


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"hours": "x = datetime.now(UTC)"}, ["ivr.hours:1 takes datetime.now"]),
        ({"hours": "x = datetime.datetime.utcnow()"}, ["ivr.hours:1 takes datetime.utcnow"]),
        ({"hours": "f(default=date.today)"}, ["ivr.hours:1 takes date.today"]),
        ({"turns": "from time import time"}, ["ivr.turns:1 takes time.time"]),
        ({"turns": "import time\nx = time.time()"}, ["ivr.turns:2 takes time.time"]),
        ({"store": "x = func.now()"}, ["ivr.store:1 takes func.now"]),
        ({"engine": "x = time.perf_counter()"}, ["ivr.engine:1 takes time.perf_counter"]),
        ({"wiring": "x = datetime.now(UTC)", "turns": "x = time.perf_counter()", "steps": "x = world.now"}, []),
    ],
)
def test_a_look_at_the_clock_is_found(sources: dict[str, str], found: list[str], tmp_path: Path) -> None:
    assert clocks_away_from_home(built(tmp_path, sources)) == found


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (
            {"flow/a": "from ivr.flow.b import x", "flow/b": "def f():\n    from ivr.flow import a"},
            {"ivr.flow.a", "ivr.flow.b"},
        ),
        (
            {"flow/__init__": "from ivr.flow.a import x", "flow/a": "from ivr.flow import x"},
            {"ivr.flow", "ivr.flow.a"},
        ),
        ({"flow/__init__": "from ivr.flow.a import x", "flow/a": "from ivr.flow import b", "flow/b": ""}, set()),
    ],
)
def test_a_circle_is_found(sources: dict[str, str], found: set[str], tmp_path: Path) -> None:
    assert {name for circle in circles(built(tmp_path, sources)) for name in circle.split(" < ")} == found
