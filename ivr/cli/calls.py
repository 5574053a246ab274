"""`ivr check` and `ivr call`: is everything right, and how does it sound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click

from ivr.cli.diff import version
from ivr.cli.findings import checked_with_progress, findings_as_json, meanwhile, project_files, show_findings
from ivr.cli.rehearsed import at_files
from ivr.cli.sarif import as_sarif
from ivr.cli.since import named, on_air
from ivr.errors import SetupError
from ivr.findings import Report
from ivr.flow.given import given_release
from ivr.log import no_logging
from ivr.proof.coverage import uncovered
from ivr.proof.explore import explored
from ivr.proof.rules_view import Calls
from ivr.rehearsal import given_brokers, sample_brokers
from ivr.settings import Settings
from ivr.softphone import (
    CALLER,
    DIALLED,
    FetchFailed,
    Number,
    OverHttp,
    Representative,
    Request,
    Softphone,
)
from ivr.softphone.suggested import suggestions
from ivr.softphone.terminal import KeysWrong, key_groups, run
from ivr.staging import Stage
from ivr.wiring import open_store, real_clock, settings_here

NO_ACCOUNT = "AC" + "0" * 32
"""Account of calls to a server that knows none."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--sarif", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings here for code hosts."
)
@click.option("--suggest", is_flag=True, help="Print a scripted call for each outcome that none takes.")
@click.option("--all", "every_call", is_flag=True, help="Show every call that goes otherwise or breaks a rule in full.")
@click.option("--since", metavar="VERSION", help="Compare a broken rule's way with this, not with what is on the air.")
@click.pass_obj
def check(project: Path, as_json: bool, sarif: Path | None, suggest: bool, every_call: bool, since: str | None) -> None:
    """Check flows/ and config/: every mistake at once, then every scripted call, played through the application.

    What is found goes to standard output, the most harmful first; with --suggest to standard error, and the suggested
    calls to standard output. Exit code 0: fit to go on the air; 1: not.

    Where a rule is broken, lines changed since the release on the air are named first; --since names another version:
    a release by number or name, a folder, or a git revision.
    """
    if as_json and suggest:
        raise click.UsageError("--json and --suggest both print; choose one.")
    settings = settings_here(project)
    files = project_files(project)
    before = named(version(since, project, open_store(settings))) if since else on_air(settings)
    report = files if isinstance(files, Report) else checked_with_progress(files, project, settings.public_url, before)
    if sarif:
        sarif.write_text(as_sarif(report), encoding="utf-8")
    if as_json:
        click.echo(findings_as_json(report))
    else:
        show_findings(report, every_call, err=suggest)
        if not report.passes:
            click.echo(meanwhile(open_store(settings)), err=suggest)
    if suggest and isinstance(files, dict):
        suggested = suggested_calls(files, project, report)
        click.echo("\n".join(suggested), nl=False)
        if report.graph and not suggested:
            click.echo("Nothing to suggest: scripted calls take every outcome that can happen.", err=True)
    raise click.exceptions.Exit(0 if report.passes else 1)


def suggested_calls(files: Mapping[str, bytes], project: Path, report: Report) -> list[str]:
    """YAML of a scripted call for each outcome that none takes, each played once; ready for flows/calls/."""
    if report.release is None or report.graph is None:
        return []
    given = given_release(files, report.release)
    cast = given_brokers(files) or sample_brokers(project)
    stage = Stage(given.files, cast, given)
    graph, ways = report.graph, report.uncovered
    if given is not report.release:
        graph = explored(given.flows[graph.flow.name])
        ways = uncovered(graph, (taken for outcome in report.outcomes for taken in outcome.taken))
    with no_logging():
        made = suggestions(Calls(given, graph), ways, given.turns_limit, stage.set_for)
    return [suggestion.yaml() for suggestion in made]


REPRESENTATIVES = click.Choice(["answers", "no_answer", "busy", "failed", "declines"])


@click.command()
@click.option("--at", "at", metavar="MOMENT", help='Pretend a moment, such as "Tue 2026-11-24 10:00" (default: now).')
@click.option("--from", "caller", default=CALLER, show_default=True, help="The calling number.")
@click.option("--to", "dialled", default=DIALLED, show_default=True, help="The number called.")
@click.option("--keys", help='What to key at each prompt, such as "1 99900001#"; - is silence, ! hangs up.')
@click.option("--url", metavar="BASE", help="Call a running server, not the files here.")
@click.option("--representative", type=REPRESENTATIVES, default="answers", show_default=True, help="What they do.")
@click.option("--as-usual", is_flag=True, help="Leave out a closure by `ivr close` that is in force.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def call(
    project: Path,
    at: str | None,
    caller: str,
    dialled: str,
    keys: str | None,
    url: str | None,
    representative: Representative,
    as_usual: bool,
    as_json: bool,
) -> None:
    """Call the line from the terminal, by hand or with --keys; by default the files here, as they are now.

    A closure by `ivr close` that is in force at the moment of the call closes the line on it, too.
    """
    try:
        key_groups(keys or "")
    except KeysWrong as wrong:
        raise click.BadParameter(str(wrong), param_hint="--keys") from None
    if url and at:
        raise click.UsageError("--at: a running server has its own clock. Start it with `ivr serve --at MOMENT`.")
    if url and as_usual:
        raise click.UsageError("--as-usual: a running server is closed for everybody. To open it: ivr reopen")
    if url:
        softphone = at_server(settings_here(project), url, caller, dialled)
    else:
        softphone = at_files(project, at, caller, dialled, as_usual=as_usual)
    run(softphone, keys=keys, representative=representative, as_json=as_json)
    if softphone.ended["by"] == "error":
        raise click.exceptions.Exit(1)


def at_server(settings: Settings, url: str, caller: str, dialled: str) -> Softphone:
    """A softphone on a running server, signing with this project's token for the server's public address.

    Raises UsageError for an address that is none, SetupError when nothing answers there.
    """
    base = url.rstrip("/")
    if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(/[^?#\s]*)?", base):
        raise click.BadParameter(f"{url} is not an address. Write it like http://127.0.0.1:5000", param_hint="--url")
    public = settings.public_url or base
    now = real_clock()
    carrier = OverHttp({public: base})
    try:
        carrier.fetch(Request("GET", f"{public}/healthz", (), b"", now, []))
    except FetchFailed as trouble:
        remedy = "Is the server running there? Start one: ivr serve"
        raise SetupError(f"Nothing answers at {base} ({trouble}). {remedy}") from None
    number = Number.at(public, settings.account_sid or NO_ACCOUNT, settings.auth_tokens[0].get_secret_value())
    return Softphone(carrier, number, now, caller=caller, dialled=dialled)
