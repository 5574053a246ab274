"""`ivr doctor`: one line a check, green, yellow or red, each with what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import click

from ivr.cli.calls import NO_ACCOUNT
from ivr.cli.doctor_shown import NOT_LOOKED_AT, once, show, show_sum
from ivr.cli.serve import files_here
from ivr.cli.twilio_shown import line_numbers, timeout_option
from ivr.doctor import Check, Finding, NotLookedAt, found_by, kept, machine, public
from ivr.doctor.debugger import alerts
from ivr.doctor.numbers import Standing, fallbacks, numbers, standings
from ivr.doctor.trial import addresses, trial_call
from ivr.errors import BrokerLineError, FileFaults, SetupError
from ivr.fallback import Comparison, standing_elsewhere
from ivr.flow.load import load_release, read_files
from ivr.flow.release import Release
from ivr.provider import Account, ProviderTrouble, with_scheme, without_our_path
from ivr.settings import Settings
from ivr.softphone import Number, OverHttp
from ivr.store import Store
from ivr.wiring import real_clock, settings_here, store_as_it_is

CALL_S = 90.0
"""Seconds that the test call may be silent: one that is refused is looked into with many short questions."""

ALERT_DAYS = 1
NO_ADDRESS = "Where the provider reaches the line is not known."
NO_ACCOUNT_SET = (
    f"{NOT_LOOKED_AT} TWILIO_ACCOUNT_SID is not set, and only the account tells where its numbers lead, what they fall "
    "back to and what its debugger has."
)
SET_THE_ACCOUNT = (
    "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, both from the first page of the provider's console, and start ivr "
    "doctor again. Without them: ivr twilio paste has what the number's form there must say."
)


@dataclass(frozen=True)
class Patient:
    """The line that is looked at; each part is got when a check first asks for it."""

    project: Path
    url: str | None
    timeout_s: float

    @cached_property
    def loaded(self) -> Settings | SetupError:
        """The settings, or everything that is wrong with them."""
        try:
            return settings_here(self.project)
        except SetupError as faults:
            return faults

    @property
    def settings(self) -> Settings:
        """The settings. Raises NotLookedAt."""
        if isinstance(self.loaded, SetupError):
            raise NotLookedAt("Not looked at: the settings come first.")
        return self.loaded

    @property
    def base(self) -> str:
        """Our public address. Raises NotLookedAt."""
        given = (self.url or self.settings.public_url or "").strip().rstrip("/")
        if not given:
            raise NotLookedAt(NO_ADDRESS, "Give --url, or set IVR_PUBLIC_URL.")
        return without_our_path(with_scheme(given))

    def open_store(self) -> Store:
        """The database as it is."""
        return store_as_it_is(self.settings)

    @cached_property
    def release(self) -> Release:
        """What is on the air, or what the files make. Raises FileFaults."""
        return kept.known_release(self.open_store, lambda: load_release(read_files(self.project)))

    @property
    def now(self) -> datetime:
        """The present moment in the line's zone; in UTC while the files that name it cannot be read."""
        with suppress(NotLookedAt, BrokerLineError):
            return real_clock().astimezone(self.release.calendar.zone)
        return real_clock()

    @cached_property
    def standings(self) -> list[Standing] | ProviderTrouble:
        """Our numbers at the provider, or why they cannot be had. Raises NotLookedAt and FileFaults."""
        if self.settings.account_sid is None:
            raise NotLookedAt(NO_ACCOUNT_SET, SET_THE_ACCOUNT)
        try:
            found = Account.of(self.settings, self.timeout_s).numbers()
        except ProviderTrouble as trouble:
            return trouble
        return standings(line_numbers(self.project), self.base, found)

    @property
    def numbers(self) -> list[Standing]:
        """Our numbers at the provider. Raises NotLookedAt where the check of numbers has said why."""
        if isinstance(self.standings, ProviderTrouble):
            raise NotLookedAt("Not looked at: the account does not answer (numbers, above).")
        return self.standings

    @property
    def voices(self) -> list[str]:
        """Where the provider has calls of our numbers go, as far as that is known."""
        try:
            return [one.voice for one in self.numbers if one.voice and self.host in one.voice]
        except (NotLookedAt, FileFaults):
            return []

    @cached_property
    def leads_somewhere(self) -> bool:
        """Whether the name of our public address has an address. Raises NotLookedAt."""
        return public.leads_somewhere(self.base)

    @property
    def named(self) -> str:
        """Our public address, for those who must ask there. Raises NotLookedAt."""
        if not self.leads_somewhere:
            raise NotLookedAt(f"{NOT_LOOKED_AT} see name, above.")
        return self.base

    @property
    def host(self) -> str:
        """Of our public address."""
        return public.host_of(self.base)


@click.command()
@click.option("--url", help="Our public address (default: IVR_PUBLIC_URL).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@timeout_option
@click.pass_obj
def doctor(project: Path, url: str | None, as_json: bool, timeout: float) -> int:
    """Is everything well? One line a check: well, wrong, or to be looked at; and what to do.

    It asks with the settings of this shell, so let them be those of the server. A call is made through the public
    address; it presses nothing, rings nobody, and stays in the log as a call whose SID begins with CAd0c7. Nothing else
    is changed, neither here nor at the provider. Exit code 1: something is wrong.
    """
    patient = Patient(project.absolute(), url, timeout)
    found: list[tuple[str, Finding]] = []
    told: dict[Finding, str] = {}
    for check in checks_of(patient):
        with looking_at(check.name):
            several = found_by(replace(check, within_s=max(check.within_s, 3 * timeout)))
        several = [once(check.name, one, told) for one in several]
        found += [(check.name, one) for one in several]
        if not as_json:
            show(check.name, several)
    wrong = any(one.colour == "red" for _, one in found)
    if as_json:
        facts = [{"check": name, **asdict(one)} for name, one in found]
        click.echo(json.dumps({"well": not wrong, "findings": facts}, indent=2))
    else:
        show_sum(found)
    return 1 if wrong else 0


def checks_of(patient: Patient) -> Iterator[Check]:
    """Every check, in the order in which a person mends things: from the machine to the provider."""
    timeout_s = patient.timeout_s
    yield Check("settings", lambda: machine.settings_found(patient.loaded, os.environ))
    yield Check("keys", lambda: machine.keys(patient.settings, os.environ))
    yield Check("database", lambda: kept.database(patient.open_store))
    yield Check("release", lambda: kept.release(patient.open_store, files_here(patient.project)))
    yield Check(
        "brokers", lambda: kept.certification_list(patient.open_store, patient.settings, patient.now, timeout_s)
    )
    yield Check("hours", lambda: kept.hours(patient.release.calendar, real_clock()))
    yield Check("outbox", lambda: kept.outbox(patient.settings))
    yield Check("time zone", lambda: machine.zone_data(patient.release.calendar.zone.key, real_clock().year))
    yield Check("clock", lambda: machine.clock(real_clock, timeout_s))
    yield Check("workers", lambda: machine.workers(patient.project, os.cpu_count() or 1))
    yield Check("address", lambda: public.written(patient.base, patient.settings.public_url))
    yield Check("name", lambda: public.name(patient.base))
    yield Check("certificate", lambda: public.certificate(patient.named, real_clock(), timeout_s))
    yield Check(
        "answer", lambda: public.answer(patient.named, OverHttp(), real_clock(), kept.name_on_air(patient.open_store))
    )
    yield Check("numbers", lambda: numbers_found(patient))
    yield Check("test call", lambda: trial_calls(patient), CALL_S)
    yield Check("fallback", lambda: fallbacks(patient.numbers, compared(patient)))
    yield Check("alerts", lambda: alerts_found(patient))


def numbers_found(patient: Patient) -> Iterator[Finding]:
    """How our numbers are set up. Raises the trouble when the account cannot be asked."""
    if isinstance(patient.standings, ProviderTrouble):
        raise patient.standings
    yield from numbers(patient.standings, patient.base)


def trial_calls(patient: Patient) -> Iterator[Finding]:
    """A call to each address that our numbers have."""
    settings, base = patient.settings, patient.named
    token = settings.auth_tokens[0].get_secret_value()
    known = [f"{one}/voice" for one in dict.fromkeys((settings.public_url or base, base))]
    for voice in addresses(base, patient.voices):
        status = f"{voice.rstrip('/').removesuffix('/voice')}/voice/status"
        number = Number(settings.account_sid or NO_ACCOUNT, token, voice, status=status)
        yield from trial_call(number, known, OverHttp(), real_clock())


def compared(patient: Patient) -> Callable[[str], Comparison]:
    """Compares a document of elsewhere with the words on the air."""
    return lambda url: standing_elsewhere(url, patient.release, patient.settings, patient.timeout_s)


def alerts_found(patient: Patient) -> Iterator[Finding]:
    """What the provider's debugger has about our addresses, also those that differ from what they should be."""
    bases = [patient.base, *(voice.partition("#")[0].rstrip("/").removesuffix("/voice") for voice in patient.voices)]
    _ = patient.numbers  # without the account there is no debugger either
    account = Account.of(patient.settings, patient.timeout_s)
    since = real_clock() - timedelta(days=ALERT_DAYS)
    found = {one for base in dict.fromkeys(bases) for one in account.alerts(base, since)}
    yield from alerts(sorted(found, key=lambda one: one.at, reverse=True), ALERT_DAYS)


@contextmanager
def looking_at(name: str) -> Iterator[None]:
    """What is looked at just now, on a terminal only; gone before its findings are shown."""
    from rich.console import Console

    with Console(stderr=True).status(f"Looking at: {name} ..."):
        yield
