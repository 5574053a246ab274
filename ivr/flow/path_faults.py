"""What only a laid-out flow can show: steps nobody comes to, ways without end, circles, numbers nobody keyed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.errors import Fault
from ivr.flow.layout import Laid
from ivr.flow.lint import Facts
from ivr.flow.model import FlowFile
from ivr.flow.paths import circles, entryless, reached, unending
from ivr.steps.certification import CertificationStep


def path_faults(head: FlowFile, laid: Mapping[str, Laid], facts: Facts) -> Iterator[Fault]:
    """Everything wrong with the ways through a flow, but for steps that no way leads to."""
    steps = {name: one.step for name, one in laid.items()}
    starts = _starts(head)
    met = reached(steps, starts)
    endless = unending(steps) & met
    for name in sorted(endless):
        wrong = f'From the step "{laid[name].name}" no call can ever come to an end.'
        yield _at(laid[name], wrong, "Lead one of its ways, or of those after it, to an end step.")
    for circle in circles({name: step for name, step in steps.items() if name in met}, facts):
        if not endless.issuperset(circle):
            way = " -> ".join((*circle, circle[0]))
            wrong = f"The call goes round here without the caller doing anything: {way}."
            yield _at(laid[circle[0]], wrong, "Let one of these steps lead to a menu, a number entry or an end.")
    yield from _without_entry(laid, entryless(steps, starts) & met)


def _at(one: Laid, wrong: str, remedy: str) -> Fault:
    return one.text.fault(one.name, (), wrong, remedy, on_key=True)


def _starts(head: FlowFile) -> list[str]:
    return [step for step in (head.start, head.on_error, head.worn_out) if step]


def never_met(head: FlowFile, laid: Mapping[str, Laid]) -> Iterator[Fault]:
    """Steps that no way leads to. They keep a flow off the air, and nobody from looking at its other ways.

    A step of a flow that is used twice need be met in one of the two only.
    """
    met = reached({name: one.step for name, one in laid.items()}, _starts(head))
    met_as_written = {(one.text.document.file, one.name) for name, one in laid.items() if name in met}
    for one in laid.values():
        if (one.text.document.file, one.name) not in met_as_written:
            yield _at(one, f'No call can come to the step "{one.name}".', "Lead a wire to it, or delete it.")


def _without_entry(laid: Mapping[str, Laid], names: set[str]) -> Iterator[Fault]:
    """Steps that speak of a number, or look one up, where none may have been keyed."""
    for name in laid:
        if name not in names:
            continue
        one = laid[name]
        if isinstance(one.step, CertificationStep):
            wrong = "A call can come here without having keyed a number, so there is nothing to look up."
            yield _at(one, wrong, "Lead it through a collect step first.")
        for field, words in one.text.steps[one.name].words().items():
            if "entry" in words.references:
                wrong = "A call can come here without having keyed a number, so there is none to read back."
                remedy = "Lead it through a collect step first, or leave {{ entry | groups }} out."
                yield one.text.fault(one.name, tuple(field.split(".")), wrong, remedy, offset=words.offset_of("entry"))
