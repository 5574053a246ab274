"""Hours: open or closed at any moment, in any zone, and why; the next opening in words; every day of a year."""

from ivr.hours.calendar import CERTAIN_DAYS, Calendar
from ivr.hours.model import HoursFile
from ivr.hours.standing import HOURS_WORDS, Closure, Consideration, Day, RuleName, Standing
from ivr.hours.text import Interval, parse_moment

__all__ = [
    "CERTAIN_DAYS",
    "HOURS_WORDS",
    "Calendar",
    "Closure",
    "Consideration",
    "Day",
    "HoursFile",
    "Interval",
    "RuleName",
    "Standing",
    "parse_moment",
]
