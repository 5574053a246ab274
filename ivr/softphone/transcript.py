"""A call's transcript as lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from ivr.errors import visible
from ivr.softphone.tape import Line

_NAMES = {"line": "Line", "caller": "Caller", "representative": "Representative"}
_COLOURS = {"Line": "bold", "Caller": "cyan", "Representative": "magenta", "Whisper": "magenta"}


def clock(seconds: float) -> str:
    """Seconds of a call as minutes and seconds: ``1:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def speaker(line: Line) -> str:
    """Who speaks, and to whom when that is not the caller."""
    return "Whisper" if line.who == "line" and line.to == "representative" else _NAMES[line.who]


def transcript(lines: Iterable[Line]) -> list[str]:
    """One text a line: when, who, what, and the part's name."""
    shown = []
    for line in lines:
        name = f"  [{line.part}]" if line.part else ""
        shown.append(f"{clock(line.at):>5}  {speaker(line):<14}  {line.text}{name}")
    return shown


def head(line: Line) -> str:
    """When and who, marked up for a terminal."""
    who = speaker(line)
    return f"[dim]{clock(line.at):>5}[/]  [{_COLOURS[who]}]{who:<14}[/]  "


def part(line: Line) -> str:
    """The part's name, marked up for a terminal; empty without one."""
    return f"  [dim]{escape(visible(line.part))}[/]" if line.part else ""


def row(line: Line) -> Table:
    """The whole line for a terminal, its text wrapped beside who says it."""
    who = speaker(line)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=5, justify="right", style="dim")
    grid.add_column(width=14, style=_COLOURS[who])
    grid.add_column()
    grid.add_row(clock(line.at), who, escape(visible(line.text)) + part(line))
    return grid
