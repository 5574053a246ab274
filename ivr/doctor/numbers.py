"""Numbers at the provider beside what they should have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ivr.doctor.finding import Finding, NotLookedAt, green, red, yellow
from ivr.errors import BrokerLineError, one_line, without_credentials
from ivr.fallback import Comparison
from ivr.provider import Number, differences, is_elsewhere, points_to, wanted_here


@dataclass(frozen=True, slots=True)
class Standing:
    """How a number stands.

    Args:
        name: what the account's people call it; empty when the account does not have it.
        drift: what is not as it should be, a line each.
        is_configured: config/line.yaml names it.
        is_there: the account has it.
        voice: where its calls go; empty for nowhere, or when it is bound to something else.
        elsewhere: its fallback, when that is no part of the line; empty otherwise.
    """

    number: str
    name: str
    drift: tuple[str, ...]
    is_configured: bool
    is_there: bool = True
    voice: str = ""
    elsewhere: str = field(default="", compare=False)


def standings(configured: Sequence[str], base: str, found: Sequence[Number]) -> list[Standing]:
    """Every number of an account that points to us or that config/line.yaml names, and those that it lacks."""
    there = {number.number for number in found}
    mine = [number for number in found if number.number in configured or points_to(number.setup, base)]
    missing = ("config/line.yaml names it, and this account does not have it.",)
    return [
        *(_standing(number, base, number.number in configured) for number in mine),
        *(Standing(number, "", missing, True, is_there=False) for number in configured if number not in there),
    ]


def _standing(number: Number, base: str, is_configured: bool) -> Standing:
    if number.bound:
        bound = (f"It is bound to {number.bound}, which takes its calls; its addresses are not asked.",)
        return Standing(number.number, number.name, bound, is_configured)
    drift = tuple(
        f"{one.name}: has {one_line(str(one.has))}, should have {one.wants}. {one.what}"
        for one in differences(number.setup, wanted_here(base, number.setup))
    )
    other = number.setup.fallback.url
    outside = other if is_elsewhere(other, base) else ""
    return Standing(number.number, number.name, drift, is_configured, voice=number.setup.voice.url, elsewhere=outside)


def fallback_drift(url: str, compared: Callable[[str], Comparison]) -> str:
    """What is not as it should be with a fallback of elsewhere; empty when all is well."""
    shown = without_credentials(one_line(url))
    try:
        comparison = compared(url)
    except BrokerLineError as trouble:
        says = f"The document at {shown} could not be looked at: {one_line(str(trouble))}"
        return f"{says} Callers may hear an error voice while the line is gone: ivr fallback makes it anew."
    if comparison.state == "same":
        return ""
    return f"The document at {shown}: {one_line(comparison.told)} Renew it: ivr fallback"


def numbers(found: Sequence[Standing], base: str) -> Iterator[Finding]:
    """A line a number, with the first thing that it has otherwise than it should."""
    for one in found:
        if not one.drift:
            yield green(f"{one.number} is as it should be.")
            continue
        first, *others = one.drift
        more = f" And {len(others)} more: ivr twilio status." if others else ""
        remedy = f"ivr twilio connect {one.number}; or, where the number is right, mend IVR_PUBLIC_URL."
        if not one.is_there:
            remedy = "Take it out of config/line.yaml, or use the credentials of the account that has it."
        yield red(f"{one.number}: {first}{more}", remedy)
    if not found:
        yield red(f"No number of the account points to {base}.", "ivr twilio connect NUMBER")


def fallbacks(found: Sequence[Standing], compared: Callable[[str], Comparison]) -> Iterator[Finding]:
    """Whether what callers hear when the whole line is gone says what is on the air."""
    there = [one for one in found if one.is_there]
    if not there:
        raise NotLookedAt("No number points here, so none has a fallback.")
    outside = list(dict.fromkeys(one.elsewhere for one in there if one.elsewhere))
    for url in outside:
        if drift := fallback_drift(url, compared):
            yield red(drift, "ivr fallback -o fallback.xml, and put it there.")
        else:
            yield green(f"{one_line(url)} says what the release on the air says.")
    for one in there:
        if not one.elsewhere:
            says = f"{one.number} has no fallback of elsewhere: while this server is gone, callers hear an error voice."
            yield yellow(says, f"ivr fallback -o fallback.xml; ivr twilio connect {one.number} --fallback URL")
