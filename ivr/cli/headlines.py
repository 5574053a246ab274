"""What is otherwise for callers since a release, in a few lines: for those who have just put another on the air."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from ivr.errors import FileFaults
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.proof.diff import Diff, compared
from ivr.proof.diff_changes import SORTS
from ivr.proof.explore import TooManyStates
from ivr.wiring import real_clock

MOST_HEADLINES = 4


def show_headlines(number: int, files: Mapping[str, bytes], now: Release, *, err: bool = False) -> None:
    """Say what callers hear or get otherwise than on a release, by its number and files."""
    try:
        diff = compared(load_release(files), now, real_clock())
    except (FileFaults, TooManyStates):
        click.echo(f"Release {number} cannot be compared with this one: ivr diff {number} says why.", err=err)
        return
    if not diff.is_heard:
        click.echo(diff.verdict, err=err)
        return
    lines = list(headlines(diff))
    kept = lines if len(lines) <= MOST_HEADLINES else lines[: MOST_HEADLINES - 1]
    click.echo(f"Otherwise for callers than on release {number}:", err=err)
    for line in kept:
        click.echo(f"  {line}", err=err)
    more = f"  and {len(lines) - len(kept)} more. " if len(kept) < len(lines) else "  "
    click.echo(f"{more}ivr diff {number} shows the whole.", err=err)


def headlines(diff: Diff) -> Iterator[str]:
    """Each thing that callers can notice, in one line with its class, in the order of `ivr diff`."""
    said = {sort: [change.cause.says for change in diff.changes if change.cause.sort == sort] for sort in SORTS}
    said["routing"] += diff.numbers
    said["numbers"] = [*(days.sentence for days in diff.hours.alike), *said["numbers"], *diff.files.limits]
    said["words"] += diff.files.heard
    for sort, title in SORTS.items():
        yield from (f"{title}: {each}" for each in said[sort])
