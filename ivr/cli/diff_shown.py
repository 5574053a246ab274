"""A comparison of two versions on the terminal: wrapped, in colours, and fit to be read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ivr.proof.diff import Diff
from ivr.proof.diff_changes import SORTS, Change

MOST_PLACES = 4
TITLE = "bold"
RULES = "Rules and scripted calls"


def show(diff: Diff, before: str, now: str) -> None:
    """Everything that changes, class by class, and the sentence about the rest."""
    out = Console(highlight=False)
    by_sort = {sort: list(found) for sort, found in groupby(diff.changes, lambda change: change.cause.sort)}
    with out.capture() as shown:
        out.print(f"From {before} to {now}\n")
        section(out, SORTS["routing"], [*map(changed, by_sort.get("routing", [])), *plain(diff.numbers)])
        section(
            out, SORTS["numbers"], [*hours(diff), *map(changed, by_sort.get("numbers", [])), *plain(diff.files.limits)]
        )
        section(out, SORTS["words"], [*map(changed, by_sort.get("words", [])), *plain(diff.files.heard)])
        section(out, RULES, plain([*diff.files.rules, *(f"Scripted call. {call}" for call in diff.files.calls)]))
        section(out, "Noticed by no caller", plain(unnoticed(diff)))
        out.print(Text(diff.verdict, style="bold" if diff.is_heard else "bold green"))
    click.echo("\n".join(line.rstrip() for line in shown.get().splitlines()), color=out.is_terminal)


def section(out: Console, title: str, items: Sequence[Iterable[Text | Table]]) -> None:
    """A title and its items, each with a space after it; nothing without items."""
    if not items:
        return
    out.print(Text(title, style="bold underline"))
    for item in items:
        for part in item:
            out.print(dashed(part) if isinstance(part, Text) and part.style == TITLE else Padding(part, (0, 0, 0, 2)))
        out.print()


def dashed(text: Text) -> Table:
    """A text after a dash, its further lines under its first."""
    table = Table.grid(padding=(0, 1))
    table.add_row("-", text)
    return table


def plain(sentences: Iterable[str]) -> list[list[Text | Table]]:
    """Sentences, each an item, close together."""
    said = list(sentences)
    return [[Text(sentence, style=TITLE) for sentence in said]] if said else []


def changed(change: Change) -> Iterator[Text | Table]:
    """One cause: what it is, the shortest call that meets it, and where else it is met."""
    place = f"{change.file}:{change.line}" if change.line else change.file
    yield Text(change.cause.says, style=TITLE).append(f"  {place}", style="dim not bold")
    example = change.example
    yield Text(f"{example.caller}:", style="cyan")
    yield before_and_now(
        " ".join(filter(None, (example.before, example.leads_before))),
        " ".join(filter(None, (example.now, example.leads_now))),
    )
    places = change.places[:MOST_PLACES]
    more = len(change.places) - len(places)
    rest = f"; and in {more} more way{'' if more == 1 else 's'}" if more else ""
    times = f" Only {change.times.words}." if change.times else ""
    yield Text(f"Met by everyone who {'; '.join(places)}{rest}.{times}")


def before_and_now(before: str, now: str) -> Table:
    """Two texts, one above the other, with the words that differ marked."""
    table = Table.grid(padding=(0, 2))
    one, other = before.split(), now.split()
    texts = Text(), Text()
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        style = "" if kind == "equal" else "bold"
        for text, words, colour in ((texts[0], one[a:b], "red"), (texts[1], other[c:d], "green")):
            if words:
                text.append(" ".join(words), style=f"{style} {colour}" if style else "").append(" ")
    for name, text in (("before", texts[0]), ("now", texts[1])):
        text.rstrip()
        table.add_row(Text(name, style="dim"), text if text.plain else Text("nothing", style="dim"))
    return table


def hours(diff: Diff) -> Iterator[list[Text | Table]]:
    """Dates that are open otherwise."""
    for days in diff.hours.alike:
        yield [
            Text(days.sentence, style=TITLE),
            Text("A caller then:", style="cyan"),
            before_and_now(days.before, days.now),
        ]


def unnoticed(diff: Diff) -> Iterator[str]:
    """What changed in the files alone."""
    for before, now in diff.renamed:
        yield f"The step {before} is called {now}."
    yield from diff.unmet
    yield from diff.files.quiet
    yield from diff.hours.quiet
