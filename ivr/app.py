"""The WSGI application: `create_app()` for any server, and applications for rehearsals of files not yet published."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from flask import Flask

from ivr.check import CheckFailed, Progress, Report, check, publish
from ivr.console import phone_routes
from ivr.flow.load import read_files
from ivr.log import logger, set_up_logging
from ivr.softphone.scripted import Given
from ivr.voice.health import health_routes
from ivr.voice.routes import voice_routes
from ivr.wiring import Line, line_for, real_clock, rehearsal_line, settings_here

LONGEST_BODY = 64 * 1024
"""Bytes of a request; the provider's own are a few hundred."""

log = logger(__name__)


def create_app() -> Flask:
    """The line of `IVR_PROJECT` (default: the current folder), by this process's environment. Raises SetupError."""
    settings = settings_here(Path(os.environ.get("IVR_PROJECT", ".")))
    set_up_logging(production=settings.is_production)
    line = line_for(settings)
    publish_first(line, real_clock())
    return app_for(line)


def app_for(line: Line) -> Flask:
    """The application of a line: voice, health, and in development the browser telephone."""
    app = Flask("ivr", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.register_blueprint(voice_routes(line.turns, line.verifier, line.store, line.clock))
    app.register_blueprint(health_routes(line.releases, line.store))
    if not line.settings.is_production:
        app.register_blueprint(phone_routes(line.settings, line.clock))
    return app


def publish_first(line: Line, at: datetime) -> None:
    """On the very first start, check and publish the project's files. Raises CheckFailed with every finding."""
    if line.store.live() is not None:
        return
    files = read_files(line.settings.project)
    report = check_project(files, line.settings.project, line.settings.public_url)
    number = publish(line.store, files, report, "first start", at)
    log.info("the files were published", number=number)
