"""What the line keeps: its database, the release on the air, the certification list, the hours, the outbox."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from ivr.brokers import HttpDirectory, TableDirectory
from ivr.doctor.finding import Finding, NotLookedAt, green, red, yellow
from ivr.errors import BrokerLineError, DirectoryUnavailable, FileFaults, StoreUnavailable
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.hours import CERTAIN_DAYS, Calendar
from ivr.settings import Settings
from ivr.store import REVISION, Outbox, Store

Opener = Callable[[], Store]
"""Opens the database as it is; nothing is made or changed in it."""

OLD_LIST = timedelta(hours=48)
"""Brought up to date each business day; older than this it is told (D-22)."""

LEAST_FREE = 1_000_000_000
"""Bytes on the disk of the outbox: it may fill half of that, and other things grow meanwhile."""

LOOKED_UP = "1"
"""A number to ask a certification service for; any answer will do."""


@contextmanager
def _opened(open_store: Opener) -> Iterator[Store]:
    """The database, its tables there. Raises NotLookedAt and StoreUnavailable."""
    with closing(open_store()) as store:
        if _missing(store):
            raise NotLookedAt("There is no database yet.", "The first ivr serve makes it, and so does ivr publish.")
        if store.revision() is None and not store.has_tables():
            raise NotLookedAt("The database is empty.", "The first ivr serve fills it, and so does ivr publish.")
        yield store


def _missing(store: Store) -> bool:
    """Whether it is a file that is not there; to look into it would make it."""
    file = store.shown_address.removeprefix("sqlite:///")
    return file != store.shown_address and "?" not in file and not Path(file).exists()


def database(open_store: Opener) -> Iterator[Finding]:
    """Does the database answer, and are its tables those of this program?"""
    with _opened(open_store) as store:
        where = store.shown_address
        found = store.revision() or "from before revisions were noted"
        if steps := store.steps_to():  # raises SetupError for a database of a newer program
            says = f"{where}: its tables are of revision {found}, {len(steps)} before this program's."
            yield yellow(says, "The next start brings them up to date; ahead of it: ivr migrate")
        else:
            store.ping()
            yield green(f"{where} answers; its tables are of revision {REVISION}.")


def release(open_store: Opener, files_here: str) -> Iterator[Finding]:
    """What is on the air, and whether the files here are that; `files_here` is empty when they cannot be read."""
    with _opened(open_store) as store:
        live = store.live()
        if live is None:
            yield red("Nothing is on the air.", "ivr check, then ivr publish; the first ivr serve does it by itself.")
            return
        shown = f"Release {live.number} ({live.name[:12]}) is on the air"
        try:
            load_release(store.release_files(live.number))
        except FileFaults:
            yield red(f"{shown}, but it is of another version of the program and cannot be read.", "ivr publish")
            return
    if not files_here:
        yield red(f"{shown}, but the files here cannot be read.", "ivr check says why.")
    elif files_here != live.name:
        remedy = "ivr diff says what callers would hear otherwise; ivr publish puts them on the air."
        yield yellow(f"{shown}; the files in flows/ and config/ differ from it.", remedy)
    else:
        yield green(f"{shown}, and the files here are the same.")


def certification_list(open_store: Opener, settings: Settings, now: datetime, within_s: float) -> Iterator[Finding]:
    """How old the list is and how many it certifies; or whether the service that stands in its place answers.

    Args:
        now: in the line's zone, for its date is the day that brokers are certified on.
    """
    if settings.directory_url:
        yield from _service(settings, now, within_s)
        return
    remedy = "ivr brokers import FILE.csv; look at the job that should have done it."
    with _opened(open_store) as store:
        store.ping()
        directory = TableDirectory(store.engine)
        updated = directory.updated_at()
        if updated is None:
            says = "No certification list has been imported: nobody who calls can be certified."
            yield red(says, "ivr brokers import FILE.csv")
            return
        age = now - updated
        certified = directory.certified_on(now.date())
        of_them = f"{certified:,}" if certified else "none"
        told = f"{directory.count():,} brokers, {of_them} of them certified today; brought in {_ago(age)}"
    if not certified:
        says = f"{told}. Nobody who calls can be certified."
        yield red(says, "Is it an old list? ivr brokers import FILE.csv with the newest one.")
    elif age > OLD_LIST:
        yield yellow(f"{told}; it is still used (D-22).", remedy)
    else:
        yield green(f"{told}.")


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days ago" if hours >= 48 else f"{hours} hours ago" if hours else "within the last hour"


def _service(settings: Settings, now: datetime, within_s: float) -> Iterator[Finding]:
    token = settings.directory_token.get_secret_value() if settings.directory_token else ""
    url = settings.directory_url or ""
    try:
        HttpDirectory(url, token).look_up(LOOKED_UP, now.date(), within_s=within_s)
    except DirectoryUnavailable as trouble:
        remedy = "Callers go on unchecked meanwhile (D-22). Look at IVR_DIRECTORY_URL, its token and the service."
        yield red(f"The certification service at {url} does not answer: {trouble}", remedy)
    else:
        yield green(f"The certification service at {url} answers.")


def hours(calendar: Calendar, now: datetime) -> Iterator[Finding]:
    """How far ahead staff have looked at the hours; `now` with zone."""
    until = calendar.certain_until()
    ahead = (until - now.astimezone(calendar.zone).date()).days
    remedy = f"See ivr hours --year {until.year + (until.month > 10)}, move confirmed_through on, then ivr publish."
    if ahead < 0:
        yield red(f"The hours are confirmed through {until}, which is past.", remedy)
    elif ahead < CERTAIN_DAYS:
        yield yellow(f"The hours are confirmed through {until}, {ahead} days ahead.", remedy)
    else:
        yield green(f"The hours are confirmed through {until}, {ahead} days ahead.")


def outbox(settings: Settings) -> Iterator[Finding]:
    """What waits on this machine's disk for the database, and whether there is room for more."""
    folder = settings.outbox
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        says = f"{free // 1_000_000} MB are free on the disk of {there}."
        yield red(says, "Make room: with the database gone, what happens on calls is kept there.")
    if not folder.exists():
        yield green(f"{folder} has not been needed yet.")
        return
    with closing(Outbox(folder)) as box:
        figures = box.figures()
    if figures.set_aside:
        yield red(f"{figures.set_aside} records that the database refuses are set aside.", "docs/outage.md")
    if figures.dropped:
        yield red(f"{figures.dropped} records were dropped, since the outbox was full.", "docs/outage.md")
    if figures.waiting:
        says = f"{figures.waiting} records wait in {folder} for the database."
        yield yellow(says, "They are brought when it answers and ivr serve runs.")
    if not (figures.set_aside or figures.dropped or figures.waiting):
        yield green("Nothing waits for the database.")


def name_on_air(open_store: Opener) -> str:
    """The beginning of the live release's name, as the line tells it; empty when it cannot be had."""
    try:
        with _opened(open_store) as store:
            live = store.live()
    except (NotLookedAt, BrokerLineError):
        return ""
    return live.name[:12] if live else ""


def known_release(open_store: Opener, of_files: Callable[[], Release]) -> Release:
    """What is on the air; what the files make while nothing is, or it cannot be had. Raises FileFaults."""
    try:
        with _opened(open_store) as store:
            if (live := store.live()) is not None:
                return load_release(store.release_files(live.number))
    except (NotLookedAt, StoreUnavailable, FileFaults):
        pass
    return of_files()
