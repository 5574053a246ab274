"""Is everything well with this line, and what to do where it is not: each check alone, whatever the others come to."""

from __future__ import annotations

from ivr.doctor.finding import Check, Colour, Finding, NotLookedAt, found_by, green, red, yellow

__all__ = ["Check", "Colour", "Finding", "NotLookedAt", "found_by", "green", "red", "yellow"]
