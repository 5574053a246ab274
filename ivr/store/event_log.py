"""What happened on calls: appended turn by turn, never needed to go on with a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select

from ivr.brokers.sql import take_time
from ivr.errors import StoreUnavailable
from ivr.events import Event, TurnRecord
from ivr.store.database import Database
from ivr.store.months import month_at
from ivr.store.tables import call_statuses, events, unconfirmed_entries

LONGEST_CALL_S = 1_000_000_000

ASKED_AGAIN_S = 600
"""Seconds within which a webhook is asked again, if at all; the provider itself gives up sooner."""

_FEW_AT_ONCE = {"yield_per": 500}
"""Rows are fetched as they are asked for, not all that there are."""


_LAST_TURN = select(func.max(events.c.turn)).where(events.c.call_sid == bindparam("call_sid"))
_FORGET = [
    delete(table).where(table.c.at < bindparam("before")) for table in (events, call_statuses, unconfirmed_entries)
]


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One step taken on a call, as it was kept; see `events.Event` and `events.TurnRecord`. Times are in UTC."""

    call_sid: str
    turn: int
    place: int
    at: datetime
    step: str
    kind: str
    outcome: str
    input: str
    label: str
    ms: float
    flow: str
    release: str
    caller: str


@dataclass(frozen=True, slots=True)
class LoggedStatus:
    """What the provider said of a call: its word, whole seconds of the call if given, when (UTC)."""

    call_sid: str
    status: str
    duration_s: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call in one line.

    Args:
        began, last_at: moments of the first and the last event, in UTC.
        turns: the highest turn kept.
        at_step, label: where the last event left the call.
        caller: masked.
        status, duration_s: the provider's last word; empty and None while the call is under way.
    """

    call_sid: str
    began: datetime
    last_at: datetime
    turns: int
    flow: str
    release: str
    caller: str
    at_step: str
    label: str
    status: str
    duration_s: int | None


_TOLD = [column for column in events.columns if column.name != "month"]


class EventLog(Database):
    """Appending and reading what happened."""

    def append(self, record: TurnRecord) -> TurnRecord | None:
        """Keep one turn, in one statement; a repeated webhook doubles nothing.

        Returns None, or the turn as it was kept before: then nothing was changed.

        Raises:
            StoreUnavailable: nothing was kept; the call can go on without.
        """
        month = _month_of(record)
        if self._is_kept_under_another_month(record, month):
            return self._as_before(record)
        return None if self.keep(events, _rows_of(record), together=True) else self._as_before(record)

    def replace(self, record: TurnRecord) -> None:
        """Keep one turn instead of what was kept of it before, at once or not at all; raises StoreUnavailable."""
        rows = _rows_of(record)
        with self.writing() as connection:
            connection.execute(delete(events).where(*_of_turn(record)))
            self.insert_new(connection, events, rows)

    def _as_before(self, record: TurnRecord) -> TurnRecord:
        """A turn as it was kept before. Raises StoreUnavailable: it was not, so this record is refused."""
        with self.reading() as connection:
            found = connection.execute(select(events).where(*_of_turn(record)).order_by(events.c.place)).all()
        if not found:
            raise StoreUnavailable("The database refuses what happened on a turn.", can_retry=False)
        taken = tuple(
            Event(row.turn, row.place, row.step, row.kind, row.outcome, row.input, row.label) for row in found
        )
        first = found[0]
        return replace(
            record, release=first.release, flow=first.flow, at=first.at, ms=first.ms, caller=first.caller, events=taken
        )

    def _is_kept_under_another_month(self, record: TurnRecord, month: int) -> bool:
        """Whether a first turn, asked twice while one month ended, was kept under the other month.

        Only a first turn may come with another month when it is asked again: later ones carry the call's own.
        """
        if not record.events or record.events[0].turn != 1:
            return False
        at = int(record.at.timestamp())
        others = {month_at(at - ASKED_AGAIN_S), month_at(at + ASKED_AGAIN_S)} - {month}
        if not others:
            return False
        key = (events.c.call_sid == record.call_sid, events.c.turn == 1, events.c.month.in_(others))
        with self.reading() as connection:
            return connection.execute(select(events.c.turn).where(*key).limit(1)).first() is not None

    def append_status(self, call_sid: str, status: str, duration_s: int | None, at: datetime) -> None:
        """Keep what the provider says of a call; the same word for the same call is kept once.

        The word is kept as far as a database can hold it, and seconds that no call lasts are left out.
        """
        seconds = None if duration_s is None or duration_s > LONGEST_CALL_S else duration_s
        row = {"call_sid": call_sid, "status": status.replace("\0", "")[:32], "duration_s": seconds, "at": at}
        self.keep(call_statuses, [row])

    def events_of(self, call_sid: str) -> tuple[LoggedEvent, ...]:
        """Everything that happened on a call, in order; empty for a call that is not known."""
        query = select(*_TOLD).where(events.c.call_sid == call_sid).order_by(events.c.turn, events.c.place)
        with self.reading() as connection:
            return tuple(LoggedEvent(**row._mapping) for row in connection.execute(query))

    def last_turn(self, call_sid: str) -> int:
        """The highest turn kept of a call; 0 for a call that is not known."""
        with self.reading() as connection:
            return connection.execute(_LAST_TURN, {"call_sid": call_sid}).scalar_one() or 0

    def statuses_of(self, call_sid: str) -> tuple[LoggedStatus, ...]:
        """What the provider said of a call, in order."""
        query = select(call_statuses).where(call_statuses.c.call_sid == call_sid).order_by(call_statuses.c.at)
        with self.reading() as connection:
            return tuple(LoggedStatus(**row._mapping) for row in connection.execute(query))

    def calls(self, limit: int = 50) -> tuple[LoggedCall, ...]:
        """The calls last heard of, whichever began latest first. As quick with a million calls kept as with a few."""
        backwards = select(events.c.call_sid).order_by(events.c.at.desc(), events.c.call_sid)
        found: dict[str, None] = {}
        # A transaction, for PostgreSQL hands out rows bit by bit in one only.
        with self.writing() as connection, connection.execute(backwards, execution_options=_FEW_AT_ONCE) as rows:
            for call_sid in rows.scalars():
                found[call_sid] = None
                if len(found) >= limit:
                    break
        last = self._in_one_line(list(found)[:limit])
        return tuple(sorted(last, key=lambda call: call.began, reverse=True))

    def call_sids_beginning(self, start: str, most: int) -> tuple[str, ...]:
        """Calls whose SID begins so, in order of their SIDs."""
        within = (events.c.call_sid >= start, events.c.call_sid < f"{start}g")
        query = select(events.c.call_sid).where(*within).distinct().order_by(events.c.call_sid).limit(most)
        with self.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def call(self, call_sid: str) -> LoggedCall | None:
        """A call in one line; None for a call that is not known."""
        return next(iter(self._in_one_line([call_sid])), None)

    def _in_one_line(self, call_sids: Sequence[str]) -> tuple[LoggedCall, ...]:
        """Those of the calls that are known, in the same order: two questions, however many there are."""
        taken = select(*_TOLD).where(events.c.call_sid.in_(call_sids)).order_by(events.c.turn, events.c.place)
        said = select(call_statuses).where(call_statuses.c.call_sid.in_(call_sids)).order_by(call_statuses.c.at)
        steps: dict[str, list[LoggedEvent]] = {}
        statuses: dict[str, list[LoggedStatus]] = {}
        with self.reading() as connection:
            for row in connection.execute(taken):
                steps.setdefault(row.call_sid, []).append(LoggedEvent(**row._mapping))
            for row in connection.execute(said):
                statuses.setdefault(row.call_sid, []).append(LoggedStatus(**row._mapping))
        return tuple(_in_one_line(steps[sid], statuses.get(sid, ())) for sid in call_sids if sid in steps)

    def purge(self, before: datetime) -> int:
        """Forget what happened on calls before a moment (D-37); releases and closures stay. Returns rows removed."""
        with self.writing() as connection:
            take_time(connection)
            return sum(connection.execute(statement, {"before": before}).rowcount for statement in _FORGET)


def _in_one_line(steps: Sequence[LoggedEvent], statuses: Sequence[LoggedStatus]) -> LoggedCall:
    """A call, by everything that was kept of it, in order."""
    first, last = steps[0], steps[-1]
    return LoggedCall(
        call_sid=first.call_sid,
        began=first.at,
        last_at=last.at,
        turns=last.turn,
        flow=first.flow,
        release=first.release,
        caller=first.caller,
        at_step=last.step,
        label=last.label,
        status=statuses[-1].status if statuses else "",
        duration_s=next((said.duration_s for said in reversed(statuses) if said.duration_s is not None), None),
    )


def _of_turn(record: TurnRecord) -> tuple[ColumnElement[bool], ...]:
    """Every row of a turn."""
    return events.c.call_sid == record.call_sid, events.c.turn.in_({event.turn for event in record.events})


def _month_of(record: TurnRecord) -> int:
    """The month under which a call is kept."""
    return month_at(record.began or int(record.at.timestamp()))


def _rows_of(record: TurnRecord) -> list[dict[str, Any]]:
    """A turn as the table has it, a row for each step."""
    month = _month_of(record)
    return [
        {
            "call_sid": record.call_sid,
            "turn": event.turn,
            "place": event.order,
            "month": month,
            "at": record.at,
            "step": event.step,
            "kind": event.kind,
            "outcome": event.outcome,
            "input": event.input,
            "label": event.label,
            "ms": record.ms,
            "flow": record.flow,
            "release": record.release,
            "caller": record.caller,
        }
        for event in record.events
    ]
