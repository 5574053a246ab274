"""Events carry the month in which their call began; on PostgreSQL they are kept in parts, one a month.

Going back leaves the month in its column, where an earlier program does not mind it: a program of this version that is
still answering calls can go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = "call_sid, turn, place, at, step, kind, outcome, input, label, ms, flow, release, caller"
OLDEST_PARTS = 120
"""Months back from now for which parts are made; what is older stands with the rest."""


def upgrade() -> None:
    """Each event gets the month of its call's first one. All are written anew, which takes a while."""
    _put_aside()
    first = "min(at) OVER (PARTITION BY call_sid)"
    if _is_postgresql():
        op.execute("ALTER TABLE events_before ADD COLUMN IF NOT EXISTS month INTEGER NOT NULL DEFAULT 0")
        op.execute("CREATE TABLE events (LIKE events_before) PARTITION BY LIST (month)")
        op.execute(
            "ALTER TABLE events ALTER month SET DEFAULT CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)"
        )
        op.execute("CREATE TABLE events_rest PARTITION OF events DEFAULT")
        for month in _months():
            name = f"events_{month // 100:04}_{month % 100:02}"
            op.execute(f"CREATE TABLE {name} PARTITION OF events FOR VALUES IN ({month})")
        _bring_over(f"CAST(to_char({first} AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)")
        op.execute("ALTER TABLE events ADD PRIMARY KEY (call_sid, turn, place, month)")
    else:
        if "month" not in _columns():
            op.execute("ALTER TABLE events_before ADD COLUMN month INTEGER NOT NULL DEFAULT 0")
        _make_on_sqlite("call_sid", "turn", "place", "month")
        _bring_over(f"CAST(strftime('%Y%m', {first}) AS INTEGER)")
    _finish()


def downgrade() -> None:
    """One table, in which a turn's event is known by call, turn and place alone."""
    _put_aside()
    if _is_postgresql():
        op.execute("CREATE TABLE events (LIKE events_before INCLUDING DEFAULTS)")
        op.execute("ALTER TABLE events ADD PRIMARY KEY (call_sid, turn, place)")
    else:
        _make_on_sqlite("call_sid", "turn", "place")
    _bring_over("month")
    _finish()


def _put_aside() -> None:
    op.execute("ALTER TABLE events RENAME TO events_before")
    if _is_postgresql():
        op.execute("ALTER INDEX events_pkey RENAME TO events_before_pkey")
        op.execute("ALTER INDEX events_in_time RENAME TO events_before_in_time")
    else:
        op.execute("DROP INDEX events_in_time")


def _bring_over(month: str) -> None:
    """The month that an event has already, from before the way back, is the right one."""
    conflict = "ON CONFLICT DO NOTHING" if _is_postgresql() else ""
    ignored = "" if _is_postgresql() else "OR IGNORE"
    op.execute(
        f"INSERT {ignored} INTO events ({COLUMNS}, month) "
        f"SELECT {COLUMNS}, CASE WHEN month > 0 THEN month ELSE {month} END FROM events_before {conflict}"
    )


def _finish() -> None:
    op.execute("DROP TABLE events_before")
    op.create_index("events_in_time", "events", ["at"])


def _make_on_sqlite(*key: str) -> None:
    texts = {"step": 200, "kind": 200, "outcome": 200, "input": 64, "label": 200}
    more = {"flow": 200, "release": 64, "caller": 64}
    op.create_table(
        "events",
        sa.Column("call_sid", sa.String(64), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in texts.items()),
        sa.Column("ms", sa.Float, nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in more.items()),
        sa.Column(
            "month", sa.Integer, nullable=False, server_default=sa.text("(CAST(strftime('%Y%m', 'now') AS INTEGER))")
        ),
        sa.PrimaryKeyConstraint(*key),
    )


def _months() -> list[int]:
    """Every month from that of the oldest event to half a year from now, which the database's clock tells."""
    query = sa.text(
        "SELECT CAST(to_char(month, 'YYYYMM') AS INTEGER) FROM generate_series(date_trunc('month', greatest("
        "least((SELECT min(at) FROM events_before), now()), now() - make_interval(months => :most)) "
        "AT TIME ZONE 'UTC'), "
        "(now() + interval '6 months') AT TIME ZONE 'UTC', '1 month') AS month"
    )
    return list(op.get_bind().execute(query, {"most": OLDEST_PARTS}).scalars())


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("events_before")}


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
