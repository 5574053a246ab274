"""The first tables: releases, closures, what happened on calls, the certification list.

Programs from before revisions were noted have made some or all of them; those are left as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "releases",
    "live_releases",
    "closures",
    "events",
    "call_statuses",
    "unconfirmed_entries",
    "brokers",
    "broker_imports",
)


def upgrade() -> None:
    """Make what is missing."""
    _releases()
    _calls()
    _brokers()


def downgrade() -> None:
    """Nothing is left."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("number", _number(), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("bundle", sa.LargeBinary, nullable=False),
        sa.Column("bundle_sha256", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "live_releases",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("number", _number(), sa.ForeignKey("releases.number"), nullable=False),
        sa.Column("since", _moment(), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "closures",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("starts", _moment(), nullable=False),
        sa.Column("until", _moment(), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_at", _moment(), nullable=False),
        sa.Column("ended_at", _moment()),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_closures_until", "closures", ["until"], if_not_exists=True)


def _calls() -> None:
    op.create_table(
        "events",
        sa.Column("call_sid", sa.String(64), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("step", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(200), nullable=False),
        sa.Column("input", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
        sa.Column("flow", sa.String(200), nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("caller", sa.String(64), nullable=False),
        if_not_exists=True,
    )
    op.create_index("events_in_time", "events", ["at"], if_not_exists=True)
    op.create_table(
        "call_statuses",
        sa.Column("call_sid", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(32), primary_key=True),
        sa.Column("duration_s", sa.Integer),
        sa.Column("at", _moment(), nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_call_statuses_at", "call_statuses", ["at"], if_not_exists=True)
    op.create_table(
        "unconfirmed_entries",
        sa.Column("call_sid", sa.String(64), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True),
        sa.Column("caller_hash", sa.String(64), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_unconfirmed_entries_at", "unconfirmed_entries", ["at"], if_not_exists=True)
    op.create_index("unconfirmed_by_caller", "unconfirmed_entries", ["caller_hash", "at"], if_not_exists=True)


def _brokers() -> None:
    op.create_table(
        "brokers",
        sa.Column("npn", sa.String(10), primary_key=True),
        sa.Column("first_name", sa.String(100), nullable=False),
        sa.Column("last_name", sa.String(100), nullable=False),
        sa.Column("certified_from", sa.Date),
        sa.Column("certified_through", sa.Date),
        sa.Column("training_completed_on", sa.Date),
        sa.Column("license_active", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("agency", sa.String(200), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "broker_imports",
        sa.Column("number", _number(), primary_key=True),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("file", sa.String(500), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("rows", "added", "changed", "unchanged", "removed", "skipped")
        ),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
