"""The WSGI application for any server: `create_app()`."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from flask import Flask

from ivr.answering import app_for
from ivr.errors import StoreUnavailable
from ivr.log import logger, set_up_logging
from ivr.wiring import Line, line_for, real_clock, settings_here

log = logger(__name__)


def create_app() -> Flask:
    """The line of `IVR_PROJECT` (default: the current folder), by this process's environment. Raises SetupError."""
    settings = settings_here(Path(os.environ.get("IVR_PROJECT", ".")))
    set_up_logging(production=settings.is_production)
    line = line_for(settings)
    try:
        publish_first(line, real_clock())
    except StoreUnavailable as trouble:
        log.error("starting without the store", trouble=str(trouble))
    return app_for(line)


def publish_first(line: Line, at: datetime) -> None:
    """On the very first start, check and publish the project's files.

    Raises CheckFailed with every finding, and StoreUnavailable: whether this is the first start is not known.
    """
    if line.steady.live() is not None:
        return
    # Only now: the check brings the proof and the softphone along, and most starts need neither.
    from ivr.staging import publish_files

    publish_files(line, at)
