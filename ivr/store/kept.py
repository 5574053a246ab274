"""Releases and closures on this machine's own disk, so that a start without the store still answers calls."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ivr.flow.release import release_name
from ivr.hours import Closure
from ivr.log import logger
from ivr.store.bundles import bundle_of, files_of
from ivr.store.files import DRAFT, write_whole

RELEASES = 8
"""Releases kept: the live one and those that calls under way may still be on."""

LIVE = "live.json"

DIGEST = 32
"""Bytes of the content's hash, which stand first: a damaged archive is not even opened."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class KeptLive:
    """What was on the air when it was last known: the name of the release, and the closures."""

    name: str
    closures: tuple[Closure, ...]


class KeptReleases:
    """A folder with the last releases, each a zip behind its hash, and a note of which one is live.

    Workers write at the same time without harm: a file appears whole or not at all, and the same name has the same
    content. A file that is not what its name says counts as missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep a release; the ones not kept again for longest make room. Raises OSError."""
        path = self._path(name)
        if path.exists():
            os.utime(path)
        else:
            content = bundle_of(files)
            write_whole(path, hashlib.sha256(content).digest() + content)
        self._make_room()

    def keep_live(self, name: str, closures: Sequence[Closure]) -> None:
        """Note what is on the air. Raises OSError."""
        content = json.dumps(
            {
                "release": name,
                "closures": [
                    {"starts": closure.starts.isoformat(), "until": closure.until.isoformat(), "reason": closure.reason}
                    for closure in closures
                ],
            }
        )
        whole = f"{hashlib.sha256(content.encode()).hexdigest()}\n{content}".encode()
        path = self._folder / LIVE
        if not path.exists() or path.read_bytes() != whole:
            write_whole(path, whole)

    def live(self) -> KeptLive | None:
        """What was noted last; None when nothing was, or it cannot be read."""
        try:
            digest, _, content = (self._folder / LIVE).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as trouble:
            log.error("the note of what is on the air cannot be read", trouble=str(trouble))
            return None
        if hashlib.sha256(content).hexdigest().encode() != digest:
            log.error("the note of what is on the air is damaged and not used", file=str(self._folder / LIVE))
            return None
        known = json.loads(content)
        return KeptLive(known["release"], tuple(_closure(closure) for closure in known["closures"]))

    def files(self, start: str) -> dict[str, bytes] | None:
        """The files of the release whose name begins so; None when there is none, or it is not what its name says."""
        try:
            found = [path for path in self._folder.glob("*.release") if path.name.startswith(start)]
            if len(found) != 1:
                return None
            whole = found[0].read_bytes()
        except OSError as trouble:
            log.error("a release kept on disk cannot be read", release=start, trouble=str(trouble))
            return None
        digest, content = whole[:DIGEST], whole[DIGEST:]
        files = files_of(content) if hashlib.sha256(content).digest() == digest else {}
        if release_name(files) != found[0].stem:
            log.error("a release kept on disk is damaged and not used", release=start)
            return None
        return files

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.release"

    def _make_room(self) -> None:
        """Remove the oldest releases, and what killed processes have left half written."""
        kept = sorted(self._folder.glob("*.release"), key=lambda path: path.stat().st_mtime, reverse=True)
        newest = kept[0].stat().st_mtime if kept else 0.0
        drafts = [path for path in self._folder.glob(f"{DRAFT}*") if path.stat().st_mtime < newest - 60]
        for path in (*kept[RELEASES:], *drafts):
            path.unlink(missing_ok=True)


def _closure(known: Mapping[str, str]) -> Closure:
    starts, until = (datetime.fromisoformat(known[name]) for name in ("starts", "until"))
    return Closure(starts, until, known["reason"])
