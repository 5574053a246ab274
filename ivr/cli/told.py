"""A call told again in the terminal: words beside who says them, and whispers only where somebody heard them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from ivr.turns import Told

TALKED: Final = "talked"
"""The outcome, in words, of a step that rings and was answered."""

CUT_SHORT = (
    "What came next cut words short that end in —, and came before those that begin with it (reckoned by the voice's "
    "words a minute)."
)
NOT_TAKEN = "Who takes the call would hear: {}"

_AS_HEARD = {"whole": "{}", "part": "{} —", "none": "— {}"}
_WHO = {"line": "Line", "caller": "Caller", "step": "", "whisper": "Whisper"}
_STYLES = {"line": "bold", "caller": "cyan", "whisper": "magenta", "step": "dim"}


def clock(seconds: float) -> str:
    """Minutes and seconds: ``1:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def not_taken(told: Sequence[Told]) -> frozenset[int]:
    """Places of the whispers that nobody is known to have heard to their end: the next outcome there is no talk.

    The line prepares a whisper when it rings; it is spoken to whoever answers, and heard out by who takes the call.
    """
    return frozenset(
        place
        for place, line in enumerate(told)
        if line.who == "whisper" and next(_outcomes_after(told, place), "") != TALKED
    )


def _outcomes_after(told: Sequence[Told], place: int) -> Iterator[str]:
    """What the step of a line came to afterwards, soonest first."""
    return (line.text for line in told[place + 1 :] if line.who == "step" and line.step == told[place].step)


def told_as_facts(told: Sequence[Told]) -> list[dict[str, Any]]:
    """The lines for programs; a whisper also says whether somebody took the call after it."""
    unheard = not_taken(told)
    return [
        {**asdict(line), **({"taken": place not in unheard} if line.who == "whisper" else {})}
        for place, line in enumerate(told)
    ]


def show_told(told: Sequence[Told]) -> None:
    """A call's transcript on the standard output."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=6, justify="right")
    grid.add_column(width=8)
    grid.add_column()
    unheard = not_taken(told)
    for place, line in enumerate(told):
        name = "" if line.who == "step" else f"  [dim]{escape(line.step)}[/]"
        style, who = _STYLES[line.who], _WHO[line.who]
        if place in unheard:
            style, who = "dim", "Rings"
        text = f"[{style}]{escape(_text_of(line, heard=place not in unheard))}[/]{name}"
        grid.add_row(f"[dim]{clock(line.at_s)}[/]", f"[{style}]{who}[/]", text)
    console.print(grid)
    if any(line.heard != "whole" for line in told):
        console.print(CUT_SHORT, style="dim")


def _text_of(line: Told, *, heard: bool) -> str:
    if line.who == "step":
        return f"{line.step}: {line.text}"
    return _AS_HEARD[line.heard].format(line.text) if heard else NOT_TAKEN.format(line.text)
