"""`ivr hours`, `ivr close`, `ivr reopen`: when the line is open, why, and closing it for now."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from ivr.cli.moments import calendar_of, calendar_on_air, day_from, moment_from
from ivr.flow.load import read_files
from ivr.flow.reasons import flaws_of_reason
from ivr.flow.release import release_name
from ivr.hours import CERTAIN_DAYS, Calendar, Closure, Day
from ivr.hours.text import LONGEST_CLOSURE, read_reason
from ivr.prompts import cleaned
from ivr.store import Store
from ivr.wiring import open_store, real_clock, settings_here

CLOSURES_BACK = timedelta(days=400)


@click.command()
@click.argument("moment", nargs=-1)
@click.option("--year", type=click.IntRange(2000, 2100), help="Every day of a year, with its reason.")
@click.option("--why", is_flag=True, help="Every rule that has a say at the moment, the deciding one marked.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def hours(project: Path, moment: tuple[str, ...], year: int | None, why: bool, as_json: bool) -> None:
    """Is the line open at MOMENT (default: now)? Such as: ivr hours "Tue 2026-11-24 10:00"; or a day: 2026-11-26."""
    if year is not None and (moment or why):
        raise click.UsageError("--year shows whole days with their reasons. Leave out MOMENT and --why, or --year.")
    calendar = calendar_of(project)
    store = open_store(settings_here(project))
    closures = store.closures_since(real_clock() - CLOSURES_BACK)
    if year is not None:
        _show_year(calendar, calendar.year(year, closures), as_json)
    elif day := day_from(" ".join(moment), calendar, "MOMENT"):
        _show_day(calendar, day, closures, why, as_json)
    else:
        _show_moment(calendar, moment_from(" ".join(moment) or None, calendar, "MOMENT"), closures, why, as_json)
    _say_if_not_on_air(store, project)


def _show_moment(calendar: Calendar, at: datetime, closures: tuple[Closure, ...], why: bool, as_json: bool) -> None:
    standing = calendar.at(at, closures)
    if as_json:
        facts = standing.as_json()
        if why:
            facts["why"] = [
                {"rule": look.rule, "says": look.says, "decides": look.decides} for look in calendar.why(at, closures)
            ]
        click.echo(json.dumps(facts, indent=2))
        return
    click.echo(
        f"{standing.moment:%A, %B %-d, %Y, %H:%M} ({calendar.zone.key}): {'OPEN' if standing.open else 'CLOSED'}"
    )
    click.echo(f"  why           {standing.reason} (rule: {standing.rule})")
    if standing.closes:
        click.echo(f"  closes        {standing.closes:%a %Y-%m-%d %H:%M}")
    if standing.next_opening:
        click.echo(f"  next opening  {standing.next_opening:%a %Y-%m-%d %H:%M}")
    click.echo(f"  callers hear  {standing.spoken}")
    if why:
        _show_why(calendar, at, closures)


def _show_why(calendar: Calendar, at: datetime, closures: tuple[Closure, ...]) -> None:
    for look in calendar.why(at, closures):
        click.echo(f"  {'->' if look.decides else '  '} {look.rule:8}  {look.says}")


def _show_day(calendar: Calendar, day: date, closures: tuple[Closure, ...], why: bool, as_json: bool) -> None:
    """A whole day; what callers hear at noon stands for it."""
    found = calendar.day(day, closures)
    noon = datetime.combine(day, time(12), calendar.zone)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
        return
    hours_then = ", ".join(str(interval) for interval in found.open)
    click.echo(
        f"{day:%A, %B %-d, %Y} ({calendar.zone.key}): {f'OPEN {hours_then}' if hours_then else 'CLOSED all day'}"
    )
    click.echo(f"  why           {found.reason} (rule: {found.rule})")
    click.echo(f"  at noon       {calendar.at(noon, closures).spoken}")
    if why:
        _show_why(calendar, noon, closures)


def _show_year(calendar: Calendar, days: list[Day], as_json: bool) -> None:
    today = real_clock().astimezone(calendar.zone).date()
    certain = (calendar.certain_until() - today).days
    if certain < CERTAIN_DAYS:
        click.echo(
            f"Warning: the days are confirmed through {calendar.certain_until()}, {max(certain, 0)} days ahead "
            f"({CERTAIN_DAYS} should be). Later days follow the same rules, but nobody has looked at them. "
            "Look them through, then set `confirmed_through` in config/hours.yaml.",
            err=True,
        )
    if as_json:
        click.echo(json.dumps([day.as_json() for day in days], indent=1))
        return
    shown = [", ".join(str(interval) for interval in day.open) or "closed" for day in days]
    wide = max(map(len, shown)) + 2
    click.secho(f"{'day':16}{'open':{wide}}{'rule':9}reason", dim=True)
    for day, hours_then in zip(days, shown, strict=True):
        is_plain = day.rule == "weekly"
        row = f"{day.date:%a %Y-%m-%d}  {hours_then:{wide}}{day.rule:9}{day.reason}"
        click.secho(row, dim=is_plain and not day.open, bold=not is_plain)


def _say_if_not_on_air(store: Store, project: Path) -> None:
    live = store.live()
    if live and live.name != release_name(read_files(project)):
        click.echo(
            f"By the files here. Callers hear release {live.number}, which differs from them: ivr publish", err=True
        )


def said_reason(reason: str) -> str:
    """A reason that can be spoken. Raises ValueError in a sentence."""
    said = cleaned(reason)
    if not said:
        raise ValueError("callers hear it, so it cannot be empty.")
    if flaw := next(flaws_of_reason(said), None):
        raise ValueError(f"{flaw.wrong} {flaw.remedy}")
    return read_reason(said)


@click.command()
@click.option("--until", required=True, metavar="MOMENT", help='When it opens again: "17:00", 5pm, "tomorrow 09:00".')
@click.option("--reason", required=True, help="What callers hear about it, one short sentence.")
@click.option("--long", "is_long", is_flag=True, help="Agree to a closure of more than 31 days.")
@click.pass_obj
def close(project: Path, until: str, reason: str, is_long: bool) -> None:
    """Close the line now, until a moment; callers hear the reason. It reopens by itself."""
    store = open_store(settings_here(project))
    calendar = calendar_on_air(store, project)
    now = real_clock()
    end = moment_from(until, calendar, "--until")
    if end <= now:
        raise click.BadParameter(f"{until} is already over. Name a moment to come.", param_hint="--until")
    if end - now > LONGEST_CLOSURE and not is_long:
        days = (end - now).days
        wrong = f"{until} is {days} days away, and callers would be turned away all that time. Check the year."
        raise click.BadParameter(f"{wrong} If it is meant: --long", param_hint="--until")
    try:
        closure = Closure(now, end, said_reason(reason))
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--reason") from None
    store.add_closure(closure.starts, closure.until, closure.reason, now)
    year = f", {end:%Y}" if end.year != now.astimezone(calendar.zone).year else ""
    click.echo(
        f"Closed until {end:%A, %B %-d}{year}, {end:%H:%M}. New callers hear it within 2 seconds: {closure.because}"
    )
    standing = calendar.at(end, store.closures_since(end))
    if not standing.open:
        opens = f", and opens {standing.next_opening:%A, %B %-d, %H:%M}" if standing.next_opening else ""
        click.echo(f"At that moment the line is closed all the same ({standing.rule}){opens}.")
    click.echo("To open earlier: ivr reopen")


@click.command()
@click.pass_obj
def reopen(project: Path) -> None:
    """End a closure made with `ivr close`; the usual hours hold again."""
    store = open_store(settings_here(project))
    ended = store.end_closures(real_clock())
    if not ended:
        click.echo("Nothing to reopen: no closure by `ivr close` is in force. Why the line is closed: ivr hours --why")
        return
    standing = calendar_on_air(store, project).at(real_clock(), store.closures_since(real_clock()))
    click.echo(f"Reopened: within 2 seconds the usual hours hold again. {standing.spoken}")
