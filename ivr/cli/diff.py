"""`ivr diff`: which callers hear or get something else in another version."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from ivr.errors import FileFaults, SetupError
from ivr.flow.load import FOLDERS, load_release, read_files
from ivr.flow.release import Release
from ivr.store import NoSuchRelease, Store
from ivr.wiring import open_store, real_clock, settings_here


@dataclass(frozen=True, slots=True)
class Version:
    """A version by the name that people know it by."""

    name: str
    files: Mapping[str, bytes]

    def release(self) -> Release:
        """The release that its files make. Raises SetupError with everything that is wrong with them."""
        try:
            return load_release(self.files)
        except FileFaults as faults:
            raise SetupError(f"{self.name} cannot be compared, for these files make no line:\n\n{faults}") from faults


@click.command()
@click.argument("a", required=False, metavar="[A]")
@click.argument("b", required=False, metavar="[B]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def diff(project: Path, a: str | None, b: str | None, as_json: bool) -> None:
    """Which callers hear or get something else in B than in A?

    A and B are each a release by number or name, a folder, or a git revision such as HEAD~1.
    Without them: from the release on the air to the files here.
    """
    from ivr.cli.diff_shown import show
    from ivr.proof.diff import compared

    store = open_store(settings_here(project))
    before = version(a, project, store) if a else on_air(store)
    now = version(b, project, store) if b else Version("the files here", read_files(project))
    found = compared(before.release(), now.release(), real_clock())
    if as_json:
        click.echo(json.dumps({"before": before.name, "now": now.name, **found.as_json()}, indent=2))
    else:
        show(found, before.name, now.name)


def on_air(store: Store) -> Version:
    """The live release. Raises UsageError before the first one."""
    live = store.live()
    if live is None:
        raise click.UsageError("Nothing is on the air yet to compare with. Name what to compare: ivr diff HEAD~1")
    return Version(f"release {live.number} ({live.name[:12]}), on the air", store.release_files(live.number))


def version(which: str, project: Path, store: Store) -> Version:
    """A version by a folder, a release's number or name, or a git revision. Raises UsageError when there is none."""
    if (Path(which) / "flows").is_dir():
        return Version(which, read_files(Path(which)))
    try:
        kept = store.find_release(int(which) if which.isdecimal() else which)
        return Version(f"release {kept.number} ({kept.name[:12]})", store.release_files(kept.number))
    except NoSuchRelease as missing:
        if files := files_at(which, project):
            return Version(f"{which} in git", files)
        raise click.UsageError(
            f"{which} is no release, no folder with flows/ and config/, and no git revision here. "
            f"{missing} Releases: ivr releases"
        ) from None


def files_at(revision: str, project: Path) -> dict[str, bytes]:
    """The project's files at a git revision; empty when there is no such revision, or no such files in it."""
    words = ["git", "archive", "--format=tar", "--end-of-options", revision, "flows", "config"]
    try:
        ran = subprocess.run(words, cwd=project, capture_output=True, check=False)
    except FileNotFoundError:
        return {}
    if ran.returncode:
        return {}
    with tarfile.open(fileobj=io.BytesIO(ran.stdout)) as archive:
        return {
            member.name: taken.read()
            for member in archive
            if _is_ours(PurePosixPath(member.name)) and (taken := archive.extractfile(member))
        }


def _is_ours(path: PurePosixPath) -> bool:
    return path.suffix in FOLDERS.get(str(path.parent), ()) and not path.name.startswith(".")
