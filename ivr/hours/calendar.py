"""The line's calendar: open or closed at a moment and why, the next opening, and every day of a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ivr.hours import spoken
from ivr.hours.model import HoursFile
from ivr.hours.notices import notice
from ivr.hours.plan import Plan, plans, week_of
from ivr.hours.standing import Closure, Consideration, Day, RuleName, Standing
from ivr.hours.text import MIDNIGHT, Interval, clock, instant, parse_moment

SEARCHED_DAYS = 400
"""How far ahead an opening is looked for: past any holiday, and past a year of closure."""

CERTAIN_DAYS = 60
"""Staff should have checked the days this far ahead; below, `ivr check` and `ivr hours --year` warn."""

UNKNOWN_OPENING = "at a time we'll post on Assister Central"
"""Said after "open" when there is no opening within SEARCHED_DAYS (P-80)."""

RULES: tuple[RuleName, ...] = ("closure", "special", "holiday", "overlay", "weekly")

Span = tuple[datetime, datetime]
"""Open from the first moment (inclusive) to the second (exclusive), both in UTC, so that they compare rightly:
two moments of one zone compare by their wall clocks, which is wrong on the night the clocks go back."""


class Calendar:
    """When representatives answer, by one hours file.

    Every question takes a moment with a zone, any zone, and the closures in force besides those of the file; the
    server's own zone and clock play no part. What a date says is worked out once and remembered.
    """

    def __init__(self, file: HoursFile) -> None:
        self.file = file
        self.zone = ZoneInfo(file.zone)
        self._zone_said = file.zone_says or spoken.ZONES[file.zone]
        self._closures = tuple(
            Closure(parse_moment(each.starts, self.zone), parse_moment(each.until, self.zone), each.reason)
            for each in file.closures
        )
        self._plans = lru_cache(maxsize=4096)(lambda day: plans(file, day))
        self._whole_spans = lru_cache(maxsize=4096)(self._spans_by_plan)
        self._notice = lru_cache(maxsize=64)(lambda day: notice(file, self._plans, day))
        self._week = lru_cache(maxsize=64)(lambda day: spoken.week(week_of(file, day)))

    def at(self, moment: datetime, closures: Sequence[Closure] = ()) -> Standing:
        """The line at a moment, with all that callers and operators are told about it.

        Raises:
            ValueError: the moment has no zone.
        """
        utc = _in_utc(moment)
        local = utc.astimezone(self.zone)
        today = local.date()
        plan = self._plans(today)[0]
        ahead = [each for each in (*self._closures, *closures) if each.until.astimezone(UTC) > utc]
        closes, next_opening = self._changes_after(utc, today, ahead)
        is_open = closes is not None
        closure = None if is_open else _in_force(ahead, utc)
        if closes == _day_after_search(today, self.zone):
            closes = None
        rule, reason, because = self._why(plan, closure, utc, today)
        opening = spoken.opening(next_opening, today) if next_opening else UNKNOWN_OPENING
        closing = spoken.moment_of_day(closes) if closes else ""
        soon, change = self._closing_soon(utc, closes), self._notice(today)
        said = {
            "standing": "open" if is_open else {"overlay": "closed", "weekly": "closed"}.get(rule, rule),
            "next_opening": opening,
            "closes": closing,
            "because": "" if is_open else because,
            "notice": soon or change,
            "ahead": change or soon,
            "weekly": self._week(today),
            "zone": self._zone_said,
        }
        return Standing(
            moment=local,
            open=is_open,
            rule=rule,
            reason=f"{'open' if is_open else 'closed'}: {reason}",
            closes=closes,
            next_opening=next_opening,
            spoken=self._sentence(is_open, said),
            said=said,
        )

    def why(self, moment: datetime, closures: Sequence[Closure] = ()) -> tuple[Consideration, ...]:
        """What each part of the file says about a moment, in order of precedence; exactly one decides."""
        utc = _in_utc(moment)
        day = utc.astimezone(self.zone).date()
        closure = _in_force([*self._closures, *closures], utc)
        says: dict[RuleName, str] = {each.rule: each.reason for each in reversed(self._plans(day))}
        if closure:
            says["closure"] = self._closure_reason(closure)
        deciding = next(rule for rule in RULES if rule in says)
        return tuple(Consideration(rule, says.get(rule, "nothing"), rule == deciding) for rule in RULES)

    def year(self, year: int, closures: Sequence[Closure] = ()) -> list[Day]:
        """Every day of a year, from 1 January, with its open hours after all rules and closures, and why."""
        first = date(year, 1, 1)
        every = (*self._closures, *closures)
        return [self._day(first + timedelta(days=each), every) for each in range((date(year + 1, 1, 1) - first).days)]

    def day(self, day: date, closures: Sequence[Closure] = ()) -> Day:
        """One date, as `year` has it."""
        return self._day(day, (*self._closures, *closures))

    def certain_until(self) -> date:
        """The last date whose hours staff have confirmed; later dates follow the rules but nobody has checked them."""
        return self.file.confirmed_through

    def due(self, moment: datetime, business_days: int, closures: Sequence[Closure] = ()) -> date:
        """The date by whose end something received at a moment is answered (P-25).

        A business day is a date with opening hours. What comes in after closing, or on a closed date, counts from the
        next open date (A-17). A LookupError when the line does not open often enough within 400 days.
        """
        utc = _in_utc(moment)
        every = (*self._closures, *closures)
        today = utc.astimezone(self.zone).date()
        dates = (today + timedelta(days=each) for each in range(SEARCHED_DAYS))
        open_dates = (day for day in dates if any(end > utc for _, end in self._spans(day, every)))
        for passed, day in enumerate(open_dates):
            if passed == business_days:
                return day
        raise LookupError(f"fewer than {business_days} business days within {SEARCHED_DAYS} days")

    def _changes_after(
        self, utc: datetime, today: date, closures: Sequence[Closure]
    ) -> tuple[datetime | None, datetime | None]:
        """When the line closes (None when it is closed now) and when it next opens, in the line's zone."""
        closes = None
        for opens, ends in self._stretches(today, closures):
            if opens <= utc < ends:
                closes = ends.astimezone(self.zone)
            elif opens > utc:
                return closes, opens.astimezone(self.zone)
        return closes, None

    def _stretches(self, first: date, closures: Sequence[Closure]) -> Iterator[Span]:
        """Open time from a date on, in order; what meets across midnight is one stretch."""
        pending: Span | None = None
        for each in range(SEARCHED_DAYS):
            for span in self._spans(first + timedelta(days=each), closures):
                if pending and pending[1] == span[0]:
                    pending = pending[0], span[1]
                    continue
                if pending:
                    yield pending
                pending = span
        if pending:
            yield pending

    def _spans(self, day: date, closures: Sequence[Closure]) -> tuple[Span, ...]:
        spans = self._whole_spans(day)
        return _cut(spans, closures) if closures else spans

    def _spans_by_plan(self, day: date) -> tuple[Span, ...]:
        hours = self._plans(day)[0].hours
        spans = ((instant(day, each.opens, self.zone), instant(day, each.closes, self.zone)) for each in hours)
        return tuple((opens, closes) for opens, closes in spans if opens < closes)

    def _why(self, plan: Plan, closure: Closure | None, utc: datetime, today: date) -> tuple[RuleName, str, str]:
        if closure:
            return "closure", self._closure_reason(closure), closure.because
        spans = self._whole_spans(today)
        is_before = bool(spans) and utc < spans[0][0]
        return plan.rule, _full_reason(plan), plan.because or (plan.opens_later if is_before else "")

    def _closure_reason(self, closure: Closure) -> str:
        ends = (f"{each.astimezone(self.zone):%a %Y-%m-%d %H:%M}" for each in (closure.starts, closure.until))
        return f"closure from {' until '.join(ends)}: {closure.reason}"

    def _closing_soon(self, utc: datetime, closes: datetime | None) -> str:
        """The closing time when that is near (D-17), else empty."""
        if closes and closes.astimezone(UTC) - utc <= timedelta(minutes=self.file.closing_notice):
            return f"We close at {spoken.moment_of_day(closes)} today."
        return ""

    def _sentence(self, is_open: bool, said: dict[str, str]) -> str:
        if is_open:
            return f"We're open until {said['closes']} {self._zone_said}." if said["closes"] else "We're open."
        zone = "" if said["next_opening"] == UNKNOWN_OPENING else f" {self._zone_said}"
        return f"We're closed; we open {said['next_opening']}{zone}. {said['because']}".rstrip()

    def _day(self, day: date, closures: Sequence[Closure]) -> Day:
        plan = self._plans(day)[0]
        whole, begins, ends = self._whole_spans(day), instant(day, 0, self.zone), instant(day, MIDNIGHT, self.zone)
        overlapping = [each for each in closures if each.starts < ends and each.until > begins]
        left = self._spans(day, overlapping)
        hours = tuple(self._on_the_wall(span, day) for span in left)
        if left == whole and _cut([(begins, ends)], overlapping):
            return Day(day, plan.hours, plan.rule, _full_reason(plan))
        parts = []
        for each in overlapping:
            starts, until = max(each.starts.astimezone(UTC), begins), min(each.until.astimezone(UTC), ends)
            closed = self._on_the_wall((starts, until), day)
            parts.append(f"closed {clock(closed.opens)} to {clock(closed.closes)}: {each.reason}")
        return Day(day, hours, "closure", "; ".join(parts))

    def _on_the_wall(self, span: Span, day: date) -> Interval:
        return Interval(*(self._minutes(each, day) for each in span))

    def _minutes(self, moment: datetime, day: date) -> int:
        local = moment.astimezone(self.zone)
        return local.hour * 60 + local.minute if local.date() == day else MIDNIGHT


def _full_reason(plan: Plan) -> str:
    return f"{plan.reason} ({plan.opens_later.rstrip('.')})" if plan.opens_later else plan.reason


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its zone: this one has only a wall-clock time")
    return moment.astimezone(UTC)


def _in_force(closures: Iterable[Closure], utc: datetime) -> Closure | None:
    """The closure that covers a moment; of several, the one that ends last."""
    covering = [each for each in closures if each.covers(utc)]
    return max(covering, key=lambda each: each.until.astimezone(UTC), default=None)


def _day_after_search(today: date, zone: ZoneInfo) -> datetime:
    """Where a stretch ends that the search found no end of: a line that never closes."""
    return instant(today + timedelta(days=SEARCHED_DAYS), 0, zone)


def _cut(spans: Iterable[Span], closures: Iterable[Closure]) -> tuple[Span, ...]:
    """The spans without what the closures cover."""
    left = list(spans)
    for closure in closures:
        starts, until = closure.starts.astimezone(UTC), closure.until.astimezone(UTC)
        left = [
            (opens, closes)
            for span in left
            for opens, closes in ((span[0], min(span[1], starts)), (max(span[0], until), span[1]))
            if opens < closes
        ]
    return tuple(left)
