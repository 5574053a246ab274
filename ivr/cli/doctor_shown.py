"""What the doctor finds, in lines for people: each thing once, and what was not looked at by name."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter

import click

from ivr.doctor import Finding, yellow
from ivr.errors import one_line

NARROWEST = 30
"""Columns below which a text is rather broken by the terminal than folded."""

NOT_LOOKED_AT = "Not looked at:"
SHOWN = {"green": ("well", "green"), "yellow": ("look", "yellow"), "red": ("wrong", "red")}
"""Colour to its word, for those who see none, and the terminal's colour."""

SKIPPED = ("skip", "yellow")
"""The same for a check that was not made."""


def is_skipped(one: Finding) -> bool:
    """Whether a check was not made, for want of something that it or another check tells of."""
    return one.says.startswith(NOT_LOOKED_AT)


def once(name: str, one: Finding, told: dict[Finding, str]) -> Finding:
    """A finding, or where it has been told: what keeps several checks from looking is wrong once, not with each.

    `told` is what has been told, to its check.
    """
    first = told.setdefault(one, name)
    if first == name or (is_skipped(one) and not one.remedy):
        return one
    return yellow(f"{NOT_LOOKED_AT} see {first}, above.")


def show(name: str, found: list[Finding]) -> None:
    """A line each, the remedy below it; on a terminal folded below its beginning, where it is too long for it."""
    for one in found:
        word, colour = SKIPPED if is_skipped(one) else SHOWN[one.colour]
        click.echo(f"{click.style(f'{word:5}', fg=colour, bold=True)}  {name:11}  {folded(one.says, 20)}")
        if one.remedy:
            click.echo(f"{'':20}-> {folded(one.remedy, 23)}")


def folded(text: str, column: int) -> str:
    """Text that begins in a column, in lines no longer than the terminal; as it is, for whoever reads it by program."""
    width = shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or width < column + NARROWEST:
        return one_line(text)
    lines = textwrap.wrap(one_line(text), width - column, break_long_words=False, break_on_hyphens=False)
    return f"\n{'':{column}}".join(lines)


def show_sum(found: list[tuple[str, Finding]]) -> None:
    """How many of each; and by name the checks that were not made, so that nobody takes them for well."""
    colours = Counter(one.colour for _, one in found if not is_skipped(one))
    skipped = list(dict.fromkeys(name for name, one in found if is_skipped(one)))
    unmade = f"{len(skipped)} not looked at, " if skipped else ""
    said = f"{colours['red']} wrong, {colours['yellow']} to look at, {unmade}{colours['green']} well."
    colour = "red" if colours["red"] else "yellow" if colours["yellow"] or skipped else "green"
    click.secho(said, fg=colour, bold=True)
    if skipped:
        click.echo(f"Not looked at, so not known to be well: {', '.join(skipped)}. What each waits for stands above.")
