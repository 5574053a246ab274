"""`ivr twilio status`, `ivr twilio alerts`, and how all of `ivr twilio` reads and shows numbers and addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from ivr.cli.fallback import spoken_on_air
from ivr.errors import BrokerLineError, FileFaults, one_line
from ivr.fallback import compared
from ivr.flow.load import line_of, read_files
from ivr.provider import (
    DIFFERS,
    TIMEOUT_S,
    Account,
    Number,
    PublicAddress,
    Setup,
    differences,
    is_elsewhere,
    points_to,
    public_address,
    read_document,
    telephone,
    wanted_here,
)
from ivr.settings import Settings
from ivr.wiring import real_clock, settings_here

MOST_DAYS = 30


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
    """The numbers of config/line.yaml; none when it cannot be read, which `ivr check` tells better."""
    try:
        return list(line_of(read_files(project)).line.numbers)
    except (FileFaults, KeyError):
        return []


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


@click.command()
@click.option("--url", help="Our public address (default: IVR_PUBLIC_URL).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@timeout_option
@click.pass_obj
def status(project: Path, url: str | None, as_json: bool, timeout: float) -> int:
    """Every number of config/line.yaml and every one that points here: is each set up as it should be?

    A fallback of elsewhere is read and compared with the words on the air. Exit code 3: something is not so.
    """
    settings = settings_here(project)
    base = base_from(url, settings)
    account = Account.of(settings, timeout)
    wanted_numbers = line_numbers(project)
    found = {number.number: number for number in account.numbers()}
    mine = [number for number in found.values() if number.number in wanted_numbers or points_to(number.setup, base.url)]
    wrong = {number.number: _drift(number, base.url, project, settings, timeout) for number in mine}
    for number in wanted_numbers:
        if number not in found:
            wrong[number] = ["config/line.yaml names it, and this account does not have it."]
    if as_json:
        facts = [
            {"number": number, "name": found[number].name if number in found else None, "drift": drift}
            for number, drift in wrong.items()
        ]
        click.echo(json.dumps({"url": base.url, "numbers": facts}, indent=2))
        return DIFFERS if any(wrong.values()) else 0
    show_remarks(base, settings)
    for number, drift in wrong.items():
        name = found[number].name if number in found else ""
        note = "" if number in wanted_numbers else "  (not in config/line.yaml: gets the flow of other_numbers)"
        click.secho(f"{number}  {name}{note}".rstrip(), bold=True)
        for line in drift or ["is as it should be"]:
            click.secho(f"  {line}", fg="red" if drift else "green")
    if not wrong:
        click.echo(f"config/line.yaml names no number, and none of the account's {len(found)} points to {base.url}.")
    if any(number in found and drift for number, drift in wrong.items()):
        click.echo("To set a number as it should be: ivr twilio connect NUMBER")
    return DIFFERS if any(wrong.values()) else 0


def _drift(number: Number, base: str, project: Path, settings: Settings, timeout_s: float) -> list[str]:
    """What is not as it should be, a line each."""
    if number.bound:
        return [f"It is bound to {number.bound}, which takes its calls; its addresses are not asked."]
    lines = [
        f"{one.name}: has {one_line(str(one.has))}, should have {one.wants}. {one.what}"
        for one in differences(number.setup, wanted_here(base, number.setup))
    ]
    other = number.setup.fallback.url
    if is_elsewhere(other, base):
        try:
            tokens = [token.get_secret_value() for token in settings.auth_tokens]
            body = read_document(other, timeout_s, settings.account_sid, tokens)
            comparison = compared(body, spoken_on_air(project).release)
        except BrokerLineError as trouble:
            lines.append(f"The document at {one_line(other)} could not be looked at: {one_line(str(trouble))}")
            return lines
        if comparison.state != "same":
            lines.append(f"The document at {one_line(other)}: {one_line(comparison.told)} Renew it: ivr fallback")
    return lines


@click.command()
@click.option("--url", help="Our public address (default: IVR_PUBLIC_URL).")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=1, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@timeout_option
@click.pass_obj
def alerts(project: Path, url: str | None, days: int, as_json: bool, timeout: float) -> None:
    """What the provider's debugger has about our addresses, newest first."""
    settings = settings_here(project)
    base = base_from(url, settings)
    found = Account.of(settings, timeout).alerts(base.url, real_clock() - timedelta(days=days))
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
    if not found:
        since = "day" if days == 1 else f"{days} days"
        click.echo(f"The provider's debugger has nothing about {base.url} of the last {since}.")
