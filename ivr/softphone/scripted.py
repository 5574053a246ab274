"""Plays scripted calls with signed requests: what the caller does, what must be heard, where it must end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ivr.errors import Fault
from ivr.hours import parse_moment
from ivr.softphone.call import Number, Softphone
from ivr.softphone.script_file import (
    Given,
    Happening,
    MakeApp,
    ScriptedCall,
    ScriptedCalls,
    read_calls,
    unknown_names,
)
from ivr.softphone.state import DialWait
from ivr.softphone.tape import Line
from ivr.softphone.transcript import transcript
from ivr.softphone.transports import GARBLED, InProcess

__all__ = [
    "Given",
    "MakeApp",
    "Outcome",
    "ScriptedCall",
    "ScriptedCalls",
    "parts_heard",
    "play",
    "read_calls",
    "unknown_names",
]

REMEDIES = {
    "given": "Change the flow, or what the call expects.",
    "real": "It is played on config/ as it is: change that, the flow, or what the call expects.",
}
"""What to do about a call that goes otherwise, by what it is played on."""

EARLY_S = 0.8
"""Second of the words at which an early key is pressed."""


@dataclass(frozen=True)
class Outcome:
    """How a scripted call went.

    Args:
        failures: where it went otherwise than written; only the first thing heard wrong, since all after it would be.
        transcript: the call as it was heard, one line an utterance.
        taken: every outcome taken, in order, as (step, outcome).
    """

    call: ScriptedCall
    failures: Sequence[Fault]
    transcript: Sequence[str]
    taken: Sequence[tuple[str, str]]

    @property
    def steps(self) -> frozenset[str]:
        """Names of the steps it passed."""
        return frozenset(step for step, _ in self.taken)

    @property
    def passes(self) -> bool:
        """Everything went as written."""
        return not self.failures


class Otherwise(Exception):
    """The call went otherwise than written; the text says what was expected and what was heard."""


Watcher = Callable[[int, Softphone], None]
"""Told how many happenings there were so far, and the call as it is: at its beginning, and after each of them."""


def play(call: ScriptedCall, make_app: MakeApp, watcher: Watcher | None = None) -> Outcome:
    """Play a call through an application set up for its circumstances."""
    app, base_url, auth_token, account_sid = make_app(call.given)
    number = Number.at(base_url, account_sid, auth_token)
    softphone = Softphone(
        InProcess(app, base_url),
        number,
        call.given.at,
        caller=call.given.caller,
        dialled=call.script.dialled,
        habits=call.habits,
    )
    failures: list[Fault] = []
    softphone.dial()
    if watcher:
        watcher(0, softphone)
    path: tuple[str | int, ...] = ()
    try:
        for index, happening in enumerate(call.script.happens):
            path = ("happens", index, happening.kind)
            following = call.script.happens[index + 1].kind if index + 1 < len(call.script.happens) else ""
            _happen(softphone, happening, following)
            if watcher:
                watcher(index + 1, softphone)
        path = ("ends",)
        _end(softphone, call)
    except Otherwise as error:
        failures.append(call.fault(path, str(error), REMEDIES[call.given.config]))
    loses = any(happening.fault for happening in call.script.happens)
    for complaint in softphone.complaints:
        if loses and complaint.code == GARBLED:
            continue
        failures.append(call.fault(("call",), f"The provider would complain: {complaint}", "Mend the document."))
    taken = [(event.step, event.outcome) for turn in softphone.trace for event in turn["steps"]]
    return Outcome(call, failures, transcript(softphone.lines()), taken)


def _happen(softphone: Softphone, happening: Happening, following: str) -> None:
    if happening.kind in _DOES:
        if softphone.is_over and happening.kind != "hangs_up":
            raise Otherwise(f"The call was over before this, ended by: {softphone.ended['by']}.")
        _DOES[happening.kind](softphone, happening, following)
    else:
        _HEARS[happening.kind](softphone, happening)


def _presses(softphone: Softphone, happening: Happening, following: str) -> None:
    softphone.press(happening.presses or "", settle=following != "waits")


def _presses_early(softphone: Softphone, happening: Happening, following: str) -> None:
    softphone.press(happening.presses_early or "", EARLY_S, settle=following != "waits")


def _representative(softphone: Softphone, happening: Happening, _following: str) -> None:
    if not isinstance(softphone.waiting, DialWait):
        raise Otherwise(f"No telephone rang here; heard so far: {_named(softphone)}.")
    softphone.representative(happening.representative or "answers")


def _fault(softphone: Softphone, _happening: Happening, _following: str) -> None:
    softphone.garble_next_answer()
    softphone.stay_silent()


def _clock(softphone: Softphone, happening: Happening, _following: str) -> None:
    began = softphone.state.began
    moment = parse_moment(happening.clock or "", ZoneInfo(str(began.tzinfo)))
    later = (moment - began).total_seconds() - softphone.tape.elapsed
    if later < 0:
        raise Otherwise(f"The clock cannot jump back: it is already later than {happening.clock}.")
    softphone.clock_jumps(later)


_DOES: Mapping[str, Callable[[Softphone, Happening, str], None]] = {
    "presses": _presses,
    "presses_early": _presses_early,
    "stays_silent": lambda softphone, *_: softphone.stay_silent(),
    "waits": lambda softphone, happening, _: softphone.wait(happening.waits or 0.0),
    "representative": _representative,
    "clock": _clock,
    "fault": _fault,
    "hangs_up": lambda softphone, *_: softphone.hang_up(),
}


def _hears(softphone: Softphone, happening: Happening) -> None:
    if parts_heard(softphone) != list(happening.hears or ()):
        expected = ", ".join(happening.hears or ()) or "nothing"
        raise Otherwise(f"Expected to hear {expected}; heard {_named(softphone)}.")


def _hears_words(softphone: Softphone, happening: Happening) -> None:
    text = _text(_heard(softphone))
    for words in happening.hears_words or ():
        if _plain(words) not in text:
            raise Otherwise(f'Expected to hear "{words}"; heard "{_shown(_heard(softphone))}".')


def _hears_not(softphone: Softphone, happening: Happening) -> None:
    text = _text(_heard(softphone))
    for words in happening.hears_not or ():
        if _plain(words) in text:
            raise Otherwise(f'Expected not to hear "{words}"; heard "{_shown(_heard(softphone))}".')


def _within(softphone: Softphone, happening: Happening) -> None:
    _at_most(happening.within, sum(line.seconds for line in _heard(softphone)))


def _call_within(softphone: Softphone, happening: Happening) -> None:
    _at_most(happening.call_within, softphone.speech_s)


def _at_most(limit: float | None, seconds: float) -> None:
    if limit is not None and seconds > limit:
        raise Otherwise(f"Expected at most {limit:g} s of speech; heard {seconds:.1f} s.")


def _says_to_representative(softphone: Softphone, happening: Happening) -> None:
    if isinstance(softphone.waiting, DialWait):
        softphone.representative("answers")
    whispered = [line for line in softphone.lines() if line.to == "representative" and line.who == "line"]
    for words in happening.says_to_representative or ():
        if _plain(words) not in _text(whispered):
            raise Otherwise(f'Expected the representative to hear "{words}"; heard "{_shown(whispered)}".')


_HEARS: Mapping[str, Callable[[Softphone, Happening], None]] = {
    "hears": _hears,
    "hears_words": _hears_words,
    "hears_not": _hears_not,
    "within": _within,
    "call_within": _call_within,
    "says_to_representative": _says_to_representative,
}


def _end(softphone: Softphone, call: ScriptedCall) -> None:
    """Compare the ending; a caller who has nothing more to do puts the receiver down."""
    ends = call.script.ends
    if ends.by == "connected" and isinstance(softphone.waiting, DialWait):
        softphone.representative("answers")
    at = {softphone.state.step, softphone.step}
    facts = softphone.state.facts
    if not softphone.is_over:
        softphone.hang_up()
    label = facts.get("label", "")
    if ends.at is not None and ends.at not in at:
        raise Otherwise(f"Expected the call to end at {ends.at}; it ended at {softphone.state.step or 'no step'}.")
    if ends.label is not None and ends.label != label:
        raise Otherwise(f"Expected the label {ends.label}; it was {label or 'not set'}.")
    for fact, value in ends.facts.items():
        if facts.get(fact) != value:
            raise Otherwise(f"Expected {fact} to be {value}; it was {facts.get(fact, 'not a fact of the call')}.")
    if ends.by is not None and ends.by != softphone.ended["by"]:
        raise Otherwise(f"Expected the call to be ended by {ends.by}; it was by {softphone.ended['by']}.")


def _heard(softphone: Softphone) -> list[Line]:
    return [line for line in softphone.turn_lines() if line.who == "line" and line.to == "caller"]


def parts_heard(softphone: Softphone) -> list[str]:
    """Parts the caller heard since the last key, silence or answer, as `hears` has them."""
    return [line.part for line in _in_parts(_heard(softphone))]


def _named(softphone: Softphone) -> str:
    return ", ".join(line.part or f'"{line.text}"' for line in _in_parts(_heard(softphone))) or "nothing"


def _in_parts(lines: Sequence[Line]) -> list[Line]:
    """One line a part: what is spoken in several pieces under one name counts once."""
    return [
        line for place, line in enumerate(lines) if place == 0 or not line.part or line.part != lines[place - 1].part
    ]


def _shown(lines: Sequence[Line]) -> str:
    return " ".join(line.text for line in lines)


def _text(lines: Sequence[Line]) -> str:
    return _plain(_shown(lines))


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())
