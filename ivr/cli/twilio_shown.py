"""`ivr twilio status`, `ivr twilio alerts`, and how all of `ivr twilio` reads and shows numbers and addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from ivr.cli.fallback import spoken_on_air
from ivr.doctor.debugger import codes
from ivr.doctor.numbers import Standing, fallback_drift, standings
from ivr.errors import FileFaults, one_line
from ivr.fallback import Comparison, standing_elsewhere
from ivr.flow.load import line_of, read_files
from ivr.flow.project import LINE, RESTORE, whole_file
from ivr.provider import (
    DIFFERS,
    TIMEOUT_S,
    Account,
    Number,
    ProviderTrouble,
    PublicAddress,
    Setup,
    public_address,
    telephone,
)
from ivr.settings import Settings
from ivr.wiring import real_clock, settings_here

MOST_DAYS = 30


def meaning_of(code: int) -> str:
    """What a code of the debugger means here, the usual cause, and what to do."""
    if known := codes().get(code):
        return f"{known.meaning} {known.cause}\n  -> {known.remedy}"
    page = f"https://www.twilio.com/docs/api/errors/{code}" if code else "Look at the call in the debugger."
    return f"nothing is known of it here.\n  -> {page}"


def timeout_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """How long to wait for the provider."""
    return click.option(
        "--timeout",
        type=click.FloatRange(0.1, 600),
        default=TIMEOUT_S,
        show_default=True,
        help="Seconds to wait for the provider.",
    )(command)


def base_from(url: str | None, settings: Settings) -> PublicAddress:
    """Our public address, as typed or as the settings have it. Raises BadParameter or UsageError."""
    if not url and not settings.public_url:
        raise click.UsageError("Where does the provider reach the line? Give --url, or set IVR_PUBLIC_URL.")
    try:
        return public_address(url or settings.public_url or "")
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--url" if url else "IVR_PUBLIC_URL") from None


def account_and_base(url: str | None, settings: Settings, timeout_s: float) -> tuple[Account, PublicAddress]:
    """The provider's account and our public address: the account first, as at its console, and both where both lack.

    Raises BadParameter for an address that is none, ProviderTrouble without an account, UsageError without an address.
    """
    if url:
        base_from(url, settings)
    try:
        account = Account.of(settings, timeout_s)
    except ProviderTrouble as trouble:
        if url or settings.public_url:
            raise
        raise ProviderTrouble(trouble.cause, f"{trouble} Then our public address: --url, or IVR_PUBLIC_URL.") from None
    return account, base_from(url, settings)


def number_from(words: tuple[str, ...]) -> str:
    """A number in E.164, from one argument or several (`+1 844 520 8695`). Raises BadParameter."""
    try:
        return telephone(" ".join(words))
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="NUMBER") from None


def show_remarks(base: PublicAddress, settings: Settings) -> None:
    """How an address was taken, and whether the line takes what is signed for it."""
    for remark in base.remarks:
        click.echo(remark, err=True)
    if settings.public_url and settings.public_url != base.url:
        wrong = (
            f"IVR_PUBLIC_URL is {settings.public_url} here: a line that runs so refuses what is signed for {base.url}."
        )
        click.secho(f"{wrong} Set it to {base.url} where the line runs.", fg="yellow", err=True)


def line_numbers(project: Path) -> list[str]:
    """The numbers of config/line.yaml. Raises FileFaults."""
    files = read_files(project)
    if LINE not in files:
        raise FileFaults(
            [whole_file(LINE, "This file is missing; it names the numbers that the line answers.", RESTORE)]
        )
    return list(line_of(files).line.numbers)


def show_change(number: Number, setup: Setup) -> None:
    """What a number has and what it will have."""
    click.echo(f"{number.number}  {number.name}")
    for (name, has), (_, will) in zip(number.setup.parts(), setup.parts(), strict=True):
        click.echo(f"  {name}")
        if has == will:
            click.echo(f"    stays      {one_line(str(has))}")
        else:
            click.echo(f"    has        {one_line(str(has))}")
            click.secho(f"    will have  {one_line(str(will))}", bold=True)


def standings_told(
    project: Path, base: str, account: Account, settings: Settings, timeout_s: float
) -> list[tuple[Standing, list[str]]]:
    """Every number that is ours, with all that is not as it should be, its fallback of elsewhere too.

    Raises ProviderTrouble, and FileFaults when config/line.yaml cannot be read.
    """

    def compared(url: str) -> Comparison:
        return standing_elsewhere(url, spoken_on_air(project).release, settings, timeout_s)

    found = standings(line_numbers(project), base, account.numbers())
    return [
        (one, [*one.drift, *filter(None, [fallback_drift(one.elsewhere, compared) if one.elsewhere else ""])])
        for one in found
    ]


@click.command(short_help="Is every number set up as it should be?")
@click.option("--url", help="Our public address (default: IVR_PUBLIC_URL).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@timeout_option
@click.pass_obj
def status(project: Path, url: str | None, as_json: bool, timeout: float) -> int:
    """Every number of config/line.yaml and every one that points here: is each set up as it should be?

    A fallback of elsewhere is read and compared with the words on the air. Exit code 3: something is not so.
    """
    settings = settings_here(project)
    account, base = account_and_base(url, settings, timeout)
    found = standings_told(project, base.url, account, settings, timeout)
    if as_json:
        facts = [{"number": one.number, "name": one.name or None, "drift": drift} for one, drift in found]
        click.echo(json.dumps({"url": base.url, "numbers": facts}, indent=2))
    else:
        show_remarks(base, settings)
        _show_standings(found, base.url)
    return DIFFERS if any(drift for _, drift in found) else 0


def _show_standings(found: list[tuple[Standing, list[str]]], base: str) -> None:
    for one, drift in found:
        note = "" if one.is_configured else "  (not in config/line.yaml: gets the flow of other_numbers)"
        click.secho(f"{one.number}  {one.name}{note}".rstrip(), bold=True)
        for line in drift or ["is as it should be"]:
            click.secho(f"  {line}", fg="red" if drift else "green")
    if not found:
        click.echo(f"config/line.yaml names no number, and none of the account points to {base}.")
    if to_set := [one.number for one, _ in found if one.is_there and one.drift]:
        click.echo(f"To set it as it should be: ivr twilio connect {to_set[0] if len(to_set) == 1 else 'NUMBER'}")


@click.command(short_help="What the provider's debugger has about the line.")
@click.option("--url", help="Our public address (default: IVR_PUBLIC_URL).")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=1, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@timeout_option
@click.pass_obj
def alerts(project: Path, url: str | None, days: int, as_json: bool, timeout: float) -> None:
    """What the provider's debugger has about our addresses, newest first."""
    settings = settings_here(project)
    account, base = account_and_base(url, settings, timeout)
    found = account.alerts(base.url, real_clock() - timedelta(days=days))
    if as_json:
        facts = [
            {
                "at": one.at.isoformat(),
                "level": one.level,
                "code": one.code,
                "method": one.method,
                "path": one.path,
                "says": one.says,
                "call": one.call_sid,
            }
            for one in found
        ]
        click.echo(json.dumps(facts, indent=2))
        return
    for one in found:
        where = f"{one.method} {one_line(one.path)}".strip()
        row = f"{one.at:%Y-%m-%d %H:%M} UTC  {one.level:7}  {one.code}  {where}  {one.call_sid}  {one.says}"
        click.secho(row.rstrip(), fg="red" if one.level == "error" else None)
    for code in dict.fromkeys(one.code for one in found):
        click.echo(f"{code or 'No code'}: {meaning_of(code)}")
    if not found:
        since = "day" if days == 1 else f"{days} days"
        click.echo(f"The provider's debugger has nothing about {base.url} of the last {since}.")
