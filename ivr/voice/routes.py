"""The voice routes: what the provider asks, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Request, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from ivr.errors import StoreUnavailable, WebhookRefused
from ivr.log import call_in_log, logger
from ivr.turns import Reply, SteadyStore, Turns
from ivr.twiml import CONTENT_TYPE, empty_document
from ivr.voice.crowded import is_late
from ivr.voice.explained import is_browser, page_for_browsers
from ivr.voice.fields import Fields
from ivr.voice.guarded import plainly, this_request
from ivr.voice.metrics import ASKED_TO_WAIT, count_turn
from ivr.voice.refusals import Refusals
from ivr.voice.verified import Asked, Verifier

MOMENT = "ivr.moment"
"""WSGI environ key by which a caller in this process rehearses another moment; never reachable over the network."""

TRACE = "ivr.trace"
"""WSGI environ key of a list that gets one entry a turn, for the softphone in this process."""

log = logger(__name__)


def voice_routes(
    turns: Turns,
    verifier: Verifier,
    store: SteadyStore,
    clock: Callable[[], datetime],
    *,
    explains: bool = False,
    counts: Callable[[Reply], object] = count_turn,
) -> Blueprint:
    """The blueprint with every voice route. Each is checked before anything of it is believed.

    Args:
        explains: whoever opens one in a browser is told what it is for; nobody is in production.
        counts: what is done with each turn of a real caller.
    """
    routes = Blueprint("voice", __name__)
    refusals = Refusals(verifier)

    def moment(asked: Asked) -> datetime:
        pretended = asked.request.environ.get(MOMENT)
        return pretended if isinstance(pretended, datetime) else clock()

    def verified(here: Request) -> Asked:
        try:
            return verifier.check(here)
        except WebhookRefused:
            raise
        except Exception as strange:
            # Nobody hears words of ours for a request that we could not even check.
            log.exception("a request to a voice route cannot be checked", path=here.path)
            raise WebhookRefused("the request cannot be read", 400) from strange

    def route(path: str, answer: Callable[[Asked, Fields], Response]) -> None:
        def handle() -> Response:
            here = this_request()
            if here.method == "HEAD":  # Flask lets it in with GET, and it would take a turn of the call
                raise WebhookRefused("the provider asks by GET and POST", 405)
            if explains and is_browser(here):
                return page_for_browsers(verifier.base(here))
            asked = verified(here)
            with call_in_log(asked.fields.parent_call_sid or asked.fields.call_sid):
                return answer(asked, asked.fields)

        routes.add_url_rule(path, path, handle, methods=["GET", "POST"])

    def answered(reply: Reply) -> Response:
        """A turn's response; counted, or told to whoever in this process rehearses the call."""
        trace = request.environ.get(TRACE)
        if isinstance(trace, list):
            trace.append(trace_entry(reply))
        else:
            counts(reply)
        return xml(reply.document)

    def later(asked: Asked) -> Response:
        ASKED_TO_WAIT.inc()
        log.warning("a caller is asked to wait: more call than can be answered in time")
        # Not the address as it was asked: with GET the caller's keys stand in that.
        place = "" if asked.token is None else f"?{urlencode({'s': asked.token})}"
        return xml(turns.come_again(f"{verifier.base(asked.request)}{asked.request.path}{place}"))

    def incoming(asked: Asked, fields: Fields) -> Response:
        if fields.is_over:
            return xml(empty_document())
        if is_late():
            return later(asked)
        return answered(turns.begin(fields.call, moment(asked), verifier.base(asked.request)))

    def turn(asked: Asked, fields: Fields) -> Response:
        if fields.is_over:
            return xml(empty_document())
        if is_late() and not fields.dial_status:
            return later(asked)
        base = verifier.base(asked.request)
        return answered(turns.go_on(fields.call, asked.token or "", fields.heard, moment(asked), base))

    def whisper(asked: Asked, fields: Fields) -> Response:
        call_sid = fields.parent_call_sid or fields.call_sid
        return xml(turns.whisper(call_sid, asked.token or "", moment(asked), verifier.base(asked.request)))

    def taken(_: Asked, fields: Fields) -> Response:
        return xml(turns.taken(fields.digits))

    def status(asked: Asked, fields: Fields) -> Response:
        try:
            store.append_status(fields.call_sid, fields.status, fields.seconds, moment(asked))
        except StoreUnavailable as trouble:
            log.error("a call's status was not kept", status=fields.status, trouble=str(trouble))
        return Response(status=204)

    def fallback(asked: Asked, fields: Fields) -> Response:
        why = "it got none" if fields.was_not_got else "it cannot read it"
        log.error("the provider could not use our answer", why=why)
        if fields.is_over:
            return xml(empty_document())
        lead_on = turns.ask_again if fields.was_not_got else turns.recover
        return answered(lead_on(fields.call, token_in(fields.error_url), moment(asked), verifier.base(asked.request)))

    def refused(trouble: WebhookRefused) -> Response:
        refusals.note(request, trouble)
        return Response(f"{trouble}\n", trouble.status, content_type="text/plain; charset=utf-8")

    def lost(trouble: NotFound) -> Response:
        if explains and request.path == "/" and is_browser(request):
            return Response(status=302, headers={"Location": "/phone"})
        is_meant_for_us = refusals.lost(request)
        if explains and is_meant_for_us and is_browser(request):
            return page_for_browsers(verifier.base(request), request.path)
        return plainly(trouble)

    def failed(trouble: Exception) -> Response:
        if isinstance(trouble, HTTPException):
            return plainly(trouble)
        log.exception("a voice route failed", path=request.path)
        return answered(turns.last_resort())

    route("/voice", incoming)
    route("/voice/turn", turn)
    route("/voice/dialled", turn)
    route("/voice/whisper", whisper)
    route("/voice/taken", taken)
    route("/voice/status", status)
    route("/voice/fallback", fallback)
    routes.register_error_handler(WebhookRefused, refused)
    routes.app_errorhandler(NotFound)(lost)
    routes.register_error_handler(Exception, failed)
    return routes


def token_in(address: str) -> str | None:
    """The session in an address of ours; None when there is none, or no address."""
    try:
        return parse_qs(urlsplit(address).query).get("s", [None])[0]
    except ValueError:
        return None


def xml(document: str) -> Response:
    """A TwiML response."""
    return Response(document, content_type=CONTENT_TYPE)


def trace_entry(reply: Reply) -> Mapping[str, Any]:
    """What a rehearsal shows of a turn: parts heard, steps taken, where the call is now, its facts."""
    if reply.answer is None:
        return {"turn": None, "parts": ["trouble"], "steps": [], "at": None, "facts": {}}
    session = reply.answer.session
    return {
        "turn": session.turn,
        "parts": list(reply.answer.parts),
        "steps": list(reply.answer.events),
        "at": session.step,
        "facts": dict(session.facts),
        "session": session,
    }
