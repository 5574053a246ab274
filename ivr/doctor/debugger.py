"""What the provider's debugger says of our addresses, and what its codes mean here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ivr.doctor.finding import Finding, green, red, yellow
from ivr.errors import one_line
from ivr.provider import Alert
from ivr.yaml_text import read_yaml

TABLE = Path(__file__).parent / "codes.yaml"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the provider's debugger: what it means, what is behind it here, what to do."""

    number: int
    meaning: str
    cause: str
    remedy: str


@cache
def codes() -> Mapping[int, Code]:
    """Every code of the table, by its number, in order."""
    table = read_yaml(TABLE.name, TABLE.read_bytes()).data
    return {int(number): Code(int(number), **one) for number, one in table.items()}


def alerts(found: Iterable[Alert], days: int) -> Iterator[Finding]:
    """A line a code: how often of late, the last time, and what to do.

    Args:
        found: of our addresses, newest first.
        days: how far back was looked.
    """
    of_code: dict[int, list[Alert]] = {}
    for one in found:
        of_code.setdefault(one.code, []).append(one)
    for code, several in of_code.items():
        yield _of_code(code, several)
    if not of_code:
        yield green(
            f"The provider's debugger has nothing about us of the last {'day' if days == 1 else f'{days} days'}."
        )


def _of_code(number: int, several: Sequence[Alert]) -> Finding:
    last = several[0]
    times = "once" if len(several) == 1 else f"{len(several)} times"
    where = f"{times}, last {last.at:%Y-%m-%d %H:%M} UTC{f' at {one_line(last.path)}' if last.path else ''}"
    call = f" (call {last.call_sid})" if last.call_sid else ""
    colour = red if any(one.level == "error" for one in several) else yellow
    if known := codes().get(number):
        return colour(f"{number} {known.meaning} {known.cause} {where[0].upper()}{where[1:]}{call}.", known.remedy)
    said = f": {one_line(last.says)}" if last.says else ""
    more = f"https://www.twilio.com/docs/api/errors/{number}" if number else "Look at the call in the debugger."
    return colour(f"{number or 'No code'}{said}; {where}{call}.", more)
