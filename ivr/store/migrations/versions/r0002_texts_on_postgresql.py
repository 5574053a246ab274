"""On PostgreSQL, keys and names are compared byte by byte and may be of any length; on SQLite they are already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LENGTHS = {
    "releases": {"name": 64, "bundle_sha256": 64, "created_by": 200},
    "events": {
        "call_sid": 64,
        "step": 200,
        "kind": 200,
        "outcome": 200,
        "input": 64,
        "label": 200,
        "flow": 200,
        "release": 64,
        "caller": 64,
    },
    "call_statuses": {"call_sid": 64, "status": 32},
    "unconfirmed_entries": {"call_sid": 64, "caller_hash": 64},
    "brokers": {"npn": 10},
}


def upgrade() -> None:
    """No length, the bytes' own order."""
    if op.get_context().dialect.name != "postgresql":
        return
    for table, columns in LENGTHS.items():
        op.execute(_altered(table, dict.fromkeys(columns, 'TEXT COLLATE "C"')))


def downgrade() -> None:
    """The lengths again, longer texts cut; the database's own order."""
    if op.get_context().dialect.name != "postgresql":
        return
    for table, columns in LENGTHS.items():
        types = {
            name: f'VARCHAR({length}) COLLATE "default" USING left({name}, {length})'
            for name, length in columns.items()
        }
        op.execute(_altered(table, types))


def _altered(table: str, types: dict[str, str]) -> sa.TextClause:
    """One statement a table, so that its indexes are made anew only once."""
    return sa.text(f"ALTER TABLE {table} " + ", ".join(f"ALTER {name} TYPE {type_}" for name, type_ in types.items()))
