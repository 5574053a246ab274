"""A small disk of its own for everything that a line keeps on its machine, so that it can really be full."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SIZE = "64m"


class Disk:
    """A file system in memory where mounting is allowed; else a folder, which is made unwritable instead of full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)
        self.is_mounted = _ran("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder))
        self._is_read_only = False

    @property
    def shown(self) -> str:
        """Which of the two, in words."""
        return f"a tmpfs of {SIZE}" if self.is_mounted else "a folder without rights (mounting is not allowed here)"

    def fill(self) -> None:
        """Let there be no byte left."""
        if not self.is_mounted:
            self.make_read_only()
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(b"\0" * 65536):
                    pass
            except OSError:
                return

    def make_read_only(self) -> None:
        """From now on nothing new can be opened for writing."""
        if self.is_mounted:
            self._is_read_only = _ran("mount", "--bind", str(self.folder), str(self.folder)) and _ran(
                "mount", "-o", "remount,bind,ro", str(self.folder)
            )
        for path in [] if self.is_mounted else self._folders():
            path.chmod(0o500)

    def mend(self) -> None:
        """Room again, and writable."""
        if self._is_read_only:
            self._is_read_only = not _ran("umount", "--lazy", str(self.folder))
        for path in [] if self.is_mounted else self._folders():
            path.chmod(0o700)
        (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        """Give it back."""
        self.mend()
        if self.is_mounted:
            _ran("umount", "--lazy", str(self.folder))

    def _folders(self) -> list[Path]:
        return [self.folder, *(path for path in self.folder.rglob("*") if path.is_dir())]


def _ran(*command: str) -> bool:
    if os.getuid() != 0:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
