"""Commands run in this process, for tests that read what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, for programs."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Everything a person reads, on one line."""
        return " ".join((self.out + self.err).split())


Ivr = Callable[..., Ran]
