"""A call by hand: live keys from a terminal, words shown as they are spoken, and a key interrupts them."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape

from ivr.errors import visible
from ivr.softphone.call import KEYS, Softphone
from ivr.softphone.dialling import Representative
from ivr.softphone.spoken import WORDS_PER_S
from ivr.softphone.state import DialWait, GatherWait, QueueWait, RecordWait
from ivr.softphone.transcript import head, part

END_KEYS = ("h", "\x03", "\x04")
"""Put the receiver down: h, Ctrl-C, Ctrl-D."""

_DOES: dict[str, Representative] = {
    "a": "answers",
    "n": "no_answer",
    "b": "busy",
    "f": "failed",
    "d": "declines",
    "s": "silent",
}


class Keyboard(Protocol):
    """Where keys come from while a call goes on."""

    def read(self, seconds: float | None) -> tuple[str, float]:
        """The next key, or an empty text when none came in so many seconds (None: wait for one); and seconds waited."""


class TtyKeyboard:
    """Keys as they are pressed on a terminal.

    Args:
        ticks: seconds of some running clock.
    """

    def __init__(self, descriptor: int, ticks: Callable[[], float] = time.monotonic) -> None:
        self._descriptor = descriptor
        self._ticks = ticks

    def read(self, seconds: float | None) -> tuple[str, float]:
        """See Keyboard. The end of input counts as hanging up."""
        began = self._ticks()
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        key = (os.read(self._descriptor, 1).decode("latin-1") or END_KEYS[-1]) if ready else ""
        return key, self._ticks() - began


@contextmanager
def live_keys(descriptor: int) -> Iterator[TtyKeyboard]:
    """A terminal's keys without Enter and without echo; set back afterwards whatever happens."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        settings = termios.tcgetattr(descriptor)
        settings[1] = before[1]  # output as before: a line end still returns to the first column
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
        yield TtyKeyboard(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


class ByHand:
    """A call with live keys: words appear as they are spoken, a key interrupts them.

    Args:
        pace: seconds of the call in a second at the keyboard.
    """

    def __init__(self, softphone: Softphone, keyboard: Keyboard, console: Console, pace: float = 1.0) -> None:
        self.softphone = softphone
        self.keyboard = keyboard
        self.console = console
        self.pace = pace
        self._shown = 0
        self._now = 0.0

    def talk(self) -> None:
        """From dialling to the end of the call."""
        phone = self.softphone
        self.console.print("[dim]Keys 0-9, * and # as on a telephone; h, Ctrl-C or Ctrl-D hangs up.[/]")
        phone.dial()
        while not phone.is_over:
            key = self._speak()
            wait = phone.waiting
            if key in END_KEYS:
                self._hang_up()
            elif isinstance(wait, DialWait | QueueWait):
                self._ring(key)
            elif key:
                self._press(key)
            elif isinstance(wait, GatherWait):
                self._wait(wait)
            elif isinstance(wait, RecordWait):
                phone.stay_silent()
        self._speak()

    def _press(self, key: str) -> None:
        """Hand a key over at its second; it echoes at once. Any other character is nothing."""
        phone, wait = self.softphone, self.softphone.waiting
        if key not in KEYS:
            return
        if isinstance(wait, GatherWait) and self._now < wait.began:
            self.console.print(f"[dim]{escape(key)} (nothing is listening yet)[/]")
            return
        self.console.print(f"[cyan]{escape(key)}[/]", end=" ", highlight=False)
        turn = phone.tape.turn_at
        phone.press(key, at_second=self._now - turn, settle=False)
        if phone.tape.turn_at == turn:
            self._shown = len(phone.lines())
        else:
            self._new_turn()

    def _new_turn(self) -> None:
        self.console.print()
        self._shown, self._now = self.softphone.tape.turn_line, self.softphone.tape.turn_at

    def _wait(self, wait: GatherWait) -> None:
        """Until a key comes or the line gives up."""
        key, waited = self.keyboard.read(max(wait.deadline - self._now, 0.0) / self.pace)
        self._now = min(self._now + waited * self.pace, wait.deadline)
        if key in END_KEYS:
            self._hang_up()
        elif key:
            self._press(key)
        else:
            self.softphone.stay_silent()
            self.console.print("[dim](silence)[/]", end="")
            self._new_turn()

    def _hang_up(self) -> None:
        self.softphone.hang_up(max(self._now - self.softphone.tape.turn_at, 0.0))
        self._shown = len(self.softphone.lines())

    def _ring(self, key: str) -> None:
        """Somebody's telephone rings: the same person plays who answers."""
        choices = ", ".join(f"{letter} {does.replace('_', ' ')}" for letter, does in _DOES.items())
        if not key:
            self.console.print(f"[magenta]It rings.[/] [dim]{choices}; Enter answers; h hangs up.[/]")
            key, _ = self.keyboard.read(None)
        phone = self.softphone
        if key in END_KEYS:
            self._hang_up()
            return
        if isinstance(phone.waiting, QueueWait) and key not in ("a", "\r", "\n"):
            phone.stay_silent()
        else:
            phone.representative(_DOES.get(key, "answers"))
        self._now = phone.tape.turn_at

    def _speak(self) -> str:
        """Show what is said, word by word at its pace. Returns the key that interrupts it, else an empty text."""
        for line in self.softphone.lines()[self._shown :]:
            self._shown += 1
            if line.who == "caller":
                continue
            self._now = max(self._now, line.at)
            self.console.print(head(line), end="")
            for word in line.text.split():
                self.console.print(escape(visible(word)), end=" ", highlight=False)
                spoken = line.who == "line" and line.to == "caller"
                key, waited = self.keyboard.read(1 / WORDS_PER_S / self.pace) if spoken else ("", 0.0)
                self._now += waited * self.pace
                if key in KEYS or key in END_KEYS:
                    self.console.print("[dim]—[/]")
                    return key
            self.console.print(part(line))
        return ""
