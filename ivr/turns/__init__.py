"""One webhook turn, from verified request to answer: release, session, world, and what is kept of it."""

from ivr.turns.directory import StoredDirectory
from ivr.turns.drain import Background, Drain
from ivr.turns.live import LiveReleases, NothingLive
from ivr.turns.retold import Told, retell
from ivr.turns.steady import Condition, SteadyStore
from ivr.turns.turn import Reply, Turns

__all__ = [
    "Background",
    "Condition",
    "Drain",
    "LiveReleases",
    "NothingLive",
    "Reply",
    "SteadyStore",
    "StoredDirectory",
    "Told",
    "Turns",
    "retell",
]
