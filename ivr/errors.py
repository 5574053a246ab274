"""Every error as a tree, split by who can mend it: an editor of flows, who deploys, who called us, a neighbour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def visible(text: str) -> str:
    """Text of others fit for a terminal: what cannot be seen is shown as such, so that it commands nothing there.

    Line ends and tabs stay. As long as before, so that carets below it stand right.
    """
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text)


def one_line(text: str) -> str:
    """Text of others as a part of a line."""
    return " ".join(visible(text).split())


def without_credentials(text: str) -> str:
    """Text for people, without user and password of the addresses in it: the provider keeps them for other servers."""
    return re.sub(r"(?<=://)[^/?#\s]*(?=@)", "***", text)


class BrokerLineError(Exception):
    """Root of everything this program raises on purpose."""

    exit_code: int = 1
    """What a command ends with that could not do what it was asked because of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a file that operations edit.

    Args:
        file: path as the operator knows it, relative to the project (``flows/broker_line.yaml``).
        line, column: from 1; 0 when the whole file is meant.
        text: the line itself, without its line end.
        wrong: what is wrong, one sentence.
        remedy: what to do, one sentence, with the nearest word when one was meant.
        step: the step concerned, if any.
    """

    file: str
    line: int
    column: int
    text: str
    wrong: str
    remedy: str
    step: str | None = None

    def __str__(self) -> str:
        """Several lines for a person: where, the line with a caret, what is wrong, what to do."""
        file = one_line(self.file)
        where = file if not self.line else f"{file}:{self.line}:{self.column}"
        head = f"{where}  step {self.step}" if self.step else where
        shown = []
        if self.line:
            number = str(self.line)
            shown = [f"  {number} | {self.text}", f"  {' ' * len(number)} | {' ' * (self.column - 1)}^"]
        return visible("\n".join([head, *shown, f"  {self.wrong}", f"  {self.remedy}"]))


class FileFaults(BrokerLineError):
    """Mistakes in flows or config, all at once; whoever edits the files mends them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))
        super().__init__("\n\n".join(str(fault) for fault in self.faults))


class SetupError(BrokerLineError):
    """A setting is missing or cannot work; whoever deploys mends it. The text names the setting and the remedy."""


class WebhookRefused(BrokerLineError):
    """A request to a voice route that is not the provider's, or not fit to answer; answered with `status`, no TwiML.

    `cause` is its name in figures: one of `ivr.voice.causes`, or `signature` for one that is yet to be explained.
    """

    def __init__(self, reason: str, status: int = 403, cause: str = "unusable") -> None:
        self.status, self.cause = status, cause
        super().__init__(reason)


class SessionUnreadable(BrokerLineError):
    """An action address whose session is tampered with, foreign to the call, expired, or of a release we lack."""


class NeighbourError(BrokerLineError):
    """A neighbour (store, directory) did not do its part; `can_retry` says whether trying again makes sense."""

    def __init__(self, reason: str, *, can_retry: bool = True) -> None:
        self.can_retry = can_retry
        super().__init__(reason)


class StoreUnavailable(NeighbourError):
    """The database did not answer."""


class DirectoryUnavailable(NeighbourError):
    """The certification directory did not answer in time, or answered nonsense."""
