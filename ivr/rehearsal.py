"""A whole line in memory, over files that are not on the air: what scripted calls and `ivr call` are played on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from ivr.brokers import Answer, Broker, Directory, MemoryDirectory, read_brokers
from ivr.errors import DirectoryUnavailable
from ivr.flow.project import LINE
from ivr.flow.release import Release
from ivr.hours import Closure
from ivr.settings import load_settings
from ivr.store import Store, caller_hash
from ivr.wiring import Line, caller_secrets, line_of, real_clock

BASE_URL = "https://rehearsal.invalid"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "rehearsal"
SECRET_KEY = "cmVoZWFyc2FsIG9mIHRoZSBicm9rZXIgbGluZSAwMDA="
CAST = "config/brokers.csv"

DirectoryState = Literal["on", "off", "slow"]


class AbsentDirectory:
    """A directory that gives no answer: at once (`off`), or not in time (`slow`), as D-22 tells them apart."""

    may_be_slow = True

    def __init__(self, state: Literal["off", "slow"]) -> None:
        self._state = state

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`. Takes no time: a rehearsal waits for nobody."""
        raise DirectoryUnavailable(f"The rehearsed directory is {self._state}.", can_retry=self._state == "slow")

    def updated_at(self) -> datetime | None:
        """Unknown."""
        return None


def rehearsal_line(
    release: Release,
    cast: Sequence[Broker],
    *,
    directory: DirectoryState = "on",
    closures: Sequence[Closure] = (),
    database: str = "sqlite://",
) -> Line:
    """A line that answers with a release, over a list of brokers, with a store of its own, by default in memory.

    Args:
        closures: as if staff had closed the line so (D-20).
    """
    settings = load_settings(
        {
            "IVR_ENV": "development",
            "IVR_DATABASE_URL": database,
            "IVR_PUBLIC_URL": BASE_URL,
            "IVR_SECRET_KEYS": SECRET_KEY,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        },
        Path(),
    )
    store = Store(database)
    store.create_tables()
    for closure in closures:
        store.add_closure(closure.starts, closure.until, closure.reason, closure.starts)
    known: Directory = MemoryDirectory(cast, real_clock()) if directory == "on" else AbsentDirectory(directory)
    line = line_of(settings, store, known, real_clock)
    line.releases.put_on(release)
    return line


def recorded(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as if `config/line.yaml` said that calls are recorded (D-25)."""
    return {**files, LINE: re.sub(rb"(?m)^(\s*recording:\s*)no\b", rb"\1yes", files[LINE])}


def sample_brokers(project: Path) -> tuple[Broker, ...]:
    """The sample list of a project, the cast of its scripted calls. Raises FileFaults; empty without the file."""
    path = project / CAST
    if not path.is_file():
        return ()
    return tuple(read_brokers(path.read_bytes(), CAST).records)


def set_scene(line: Line, *, unconfirmed_entries: int, caller: str, at: datetime) -> None:
    """Clear what earlier calls left in a rehearsal's store, and lay out what the next one finds there."""
    line.store.purge(datetime.max.replace(tzinfo=UTC))
    secret = caller_secrets(line.settings)[0]
    for number in range(unconfirmed_entries):
        line.store.note_unconfirmed(caller_hash(secret, caller), f"CA{number:032x}", 1, at)
