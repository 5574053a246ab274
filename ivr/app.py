"""The WSGI application for any server: `create_app()`."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from ivr.answering import app_for
from ivr.errors import StoreUnavailable
from ivr.log import logger, set_up_logging
from ivr.starting import keep_for_good, publish_first
from ivr.wiring import line_for, real_clock, settings_here

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
    app = app_for(line)
    keep_for_good()
    return app
