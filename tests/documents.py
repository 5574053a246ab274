"""The commands of the documents: every line of a block that is for a shell, and what it needs to be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from ivr.cli import group

HERE = Path(__file__).parents[1]
DOCUMENTS = sorted([HERE / "README.md", *(HERE / "docs").glob("*.md")])

NEEDS = re.compile(r"\*\((?:all of it )?needs ([^)]+)\)\*")
KNOWN_NEEDS = (
    "a Twilio account",
    "a server of your own",
    "a server of your own, or a tunnel's account",
    "a PostgreSQL of your own",
    "a package index",
)
"""What a command may need that a test cannot have; the words stand in the text right above its block."""

SHELL = ("", "sh", "console")
"""What a fence may say of a block of commands; any other word is another language, and nothing of it is run."""

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)$")


@dataclass(frozen=True)
class Block:
    """A block of commands.

    Args:
        line: of the document, from 1.
        commands: without prompt and trailing comment; a line that ends in a backslash goes on in the next.
        needs: what it needs that is not there; empty when it can be run anywhere.
    """

    document: Path
    line: int
    commands: tuple[str, ...]
    needs: str


def blocks_of(document: Path) -> list[Block]:
    """Every block of commands of a document, in order."""
    return list(blocks_in(document, document.read_text(encoding="utf-8")))


def blocks_in(document: Path, text: str) -> Iterator[Block]:
    """As `blocks_of`, of a text."""
    lines = text.splitlines()
    whole = re.search(r"\*\(all of it needs ([^)]+)\)\*", " ".join(text.split()))
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if not fence:
            number += 1
            continue
        end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == "```")
        if fence["language"] in SHELL:
            needs = whole[1] if whole else needed(lines[:number])
            yield Block(document, number + 1, tuple(commands(lines[number + 1 : end])), needs)
        number = end + 1


def needed(before: list[str]) -> str:
    """What the paragraph above a block says that it needs."""
    paragraph: list[str] = []
    for line in reversed(before):
        if not line.strip() and paragraph:
            break
        if line.strip():
            paragraph.insert(0, line.strip())
    found = NEEDS.search(" ".join(paragraph))
    return found[1] if found else ""


def commands(lines: list[str]) -> Iterator[str]:
    """Commands of a block; where lines have a prompt ($, or # for the administrator), the others are answers."""
    texts = [line.strip() for line in lines if line.strip()]
    has_prompt = any(text.startswith("$ ") for text in texts) or all(text.startswith("# ") for text in texts)
    held = ""
    for text in texts:
        if has_prompt and not held and not text.startswith(("$ ", "# ")):
            continue
        bare = text[2:] if has_prompt and not held else text
        whole = held + re.sub(r"(^|\s+)# .*$", "", bare)
        held = whole.removesuffix("\\") if whole.endswith("\\") else ""
        if whole and not held:
            yield whole


def command_named(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words on a command line name, and the words after it."""
    command: click.Command = group
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found, f"there is no command {words[0]}"
        command, words = found, words[1:]
    return command, words
