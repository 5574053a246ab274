"""The browser telephone's routes: a page, and the two things it asks; only for people who build or try the line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from ivr.console.asked import WITHHELD, Dialled, Done
from ivr.console.moments import offered_moments
from ivr.console.playing import Playing
from ivr.console.sealed import CallUnreadable, PutAway, Seal
from ivr.softphone import CALLER, DIALLED, InProcess, Number, Softphone

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

NO_ACCOUNT = "AC" + "0" * 32
"""The account that calls come from while none is set."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

SAMPLES = (
    ("99900001", "certified"),
    ("99900002", "certification has run out"),
    ("99900003", "still pending"),
    ("99900004", "suspended"),
    ("9990000010", "certified, ten digits"),
    ("12345678", "nobody has it"),
)
"""Numbers of the sample list to try, and what is with each."""

Asked = TypeVar("Asked", bound=BaseModel)


class Refused(Exception):
    """A request that is not the page's own, or not usable; `status` is 4xx."""

    def __init__(self, reason: str, status: int) -> None:
        self.status = status
        super().__init__(reason)


def phone_routes(
    *, auth_token: str, account_sid: str | None, public_url: str | None, clock: Callable[[], datetime]
) -> Blueprint:
    """The page at `/phone`, and what it asks.

    Args:
        auth_token: signs the telephone's requests to the line; the key that seals calls is derived from it.
        account_sid: the account of the line, None when none is set.
        public_url: address that requests are signed for; None for the address of the page's own requests.
        clock: now, in the line's zone; a moment to pretend is read in that zone.
    """
    routes = Blueprint(
        "phone", __name__, template_folder="templates", static_folder="static/phone", static_url_path="/phone/static"
    )
    seal = Seal(auth_token)

    def softphone(caller: str, moment: datetime, put_away: PutAway | None = None) -> Softphone:
        """A softphone that reaches this application in this process, and nothing else."""
        base = public_url or f"{request.scheme}://{request.host}"
        number = Number.at(base, account_sid or NO_ACCOUNT, auth_token)
        transport = InProcess(current_app.wsgi_app, base)
        return Softphone(transport, number, moment, caller=caller, state=put_away.state if put_away else None)

    def told(playing: Playing) -> Response:
        ends = playing.phone.state.moment_after(playing.phone.tape.elapsed)
        return jsonify({"call": seal.close(playing.put_away()), "moment": ends.isoformat(), **playing.told()})

    known_hosts = {*LOCAL_HOSTS, urlsplit(public_url or "").hostname}

    @routes.before_request
    def only_by_its_own_name() -> None:
        """A name that somebody else's DNS leads here must not borrow this telephone."""
        if urlsplit(f"//{request.host}").hostname not in known_hosts:
            raise Refused("The telephone answers at this machine's own address, or at IVR_PUBLIC_URL.", 403)

    @routes.get("/phone", strict_slashes=False)
    def page() -> str:
        now = clock()
        return render_template(
            "phone.html",
            caller=CALLER,
            dialled=DIALLED,
            withheld=WITHHELD,
            moments=offered_moments(now),
            zone=now.tzname(),
            samples=SAMPLES,
        )

    @routes.post("/phone/dial")
    def dial() -> Response:
        asked = read(Dialled)
        playing = Playing(softphone(asked.caller, asked.moment(clock())))
        playing.dial()
        return told(playing)

    @routes.post("/phone/go-on")
    def go_on() -> Response:
        done = read(Done)
        put_away = seal.open(done.call)
        playing = Playing(softphone("", put_away.state.began, put_away), put_away.happened)
        playing.go_on(done)
        return told(playing)

    @routes.after_request
    def guarded(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    routes.register_error_handler(Refused, lambda refused: answer_no(str(refused), refused.status))
    routes.register_error_handler(CallUnreadable, lambda wrong: answer_no(str(wrong), 400))
    routes.register_error_handler(HTTPException, lambda wrong: answer_no(wrong.description or "", wrong.code or 500))
    return routes


def read(model: type[Asked]) -> Asked:
    """The request's JSON, typed. Raises Refused with one sentence."""
    if not is_own_page():
        raise Refused("Only the telephone's own page may ask this.", 403)
    if request.mimetype != "application/json":
        raise Refused("Send application/json.", 415)
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as wrong:
        names = ", ".join(".".join(str(part) for part in one["loc"]) or "the body" for one in wrong.errors())
        raise Refused(f"Not usable: {names}.", 400) from None


def is_own_page() -> bool:
    """Whether a browser says that the request comes from our own page; programs that are no browser say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    return site in (None, "same-origin") and (origin is None or urlsplit(origin).netloc == request.host)


def answer_no(reason: str, status: int) -> tuple[Any, int]:
    """A refusal that the page can show."""
    return jsonify({"error": reason}), status
