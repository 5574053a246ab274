"""`ivr calls`: the calls of late, those under way, and one of them told again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from ivr.call import OVER
from ivr.cli.moments import calendar_on_air
from ivr.cli.told import clock, show_told, told_as_facts
from ivr.errors import FileFaults, SetupError
from ivr.flow.load import load_release
from ivr.flow.release import Release
from ivr.softphone import is_pretended
from ivr.store import LoggedCall, NoSuchRelease, Store
from ivr.store.under_way import LONGEST_TURN
from ivr.turns import retell
from ivr.wiring import open_store, real_clock, settings_here

SHORTEST = 4
"""Digits of a SID after `CA` that are enough to look for it."""

MOST_MEANT = 10
"""Calls that are listed when a shortened SID could mean several."""

PRETENDED = "  (pretended)"
WHAT_IS_PRETENDED = (
    "Pretended: no telephone called; it was the browser telephone (/phone), ivr call --url or ivr doctor. "
    "The moment of a call on /phone may be pretended, too; ivr call --keys waits for no words."
)


@click.group(invoke_without_command=True)
@click.option("--live", is_flag=True, help="Calls under way only, whoever waits longest first.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="How many of those last heard of; whichever began latest stands first.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def calls(context: click.Context, live: bool, limit: int, as_json: bool) -> None:
    """The calls of late: when, from where, how long, with which label, and where they ended."""
    if context.invoked_subcommand:
        return
    store = open_store(settings_here(context.obj))
    found = [call for sid in store.call_sids_under_way(real_clock()) if (call := store.call(sid))] if live else []
    found = found[:limit] if live else list(store.calls(limit))
    if as_json:
        click.echo(json.dumps([as_facts(call) for call in found], indent=2))
    elif found:
        show_calls(found, _zone(store, context.obj), real_clock() if live else None)
    else:
        click.echo("No call is under way." if live else "No call has been answered yet.")


@calls.command("show")
@click.argument("sid", metavar="SID")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def show(project: Path, sid: str, as_json: bool) -> None:
    """One call told again, with seconds: what was said, what was keyed, and the steps it took.

    SID is what `ivr calls`, the log and the provider's console call it; its beginning is enough (CA and four more).
    """
    store = open_store(settings_here(project))
    call = store.call(meant_by(sid, store))
    if call is None:
        raise SetupError(_unknown(sid))
    release, trouble = release_of(call, store)
    statuses = store.statuses_of(call.call_sid)
    ended = next((said.at for said in statuses if said.status in OVER), None)
    told = list(retell(release, store.events_of(call.call_sid), store.closures_known_at, ended))
    if as_json:
        click.echo(json.dumps({**as_facts(call), "told": told_as_facts(told)}, indent=2))
        return
    show_calls([call], _zone(store, project), None)
    click.echo()
    if trouble:
        click.secho(f"{trouble} So the steps are shown, and not the words.\n", fg="yellow")
    show_told(told)
    for said in statuses:
        lasted = f" after {said.duration_s} s" if said.duration_s is not None else ""
        click.echo(f"{clock((said.at - call.began).total_seconds()):>6}  {'Provider':9} {said.status}{lasted}")


def meant_by(sid: str, store: Store) -> str:
    """The one call whose SID begins so. Raises UsageError for what is no SID, SetupError for none or several."""
    if not re.fullmatch(r"CA[0-9a-fA-F]{0,32}", sid) or len(sid) < 2 + SHORTEST:
        raise click.BadParameter(
            f"{sid} is not a call's SID: it is CA and 32 digits from 0 to f; at least the first {SHORTEST} of them.",
            param_hint="SID",
        )
    found = next(
        filter(None, (store.call_sids_beginning(way, MOST_MEANT + 1) for way in (sid, f"CA{sid[2:].lower()}"))), ()
    )
    if not found:
        raise SetupError(_unknown(sid))
    if len(found) > 1:
        several = "\n  ".join(found[:MOST_MEANT])
        more = "\n  and more" if len(found) > MOST_MEANT else ""
        raise SetupError(f"Several calls begin with {sid}. Write more of the one you mean:\n  {several}{more}")
    return found[0]


def _unknown(sid: str) -> str:
    return (
        f"There is no call {sid} here. It may have been refused before it was answered (see the log), be forgotten "
        "already, or wait in the outbox of the machine that answered it. The latest: ivr calls"
    )


def release_of(call: LoggedCall, store: Store) -> tuple[Release | None, str]:
    """The release that a call was on, or why it cannot be had."""
    try:
        return load_release(store.release_files(call.release)), ""
    except NoSuchRelease:
        return None, f"Release {call.release[:12]}, which this call was on, is not kept here."
    except FileFaults:
        return None, f"Release {call.release[:12]}, which this call was on, is of another version of the program."


def show_calls(found: Sequence[LoggedCall], zone: tzinfo, now: datetime | None) -> None:
    """A line for each call; with `now`, how long each has been where it is."""
    where = "is now at" if now else "was last at"
    click.secho(f"{'began':21} {'from':14}{'lasted':>8}  {'label':20}{where:28}call", dim=True)
    for call in found:
        began = f"{call.began.astimezone(zone):%a %Y-%m-%d %H:%M}"
        lasted = clock((now - call.began).total_seconds()) if now else length(call)
        place = call.at_step if now or call.status else f"{call.at_step} (no end told)"
        if now:
            place = f"{place} {clock((now - call.last_at).total_seconds())}"
        label = (call.label or "none").replace("_", " ")
        pretended = PRETENDED if is_pretended(call.call_sid) else ""
        click.echo(f"{began:21} {call.caller:14}{lasted:>8}  {label:20}{place:28}{call.call_sid}{pretended}")
    if any(is_pretended(call.call_sid) for call in found):
        click.secho(WHAT_IS_PRETENDED, dim=True)
    if now:
        minutes = LONGEST_TURN.seconds // 60
        click.secho(f"Who hung up stays here until the provider says so, or {minutes} minutes.", dim=True)


def length(call: LoggedCall) -> str:
    """How long a call was; without the provider's word, at least until its last turn."""
    if call.duration_s is not None:
        return clock(call.duration_s)
    return f">{clock((call.last_at - call.began).total_seconds())}"


def as_facts(call: LoggedCall) -> dict[str, object]:
    """A call for programs: moments in UTC, the number masked."""
    facts = {**asdict(call), "pretended": is_pretended(call.call_sid)}
    return {**facts, "began": call.began.isoformat(), "last_at": call.last_at.isoformat()}


def _zone(store: Store, project: Path) -> tzinfo:
    try:
        return calendar_on_air(store, project).zone
    except FileFaults:
        return UTC
