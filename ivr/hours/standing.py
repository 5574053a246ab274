"""What the calendar answers: whether the line is open at a moment and why, a day of a year, a closure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from ivr.hours.text import Interval, clock

RuleName = Literal["closure", "special", "holiday", "overlay", "weekly"]
"""Which of the file's parts decides, in order of precedence."""

HOURS_WORDS = ("standing", "next_opening", "closes", "because", "notice", "ahead", "weekly", "zone")
"""What words may refer to as ``hours.…``; every one is always there, some may be empty."""


@dataclass(frozen=True, slots=True)
class Closure:
    """The line is closed from `starts` (inclusive) to `until` (exclusive), whatever the file says; it ends by itself.

    Args:
        starts, until: moments with their zone, `until` later.
        reason: after "closed for" (``a power outage``), or a whole sentence with its mark.
    """

    starts: datetime
    until: datetime
    reason: str

    def __post_init__(self) -> None:
        if self.starts.utcoffset() is None or self.until.utcoffset() is None:
            raise ValueError("a closure needs moments with a zone")
        if self.until.astimezone(UTC) <= self.starts.astimezone(UTC):
            raise ValueError("a closure ends before it starts: give a later end")
        if not self.reason.strip():
            raise ValueError("a closure needs a reason: callers hear it")

    def covers(self, moment: datetime) -> bool:
        """Whether it is in force at a moment with zone."""
        return self.starts.astimezone(UTC) <= moment.astimezone(UTC) < self.until.astimezone(UTC)

    @property
    def because(self) -> str:
        """One sentence for the caller."""
        reason = self.reason.strip()
        return reason if reason.endswith((".", "!", "?")) else f"We're closed for {reason}."


@dataclass(frozen=True, slots=True)
class Standing:
    """The line at one moment.

    Args:
        moment: in the line's zone.
        open: whether representatives answer.
        rule: the part of the file that decides; `reason` says it in words, for operators.
        closes: when it closes, None when closed (or when it never does).
        next_opening: the next moment at which it goes from closed to open; None when none comes within 400 days.
        spoken: one or two sentences, as a caller would hear it.
        said: the words of HOURS_WORDS.
    """

    moment: datetime
    open: bool
    rule: RuleName
    reason: str
    closes: datetime | None
    next_opening: datetime | None
    spoken: str
    said: Mapping[str, str] = field(repr=False)

    def words(self) -> Mapping[str, str]:
        """What templates may refer to, all keys always there.

        ``standing`` is open, closed, holiday, special or closure: closed and its cause. ``next_opening`` follows
        "open" (U-17), ``closes`` is a time, ``because`` and ``notice`` are sentences or empty (P-78, P-81, D-17). The
        notice is one sentence, since callers wait for key 1: the closing time when that is near, else a change ahead;
        ``ahead`` has the change first. ``weekly`` is the week in force, ``zone`` is said once a call.
        """
        return self.said

    def as_json(self) -> dict[str, Any]:
        """For programs: moments as ISO text with offset, or None."""
        return {
            "moment": self.moment.isoformat(),
            "open": self.open,
            "reason": self.reason,
            "rule": self.rule,
            "closes": self.closes and self.closes.isoformat(),
            "next_opening": self.next_opening and self.next_opening.isoformat(),
            "spoken": self.spoken,
        }


@dataclass(frozen=True, slots=True)
class Day:
    """One date with its open hours after every rule and closure, and why."""

    date: date
    open: tuple[Interval, ...]
    rule: RuleName
    reason: str

    def as_json(self) -> dict[str, Any]:
        """``{"date": "2026-11-25", "open": [["09:00", "17:00"]], "rule": "weekly", "reason": ...}``."""
        return {
            "date": self.date.isoformat(),
            "open": [[clock(each.opens), clock(each.closes)] for each in self.open],
            "rule": self.rule,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Consideration:
    """One part of the file, asked about one moment: what it says, and whether it is the one that decides."""

    rule: RuleName
    says: str
    decides: bool
