"""What a caller should hear and the log should hold: the same call on a line in this process, left in peace."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from webhooks import TUESDAY

from chaos.scripts import Script, do
from ivr.answering import app_for
from ivr.brokers import Answer, Broker, MemoryDirectory
from ivr.errors import DirectoryUnavailable
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, set_scene
from ivr.softphone import CALLER, InProcess, Number, Softphone
from ivr.wiring import line_of, real_clock

Said = tuple[str, str, str]
"""Who, to whom, what."""

Row = tuple[int, int, str, str, str, str, str]
"""Turn, place, step, kind, outcome, input, label."""

How = Literal["answers", "slow", "gone"]

Answers = tuple[How, ...]
"""How the certification list is, look-up by look-up; beyond the last it answers."""

UNANSWERED = ("certification", "unavailable")
"""Kind and outcome of a step whose look-up got no answer."""

FAILING: tuple[How, ...] = ("slow", "gone")


@dataclass(frozen=True, slots=True)
class Course:
    """How a call goes: every line of its transcript, every row of its log; how often the list is asked."""

    said: tuple[Said, ...]
    rows: tuple[Row, ...]
    looks: int

    @property
    def unanswered(self) -> tuple[int, ...]:
        """Turns on which the list gave no answer, so that the caller went on unchecked."""
        return tuple(turn for turn, _, _, kind, outcome, *_ in self.rows if (kind, outcome) == UNANSWERED)

    @property
    def is_slow(self) -> bool:
        """Whether the list was asked once more, after "one moment"."""
        return any((kind, outcome) == ("certification", "slow") for _, _, _, kind, outcome, *_ in self.rows)


class PatchyDirectory:
    """A certification list that answers some look-ups and not others, as when its database is gone for a while."""

    may_be_slow = False

    def __init__(self, cast: Sequence[Broker]) -> None:
        self._list = MemoryDirectory(cast, real_clock())
        self.answers: list[How] = []
        self.looks = 0

    def look_up(self, npn: str, today: date, *, within_s: float) -> Answer:
        """See `Directory`."""
        self.looks += 1
        how = self.answers.pop(0) if self.answers else "answers"
        if how != "answers":
            raise DirectoryUnavailable(f"It is {how}, as planned.", can_retry=how == "slow")
        return self._list.look_up(npn, today, within_s=within_s)

    def updated_at(self) -> datetime | None:
        """See `Directory`."""
        return None


class Undisturbed:
    """One release on a line in this process."""

    def __init__(self, release: Release, cast: Sequence[Broker]) -> None:
        made = rehearsal_line(release, cast)
        self.directory = PatchyDirectory(cast)
        self.line = line_of(made.settings, made.store, self.directory, real_clock)
        self.line.releases.put_on(release)
        self._transport = InProcess(app_for(self.line), BASE_URL)

    def phone(self) -> Softphone:
        """A telephone at ten on a Tuesday."""
        self.directory.answers, self.directory.looks = [], 0
        set_scene(self.line, unconfirmed_entries=0, caller=CALLER, at=TUESDAY)
        return Softphone(self._transport, Number.at(BASE_URL, ACCOUNT_SID, AUTH_TOKEN), TUESDAY)

    def course(self, script: Script, answers: Answers) -> Course:
        """How a call goes there."""
        phone = self.phone()
        self.directory.answers = list(answers)
        phone.dial()
        for act in script.does:
            do(phone, act)
        phone.hang_up()
        assert phone.complaints == [], phone.complaints
        events = [event for turn in phone.trace for event in turn["steps"]]
        rows = [(e.turn, e.order, e.step, e.kind, e.outcome, e.input, e.label) for e in events]
        return Course(said_on(phone), tuple(rows), self.directory.looks)


class Expected:
    """Courses of every script on every release, worked out once each."""

    def __init__(self, cast: Sequence[Broker]) -> None:
        self._cast, self._lock = cast, threading.Lock()
        self._lines: dict[str, Undisturbed] = {}
        self._courses: dict[tuple[str, Script, Answers], Course] = {}

    @property
    def releases(self) -> list[str]:
        """Names of the releases, in the order of adding."""
        return list(self._lines)

    def add(self, files: Mapping[str, bytes]) -> Undisturbed:
        """A release that callers may meet."""
        release = load_release(files)
        self._lines[release.name] = line = Undisturbed(release, self._cast)
        return line

    def course(self, release: str, script: Script, answers: Answers = ()) -> Course:
        """How a call goes on a release."""
        wanted = (release, script, answers)
        with self._lock:
            if wanted not in self._courses:
                self._courses[wanted] = self._lines[release].course(script, answers)
            return self._courses[wanted]

    def courses(self, script: Script) -> Iterator[tuple[str, Course]]:
        """Every course a call may take, with its release; those on which the list answers come first."""
        coming: deque[tuple[str, Answers]] = deque((release, ()) for release in self._lines)
        while coming:
            release, answers = coming.popleft()
            course = self.course(release, script, answers)
            yield release, course
            for place in range(len(answers), course.looks):
                well: list[How] = ["answers"] * (place - len(answers))
                coming.extend((release, (*answers, *well, how)) for how in FAILING)


def said_on(phone: Softphone) -> tuple[Said, ...]:
    """The transcript without its seconds."""
    return tuple((line.who, line.to, line.text) for line in phone.lines())
