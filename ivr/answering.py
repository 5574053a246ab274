"""The WSGI application of a line: what answers its calls, for any server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from ivr.settings import Settings
from ivr.turns import Reply
from ivr.voice.guarded import guard
from ivr.voice.health import health_routes
from ivr.voice.metrics import count_turn
from ivr.voice.routes import voice_routes
from ivr.wiring import Line, real_clock

LONGEST_BODY = 64 * 1024
"""Bytes of a request; the provider's own are a few hundred."""


def app_for(line: Line) -> Flask:
    """The application of a line: voice, health, and in development the browser telephone."""
    app = Flask("ivr", static_folder=None)
    token = line.settings.metrics_token
    figures_token = token.get_secret_value() if token else None
    guard(app, LONGEST_BODY, figures_token, figures_open=not line.settings.is_production)
    explains, counts = not line.settings.is_production, counting(line.settings)
    routes = voice_routes(line.turns, line.verifier, line.steady, line.clock, explains=explains, counts=counts)
    app.register_blueprint(routes)
    app.register_blueprint(health_routes(line.releases, line.steady, line.directory, line.clock))
    if line.background:
        app.before_request(line.begin_work)
    if not line.settings.is_production:
        # Only now: the telephone brings the whole softphone along, which a worker that answers calls has no use for.
        from ivr.console import phone_routes

        app.register_blueprint(
            phone_routes(
                auth_token=line.settings.auth_tokens[0].get_secret_value(),
                account_sid=line.settings.account_sid,
                public_url=line.settings.public_url,
                clock=lambda: now_at_the_line(line),
            )
        )
    return app


def counting(settings: Settings) -> Callable[[Reply], object]:
    """What is done with each turn of a real caller: counted, and a span made of it where spans are sent. SetupError."""
    if settings.traces_url is None:
        return count_turn
    from ivr.voice.tracing import spans_to

    spans = spans_to(settings.traces_url, real_clock)

    def count_and_trace(reply: Reply) -> None:
        count_turn(reply)
        spans.note(reply)

    return count_and_trace


def now_at_the_line(line: Line) -> datetime:
    """Now by the line's clock, in the zone of its hours. Raises NothingLive."""
    return line.clock().astimezone(line.releases.current().release.calendar.zone)
