"""A signed call through the public address, as the provider would make it; it presses nothing and rings nobody.

Whatever answers there may be a stranger. Nobody else is asked on its word, and what it gets to see that is signed for
another address is no call there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urldefrag, urlsplit, urlunsplit

from ivr.doctor.finding import Finding, green, red, yellow
from ivr.doctor.spelling import STRANGER, Accepts, believes_strangers, why_refused
from ivr.errors import one_line
from ivr.softphone import CALLER, DIALLED, FetchFailed, Number, Reply, Request, Softphone, Transport, new_sid
from ivr.softphone.asking import Received, encoded
from ivr.softphone.fields import standard_fields
from ivr.softphone.signing import signature
from ivr.voice.causes import CAUSES, Refusal

MARK = "CAd0c7"
"""How the SID of a doctor's call begins, so that it is known in `ivr calls` and in the log."""

OTHER_ACCOUNT = b"for another account"
NO_CALL = b"signed, but not usable"
"""What the line says to requests whose signature is good."""

LEADS_ELSEWHERE = 11210
REDIRECTS = "Let the number's address be the one that answers: a redirect loses the keys that are pressed."


class OneHost:
    """Carries requests to one host, and notes where else they were led."""

    def __init__(self, carrier: Transport, address: str) -> None:
        self._carrier, self._host = carrier, urlsplit(address).hostname
        self.led_to = ""

    def fetch(self, request: Request) -> Reply:
        """See `Transport`."""
        if urlsplit(request.url).hostname != self._host:
            self.led_to = self.led_to or request.url
            raise FetchFailed(LEADS_ELSEWHERE, "It leads to another host, which is not asked")
        return self._carrier.fetch(request)


def addresses(base: str, numbers_have: list[str]) -> list[str]:
    """The voice addresses to try: what the numbers at the provider have, or what they should have."""
    if numbers_have:
        return list(dict.fromkeys(urldefrag(one).url for one in numbers_have))
    parts = urlsplit(f"{base}/voice")
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return [urlunsplit(parts if is_here else parts._replace(scheme="https"))]


def doctors_sid() -> str:
    """A fresh SID that is seen to be pretended, and ours."""
    return MARK + new_sid()[len(MARK) :]


def trial_call(number: Number, known: list[str], carrier: Transport, now: datetime) -> Iterator[Finding]:
    """Dial a number, hear the line's first words, hang up; when it is refused, say what differs.

    Args:
        number: as it is set up with the provider.
        known: whole voice addresses that the line may check for.
        now: with zone.

    What stays is a call in the log, whose SID begins with `MARK`, and its end.
    """
    sid = doctors_sid()
    carrier = OneHost(carrier, number.voice)
    phone = Softphone(carrier, replace(number, fallback=""), now, call_sid=sid, caller=CALLER, dialled=DIALLED)
    phone.dial()
    first = phone.received[0]
    if first.url != number.voice:
        yield red(f"{number.voice} redirects to {one_line(first.url)}.", REDIRECTS)
    if carrier.led_to and first.status == 0:
        yield red(f"{number.voice} redirects to {one_line(carrier.led_to)}, which was not asked.", REDIRECTS)
    elif first.status == 200 and first.failure is None:
        phone.hang_up()
        yield _heard(phone, sid)
        if forged := believes_strangers_now(number, carrier, now):
            yield red(forged.sentence, forged.remedy)
    elif first.status in (0, 502, 503, 504):
        what = first.failure.wrong if first.failure else f"the answer is {first.status}"
        yield red(f"The call got no answer at {number.voice}: {one_line(what)}.", "Is the server running behind it?")
    elif first.status == 200 and first.failure:
        says = f"What {number.voice} says is not for the provider: {one_line(str(first.failure))}."
        yield red(says, "Is that address the line's?")
    else:
        found = _why(number, known, carrier, now, first)
        says = f"The call was refused at {number.voice} ({first.status}): {found.cause.replace('_', ' ')}."
        yield red(f"{says} {one_line(found.sentence)}", found.remedy)


def _heard(phone: Softphone, sid: str) -> Finding:
    said = " ".join(line.text for line in phone.lines() if line.who == "line")
    beginning = one_line(said if len(said) <= 60 else f"{said[:57]}...")
    stays = f"It stands in the log as a call: ivr calls show {sid[:10]}"
    if warnings := [one_line(str(one)) for one in phone.complaints]:
        return yellow(f"The line answers, but the provider would complain: {warnings[0]}. {stays}", "ivr check")
    return green(f'{phone.number.voice} answers: "{beginning}" {stays}')


def _why(number: Number, known: list[str], carrier: Transport, now: datetime, first: Received) -> Refusal:
    if OTHER_ACCOUNT in first.body:
        return CAUSES["account"].refusal("The signature is good, but the line is set up for another account.")
    return why_refused(number.voice, known, _accepts(number, carrier, now))


def believes_strangers_now(number: Number, carrier: Transport, now: datetime) -> Refusal | None:
    """Whether headers of a stranger change what a line checks for that takes our calls.

    The request is signed as it should be, so that a healthy line has nothing to refuse.
    """
    asks = _accepts(number, carrier, now)
    for headers in ({"X-Forwarded-Host": STRANGER}, {"X-Forwarded-Proto": "http"}):
        if not asks(number.voice, number.voice, headers):
            return believes_strangers(number.voice, asks)
    return None


def _accepts(number: Number, carrier: Transport, now: datetime) -> Accepts:
    """Asks the line, as of a call that is over: it answers nothing, and keeps nothing.

    Whoever gets to see what is signed for an address other than the one asked could ask there with it, and cut the form
    anew, so that the call would not be over. No call stands in such a form: it begins none anywhere.
    """
    fields = standard_fields(
        call_sid=doctors_sid(),
        account_sid=number.account_sid,
        caller=CALLER,
        dialled=DIALLED,
        status="completed",
        direction="inbound",
    )
    whole = list(fields.items())
    no_call = [("AccountSid", number.account_sid)]

    def accepts(asked: str, signed: str, headers: Mapping[str, str]) -> bool:
        form = whole if signed == asked else no_call
        sent = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature(signed, form, number.auth_token),
            **headers,
        }
        try:
            reply = carrier.fetch(Request("POST", asked, tuple(sent.items()), encoded(form), now, []))
        except FetchFailed:
            return False
        says = {403: OTHER_ACCOUNT, 400: NO_CALL}.get(reply.status)
        return reply.status == 200 or (says is not None and says in reply.body)

    return accepts
