"""A whole line in memory, over files that are not on the air: what scripted calls and `ivr call` are played on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from ivr.brokers import Answer, Broker, Directory, MemoryDirectory, read_brokers
from ivr.errors import DirectoryUnavailable, FileFaults
from ivr.flow.given import GIVEN_BROKERS
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

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When a rehearsal's closures were posted: before any moment that it plays."""

DirectoryState = Literal["on", "off", "slow", "by_number"]


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


class NumberedDirectory:
    """A directory that answers as the last digit of the number says, so that a rehearsed call can meet any answer.

    1 is certified, 2 not confirmed, 3 no answer, 4 slow at every look; 5, 6 and 7 are slow at the first look, then as
    1, 2 and 3.
    """

    may_be_slow = True

    def __init__(self) -> None:
        self._looks: Counter[str] = Counter()

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`. Takes no time."""
        self._looks[npn] += 1
        last = npn[-1:]
        if last == "4" or (last in ("5", "6", "7") and self._looks[npn] % 2):
            raise DirectoryUnavailable("The rehearsed directory is slow.", can_retry=True)
        if last in ("3", "7"):
            raise DirectoryUnavailable("The rehearsed directory is off.", can_retry=False)
        return "certified" if last in ("1", "5") else "not_confirmed"

    def updated_at(self) -> datetime | None:
        """Unknown."""
        return None


def rehearsed_directory(state: DirectoryState, cast: Sequence[Broker]) -> Directory:
    """The directory of a rehearsal in one of its states."""
    match state:
        case "on":
            return MemoryDirectory(cast, real_clock())
        case "by_number":
            return NumberedDirectory()
        case _:
            return AbsentDirectory(state)


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
        store.add_closure(closure.starts, closure.until, closure.reason, LONG_AGO)
    line = line_of(settings, store, rehearsed_directory(directory, cast), real_clock)
    line.releases.put_on(release)
    return line


def sample_brokers(project: Path) -> tuple[Broker, ...]:
    """The sample list of a project, the cast of its scripted calls. Raises FileFaults; empty without the file."""
    path = project / CAST
    if not path.is_file():
        return ()
    found = read_brokers(path.read_bytes(), CAST)
    if found.faults:
        raise FileFaults(found.faults)
    return tuple(found.records)


def given_brokers(files: Mapping[str, bytes]) -> tuple[Broker, ...] | None:
    """The brokers that scripted calls are played with; None where the project has none for them. Raises FileFaults."""
    if GIVEN_BROKERS not in files:
        return None
    found = read_brokers(files[GIVEN_BROKERS], GIVEN_BROKERS)
    if found.faults:
        raise FileFaults(found.faults)
    return tuple(found.records)


def set_scene(line: Line, *, unconfirmed_entries: int, caller: str, at: datetime) -> None:
    """Clear what earlier calls left in a rehearsal's store, and lay out what the next one finds there."""
    line.store.purge(datetime.max.replace(tzinfo=UTC))
    secret = caller_secrets(line.settings)[0]
    for number in range(unconfirmed_entries):
        line.store.note_unconfirmed(caller_hash(secret, caller), f"CA{number:032x}", 1, at)
