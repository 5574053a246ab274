"""Verbs to TwiML: the only place that builds documents with the provider's library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import Dial as DialElement
from twilio.twiml.voice_response import Gather as GatherElement
from twilio.twiml.voice_response import Say as SayElement
from twilio.twiml.voice_response import SsmlProsody, VoiceResponse

from ivr.verbs import Break, Dial, Gather, GoOn, HangUp, Pause, Say, Speech, Verb, Voice

CONTENT_TYPE = "text/xml; charset=utf-8"
USUAL_WORDS_PER_MINUTE = 150
ADDED_RING_S = 5
"""Seconds that the provider rings beyond a dial's timeout (its Dial page: "about 5 s")."""

SHORTEST_RING_S = 5
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the provider goes next, absolute.

    Args:
        turn: action of a gather, target of a redirect.
        dialled: action of a dial.
        whisper: what a representative hears before taking the call.
        own_number: the number of ours that was called, E.164; shown to representatives instead of the caller's.
    """

    turn: str
    dialled: str
    whisper: str
    own_number: str = ""


OPEN = Addresses("\ue000", "\ue001", "\ue002")
"""Where addresses will stand in a document; no words can have these characters (`prompts`)."""

KEPT = 512
"""Documents kept with their addresses open: a flow has some hundred, and words with a caller's entry come and go."""


def document(verbs: Iterable[Verb], addresses: Addresses, voice: Voice) -> str:
    """The TwiML for a turn's verbs, in order. What is said and asked is built once; a turn fills in the addresses."""
    text = _open_document(tuple(verbs), voice, addresses.own_number)
    for open_place, address in (
        (OPEN.turn, addresses.turn),
        (OPEN.dialled, addresses.dialled),
        (OPEN.whisper, addresses.whisper),
    ):
        text = text.replace(open_place, escape(address, {'"': "&quot;"}))
    return text


@lru_cache(maxsize=KEPT)
def _open_document(verbs: tuple[Verb, ...], voice: Voice, own_number: str) -> str:
    """The document with its addresses still open."""
    addresses = replace(OPEN, own_number=own_number)
    response = VoiceResponse()
    for verb in verbs:
        match verb:
            case Say():
                _say(response, verb.speech, voice)
            case Pause():
                response.pause(length=verb.seconds)
            case Gather():
                response.append(_gather(verb, addresses, voice))
            case Dial():
                response.append(_dial(verb, addresses))
            case GoOn():
                response.redirect(addresses.turn, method="POST")
            case HangUp():
                response.hangup()
    return str(response)


def whisper_document(speech: Speech, taken: str, voice: Voice) -> str:
    """What a representative hears: the whisper, twice, with a key to take the call; no key drops this leg."""
    response = VoiceResponse()
    gather = GatherElement(action=taken, method="POST", num_digits=1, timeout=5, finish_on_key="")
    _say(gather, speech, voice)
    _say(gather, speech, voice)
    response.append(gather)
    response.hangup()
    return str(response)


def empty_document() -> str:
    """Nothing to do: joins a representative after the whisper, or answers a call that is already over."""
    return str(VoiceResponse())


def hang_up_document() -> str:
    """Drops the leg."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def _gather(verb: Gather, addresses: Addresses, voice: Voice) -> GatherElement:
    limits = {} if verb.most is None else {"num_digits": verb.most}
    gather = GatherElement(
        action=addresses.turn,
        method="POST",
        timeout=verb.wait_s,
        finish_on_key=verb.finish,
        action_on_empty_result=True,
        **limits,
    )
    for say in verb.said:
        _say(gather, say.speech, voice)
    if verb.first_s > verb.wait_s:
        gather.pause(length=verb.first_s - verb.wait_s)
    return gather


def _dial(verb: Dial, addresses: Addresses) -> DialElement:
    options: dict[str, str] = {}
    if verb.record:
        options["record"] = "record-from-answer"
    if not verb.show_caller and E164.fullmatch(addresses.own_number):
        options["caller_id"] = addresses.own_number
    timeout = max(verb.ring_s - ADDED_RING_S, SHORTEST_RING_S)
    dial = DialElement(action=addresses.dialled, method="POST", timeout=timeout, **options)
    for number in verb.numbers:
        dial.number(number, url=addresses.whisper, method="POST")
    return dial


def _say(parent: VoiceResponse | GatherElement, speech: Speech, voice: Voice) -> None:
    say = SayElement(voice=voice.name, language=voice.language)
    place = say
    if voice.words_per_minute != USUAL_WORDS_PER_MINUTE:
        rate = round(100 * voice.words_per_minute / USUAL_WORDS_PER_MINUTE)
        place = say.prosody(rate=f"{rate}%")
    for is_break, run in groupby(speech.pieces, key=lambda piece: isinstance(piece, Break)):
        if is_break:
            place.break_(time=f"{sum(piece.ms for piece in run if isinstance(piece, Break))}ms")
        else:
            _words(place, "".join(piece for piece in run if isinstance(piece, str)), voice)
    parent.append(say)


def _words(place: SayElement | SsmlProsody, text: str, voice: Voice) -> None:
    """Text with the names that the voice would guess wrong replaced in its ear, not in anybody's eye."""
    says = dict(voice.says)
    if not says:
        place.append(text)
        return
    for part in re.split(_names(tuple(says)), text):
        if part in says:
            place.sub(part, says[part])
        elif part:
            place.append(part)


@cache
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names as a whole word, the longest first."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")
