"""A call on the browser telephone, as its page makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

PROJECT = Path(__file__).parents[1]
TUESDAY = "2026-11-24T10:00"
CALLER = "+16125550199"
Told = dict[str, Any]


class Call:
    """A call as the page plays it: what was told last, and what is done next."""

    def __init__(self, client: FlaskClient, at: str | None = TUESDAY, caller: str = CALLER) -> None:
        self._client = client
        self.told: Told = {}
        self._ask("/phone/dial", {"caller": caller, "at": at})

    def _ask(self, path: str, asked: dict[str, Any]) -> None:
        answer = self._client.post(path, json=asked)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.told = answer.get_json()

    def press(self, keys: str, at: float = 30.0, then: str = "keys") -> Call:
        """Press keys, the first so many seconds after the line began to listen."""
        pressed = [{"key": key, "at": at + place * 0.3} for place, key in enumerate(keys)]
        return self.do(then, keys=pressed)

    def do(self, then: str, **more: Any) -> Call:
        """Do something else."""
        self._ask("/phone/go-on", {"call": self.told["call"], "then": then, **more})
        return self

    @property
    def heard(self) -> list[str]:
        """Words said to the caller on this turn."""
        return [said["text"] for said in self.told["says"] if said["to"] == "caller" and said["text"]]

    @property
    def ended(self) -> Told:
        """How the call ended."""
        ended = self.told["ended"]
        assert ended is not None
        return dict(ended)
