"""Loading: from files to a release that a call can walk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tiny_line import FLOW, LINE, SUB_FLOW, tiny_files, tiny_flow

from ivr.errors import FileFaults
from ivr.flow.load import desk_of, line_of, load, load_release, read_files
from ivr.flow.rules import caller_facing, read_rules
from ivr.steps.menu import MenuStep
from ivr.verbs import Break

PROJECT = Path(__file__).parents[1]


def test_the_shipped_project_loads() -> None:
    release = load_release(read_files(PROJECT))
    assert release.flow_for("+18445208695") == "broker_line"
    assert release.flow_for("+16515550199") == "broker_line"
    assert {step.kind for step in release.flows["broker_line"].steps.values()} >= {"menu", "collect", "dial"}


def test_the_shipped_project_loads_in_well_under_a_second() -> None:
    files = read_files(PROJECT)
    began = time.perf_counter()
    load_release(files)
    assert time.perf_counter() - began < 1


def test_the_same_files_make_a_release_of_the_same_name_and_a_changed_word_another() -> None:
    release = load_release(tiny_files())
    assert release.name == load_release(dict(reversed(tiny_files().items()))).name
    assert release.name != load_release(tiny_files(flow=FLOW.replace("Goodbye.", "Good-bye."))).name
    assert release.files == tiny_files()


def test_files_are_those_of_flows_calls_and_config_and_no_others(tmp_path: Path) -> None:
    for path in ("flows/tiny.yaml", "flows/calls/one.yaml", "config/line.yaml", "config/brokers.csv", "notes.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a: b\n", encoding="utf-8")
    (tmp_path / "flows/.tiny.yaml.swp.yaml").write_text("", encoding="utf-8")
    assert read_files(tmp_path) == {
        "flows/tiny.yaml": b"a: b\n",
        "flows/calls/one.yaml": b"a: b\n",
        "config/line.yaml": b"a: b\n",
    }


def test_a_flow_begins_with_the_first_value_of_each_fact() -> None:
    flow = load_release(tiny_files()).flows["tiny"]
    assert flow.facts == {"line": ("open", "closed"), "label": ("none", "certified", "unchecked")}
    assert flow.initial_facts == {"line": "open", "label": "none"}
    assert (flow.start, flow.on_error, flow.worn_out) == ("hours", "trouble", "connecting")


def test_a_used_flow_is_laid_in_under_the_step_that_uses_it() -> None:
    flow = load_release(tiny_files()).flows["tiny"]
    laid_in = {name: dict(step.wires()) for name, step in flow.steps.items() if name.startswith("number")}
    assert {name: [wire.go for wire in wires.values()] for name, wires in laid_in.items()} == {
        "number": ["number/npn"],
        "number/npn": ["number/certification", "number/unknown", "number/unknown"],
        "number/certification": ["number/certified", "number/not_confirmed", "number/unknown", "number/unknown"],
        "number/not_confirmed": ["number/npn", "representative", "first_menu", "number/unknown"],
        "number/certified": ["connecting"],
        "number/unknown": ["unchecked"],
    }
    assert laid_in["number/certified"]["back"].set == {"label": "certified"}


def test_a_used_flow_may_have_control_keys_of_its_own() -> None:
    flow = load_release(tiny_files(sub_flow=SUB_FLOW.replace("start: npn\n", "start: npn\ncontrols: {9: npn}\n")))
    menu = flow.flows["tiny"].steps["number/not_confirmed"]
    assert isinstance(menu, MenuStep)
    assert {key: wire.go for key, wire in menu.wires().items()} == {
        "1": "number/npn",
        "9": "number/npn",
        "gave_up": "number/unknown",
    }


def test_a_used_flow_may_use_another_and_be_used_twice() -> None:
    main = tiny_flow(
        """
        one: {kind: use, flow: outer, outcomes: {done: two}}
        two: {kind: use, flow: outer, outcomes: {done: goodbye}}
        goodbye: {kind: end}
        """,
        start="one",
    ).replace("start:", "controls: {}\nstart:")
    outer = "flow: outer\nstart: ask\nsteps:\n  ask: {kind: use, flow: inner, outcomes: {yes: done, no: done}}\n"
    outer += "  done: {kind: end, as: done}\n"
    inner = "flow: inner\nstart: menu\nsteps:\n"
    inner += "  menu: {kind: menu, options: {1: {offer: For yes, go: yes}}, gave_up: no}\n"
    inner += "  yes: {kind: end, as: yes}\n  no: {kind: end, as: no}\n"
    files = tiny_files(flow=main, sub_flow=None)
    flow = load_release(files | {"flows/outer.yaml": outer.encode(), "flows/inner.yaml": inner.encode()}).flows["tiny"]
    assert list(flow.steps) == [
        *("one", "one/ask", "one/ask/menu", "one/ask/yes", "one/ask/no", "one/done"),
        *("two", "two/ask", "two/ask/menu", "two/ask/yes", "two/ask/no", "two/done"),
        "goodbye",
    ]
    assert [wire.go for wire in flow.steps["one/ask/no"].wires().values()] == ["one/done"]
    assert [wire.go for wire in flow.steps["one/done"].wires().values()] == ["two"]
    assert [wire.go for wire in flow.steps["two/done"].wires().values()] == ["goodbye"]


def test_flows_that_double_at_every_level_are_refused_and_not_laid_out() -> None:
    files = tiny_files(flow=_doubling("tiny", "f0", "{kind: end}"), sub_flow=None)
    for level in range(30):
        text = _doubling(f"f{level}", f"f{level + 1}", "{kind: end, as: done}")
        files[f"flows/f{level}.yaml"] = text.encode()
    files["flows/f30.yaml"] = b"flow: f30\nstart: end\nsteps:\n  end: {kind: end, as: done}\n"
    with pytest.raises(FileFaults) as found:
        load_release(files)
    wrong = [fault.wrong for fault in found.value.faults]
    assert wrong == ["This flow has too many steps once the flows it uses are laid in."]


def _doubling(name: str, used: str, end: str) -> str:
    steps = f"  one: {{kind: use, flow: {used}, outcomes: {{done: two}}}}\n"
    steps += f"  two: {{kind: use, flow: {used}, outcomes: {{done: end}}}}\n  end: {end}\n"
    return f"flow: {name}\nstart: one\ncontrols: {{}}\nsteps:\n{steps}"


def test_a_circle_that_a_fact_ends_is_none() -> None:
    flow = tiny_flow(
        """
        ring: {kind: dial, to: team, whisper: Press one., talked: end, no_answer: again}
        again:
          kind: check
          fact: rung
          cases:
            once: {go: ring, set: {rung: twice}}
            twice: end
        end: {kind: end}
        """,
        facts="{rung: [once, twice]}",
        start="ring",
    )
    files = tiny_files(flow=flow.replace("start:", "controls: {}\nstart:"))
    assert set(load_release(files).flows["tiny"].steps) == {"ring", "again", "end"}


def test_the_line_rings_its_numbers_in_order_or_all_at_once() -> None:
    in_order = load_release(tiny_files()).defaults.teams["team"]
    assert in_order.legs == (("+16515550100",), ("+16515550101",))
    assert (in_order.ring_s, in_order.show_caller) == (20, False)
    together = LINE.replace("in_order", "all_at_once").replace("dialled", "caller")
    at_once = load_release(tiny_files(line=together)).defaults.teams["team"]
    assert at_once.legs == (("+16515550100", "+16515550101"),)
    assert at_once.show_caller


def test_the_recording_notice_is_spoken_only_where_calls_are_recorded() -> None:
    assert load_release(tiny_files()).spoken["line"] == {"recording_notice": ""}
    recording = load_release(tiny_files(line=LINE.replace("recording: no", "recording: yes")))
    assert recording.spoken["line"] == {"recording_notice": "This call may be recorded."}
    assert recording.defaults.record


def test_the_line_gives_voice_limits_and_fixed_words() -> None:
    release = load_release(tiny_files())
    assert (release.voice.name, release.voice.language, release.voice.words_per_minute) == (
        "Polly.Joanna-Neural",
        "en-US",
        150,
    )
    assert (release.turns_limit, release.entries_per_hour) == (60, 10)
    assert release.words.start_over.plain == "Let's start again."
    assert release.words.trouble.plain == "We have a technical problem. Please write to brokers at M N sure dot org."


def test_fixed_words_may_say_the_weekly_hours() -> None:
    line = LINE.replace("technical problem.", "technical problem. We're open {{ hours.weekly }} {{ hours.zone }}.")
    assert load_release(tiny_files(line=line)).words.trouble.plain == (
        "We have a technical problem. We're open Monday, Tuesday and Thursday, eight to five. Wednesday, nine to five. "
        "Friday, eight to four. Central time. Please write to brokers at M N sure dot org."
    )


def test_steps_take_their_times_from_the_line_unless_they_say_otherwise() -> None:
    flow = FLOW.replace("press: first\n    say: Write", "press: first\n    wait: 3s\n    say: Write")
    steps = load_release(tiny_files(flow=flow)).flows["tiny"].steps
    first, address = steps["first_menu"], steps["address"]
    assert isinstance(first, MenuStep)
    assert isinstance(address, MenuStep)
    assert (first.wait, address.wait) == (7, 3)
    assert (first.attempts, first.wrong_keys) == (2, 3)
    assert {key: wire.go for key, wire in first.wires().items()} == {
        "1": "representative",
        "2": "address",
        "0": "representative",
        "9": "first_menu",
        "gave_up": "unchecked",
    }


def test_pauses_between_options_are_half_a_second() -> None:
    step = load_release(tiny_files()).flows["tiny"].steps["first_menu"]
    (say,) = step.spoken("first_menu", {"facts": {"line": "open"}}, None)
    assert [piece for piece in say.speech.pieces if isinstance(piece, Break)] == [Break(500)]


def test_the_tiny_line_has_no_warnings() -> None:
    assert load(tiny_files()).warnings == ()


def test_parts_of_loaded_files_can_be_had_by_themselves() -> None:
    assert line_of(tiny_files()).limits.turns == 60
    assert desk_of(tiny_files()).desk.spoken() == {"reply_days": "2"}


def test_rules_come_with_their_place_and_those_that_callers_hear_apart() -> None:
    rules = "rules:\n  P-01: {says: The line serves brokers., shown_by: calls}\n"
    rules += "  P-05: {says: METS is a system., shown_by: desk}\n"
    read = read_rules(tiny_files(rules=rules))
    assert list(read) == ["P-01", "P-05"]
    assert list(caller_facing(read)) == ["P-01"]
    fault = read["P-01"].fault("No scripted call shows this rule.", "Write one.")
    assert (fault.file, fault.line, fault.column) == ("flows/tiny.rules.yaml", 2, 3)


def test_a_rule_that_stands_in_two_files_is_told() -> None:
    files = tiny_files() | {"flows/other.rules.yaml": tiny_files()["flows/tiny.rules.yaml"]}
    with pytest.raises(FileFaults, match=r"The rule P-01 stands in flows/tiny.rules.yaml too."):
        load_release(files)
