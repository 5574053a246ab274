"""One webhook turn, from verified request to answer: release, session, world, and what is kept of it."""

from ivr.turns.live import LiveReleases, NothingLive
from ivr.turns.turn import Reply, Turns

__all__ = ["LiveReleases", "NothingLive", "Reply", "Turns"]
