"""Rules about files that no path decides: when the line is open, what a flow is made of, who is rung."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ivr.flow.holds import Limit, MadeOf, OpenHours
from ivr.flow.project import DESK, HOURS, LINE
from ivr.hours import Day, parse_moment
from ivr.hours.dates import is_holiday, same_holiday
from ivr.proof.explore import Way
from ivr.proof.rules_broken import Broken
from ivr.proof.rules_view import Calls
from ivr.steps.dial import DialStep

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def open_hours(calls: Calls, hold: OpenHours) -> Iterator[Broken]:
    """The first day on which representatives answer at other times."""
    calendar = calls.release.calendar
    if hold.zone and calendar.zone.key != hold.zone:
        yield _hours(calls, f"the zone is {calendar.zone.key}, not {hold.zone}", ("zone",), "Tue 2026-11-10 10:00")
        return
    days = calls.days
    wanted = [] if hold.hours == "closed" else [hold.hours]
    for weekday in hold.on:
        of_week = [day for day in days if WEEKDAYS[day.date.weekday()] == weekday and day.rule == "weekly"]
        for day in of_week:
            opens = [str(each) for each in day.open]
            if opens != wanted:
                moment = f"{day.date:%a %Y-%m-%d} {_differs(opens, wanted)}"
                told = f"on {day.date:%A} the hours are {', '.join(opens) or 'closed'}, not {hold.hours}"
                yield _hours(calls, told, ("weekly", weekday), moment)
                break
    for name in hold.holidays:
        of_name = [day for day in days if day.rule == "holiday" and _is_called(name, day)]
        if not of_name:
            here = ("holidays", "closed" if is_holiday(name) else "other_days")
            yield _hours(calls, f"{name} is no holiday of the line", here, _on(name))
        for day in of_name:
            opens = [str(each) for each in day.open]
            if opens != wanted:
                told = f"on {name} the hours are {', '.join(opens) or 'closed'}, not {hold.hours}"
                yield _hours(calls, told, ("holidays",), f"{day.date:%a %Y-%m-%d} 12:00")
                break


def _is_called(name: str, day: Day) -> bool:
    called = day.reason.removesuffix(", observed")
    return name.casefold() in called.casefold() or same_holiday(name, called)


_DATES = {
    "thanksgiving day": "Thu 2026-11-26 12:00",
    "the friday after thanksgiving": "Fri 2026-11-27 12:00",
    "christmas day": "Fri 2026-12-25 12:00",
    "new year's day": "Fri 2027-01-01 12:00",
    "martin luther king jr. day": "Mon 2027-01-18 12:00",
    "presidents day": "Mon 2027-02-15 12:00",
    "memorial day": "Mon 2027-05-31 12:00",
    "juneteenth": "Fri 2027-06-18 12:00",
    "independence day": "Mon 2027-07-05 12:00",
    "labor day": "Mon 2027-09-06 12:00",
    "veterans day": "Wed 2026-11-11 12:00",
}


def _on(name: str) -> str:
    """A moment on a holiday that the line does not know."""
    return _DATES.get(name.casefold(), "Tue 2026-11-10 12:00")


def _differs(opens: list[str], wanted: list[str]) -> str:
    """A time of day at which the two differ, `17:00`."""
    for minute in range(0, 24 * 60, 15):
        clock = f"{minute // 60:02}:{minute % 60:02}"
        if any(_within(clock, each) for each in opens) != any(_within(clock, each) for each in wanted):
            return clock
    return "12:00"


def _within(clock: str, hours: str) -> bool:
    opens, _, closes = hours.partition("-")
    return opens <= clock < closes


def _hours(calls: Calls, told: str, path: tuple[str, ...], moment: str) -> Broken:
    """A call at a moment, as far as its first words."""
    standing = calls.release.calendar.at(_moment(calls, moment)).words()["standing"]
    first = [way for way in calls.graph.ways(0) if _fits(way, standing)]
    way = first[:1]
    ends = calls.onward(list(way), way[0].target if way else 0)
    return Broken(told, ends, "", place=(HOURS, path), at=moment)


def _moment(calls: Calls, moment: str) -> datetime:
    return parse_moment(moment, calls.release.calendar.zone)


def _fits(way: Way, standing: str) -> bool:
    asked = way.meeting.standing
    return not asked or asked == standing or (asked == "closed" and standing != "open")


def made_of(calls: Calls, hold: MadeOf) -> Iterator[Broken]:
    """Steps of other kinds, teams that are not to be rung, other agencies' numbers that are; who is answered."""
    contacts = calls.release.spoken["contacts"]
    for number in hold.answers:
        flow = calls.release.flow_for(number)
        if flow != calls.flow.name:
            field = number if number in calls.release.numbers else ""
            place = ("line", "numbers", field) if field else ("line", "other_numbers")
            yield Broken(f"callers of {number} get the flow {flow}", [], place=(LINE, place))
    for name, step in calls.flow.steps.items():
        if hold.kinds and step.kind not in hold.kinds:
            told = f"{name} is a step of the kind {step.kind}"
            yield Broken(told, calls.shortest(name), name, field=("kind",))
        if not isinstance(step, DialStep):
            continue
        if hold.rings and step.to not in hold.rings:
            yield Broken(f"{name} rings {step.to}", calls.shortest(name), name, field=("to",))
        rung = {number for leg in (step.team.legs if step.team else ()) for number in leg}
        for contact in hold.never_rings:
            for field, value in contacts[contact].items():
                if getattr(value, "written", str(value)) in rung:
                    told = f"{name} rings the {field} of {contact}"
                    yield Broken(
                        told, calls.shortest(name), name, place=(LINE, ("representatives", step.to, "numbers"))
                    )


def limit(calls: Calls, hold: Limit) -> Iterator[Broken]:
    """A number of the desk that is not what the policy says; shown by the call that hears it soonest."""
    root, _, name = hold.of.partition(".")
    number = int(calls.release.spoken[root][name])
    if hold.at_least is not None and number < hold.at_least:
        told = f"{hold.of} is {number}, less than {hold.at_least}"
    elif hold.at_most is not None and number > hold.at_most:
        told = f"{hold.of} is {number}, more than {hold.at_most}"
    else:
        return
    speaking = [
        step
        for step, said in calls.flow.steps.items()
        if any(hold.of in one.references for one in said.words().values())
    ]
    paths = [calls.shortest(step) for step in speaking if calls.by_step[step]]
    yield Broken(told, min(paths, key=len, default=calls.onward([], 0)), "", place=(DESK, (root, name)))
