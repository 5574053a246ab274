"""A telephone in the terminal: by hand with live keys, or with keys given beforehand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape

from ivr.errors import BrokerLineError, one_line
from ivr.softphone.by_hand import ByHand, live_keys
from ivr.softphone.call import KEYS, Softphone
from ivr.softphone.dialling import Representative
from ivr.softphone.state import DialWait
from ivr.softphone.transcript import row

SILENCE = "-"
HANG_UP = "!"


class KeysWrong(BrokerLineError):
    """Keys that no telephone has; whoever typed them mends them."""


def run(
    softphone: Softphone,
    *,
    keys: str | None = None,
    representative: Representative = "answers",
    as_json: bool = False,
    console: Console | None = None,
    source: TextIO | None = None,
) -> None:
    """A whole call at the terminal.

    Args:
        keys: groups of keys; None: by hand, live on a terminal, else one group a line of the input.
        as_json: print nothing but the result, for programs.
        source: where keys by hand come from; the standard input by default.

    Raises:
        KeysWrong: before dialling.
    """
    console = console or Console(highlight=False)
    source = source or sys.stdin
    display = Display(softphone, console)
    show: Callable[[], None] = (lambda: None) if as_json else display.show
    if keys is not None:
        play_keys(softphone, key_groups(keys), representative, show)
    elif source.isatty() and not as_json:
        with live_keys(source.fileno()) as keyboard:
            ByHand(softphone, keyboard, console).talk()
    else:
        play_keys(
            softphone, _lines(source), representative, (lambda: None) if as_json else lambda: display.show(pending=True)
        )
    if as_json:
        console.file.write(json.dumps(result(softphone), indent=2) + "\n")
    else:
        display.summary()


def _lines(source: TextIO) -> Iterator[str]:
    """Groups of keys, one or more a line; an empty line is silence."""
    for line in source:
        yield from key_groups(line) or [SILENCE]


def key_groups(text: str) -> list[str]:
    """Keys as typed after ``--keys``: one group a prompt, ``-`` for silence, ``!`` to hang up. Raises KeysWrong."""
    groups = text.split()
    for group in groups:
        if group not in (SILENCE, HANG_UP) and set(group) - KEYS:
            raise KeysWrong(
                f'"{group}" cannot be keyed. A group is keys of 0-9, * and #; {SILENCE} is silence, {HANG_UP} hangs up.'
            )
    return groups


def play_keys(
    softphone: Softphone,
    groups: Iterable[str],
    representative: Representative = "answers",
    show: Callable[[], None] = lambda: None,
) -> None:
    """Dial, and key one group at each prompt; when they run out, hear the prompt and hang up.

    Args:
        representative: what every telephone does that rings meanwhile.
        show: called whenever there may be something new to show.
    """
    softphone.dial()
    show()
    keys = iter(groups)
    while not softphone.is_over:
        wait = softphone.waiting
        if isinstance(wait, DialWait):
            softphone.representative(representative)
        else:
            _key(softphone, next(keys, HANG_UP))
        show()


def _key(softphone: Softphone, group: str) -> None:
    if group == HANG_UP:
        softphone.hang_up()
    elif group in ("", SILENCE):
        softphone.stay_silent()
    else:
        softphone.press(group)


def result(softphone: Softphone) -> dict[str, Any]:
    """The call for programs: seconds from the answer, speech as the caller heard it, complaints in words."""
    leg = softphone.state.leg
    return {
        "moment": softphone.state.began.isoformat(),
        "from": leg.caller,
        "to": leg.dialled,
        "transcript": [line.model_dump() for line in softphone.lines()],
        "seconds_of_speech": round(softphone.speech_s, 1),
        "elapsed": round(softphone.tape.elapsed, 1),
        "key_presses": softphone.tape.keys,
        "ended": softphone.ended,
        "complaints": [str(complaint) for complaint in softphone.complaints],
    }


class Display:
    """Shows a call on a terminal, line by line."""

    def __init__(self, softphone: Softphone, console: Console) -> None:
        self.softphone = softphone
        self.console = console
        self._shown = 0

    def show(self, pending: bool = False) -> None:
        """Every line not shown yet; `pending` with what a gather is saying just now, though a key may cut it short."""
        lines = self.softphone.lines() if pending else self.softphone.tape.lines
        for line in lines[self._shown :]:
            self.console.print(row(line))
        self._shown = max(self._shown, len(lines))

    def summary(self) -> None:
        """How the call ended, and what the provider would complain about."""
        phone = self.softphone
        ended = phone.ended
        by = {"connected": "joined to a representative", "hang_up": "ended by the line", "caller": "the caller hung up"}
        where = [by.get(ended["by"], "ended by an error")]
        where += [f"at {ended['at']}"] if ended["at"] else []
        where += [f"label {ended['label']}"] if ended["label"] else []
        counts = f"{phone.speech_s:.1f} s of speech, {phone.tape.elapsed:.0f} s in all, {phone.tape.keys} keys"
        self.console.print(f"\n[bold]{escape(one_line(', '.join(where)))}[/]  ({counts})")
        for complaint in phone.complaints:
            self.console.print(f"[red]{escape(one_line(str(complaint)))}[/]")
