"""The store's tables. Nothing here can hold a full NPN, a full calling number or a consumer's data (D-26, D-37)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.ext.compiler import compiles

from ivr.brokers.sql import Moment, key_text


class _PresentMonth(ColumnElement[int]):
    """The month by the database's clock, such as 202611: for rows of a program that does not know of months."""

    inherit_cache = True


@compiles(_PresentMonth, "sqlite")
def _on_sqlite(_element: _PresentMonth, _compiler: Any, **_: Any) -> str:
    return "CAST(strftime('%Y%m', 'now') AS INTEGER)"


@compiles(_PresentMonth, "postgresql")
def _on_postgresql(_element: _PresentMonth, _compiler: Any, **_: Any) -> str:
    return "CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)"


tables = MetaData()

_number = BigInteger().with_variant(Integer, "sqlite")
_name = key_text(200)
_call_sid = key_text(64)
_sha256 = key_text(64)

releases = Table(
    "releases",
    tables,
    Column("number", _number, primary_key=True),
    Column("name", _sha256, nullable=False, unique=True),
    Column("bundle", LargeBinary, nullable=False),
    Column("bundle_sha256", _sha256, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", _name, nullable=False),
    sqlite_autoincrement=True,
)

live_releases = Table(
    "live_releases",
    tables,
    Column("id", _number, primary_key=True),
    Column("number", _number, ForeignKey("releases.number"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)

closures = Table(
    "closures",
    tables,
    Column("id", _number, primary_key=True),
    Column("starts", Moment, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    tables,
    Column("call_sid", _call_sid, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False, server_default=_PresentMonth()),
    Column("at", Moment, nullable=False),
    Column("step", _name, nullable=False),
    Column("kind", _name, nullable=False),
    Column("outcome", _name, nullable=False),
    Column("input", key_text(64), nullable=False),
    Column("label", _name, nullable=False),
    Column("ms", Float, nullable=False),
    Column("flow", _name, nullable=False),
    Column("release", _sha256, nullable=False),
    Column("caller", key_text(64), nullable=False),
    Index("events_in_time", "at"),
)
"""`month`: in which the call began, see `months`; a repeated webhook has the same, since the call carries it."""

call_statuses = Table(
    "call_statuses",
    tables,
    Column("call_sid", _call_sid, primary_key=True),
    Column("status", key_text(32), primary_key=True),
    Column("duration_s", Integer),
    Column("at", Moment, nullable=False, index=True),
)

unconfirmed_entries = Table(
    "unconfirmed_entries",
    tables,
    Column("call_sid", _call_sid, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("caller_hash", _sha256, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Index("unconfirmed_by_caller", "caller_hash", "at"),
)
