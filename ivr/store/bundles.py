"""The files of a release as one zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_EARLIEST_OF_A_ZIP = (1980, 1, 1, 0, 0, 0)


def bundle_of(files: Mapping[str, bytes]) -> bytes:
    """A zip that is the same for the same files, whenever it is made; any zip tool opens it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EARLIEST_OF_A_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def files_of(bundle: bytes) -> dict[str, bytes]:
    """Path to content, of a bundle whose hash is right."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {path: archive.read(path) for path in archive.namelist()}
