"""The store: releases, closures, what happened on calls, and lock-outs, in one database."""

from __future__ import annotations

from ivr.store.closures import Closures
from ivr.store.event_log import EventLog, LoggedCall, LoggedEvent, LoggedStatus
from ivr.store.kept import KeptLive, KeptReleases
from ivr.store.lockouts import Lockouts, caller_hash
from ivr.store.outbox import Letter, Outbox, OutboxFigures, OutboxUnusable
from ivr.store.releases import LiveRelease, NoSuchRelease, Releases, StoredRelease
from ivr.store.revision import REVISION
from ivr.store.under_way import CallsUnderWay


class Store(Releases, Closures, EventLog, Lockouts, CallsUnderWay):
    """Everything the line keeps, one chapter a base class over the same `Database`.

    Open one in each process. Every method raises StoreUnavailable when the database does not do its part.
    """


__all__ = [
    "REVISION",
    "KeptLive",
    "KeptReleases",
    "Letter",
    "LiveRelease",
    "LoggedCall",
    "LoggedEvent",
    "LoggedStatus",
    "NoSuchRelease",
    "Outbox",
    "OutboxFigures",
    "OutboxUnusable",
    "Store",
    "StoredRelease",
    "caller_hash",
]
