"""From the files of a project to a release, or to everything that is wrong with them, at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ivr.errors import FileFaults
from ivr.flow.config import DeskFile, LineFile
from ivr.flow.project import DESK, GIVEN, LINE, Loaded, Project, whole_file
from ivr.flow.release import Release
from ivr.yaml_text import parse, read_yaml
from ivr.yaml_text.reading import MOST_BYTES

__all__ = ["FOLDERS", "Loaded", "desk_of", "line_of", "load", "load_release", "load_to_look_at", "read_files"]


FOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "flows": (".yaml", ".yml"),
    "flows/calls": (".yaml", ".yml"),
    GIVEN.rstrip("/"): (".yaml", ".yml", ".csv"),
    "config": (".yaml", ".yml"),
}
"""Folders whose files make a release, to how the names of those files end."""


def read_files(project: Path) -> dict[str, bytes]:
    """The files of a project that make a release, path to content: the YAML of flows/, flows/calls/ and config/.

    What scripted calls are played on is among them, with its brokers: flows/calls/given/.

    Raises:
        FileFaults: a folder is missing or a file cannot be read.
    """
    files: dict[str, bytes] = {}
    faults = []
    for folder, suffixes in FOLDERS.items():
        if not (project / folder).is_dir():
            if not folder.startswith("flows/"):
                wrong = f"There is no folder {folder} in {project.resolve()}."
                faults.append(
                    whole_file(folder, wrong, "Start the command in the project's folder, or name it: --project DIR.")
                )
            continue
        for path in sorted((project / folder).iterdir()):
            if path.suffix in suffixes and not path.name.startswith("."):
                if not path.is_file() or path.is_symlink():
                    wrong = "This is no file of its own: it leads to, or is, something else."
                    faults.append(whole_file(f"{folder}/{path.name}", wrong, "Put a plain file there."))
                    continue
                try:
                    with path.open("rb") as file:
                        files[f"{folder}/{path.name}"] = file.read(MOST_BYTES + 1)
                except OSError as error:
                    wrong = f"This file cannot be read: {(error.strerror or 'unknown reason').lower()}."
                    faults.append(
                        whole_file(f"{folder}/{path.name}", wrong, "Let the user that runs the line read it.")
                    )
    if faults:
        raise FileFaults(faults)
    return files


def load_release(files: Mapping[str, bytes]) -> Release:
    """The release that the files make.

    Args:
        files: path relative to the project to content, as `read_files` gives them.

    Raises:
        FileFaults: everything wrong with flows and config, at once.
    """
    return load(files).release


def load(files: Mapping[str, bytes]) -> Loaded:
    """The release with its warnings; raises as `load_release` does."""
    loaded = load_to_look_at(files)
    if loaded.unmet:
        raise FileFaults(loaded.unmet)
    return loaded


def load_to_look_at(files: Mapping[str, bytes]) -> Loaded:
    """The release even of a flow with steps that no call comes to, for checks that would hold it back for more."""
    return Project(files).loaded()


def line_of(files: Mapping[str, bytes]) -> LineFile:
    """`config/line.yaml` of files that have been loaded; raises FileFaults otherwise."""
    return parse(LineFile, read_yaml(LINE, files[LINE]))


def desk_of(files: Mapping[str, bytes]) -> DeskFile:
    """`config/desk.yaml` of files that have been loaded; raises FileFaults otherwise."""
    return parse(DeskFile, read_yaml(DESK, files[DESK]))
