"""What this machine and its settings give the line: settings, keys, clock, time zone data, workers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, build_opener
from zoneinfo import TZPATH

from ivr.doctor.finding import Finding, NotLookedAt, green, red, yellow
from ivr.errors import SetupError
from ivr.settings import GENERATED, SECRETS, Settings, made_here, unknown_names

TELLS_THE_TIME = "https://api.twilio.com/"
"""Whoever takes calls can reach it; any answer, a refusal too, has a Date."""

CLOCK_YELLOW_S, CLOCK_RED_S = 5, 60
OLD_ZONES_YEARS = 2
MANY_WORKERS = 4
"""Workers a processor, above which more do not help."""


def settings_found(settings: Settings | SetupError, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The settings of this shell, which need not be those of the server."""
    for name, near in unknown_names(environ):
        yield yellow(f"{name} is not a setting of ours.", f"Was {near} meant?" if near else "Unset it.")
    if isinstance(settings, SetupError):
        for fault in str(settings).splitlines():
            yield red(fault)
    elif settings.is_production:
        yield green("They fit together, for production.")
    else:
        says = "They fit together, for development: what is missing is made up in var/, and /phone is open to anybody."
        yield yellow(says, "Where callers are to reach the line: IVR_ENV=production")


def keys(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The keys that seal the state of calls, the account's token, and who can read their files."""
    is_open = False
    for path in _secret_files(settings, environ):
        if path.exists() and path.stat().st_mode & 0o077:
            is_open = True
            yield red(f"{path} can be read by others on this machine.", f"chmod 600 {path}")
    if made_here(settings):
        says = "The token is one that was made here for development; the provider signs with the account's."
        yield yellow(says, "For calls by the provider: TWILIO_AUTH_TOKEN, from the first page of its console.")
    tokens, sealing = len(settings.auth_tokens), len(settings.secret_keys)
    if tokens > 1:
        says = f"{tokens} auth tokens are accepted; as many as that are needed only while one is replaced."
        yield yellow(says, "When the provider signs with the new one, set TWILIO_AUTH_TOKEN to that alone.")
    elif not is_open and not made_here(settings):
        yield green(f"{sealing} secret key{'s' * (sealing > 1)}, one auth token.")


def _secret_files(settings: Settings, environ: Mapping[str, str]) -> Iterator[Path]:
    yield from (Path(named) for name in SECRETS if (named := environ.get(f"{name}_FILE", "").strip()))
    yield from (settings.project / "var" / file for file, _ in GENERATED.values())


def clock(now: Callable[[], datetime], timeout_s: float) -> Iterator[Finding]:
    """This machine's clock against the Date of the provider's answer, which is exact to a second."""
    before = now()
    try:
        told = _date_of(TELLS_THE_TIME, timeout_s)
    except (OSError, ValueError):
        says = "The clock cannot be compared: nothing was heard from api.twilio.com, whose answers have the time."
        raise NotLookedAt(says, "Compare it yourself: timedatectl") from None
    after = now()
    # The answer's second was cut off; what is in doubt is the way there and back.
    middle = before + (after - before) / 2
    off = (middle - told).total_seconds() - 0.5
    doubt = (after - before).total_seconds() / 2 + 0.5
    amount = f"{abs(off):.0f} seconds {'fast' if off > 0 else 'slow'}"
    remedy = "Let the machine keep time: timedatectl set-ntp true"
    if abs(off) - doubt > CLOCK_RED_S:
        yield red(f"The clock is {amount}: the line opens and closes at the wrong moment.", remedy)
    elif abs(off) - doubt > CLOCK_YELLOW_S:
        yield yellow(f"The clock is {amount}.", remedy)
    else:
        yield green("The clock agrees with the Date of an answer of api.twilio.com, as far as a second can tell.")


def _date_of(url: str, timeout_s: float) -> datetime:
    """The Date of an answer, whatever its status."""
    try:
        with build_opener().open(Request(url, headers={"User-Agent": "ivr"}), timeout=timeout_s) as answer:
            text = answer.headers["Date"]
    except HTTPError as refused:
        with refused:
            text = refused.headers["Date"]
    told = parsedate_to_datetime(text or "")
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def zone_data(zone: str, year: int, folders: tuple[str, ...] = TZPATH) -> Iterator[Finding]:
    """The rules of the line's time zone: whose they are and how old; `year` is this one."""
    folder = next((Path(one) for one in folders if (Path(one) / zone).is_file()), None)
    whose, version = ("this machine's", _version_in(folder)) if folder else ("the package tzdata's", _package_version())
    found = re.match(r"20\d\d", version)
    if not found:
        yield yellow(f"{zone} follows {whose} rules, of no version that could be told.")
    elif year - int(found[0]) >= OLD_ZONES_YEARS:
        mend = "apt-get install --only-upgrade tzdata" if folder else "Renew the package: make lock, then make install"
        yield yellow(f"{zone} follows {whose} rules of {version}; laws about time may have changed since.", mend)
    else:
        yield green(f"{zone} follows {whose} rules of {version}.")


def _version_in(folder: Path) -> str:
    for name in ("tzdata.zi", "+VERSION"):
        try:
            first = (folder / name).read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            continue
        return first.removeprefix("# version ").strip()
    return ""


def _package_version() -> str:
    try:
        return metadata.version("tzdata")
    except metadata.PackageNotFoundError:
        raise NotLookedAt("There is no time zone data, neither this machine's nor the package tzdata.") from None


@dataclass(frozen=True, slots=True)
class Running:
    """An `ivr serve` of this machine: its process, and how many workers it has."""

    pid: int
    workers: int


def workers(project: Path, processors: int, proc: Path = Path("/proc")) -> Iterator[Finding]:
    """How many workers answer for this project on this machine."""
    if not (proc / "self").exists():
        raise NotLookedAt("Processes cannot be counted on this machine.")
    found = list(servers(project, proc))
    if not found:
        says = f"No ivr serve runs for {project} on this machine, as far as can be seen."
        raise NotLookedAt(says, "Ask the doctor where the line runs, as the user that it runs as.")
    for one in found:
        running = f"{one.workers} worker{'s' * (one.workers != 1)} (process {one.pid}), {processors} processors."
        if one.workers < 2:
            remedy = "ivr serve --workers 2 or more: while one is replaced, another answers."
            yield yellow(running, remedy)
        elif one.workers > MANY_WORKERS * processors:
            yield yellow(running, f"More than {MANY_WORKERS} a processor only wait for each other.")
        else:
            yield green(running)


def servers(project: Path, proc: Path) -> Iterator[Running]:
    """Every server of a project; one whose folder cannot be seen is taken for ours."""
    parents: dict[int, int] = {}
    serving: dict[int, list[str]] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(re.sub(r"^.*\) ", "", (entry / "stat").read_text()).split()[1])
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (OSError, ValueError, IndexError):
                continue
            if "serve" in words and any(Path(word).name == "ivr" for word in words):
                serving[int(entry.name)] = words
    for pid, words in serving.items():
        if parents[pid] not in serving and _is_of(project, words, proc / str(pid)):
            yield Running(pid, sum(parent == pid and child in serving for child, parent in parents.items()))


def _is_of(project: Path, words: list[str], process: Path) -> bool:
    try:
        folder = Path(os.readlink(process / "cwd"))
    except OSError:
        return True
    named = words[words.index("--project") + 1] if "--project" in words[:-1] else "."
    return (folder / named).resolve() == project.resolve()
