"""What operators meet on a careless day: every message says what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ivr
from projects import edit

from ivr.errors import FileFaults
from ivr.flow.load import load_release, read_files

# the check


def test_of_many_scripted_calls_that_go_otherwise_one_is_shown_and_the_others_are_named(ivr: Ivr, tiny: Path) -> None:
    happens = "[presses: 2, hears: [number/npn]]"
    calls = "\n".join(f"- {{call: Call {number}, rules: [P-01], happens: {happens}}}" for number in (1, 2, 3))
    (tiny / "flows/calls/tiny.yaml").write_text(calls, encoding="utf-8")
    ran = ivr("check", project=tiny)
    assert ran.out.count("Write to brokers at M N sure dot org") == 1
    assert 'The call "Call 1" (P-01) goes otherwise.' in ran.out
    assert (
        "2 more calls of flows/calls/ went otherwise as well:\n"
        "  flows/calls/tiny.yaml  Call 2\n"
        "  flows/calls/tiny.yaml  Call 3\n"
        "Mend the one above and look again: one slip often is behind all. In full: ivr check --all\n"
    ) in ran.out
    assert "3 wrong, 0 to look at" in ran.out


def test_all_of_them_are_shown_when_asked(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "flows/calls/tiny.yaml", "presses: 1", "presses: 2")
    text = (tiny / "flows/calls/tiny.yaml").read_text(encoding="utf-8")
    (tiny / "flows/calls/more.yaml").write_text(text, encoding="utf-8")
    ran = ivr("check", "--all", project=tiny)
    assert ran.out.count("Write to brokers at M N sure dot org") == 2
    assert "more call" not in ran.out


def test_a_rule_is_not_shown_by_a_call_that_goes_otherwise(ivr: Ivr, tiny: Path) -> None:
    assert "1 rule shown by them" in ivr("check", project=tiny).out
    edit(tiny, "flows/calls/tiny.yaml", "presses: 1", "presses: 2")
    assert "0 rules shown by them" in ivr("check", project=tiny).out


def test_a_name_that_is_not_there_is_told_once_without_a_word_on_how_it_is_spoken(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "flows/tiny.yaml", "Tiny Line.", "Tiny Line answers in {{ desk.reply_day | count }} days.")
    ran = ivr("check", project=tiny)
    assert 'There is nothing called "desk.reply_day".' in ran.out
    assert "1 mistake in the files" in ran.out


def test_a_list_with_one_wrong_entry_is_not_called_too_short(ivr: Ivr, tiny: Path) -> None:
    edit(tiny, "config/line.yaml", 'numbers: ["+16515550100", "+16515550101"]', "numbers: [6515550100]")
    ran = ivr("check", project=tiny)
    assert "is not a telephone number with its country code" in ran.out
    assert "1 mistake in the files" in ran.out


RULED = """\
rules:
  P-01:
    says: Key 2 has the address.
    shown_by: calls
    holds:
      - key: {at: first_menu, press: 2, hours: open, comes_to: address}
"""


def test_a_broken_rule_names_the_lines_changed_since_what_is_on_the_air(ivr: Ivr, tiny: Path) -> None:
    (tiny / "flows/tiny.rules.yaml").write_text(RULED, encoding="utf-8")
    assert ivr("publish", project=tiny).code == 0
    edit(tiny, "flows/tiny.yaml", "go: address}", "go: representative}")
    changed = "  flows/tiny.yaml:25  2: {offer: For the address, go: representative}  (it was: address)\n"
    for words in (["check"], ["publish"], ["check", "--since", "1"]):
        ran = ivr(*words, project=tiny)
        assert ran.code == 1
        assert "ERROR  flows/tiny.yaml:25:" in ran.out
        assert changed in ran.out
    assert "Changed since release 1 (on the air):" in ivr("check", project=tiny).out
    [finding] = ivr("check", "--json", project=tiny).json["findings"]
    assert finding["changed"] == [
        {
            "file": "flows/tiny.yaml",
            "line": 25,
            "path": ["steps", "first_menu", "options", "2"],
            "before": "address",
            "gone": False,
        }
    ]


def test_of_several_rules_broken_at_one_line_the_first_is_shown_with_its_call(ivr: Ivr, tiny: Path) -> None:
    rules = RULED + RULED.partition("\n")[2].replace("P-01", "P-02").replace("Key 2 has", "It is key 2 that has")
    (tiny / "flows/tiny.rules.yaml").write_text(rules.replace("shown_by: calls", "shown_by: proof"), encoding="utf-8")
    edit(tiny, "flows/tiny.yaml", "go: address}", "go: representative}")
    out = ivr("check", project=tiny).out
    assert (out.count("but key 2 at first_menu leads to"), out.count("The way the call takes:")) == (2, 1)
    assert out.count("The same line as above; its call: ivr check --all") == 1
    assert ivr("check", "--all", project=tiny).out.count("The way the call takes:") == 2


def test_before_the_first_release_the_lines_that_decide_are_named(ivr: Ivr, tiny: Path) -> None:
    (tiny / "flows/tiny.rules.yaml").write_text(RULED, encoding="utf-8")
    edit(tiny, "flows/tiny.yaml", "go: address}", "go: representative}")
    ran = ivr("check", project=tiny)
    assert "    Look at these lines first; they decide where the call goes:\n" in ran.out
    assert "Changed since" not in ran.out
    wrong = ivr("check", "--since", "nothing", project=tiny)
    assert (wrong.code, "nothing is no release, no folder" in wrong.words) == (2, True)


NOBODY_RUNG = """\
rules:
  P-01:
    says: Nobody is rung while we are closed.
    shown_by: calls
    holds:
      - never: {kind: dial, hours: closed}
"""


def test_a_step_nobody_comes_to_hides_no_broken_rule_which_is_told_first(ivr: Ivr, tiny: Path) -> None:
    (tiny / "flows/tiny.rules.yaml").write_text(NOBODY_RUNG, encoding="utf-8")
    edit(
        tiny,
        "flows/tiny.yaml",
        "closed: {go: closed, set: {line: closed}}",
        "closed: {go: greeting, set: {line: closed}}",
    )
    edit(tiny, "flows/tiny.yaml", "closed: closed", "closed: number")
    ran = ivr("check", project=tiny)
    assert ran.code == 1
    assert ran.out.index("P-01: Nobody is rung while we are closed; but") < ran.out.index(
        'No call can come to the step "closed".'
    )
    assert "1 scripted call played" in ran.out
    assert ivr("publish", project=tiny).code == 1
    with pytest.raises(FileFaults, match="No call can come to the step"):
        load_release(read_files(tiny))


def test_a_database_that_cannot_be_used_keeps_no_finding_back(
    ivr: Ivr, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "flows/tiny.rules.yaml").write_text(RULED, encoding="utf-8")
    edit(tiny, "flows/tiny.yaml", "go: address}", "go: representative}")
    monkeypatch.setenv("IVR_DATABASE_URL", "nonsense://nowhere/x")
    ran = ivr("check", project=tiny)
    assert ran.code == 1
    assert "P-01: Key 2 has the address; but" in ran.out
    assert "Look at these lines first" in ran.out


def test_findings_go_where_they_can_be_piped_and_suggested_calls_alone_into_a_file(ivr: Ivr, tiny: Path) -> None:
    for words in (["check"], ["publish"]):
        ran = ivr(*words, project=tiny)
        assert (ran.code, ran.err) == (0, "")
        assert "1 scripted call played, 1 rule shown by them: nothing is wrong." in ran.out
    suggested = ivr("check", "--suggest", project=tiny)
    assert suggested.out.startswith("- call: ")
    assert "1 scripted call played" in suggested.err


# hours and closures


def test_a_day_without_a_time_is_shown_whole(ivr: Ivr, tiny: Path) -> None:
    today = "Today is Thanksgiving Day."
    assert ivr("hours", "2026-11-26", project=tiny).out.splitlines() == [
        "Thursday, November 26, 2026 (America/Chicago): CLOSED all day",
        "  why           Thanksgiving Day (rule: holiday)",
        f"  at noon       We're closed; we open tomorrow, Friday, at eight a.m. Central time. {today}",
    ]
    assert "OPEN 09:00-17:00" in ivr("hours", "Wed", "2026-11-25", project=tiny).out
    assert ivr("hours", "2026-11-27", "--json", project=tiny).json["open"] == [["08:00", "16:00"]]
    assert "2026-11-26 is a Thursday, not a Friday." in ivr("hours", "Fri 2026-11-26", project=tiny).err


@pytest.mark.parametrize(
    ("written", "meant"), [("5pm", "17:00"), ("5:30 p.m.", "17:30"), ("12 am", "00:00"), ("12pm", "12:00")]
)
def test_until_may_be_written_by_the_twelve_hour_clock(written: str, meant: str, ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", f"tomorrow {written}", "--reason", "snow", project=tiny)
    assert f", {meant}. New callers hear it within 2 seconds: We're closed for snow." in ran.out


def test_a_closure_of_months_must_be_meant(ivr: Ivr, tiny: Path) -> None:
    words = ("close", "--until", "2199-11-25 17:00", "--reason", "the weather")
    ran = ivr(*words, project=tiny)
    assert ran.code == 2
    assert "callers would be turned away all that time. Check the year. If it is meant: --long" in ran.words
    assert ivr("reopen", project=tiny).out.startswith("Nothing to reopen")
    assert ivr(*words, "--long", project=tiny).code == 0


def test_a_reason_of_many_words_is_not_taken(ivr: Ivr, tiny: Path) -> None:
    ran = ivr("close", "--until", "tomorrow 10:00", "--reason", "very " * 15 + "bad weather", project=tiny)
    assert ran.code == 2
    said = "--reason: The reason has 17 words; callers hear them all before the keys. Say it in at most 15."
    assert said in ran.words
