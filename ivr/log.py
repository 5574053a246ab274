"""Log lines: one a record, carrying the call, with every number masked and no session of a call in them.

Text from other libraries (the WSGI servers, the database) goes through the same mask. What looks like a number that a
person has keyed or is reached by is starred but for its last two digits (D-26, D-37); what a machine made (SIDs,
hashes, moments, ports) stays readable.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import date, datetime, time
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PLAIN_NUMBERS = frozenset(
    {"bytes", "calls", "column", "count", "line", "ms", "pid", "port", "releases", "rows", "seconds", "status", "turn"}
    | {"workers", "year"}
)
"""Keys whose whole numbers are never anyone's; text under them is masked all the same."""

HASHES = frozenset({"release", "before", "after", "digest"})
"""Keys whose text may be a shortened hash."""

_FOREIGN = ("werkzeug", "gunicorn.error", "gunicorn.access", "sqlalchemy", "alembic", "twilio.http_client")

_SUSPECT = re.compile(r"\d{4}|s=|gAAAA|\x1b")
"""What must be in a text for anything to be masked in it; most texts have none of it."""

_CALL: ContextVar[str] = ContextVar("call", default="")

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_SESSION = re.compile(r"(?<=[?&]s=)[^&\s\"'<>]+|\bgAAAA[\w-]{20,}=*")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SHORT_HASH = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{8,64}")
_NUMBER_OR_MACHINE_MADE = re.compile(
    r"""
      \b[A-Z]{2}[0-9a-f]{32}\b                                                    # a SID
    | \b(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b               # a hash
    | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b                             # a UUID
    | \b0x[0-9a-f]+\b                                                             # a place in memory
    | (?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)                                   # a date, and perhaps a time
      (?:[T\ ][0-2]\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?!\d))?
    | (?<!\d)[0-3]\d/[A-Z][a-z]{2}/20\d\d[:\ ]\d\d:\d\d:\d\d(?:\ [+-]\d{4})?(?!\d)  # a server's time
    | (?<=\bline\ )\d{1,5}\b                                                      # a traceback's line
    | (?<=127\.0\.0\.1:)\d{1,5}\b | (?<=0\.0\.0\.0:)\d{1,5}\b                      # a port of this machine
    | (?<=localhost:)\d{1,5}\b | (?<=\[::1\]:)\d{1,5}\b | (?<=\[::\]:)\d{1,5}\b
    | (?<=://)(?=[0-9.-]*[A-Za-z])[A-Za-z0-9.-]+:\d{1,5}(?![\d@])               # a host and its port
    | (?<=\bpid:\ )\d{1,7}\b
    | (?P<number>\d{4,})
    """,
    re.VERBOSE,
)


def masked(digits: str) -> str:
    """Digits for a log: one key as it is (a menu choice), else all but the last two starred (D-26)."""
    if len(digits) <= 1:
        return digits
    if len(digits) <= 3:
        return "*" * len(digits)
    return "*" * (len(digits) - 2) + digits[-2:]


def masked_text(text: str) -> str:
    """Free text with every run of four or more digits masked, except within SIDs, hashes, moments and ports.

    The session in an action address is cut out.
    """
    if not _SUSPECT.search(text):
        return text
    text = _SESSION.sub("(session)", _COLOUR.sub("", text))
    return _NUMBER_OR_MACHINE_MADE.sub(lambda found: masked(found["number"]) if found["number"] else found[0], text)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The log of a module, for `logger(__name__)`; masks whether or not logging has been set up yet."""
    bound: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            _unless_disabled,
            _about,
            *_ON_EVERY_RECORD,
            _straight_out,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        cache_logger_on_first_use=True,
    )
    return bound


class call_in_log:  # noqa: N801 - used as a word: `with call_in_log(sid):`
    """Within it, every line of this thread carries `call=`, other libraries' lines too."""

    __slots__ = ("_before", "_call_sid")

    def __init__(self, call_sid: str) -> None:
        self._call_sid = call_sid

    def __enter__(self) -> None:
        self._before = _CALL.set(self._call_sid)

    def __exit__(self, *_: object) -> None:
        _CALL.reset(self._before)


def set_up_logging(*, production: bool, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every logger of the process to `stream` (standard error).

    JSON in production; in development `moment level words key=value ...`, with a traceback indented below its line.
    May be called again: the last call holds.
    """
    renderer = _in_json if production else _readable
    handler = _Lines(stream or sys.stderr, renderer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # Our own records are masked by the loggers that `logger` makes.
            foreign_pre_chain=(*_FOREIGN_ABOUT, *_ON_EVERY_RECORD),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Lines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    route_other_loggers()


@contextmanager
def no_logging() -> Iterator[None]:
    """Within it, nothing is logged by this process: what rehearsed calls meet is no news."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def route_other_loggers() -> None:
    """Take away the handlers that servers give their loggers; call it again from gunicorn's `on_starting` hook."""
    for name in _FOREIGN:
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True


class _Lines(logging.StreamHandler[TextIO]):
    """Our handler, told apart from those of a test runner or a host."""

    def __init__(self, stream: TextIO, renderer: Processor) -> None:
        super().__init__(stream)
        self._renderer = renderer

    def write(self, wrapped: WrappedLogger, method: str, record: EventDict) -> None:
        """One of our own records, as a line."""
        line = str(self._renderer(wrapped, method, record))
        with self.lock or nullcontext():
            try:
                self.stream.write(f"{line}\n")
                self.flush()
            except (OSError, ValueError):  # a terminal that is gone takes no caller's answer with it
                return


def _straight_out(wrapped: WrappedLogger, method: str, record: EventDict) -> EventDict:
    """Processor: where our handler is the only one, give it the line at once; a turn's is three times as cheap so."""
    handlers = logging.root.handlers
    if len(handlers) != 1 or not isinstance(handlers[0], _Lines):
        return record
    handlers[0].write(wrapped, method, record)
    raise structlog.DropEvent


def _unless_disabled(wrapped: WrappedLogger, method: str, record: EventDict) -> EventDict:
    """Processor: `logging.disable` holds for our lines, too, which `no_logging` is about."""
    if wrapped.manager.disable and wrapped.manager.disable >= getattr(logging, method.upper(), logging.ERROR):
        raise structlog.DropEvent
    return record


def _about(wrapped: WrappedLogger, method: str, record: EventDict) -> EventDict:
    """Processor: the call at hand, the level, and which of our loggers it is."""
    _with_call(wrapped, method, record)
    record["level"] = "error" if method == "exception" else method
    record["logger"] = wrapped.name
    return record


def _with_call(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """Processor: the call at hand."""
    if call_sid := _CALL.get():
        record["call"] = call_sid
    return record


def _mask(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """Processor: every value masked, however deep."""
    return {key: _masked_value(value, key) for key, value in record.items()}


def _masked_value(value: object, key: str) -> Any:
    if isinstance(value, str) and (not _SUSPECT.search(value) or _SID.fullmatch(value)):
        return value
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if key in PLAIN_NUMBERS or abs(value) < 1000 else masked_text(str(value))
    if isinstance(value, Mapping):
        return {masked_text(str(name)): _masked_value(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(inner, key) for inner in value]
    if isinstance(value, date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    text = (
        value if isinstance(value, str) else value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    )
    return text if key in HASHES and _SHORT_HASH.fullmatch(text) else masked_text(text)


def _in_json(_: WrappedLogger, __: str, record: EventDict) -> str:
    """Processor: one JSON object."""
    return _ENCODER.encode(record)


def _readable(_: WrappedLogger, __: str, record: EventDict) -> str:
    """Processor: `moment level words key=value`, a value in quotes where it needs them."""
    moment, level, words = (str(record.pop(key, "")) for key in ("timestamp", "level", "event"))
    traceback = [str(record.pop(key)) for key in ("exception", "stack") if record.get(key)]
    pairs = (f"{key}={_quoted(value)}" for key, value in record.items() if key != "logger")
    line = " ".join([moment, f"{level:<7}", _one_line(words), *pairs])
    return "\n    ".join([line, *(_one_line(part) for text in traceback for part in text.splitlines())])


def _quoted(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and re.fullmatch(r'[^\s"=]+', value):
        return value
    return _as_json(value)


def _one_line(text: str) -> str:
    return text if text.isprintable() else _as_json(text)[1:-1]


def _as_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text.isprintable() else json.dumps(value, default=str)


_ENCODER = json.JSONEncoder(default=str)

_FOREIGN_ABOUT: tuple[Processor, ...] = (
    _with_call,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
)

_ON_EVERY_RECORD: tuple[Processor, ...] = (
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    _mask,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
