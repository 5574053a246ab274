"""A tiny line for tests of the softphone: a WSGI application that answers canned TwiML and keeps what came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from ivr.softphone import InProcess, Number, ProviderHabits, Softphone

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DIAL = '<Say>Connecting.</Say><Dial action="/dialled" timeout="20">{}</Dial><Say>Dead.</Say>'
ONE = '<Number url="/whisper">+16515550100</Number>'
"""A dial of one number, which is rung with a whisper."""

BASE = "https://line.example"
TOKEN = "12345"
ACCOUNT = "AC" + "0" * 32
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Chicago"))

Answer = str | tuple[int, str, str]
"""TwiML inside ``<Response>``, or status, content type (or Location for a redirect) and body."""


@dataclass
class Came:
    """One request as the application saw it."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    moment: datetime

    @property
    def fields(self) -> dict[str, str]:
        """Form and query together."""
        return self.query | self.form


@dataclass
class CannedLine:
    """Answers by path; a callable decides by what came. A path without an answer is a 404.

    Args:
        parts: part names to tell in the trace, by path.
    """

    answers: dict[str, Answer | Callable[[Came], Answer]]
    parts: dict[str, list[str]] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        came = Came(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)),
            dict(parse_qsl(body, keep_blank_values=True)),
            {name: value for name, value in environ.items() if name.startswith("HTTP_")},
            environ["ivr.moment"],
        )
        self.came.append(came)
        answer = self.answers.get(came.path, (404, "text/html", "not here"))
        if callable(answer):
            answer = answer(came)
        if came.path in self.parts:
            trace: list[dict[str, Any]] = environ["ivr.trace"]
            entry = {"turn": len(self.came), "parts": self.parts[came.path], "steps": [], "at": came.path[1:]}
            trace.append({**entry, "facts": {"label": "certified"}})
        if isinstance(answer, str):
            answer = (200, "text/xml", f'<?xml version="1.0" encoding="UTF-8"?><Response>{answer}</Response>')
        status, kind, text = answer
        header = ("Location", kind) if 300 <= status < 400 else ("Content-Type", kind)
        start(f"{status} Whatever", [header] if kind else [])
        return [text.encode()]

    def asked(self, path: str) -> list[dict[str, str]]:
        """Fields of every request to a path."""
        return [came.fields for came in self.came if came.path == path]


def call(line: CannedLine, habits: ProviderHabits | None = None, caller: str = "+16125550199") -> Softphone:
    """A call to the line on Tuesday morning, dialled."""
    number = Number.at(BASE, ACCOUNT, TOKEN)
    softphone = Softphone(
        InProcess(line, BASE),
        number,
        TUESDAY,
        caller=caller,
        habits=habits or ProviderHabits(),
        call_sid="CA" + "1" * 32,
    )
    softphone.dial()
    return softphone


def said(softphone: Softphone) -> list[str]:
    """What the caller heard, line by line."""
    return [line.text for line in softphone.lines() if line.to == "caller" and line.who == "line"]
