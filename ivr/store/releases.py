"""Releases as the store keeps them: immutable bundles of files, and which of them is live."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, bindparam, insert, select

from ivr.errors import BrokerLineError, StoreUnavailable
from ivr.store.bundles import bundle_of, files_of
from ivr.store.database import Database
from ivr.store.tables import live_releases, releases

SHORTEST_PREFIX = 4


class NoSuchRelease(BrokerLineError):
    """The store has no release of that number or name."""


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """A release without its files.

    Args:
        name: content hash, 64 hexadecimal digits.
        created_at: with zone, in UTC.
        is_live: new calls begin on it.
    """

    number: int
    name: str
    note: str
    created_at: datetime
    created_by: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """The release that new calls begin on, and since when (UTC)."""

    number: int
    name: str
    since: datetime
    note: str = ""


class Releases(Database):
    """Adding, reading and switching releases. Nothing here changes or removes one."""

    def add_release(self, name: str, files: Mapping[str, bytes], note: str, at: datetime, *, by: str = "") -> int:
        """Keep a release; the same name again gives the number that it has already.

        Args:
            name: content hash of the files, 64 hexadecimal digits.
            files: path to content.
            at: the moment, with zone.

        Raises:
            StoreUnavailable: nothing was kept.
        """
        bundle = bundle_of(files)
        row = {
            "name": name,
            "bundle": bundle,
            "bundle_sha256": hashlib.sha256(bundle).hexdigest(),
            "note": note,
            "created_at": at,
            "created_by": by,
        }
        with self.writing() as connection:
            # Looked for first, since an insert that does nothing would still use up a number.
            if (known := connection.execute(_number_of, {"name": name}).scalar_one_or_none()) is not None:
                return cast(int, known)
            self.insert_new(connection, releases, [row])
            return cast(int, connection.execute(_number_of, {"name": name}).scalar_one())

    def release_files(self, which: int | str) -> dict[str, bytes]:
        """The files of a release, path to content.

        Args:
            which: the number, or the name, or its first digits (at least four, no other name beginning like it).

        Raises:
            NoSuchRelease: none, or more than one.
            StoreUnavailable: also when the bundle is not what was kept.
        """
        number = self.find_release(which).number
        query = select(releases.c.bundle, releases.c.bundle_sha256).where(releases.c.number == number)
        with self.reading() as connection:
            bundle, digest = connection.execute(query).one()
        if hashlib.sha256(bundle).hexdigest() != digest:
            raise StoreUnavailable(f"Release {number} is damaged in the database.", can_retry=False)
        return files_of(bundle)

    def find_release(self, which: int | str) -> StoredRelease:
        """A release by number, name or the first digits of its name; raises NoSuchRelease."""
        if isinstance(which, int):
            found = self._list(releases.c.number == which)
        elif len(which) >= SHORTEST_PREFIX and set(which) <= set("0123456789abcdef"):
            found = self._list(releases.c.name.startswith(which, autoescape=True))
        else:
            found = ()
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchRelease(f"{which} is the beginning of {len(found)} releases' names; write more of it.")
        raise NoSuchRelease(f"There is no release {which}.")

    def releases(self) -> tuple[StoredRelease, ...]:
        """Every release, newest first, with the live one marked."""
        return self._list()

    def make_live(self, number: int, at: datetime, note: str = "") -> None:
        """Let new calls begin on a release, in every process from the next look on. A rollback is this, too.

        Making the live release live again changes nothing.

        Raises:
            NoSuchRelease: no release has that number.
        """
        self.find_release(number)
        with self.writing() as connection:
            live = connection.execute(_live).first()
            if live is None or live.number != number:
                connection.execute(insert(live_releases).values(number=number, since=at, note=note))

    def live(self) -> LiveRelease | None:
        """The live release, one small query; None before the first was made live."""
        with self.reading() as connection:
            row = connection.execute(_live).first()
        return None if row is None else LiveRelease(*row)

    def live_history(self, limit: int = 50) -> tuple[LiveRelease, ...]:
        """What was live since when, newest first."""
        with self.reading() as connection:
            return tuple(LiveRelease(*row) for row in connection.execute(_lives.limit(limit)))

    def _list(self, *conditions: ColumnElement[bool]) -> tuple[StoredRelease, ...]:
        kept = releases.c
        query = (
            select(kept.number, kept.name, kept.note, kept.created_at, kept.created_by)
            .where(*conditions)
            .order_by(kept.number.desc())
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
            live = connection.execute(_live).first()
        live_number = None if live is None else live.number
        return tuple(StoredRelease(*row, is_live=row.number == live_number) for row in rows)


_number_of = select(releases.c.number).where(releases.c.name == bindparam("name"))
_lives = (
    select(releases.c.number, releases.c.name, live_releases.c.since, live_releases.c.note)
    .join_from(live_releases, releases)
    .order_by(live_releases.c.id.desc())
)
_live = _lives.limit(1)
