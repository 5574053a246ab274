"""A step that asks for one key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema, model_validator

from ivr.call import CallSession, Changes, Decision, Heard
from ivr.prompts import Words, key_word
from ivr.steps.step import (
    Defaults,
    Meeting,
    Mistake,
    Path,
    Scene,
    Step,
    Template,
    Way,
    Wire,
    World,
    kind,
    outside_gather,
)
from ivr.steps.units import WholeSeconds
from ivr.verbs import Break, Gather, Say, Speech, Verb

MOST_OPTIONS = 5
"""U-05."""

MOST_CIRCUMSTANCES = 10_000
"""Combinations of facts that are looked at when a menu is checked."""

BETWEEN_OPTIONS = Break(500)
"""U-09: half a second between options."""

Key = Annotated[str, Field(pattern=r"^[0-9*]$")]
Control = Literal["star", "zero", "nine"]
CONTROL_KEYS: Mapping[str, Control] = {"*": "star", "0": "zero", "9": "nine"}


def _as_values(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Values = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_values),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Option(BaseModel):
    """One key of a menu: what is said of it and where it leads, in one line."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    offer: Template | None = Field(default=None, description="what it is, without the key; left out: works, unspoken")
    go: str | None = Field(default=None, description="the step that comes next; `repeat` says the menu again")
    set: Mapping[str, str] = Field(default={}, description="facts set on the way")
    when: Mapping[str, Values] = Field(default={}, description="only when these facts have one of these values")
    _works_always: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _leads_somewhere_or_is_offered(self) -> Self:
        if self.go is None and self.offer is None:
            raise ValueError("This key says neither what it is nor where it leads.", "Give it an offer, a go, or both.")
        return self

    def stands(self, facts: Mapping[str, str]) -> bool:
        """Whether the facts of the call allow it."""
        return all(facts.get(fact) in values for fact, values in self.when.items())

    def works(self, facts: Mapping[str, str]) -> bool:
        """Whether the key does something: where the facts allow it, and always if it does what it does everywhere."""
        return self._works_always or self.stands(facts)

    def leading(self, go: str) -> Option:
        """This control key, which the menu offers but does not wire, led where it leads in every menu (D-11)."""
        option = self.model_copy(update={"go": go})
        option._works_always = True
        return option


@dataclass(frozen=True, slots=True)
class _Made:
    """What follows from a menu's options, so that no turn has to make it.

    Args:
        options, press: what it was made of.
        offered: the options' words, by which of them stand; None when something is filled in.
    """

    options: Mapping[str, Option]
    press: str
    ways: Mapping[str, Wire]
    offered: dict[tuple[bool, ...], Speech] | None


@kind
class MenuStep(Step):
    """Asks for one key; the sentence spoken and the wiring come from the same line.

    Silence and wrong keys are counted apart and cleared by a good key (D-09, D-10). After either, the words of
    `again` are said. Star repeats, 0 and 9 lead where `menu: controls:` of `config/line.yaml` says (D-11), unless
    the menu wires the key itself or leaves it out of `controls`. An option without `offer` works but is not spoken;
    a control key without `go` works always, and `when` only decides whether it is spoken.

    ```yaml
    first_menu:
      kind: menu
      say: Please choose.
      options:
        1: {offer: To speak with a representative, go: npn}
        2: {offer: "For status questions", go: status_menu, when: {line: open}}
        4: {offer: For certification, go: connecting, set: {label: certification_only}}
        "*": {offer: To repeat}
      again: {1: Representative, 2: Status, 4: Certification}
      press: every
      wait: 7s
      attempts: 2
      wrong_keys: 3
      controls: [star, zero, nine]
      gave_up: unchecked_caller
    ```
    """

    asks_caller = True
    silent_outcomes = ("gave_up",)

    kind: Literal["menu"]
    say: Template | None = Field(default=None, description="words before the options")
    options: Mapping[Key, Option] = Field(min_length=1, description="key: what it is and where it leads")
    again: Mapping[Key, Template] = Field(default={}, description="shorter words for the options, the second time")
    press: Literal["every", "first"] = Field(default="every", description='say "press" with every option or the first')
    wait: WholeSeconds | None = Field(default=None, description="time for a key")
    attempts: int | None = Field(default=None, ge=1, le=9, description="how often the options are heard in silence")
    wrong_keys: int | None = Field(default=None, ge=1, le=9, description="which wrong key gives up")
    controls: tuple[Control, ...] = Field(default=("star", "zero", "nine"), description="control keys that work here")
    gave_up: Way = Field(description="after too much silence or too many wrong keys")
    key_not_used: Template | None = Field(default=None, description="words for a key that is not offered")
    _made: _Made | None = PrivateAttr(default=None)

    def completed(self, defaults: Defaults) -> Self:
        options = dict(self.options)
        for key, target in {"*": "repeat", **defaults.controls}.items():
            if key in options and options[key].go is None:
                options[key] = options[key].leading(target)
            elif key not in options and CONTROL_KEYS[key] in self.controls:
                options[key] = Option(go=target)
        return self.model_copy(
            update={
                "options": options,
                "wait": self.wait or defaults.wait_s,
                "attempts": self.attempts or defaults.attempts,
                "wrong_keys": self.wrong_keys or defaults.wrong_keys,
                "key_not_used": self.key_not_used or defaults.key_not_used,
            }
        )

    def wires(self) -> Mapping[str, Wire]:
        ways = {key: wire for key, wire in self._made_once().ways.items() if wire.go != "repeat"}
        return {**ways, "gave_up": self.gave_up}

    def wire(self, outcome: str) -> Wire:
        return self._made_once().ways.get(outcome) or super().wire(outcome)

    def stays(self) -> tuple[str, ...]:
        return ("no_input", "wrong_key", "repeat")

    def unwired(self, facts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(key for key, option in self.options.items() if option.go is None)

    def words(self) -> Mapping[str, Words]:
        found = {"say": self.say, "key_not_used": self.key_not_used}
        found.update({f"options.{key}.offer": option.offer for key, option in self.options.items()})
        found.update({f"again.{key}": words for key, words in self.again.items()})
        return {field: words for field, words in found.items() if words is not None}

    def compares(self) -> Mapping[Path, tuple[str, tuple[str, ...]]]:
        return {
            ("options", key, "when", fact): (fact, values)
            for key, option in self.options.items()
            for fact, values in option.when.items()
        }

    def mistakes(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
        offered = [key for key, option in self.options.items() if option.offer is not None]
        yield from self._mistaken_numbers(facts)
        for key in self.again:
            if key not in self.options:
                wrong = f"again has words for key {key}, which is not an option of this menu."
                yield Mistake(("again", key), wrong, f"Take it out, or add key {key} to the options.", on_key=True)
        if self.again:
            for key in offered:
                if key in "123456789" and key not in self.again:
                    wrong = f"Key {key} is offered the first time but not in again, so the second time nobody hears it."
                    yield Mistake(("again",), wrong, f"Add short words for key {key} to again.", True, warns=True)

    def _mistaken_numbers(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
        """Too many options or none (U-05), in any circumstances that the options tell apart."""
        offered = [option for option in self.options.values() if option.offer is not None]
        told_apart = sorted({fact for option in offered for fact in option.when if fact in facts})
        if prod(len(facts[fact]) for fact in told_apart) > MOST_CIRCUMSTANCES:
            wrong = "What this menu offers depends on too many facts to be checked."
            yield Mistake(("options",), wrong, "Let its options look at fewer facts.", on_key=True)
            return
        counts = [
            sum(option.stands(dict(zip(told_apart, values, strict=True))) for option in offered)
            for values in product(*(facts[fact] for fact in told_apart))
        ]
        if max(counts) > MOST_OPTIONS:
            wrong = (
                f"This menu offers {max(counts)} options; callers cannot keep more than {MOST_OPTIONS} in mind (U-05)."
            )
            yield Mistake(("options",), wrong, "Move some of them into a menu of their own.", on_key=True)
        if not offered:
            wrong = "No option of this menu has words, so callers do not hear what to press."
            yield Mistake(("options",), wrong, "Give at least one option an offer.", on_key=True)
        elif not min(counts):
            wrong = "There are circumstances in which this menu offers nothing: every option's when can fail at once."
            yield Mistake(("options",), wrong, "Offer at least one option always.", on_key=True)

    def spoken(self, name: str, scene: Scene, after: str | None) -> tuple[Say, ...]:
        if after in (None, "repeat"):
            before = self.say.speak(scene) if self.say else Speech()
            return (Say(name, _joined(before, self._offers(scene))),)
        again = self._offers_again(scene) if self.again else self._offers(scene)
        if after != "wrong_key" or self.key_not_used is None:
            return (Say(name, again),)
        # The key itself is said back to the end: it is the first half second of the error words (D-12).
        return (
            *(
                (Say("key_not_used", Speech((f"{key_word(scene['key']).capitalize()}.",)), False),)
                if scene.get("key")
                else ()
            ),
            Say("key_not_used", self.key_not_used.speak(scene)),
            Say(name, again),
        )

    def _offers(self, scene: Scene) -> Speech:
        standing = tuple(option.offer is not None and option.stands(scene["facts"]) for option in self.options.values())
        offered = self._made_once().offered
        if offered is None:
            return self._offers_of(standing, scene)
        if standing not in offered:
            offered[standing] = self._offers_of(standing, scene)
        return offered[standing]

    def _offers_of(self, standing: tuple[bool, ...], scene: Scene) -> Speech:
        speech = Speech()
        for (key, option), stands in zip(self.options.items(), standing, strict=True):
            if option.offer is None or not stands:
                continue
            press = "press " if self.press == "every" or not speech else ""
            speech = _joined(speech, option.offer.speak(scene) + Speech((f", {press}{key_word(key)}.",)))
        return speech

    def _made_once(self) -> _Made:
        """What follows from the options; made anew for a copy with others."""
        made = self._made
        if made is None or made.options is not self.options or made.press != self.press:
            is_fixed = all(option.offer is None or option.offer.is_fixed for option in self.options.values())
            ways = {key: Wire(go=option.go, set=option.set) for key, option in self.options.items() if option.go}
            made = self._made = _Made(self.options, self.press, ways, {} if is_fixed else None)
        return made

    def _offers_again(self, scene: Scene) -> Speech:
        speech = Speech()
        for key, words in self.again.items():
            if self.options[key].stands(scene["facts"]):
                speech = _joined(speech, words.speak(scene) + Speech((f", {key_word(key)}.",)))
        return speech

    def meets(self, session: CallSession) -> tuple[Meeting, ...]:
        unused = next((key for key in "1234567890" if key not in self.options), "#")
        keys = [*self.options, unused, "", *("#" if session.stray_pound else ())]
        return tuple(Meeting(keys=key) for key in keys)

    def decide(self, session: CallSession, heard: Heard, world: World) -> Decision:
        settled = Changes(stray_pound=False)
        if session.stray_pound and heard.keys == "#":
            return Decision("repeat", settled)
        if not heard.keys:
            spent = session.silences + 1 >= (self.attempts or 1)
            return Decision("gave_up" if spent else "no_input", settled)
        # Several keys at once: the first is the answer, the others answer nothing else (D-12).
        option = self.options.get(heard.keys[0])
        if option is None or not option.works(session.facts):
            spent = session.wrong_keys + 1 >= (self.wrong_keys or 1)
            return Decision("gave_up" if spent else "wrong_key", settled)
        return Decision("repeat" if option.go == "repeat" else heard.keys[0], settled)

    def ask(self, session: CallSession, said: tuple[Say, ...], after: str | None) -> tuple[Verb, ...]:
        first, rest = outside_gather(said)
        wait = self.wait or 1
        return (*first, Gather(rest, wait_s=wait, first_s=wait, most=1, finish=""))


def _joined(first: Speech, second: Speech) -> Speech:
    """Two speeches with the pause of options between them, if both say something."""
    if not first or not second:
        return first or second
    return Speech((*first.pieces, BETWEEN_OPTIONS, *second.pieces))
