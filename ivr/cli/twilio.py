"""`ivr twilio`: a number pointed at the line, looked at, and brought back to what it had."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import click

from ivr.cli.twilio_shown import (
    account_and_base,
    alerts,
    base_from,
    line_numbers,
    number_from,
    show_change,
    show_remarks,
    status,
    timeout_option,
)
from ivr.errors import FileFaults, SetupError, one_line
from ivr.provider import (
    MEANINGS,
    Account,
    Kept,
    KeptSetups,
    Number,
    ProviderTrouble,
    PublicAddress,
    Setup,
    differences,
    document_address,
    is_elsewhere,
    points_to,
    wanted,
    wanted_here,
)
from ivr.settings import Settings
from ivr.wiring import real_clock, settings_here

KEPT: Final = "var/twilio"
"""Folder of the project with what numbers had before."""

EXIT_CODES = "Exit codes:\n\n\b\n" + "\n".join(f"{code:>3}  {meaning}" for code, meaning in MEANINGS.items())


@click.group(epilog=EXIT_CODES)
def twilio() -> None:
    """Point a number at the line, look at it, bring back what it had.

    Works with TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN of the environment (or the file TWILIO_AUTH_TOKEN_FILE), through
    HTTPS_PROXY where one is set. The token is never shown.
    """


twilio.add_command(status)
twilio.add_command(alerts)


def _addresses(command: Callable[..., Any]) -> Callable[..., Any]:
    url = click.option("--url", help="Our public address, such as https://line.example.gov (default: IVR_PUBLIC_URL).")
    other = click.option(
        "--fallback",
        metavar="URL",
        help="Where the document of `ivr fallback` stands: asked when the line fails or is gone. Default: the line's "
        "own fallback, which leads callers on but is gone when the line is; a connected number keeps the one it has.",
    )
    return url(other(command))


@twilio.command(short_help="Point a number at the line; shows first, asks, keeps what it had.")
@click.argument("number", nargs=-1, required=True)
@_addresses
@click.option("--dry-run", is_flag=True, help="Show what would be set, and set nothing.")
@click.option("--yes", is_flag=True, help="Set it without asking.")
@timeout_option
@click.pass_obj
def connect(
    project: Path,
    number: tuple[str, ...],
    url: str | None,
    fallback: str | None,
    dry_run: bool,
    yes: bool,
    timeout: float,
) -> int:
    """Point NUMBER of the account at the line: shows what it has and will have, asks, sets, and keeps what it had."""
    refuse_other_folder(project)
    settings = settings_here(project)
    wants = number_from(number)
    account, base = account_and_base(url, settings, timeout)
    found = account.number(wants)
    refuse_bound(found)
    show_remarks(base, settings)
    with suppress(FileFaults):  # which `ivr check` tells, and no number needs
        if found.number not in line_numbers(project):
            note = "its callers get the flow of other_numbers."
            click.echo(f"{found.number} is not in config/line.yaml: {note}", err=True)
    other = fallback_from(fallback, base.url)
    keeps_its_own = fallback is None and points_to(found.setup, base.url)
    setup = wanted_here(base.url, found.setup) if keeps_its_own else wanted(base.url, other)
    if not differences(found.setup, setup):
        click.echo(f"{found.number} has all of this already; nothing was set. Does it work? ivr doctor{given(url)}")
        return 0
    show_change(found, setup)
    if dry_run:
        click.echo("Nothing was set: --dry-run.")
        return 0
    if not yes and not _agreed(f"Set {found.number}?"):
        return 1
    _set(account, found, setup, project)
    click.echo(f"{found.number} is set. Call it, or have it tried: ivr doctor{given(url)}")
    say_what_the_line_needs(base, settings)
    click.echo(f"To bring back what it had: ivr twilio restore {found.number}")
    return 0


def say_what_the_line_needs(base: PublicAddress, settings: Settings) -> None:
    """The setting without which a line behind a proxy or tunnel refuses what is signed for its address."""
    if settings.public_url is None:
        click.echo(f"Where the line runs, set IVR_PUBLIC_URL={base.url}; it is not set here.")


def refuse_other_folder(project: Path) -> None:
    """Raises SetupError for a folder that is no project: what a number had would be kept where nobody looks for it."""
    if not any((project / folder).is_dir() for folder in ("flows", "config")):
        reason = f"There is neither flows/ nor config/ in {project.resolve()}, so this is no project of a line."
        raise SetupError(f"{reason} Start the command in the project's folder, or name it: --project DIR.")


def given(url: str | None) -> str:
    """The option that has a following command mean the same address."""
    return f" --url {url}" if url else ""


def refuse_bound(number: Number) -> None:
    """Raises ProviderTrouble for a number whose addresses nobody asks."""
    if number.bound:
        reason = f"{number.number} is bound to {number.bound}, which takes its calls; addresses set here are not asked."
        remedy = "At the provider's console, let the number be configured with a webhook, then try again."
        raise ProviderTrouble("bound", f"{reason} {remedy}")


def fallback_from(text: str | None, base: str) -> str | None:
    """The address of a fallback of elsewhere, as typed; None for the line's own. Raises BadParameter."""
    try:
        address = document_address(text) if text else None
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--fallback") from None
    if address is None or address.partition("#")[0] == f"{base}/voice/fallback":
        return None
    if not is_elsewhere(address, base):
        why = f"{address} is on the line's own host, and gone when the line is. Put the document on another host."
        raise click.BadParameter(why, param_hint="--fallback")
    return address


def _agreed(question: str) -> bool:
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        agreed = False
        click.echo(err=True)
    if not agreed:
        unasked = "" if sys.stdin.isatty() else " To set it without being asked: --yes."
        click.echo(f"Nothing was set.{unasked}", err=True)
    return agreed


def _set(account: Account, number: Number, setup: Setup, project: Path) -> None:
    """Write down what the number has, and set it. What surely was not set is not kept."""
    kept = KeptSetups(project / KEPT)
    is_first = kept.keep(Kept(number.number, account.sid, real_clock(), number.setup))
    try:
        after = account.set_up(number, setup)
    except ProviderTrouble as trouble:
        if is_first and trouble.is_settled:
            kept.forget(number.number)
        raise
    if left := differences(after.setup, setup):
        reason = f"The provider has set {left[0].name} to {one_line(str(left[0].has))} instead of {left[0].wants}."
        raise ProviderTrouble("refused", f"{reason} What it had before is kept: ivr twilio restore {number.number}")


@twilio.command(short_help="Bring back what a number had before it was connected.")
@click.argument("number", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would be set, and set nothing.")
@click.option("--yes", is_flag=True, help="Set it without asking.")
@timeout_option
@click.pass_obj
def restore(project: Path, number: tuple[str, ...], dry_run: bool, yes: bool, timeout: float) -> int:
    """Bring back what NUMBER had before it was first connected (default: the only number that was)."""
    settings = settings_here(project)
    kept_setups = KeptSetups(project / KEPT)
    kept = _kept(kept_setups, number)
    account = Account.of(settings, timeout)
    if kept.account_sid != account.sid:
        raise SetupError(f"{kept.number} was connected with account {kept.account_sid}. Use its credentials.")
    found = account.number(kept.number)
    if differences(found.setup, kept.before):
        show_change(found, kept.before)
        if dry_run:
            click.echo("Nothing was set: --dry-run.")
            return 0
        then = f"{kept.kept_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if not yes and not _agreed(f"Set {found.number} as it was at {then}?"):
            return 1
        account.set_up(found, kept.before)
        click.echo(f"{found.number} has again what it had before it was connected.")
    else:
        click.echo(f"{found.number} has what it had before it was connected; nothing was set.")
    if not dry_run:
        kept_setups.forget(kept.number)
    return 0


def _kept(setups: KeptSetups, words: tuple[str, ...]) -> Kept:
    """What is kept of the number meant. Raises SetupError."""
    known = setups.numbers()
    if not known:
        reason = f"No number has been connected from {setups.home}, so there is nothing to bring back."
        raise SetupError(
            f"{reason} What a number had is kept in the project from which it was connected: --project DIR."
        )
    if not words and len(known) > 1:
        raise SetupError(f"Several numbers have been connected: {', '.join(known)}. Name one.")
    number = number_from(words) if words else known[0]
    if (kept := setups.of(number)) is None:
        raise SetupError(f"{number} has not been connected from {setups.home}, but these have: {', '.join(known)}.")
    return kept


@twilio.command(short_help="What to paste into the console's form; needs no account.")
@_addresses
@click.pass_obj
def paste(project: Path, url: str | None, fallback: str | None) -> None:
    """What to paste into the console's own form; asks nobody, needs no account."""
    settings: Settings = settings_here(project)
    base = base_from(url, settings)
    show_remarks(base, settings)
    click.echo("Phone Numbers > Manage > Active numbers > the number > Voice configuration")
    click.echo("  Configure with              Webhook, TwiML Bin, Function, Studio Flow, Proxy Service")
    for name, hook in wanted(base.url, fallback_from(fallback, base.url)).parts():
        click.echo(f"  {name:26}  Webhook   {one_line(hook.url)}   HTTP {hook.method}")
    say_what_the_line_needs(base, settings)
    click.echo(f"Save configuration. Then see what the provider has: ivr twilio status{given(url)}")
