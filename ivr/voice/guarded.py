"""What every request meets before its route: bodies too long are not read, figures need a token, errors are plain."""

from __future__ import annotations

import hmac
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from ivr.voice.health import plain

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FIGURES = "/metrics"


def guard(app: Flask, longest_body: int, figures_token: str | None, *, figures_open: bool) -> None:
    """Put the guard in front of every route.

    Args:
        longest_body: bytes; of a body without a length of its own (chunked) no more is read either.
        figures_token: what `/metrics` must be asked with, as `Authorization: Bearer`.
        figures_open: without such a token, whether anybody may see `/metrics`.
    """
    app.config["MAX_CONTENT_LENGTH"] = longest_body
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # a doubled slash would be answered with a redirect

    @app.before_request
    def refuse() -> Response | None:
        here = this_request()
        if (here.content_length or 0) > longest_body:
            raise RequestEntityTooLarge
        if here.path == FIGURES and not may_see_figures(here, figures_token, is_open=figures_open):
            return plain("Figures are for those who have the token of IVR_METRICS_TOKEN.\n", 403)
        if here.content_length is None and here.headers.get("Transfer-Encoding"):
            take_in(here.environ, longest_body)
        return None

    app.register_error_handler(HTTPException, plainly)


def take_in(environ: WSGIEnvironment, longest: int) -> None:
    """Read a chunked body and let it be one with a length; Flask's own limit would hand on its beginning as all.

    Raises RequestEntityTooLarge, and BadRequest for chunks that are none.
    """
    try:
        body = environ["wsgi.input"].read(longest + 1)
    except Exception as strange:  # every server has errors of its own for chunks that are none
        raise BadRequest from strange
    if len(body) > longest:
        raise RequestEntityTooLarge
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))


def this_request() -> Request:
    """The request in hand itself: each word with Flask's stand-in for it costs a turn a little."""
    itself: Request = cast(Any, request)._get_current_object()
    return itself


def may_see_figures(asked: Request, token: str | None, *, is_open: bool) -> bool:
    """Whether the request may have the figures."""
    if token is None:
        return is_open
    given = asked.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def plainly(refused: HTTPException) -> Response:
    """A refusal as one line, which says nothing of what was asked; headers such as `Allow` stay."""
    answer = plain(f"{refused.name}\n", refused.code or 500)
    for name, value in refused.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer
