"""From a document to a model: what does not fit is told in plain English, with its place and the word meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from ivr.errors import Fault, FileFaults
from ivr.yaml_text import Seconds, YesNo, duration, parse, read_yaml


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wire(Strict):
    go: str
    set: Mapping[str, str] = {}


def _spoken(text: str) -> str:
    if "invalid" in text:
        raise ValueError("This blames the caller.", "Leave out the word invalid.")
    return text


class Say(Strict):
    kind: Literal["say"]
    say: Annotated[str, AfterValidator(_spoken)]
    next: str | Wire
    interrupt: YesNo = True


class Menu(Strict):
    kind: Literal["menu"]
    press: Literal["every", "first"] = "every"
    wait: Seconds = 7.0
    attempts: int = Field(default=2, ge=1, le=5)
    options: Mapping[Annotated[str, Field(pattern="^[0-9*]$")], str | Wire] = Field(default={}, min_length=1)
    controls: tuple[Literal["star", "zero"], ...] = ()
    finish_key: Literal["#", "*"] = Field(default="#", alias="finish")


class Flow(Strict):
    start: str = Field(description="the step that comes first")
    on: date | None = None
    opens: time | None = None
    notes: list[str] = []
    steps: Mapping[str, Annotated[Say | Menu, Field(discriminator="kind")]] = {}


class Calls(RootModel[list[Wire]]):
    pass


def faults(text: str, model: type[BaseModel] = Flow, at: tuple[str | int, ...] = ()) -> list[Fault]:
    document = read_yaml("flows/line.yaml", text.encode())
    with pytest.raises(FileFaults) as caught:
        parse(model, document, at)
    return list(caught.value.faults)


def told(text: str, model: type[BaseModel] = Flow) -> list[tuple[int, int, str, str]]:
    return [(fault.line, fault.column, fault.wrong, fault.remedy) for fault in faults(text, model)]


def menu(line: str) -> str:
    return f"start: a\nsteps:\n  a:\n    kind: menu\n    {line}\n"


def test_a_file_that_fits_becomes_its_model() -> None:
    steps = "steps:\n  a: {kind: menu, wait: 500ms, options: {1: a, '*': {go: a}}}\n"
    text = f"start: a\non: 2026-11-26\nopens: 08:00\n{steps}"
    flow = parse(Flow, read_yaml("flows/line.yaml", text.encode()))
    step = flow.steps["a"]
    assert isinstance(step, Menu)
    assert (flow.on, flow.opens, step.wait) == (date(2026, 11, 26), time(8), 0.5)
    assert step.options == {"1": "a", "*": Wire(go="a")}


@pytest.mark.parametrize(
    ("line", "wrong", "remedy"),
    [
        ("press: evry", '"press" must be one of "every" or "first", not "evry".', 'Did you mean "every"?'),
        (
            "press: [every]",
            '"press" must be text.',
            "Write it on one line after the colon; use quotes if it has a colon in it.",
        ),
        ("wait: 7", '"wait" is not a duration.', "Write a duration with its unit, such as 7s (also 500ms, 2m, 48h)."),
        ("attempts: two", '"attempts" must be a whole number.', "Write it in digits, such as 3."),
        ("attempts: 0", '"attempts" must be at least 1.', "Write a number that is at least 1."),
        ("attempts: 9", '"attempts" must be at most 5.', "Write a number that is at most 5."),
        (
            "finish:  # key",
            '"finish" must be one of "#" or "*", not "".',
            'A # outside quotes begins a comment; to mean the key, write "#" in quotes.',
        ),
        ("controls: star", '"controls" must be a list.', "Begin each entry on a line of its own with - and a space."),
        (
            "controls: [star, hash]",
            'Entry 2 of "controls" must be one of "star" or "zero", not "hash".',
            'Write "star" or "zero".',
        ),
        ("options: {}", '"options" has no entries.', "Write at least one."),
        ("options: 1", '"options" must be a table.', "Write its fields on lines of their own, each as key: value."),
        (
            "options: {1: [a]}",
            '"1" must be text or a table.',
            "Write it on one line after the colon; use quotes if it has a colon in it.",
        ),
        ("options: {1: {goo: a}}", '"goo" is not known here.', 'Did you mean "go"?'),
        (
            "options: {22: a}",
            'The key "22" cannot stand here.',
            'The keys of a telephone here are 0 to 9 and "*".',
        ),
        ("atempts: 2", '"atempts" is not known here.', 'Did you mean "attempts"?'),
        ("finnish: 2", '"finnish" is not known here.', 'Did you mean "finish"?'),
        ("zzz: 2", '"zzz" is not known here.', "Known here: kind, press, wait, attempts, options, controls, finish."),
    ],
)
def test_what_does_not_fit_a_menu_is_told(line: str, wrong: str, remedy: str) -> None:
    assert [(fault[2], fault[3]) for fault in told(menu(line))] == [(wrong, remedy)]


def test_a_missing_field_is_told_at_the_name_of_its_table() -> None:
    assert told("start: a\nsteps:\n  a:\n    kind: say\n    say: Hello\n") == [
        (3, 3, '"next" is missing here.', "Add a line next: and its value.")
    ]
    assert told("notes: [a]\n") == [
        (1, 1, '"start" is missing here.', "Add a line start: and its value (the step that comes first).")
    ]


def test_a_misspelt_field_is_told_once_though_it_is_also_missing() -> None:
    assert told("strat: a\n") == [(1, 1, '"strat" is not known here.', 'Did you mean "start"?')]


def test_a_field_named_like_the_kind_of_its_step_is_not_confused_with_it() -> None:
    text = "start: a\nsteps:\n  a: {kind: say, say: That is invalid, next: a, interrupt: Yes, nxt: b}\n"
    assert told(text) == [
        (3, 23, '"say" blames the caller.', "Leave out the word invalid."),
        (3, 60, '"interrupt" must be yes or no.', "Write yes or no."),
        (3, 65, '"nxt" is not known here.', 'Did you mean "next"?'),
    ]


def test_an_unknown_or_missing_kind_is_told_with_the_nearest() -> None:
    assert told("start: a\nsteps:\n  a: {kind: mneu}\n  b: {say: Hello}\n") == [
        (3, 13, '"kind" must be one of "say" or "menu", not "mneu".', 'Did you mean "menu"?'),
        (4, 3, '"kind" is missing here.', "Add a line kind: and its value."),
    ]


def test_a_missing_space_after_a_colon_is_recognised_where_a_table_is_expected() -> None:
    assert told("start: a\nsteps:\n  a: kind:menu\n") == [
        (3, 6, '"a" must be a table.', "Put a space after the colon: kind: menu")
    ]


def test_dates_and_times_are_told_with_an_example() -> None:
    assert [fault[2:] for fault in told("start: a\non: Thanksgiving\nopens: 8 o'clock\n")] == [
        ('"on" must be a date.', "Write year-month-day, such as 2026-11-26."),
        ('"opens" must be a time of day.', "Write hours and minutes, such as 08:00."),
    ]


def test_a_file_that_is_a_list_is_told_with_the_number_of_the_entry() -> None:
    assert [fault[2] for fault in told("- go: a\n- b\n", Calls)] == ["Entry 2 must be a table."]
    assert [fault[2] for fault in told("hello\n")] == ["This must be a table."]


def test_a_part_of_a_file_is_parsed_with_its_own_places_and_step() -> None:
    document = read_yaml("flows/line.yaml", b"steps:\n  a:\n    kind: menu\n    wait: 7\n")
    with pytest.raises(FileFaults) as caught:
        parse(Menu, document, ("steps", "a"), step="a")
    (fault,) = caught.value.faults
    assert (fault.line, fault.column, fault.step) == (4, 11, "a")


def test_no_fault_speaks_the_language_of_the_libraries() -> None:
    steps = "steps:\n  a: {kind: menu, wait: x, attempts: [], options: [], press: 3}\n"
    text = f"start: [1]\non: x\nopens: {{}}\nnotes: a\n{steps}"
    spoken = "\n".join(f"{fault.wrong} {fault.remedy}" for fault in faults(text))
    for jargon in ("Input", "valid ", "dict", "string", "model", "instance", "error", "pydantic", "None"):
        assert jargon not in spoken


@pytest.mark.parametrize(
    ("text", "seconds"), [("7s", 7.0), ("500ms", 0.5), ("2m", 120.0), ("48h", 172_800.0), ("1.5s", 1.5), (3, 3.0)]
)
def test_a_duration_is_read_with_its_unit(text: str | int, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["7", "s", "7 s", "-7s", "7sec", "", "٧s", True, None])
def test_a_duration_without_its_unit_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)


def test_durations_and_yes_or_no_have_a_json_schema() -> None:
    assert Menu.model_json_schema()["properties"]["wait"]["examples"] == ["7s", "500ms", "2m", "48h"]
    assert Say.model_json_schema()["properties"]["interrupt"]["enum"] == ["yes", "no"]
