"""What a number had before we set it up, on this machine's disk, so that it can be brought back."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ivr.errors import SetupError
from ivr.provider.setup import Setup, Webhook


class _Hook(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    method: str


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
    account_sid: str
    kept_at: datetime
    voice: _Hook
    fallback: _Hook
    status: _Hook


@dataclass(frozen=True, slots=True)
class Kept:
    """What stood at the provider before the first `ivr twilio connect` of a number.

    Args:
        kept_at: with zone.
    """

    number: str
    account_sid: str
    kept_at: datetime
    before: Setup


class KeptSetups:
    """The folder that holds them, a file a number, mode 600. What is there is never written over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def home(self) -> Path:
        """The project they are kept in."""
        return self._folder.parent.parent.resolve()

    def keep(self, kept: Kept) -> bool:
        """Write it down, unless something is kept of that number already. Returns whether it was. Raises SetupError."""
        path = self.path(kept.number)
        whole = _File(
            number=kept.number,
            account_sid=kept.account_sid,
            kept_at=kept.kept_at,
            voice=_Hook(**asdict(kept.before.voice)),
            fallback=_Hook(**asdict(kept.before.fallback)),
            status=_Hook(**asdict(kept.before.status)),
        )
        try:
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".")  # mode 600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(whole.model_dump_json(indent=2) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                os.link(draft, path)
            finally:
                os.unlink(draft)
        except OSError as error:
            if isinstance(error, FileExistsError) and path.exists():
                self.of(kept.number)  # what could not be brought back is told before anything is changed
                return False
            reason = f"What the number has now cannot be written down in {self._folder}: {error.strerror}."
            raise SetupError(f"{reason} Nothing was changed. Let the user that runs this write there.") from error
        return True

    def of(self, number: str) -> Kept | None:
        """What is kept of a number; None for nothing. Raises SetupError for a file that cannot be read."""
        path = self.path(number)
        try:
            found = _File.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise SetupError(f"{path} cannot be read, so what the number had before is not known.") from error
        before = Setup(
            voice=Webhook(found.voice.url, found.voice.method),
            fallback=Webhook(found.fallback.url, found.fallback.method),
            status=Webhook(found.status.url, found.status.method),
        )
        return Kept(found.number, found.account_sid, found.kept_at, before)

    def numbers(self) -> list[str]:
        """Every number of which something is kept."""
        return sorted(path.stem for path in self._folder.glob("+*.json")) if self._folder.is_dir() else []

    def forget(self, number: str) -> None:
        """It has been brought back, or was never changed."""
        self.path(number).unlink(missing_ok=True)

    def path(self, number: str) -> Path:
        """The file of a number (E.164)."""
        return self._folder / f"{number}.json"
