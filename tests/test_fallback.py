"""What callers hear when the whole line is gone: made from a release, held to its rules, compared with what stands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from commands import Ivr
from projects import edit, shipped_project, tiny_project

from ivr.fallback import LONGEST_S, compared, fallback_document, fallback_faults
from ivr.flow.load import Loaded, load, read_files
from ivr.softphone.document import parse
from ivr.softphone.spoken import spoken
from ivr.softphone.twiml_check import check

SHIPPED = Path(__file__).parents[1]
WORDS = (
    "MNsure Broker Line. Sorry, our phones are down. We're open Monday, Tuesday and Thursday, eight to five. "
    "Wednesday, nine to five. Friday, eight to four. Central time. Please call later, or write to "
    "brokers at M N sure dot org, but never put consumer details in regular email."
)
OWN = "    MNsure Broker Line. Sorry, our phones are down."


def loaded(project: Path = SHIPPED) -> Loaded:
    """A project as its files are."""
    return load(read_files(project))


def shipped_document() -> str:
    """The document of the line as it is shipped."""
    return fallback_document(loaded().release)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The line as it is shipped, in a folder of its own."""
    return shipped_project(tmp_path / "line")


def faults(project: Path) -> list[str]:
    """What is wrong with a project's fallback, in words."""
    one = loaded(project)
    return [f"{fault.file}:{fault.line} {fault.wrong}" for fault in fallback_faults(one.release, one.rules)]


def test_the_shipped_document_says_hours_and_email_with_its_warning_and_ends_the_call() -> None:
    root = parse(shipped_document().encode())
    assert [verb.name for verb in root.walk() if verb.name[0].isupper()] == ["Response", "Say", "Hangup"]
    assert spoken(root.children[0]).text == WORDS


def test_the_shipped_document_takes_at_most_twenty_seconds_and_passes_the_softphones_checks() -> None:
    document = shipped_document().encode()
    assert spoken(parse(document).children[0]).seconds <= 20.0 == LONGEST_S
    assert check(document) == []
    assert len(document) < 64 * 1024


def test_no_address_of_ours_stands_in_it() -> None:
    assert "http" not in shipped_document()


def test_a_line_without_such_words_says_those_for_trouble(tmp_path: Path) -> None:
    document = fallback_document(loaded(tiny_project(tmp_path)).release)
    assert spoken(parse(document.encode())).text == (
        "We have a technical problem. Please write to brokers at M N sure dot org."
    )


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        (
            OWN,
            "    For the MNsure Broker Line we are sorry to say that all of our phones happen to be down.",
            "What callers hear when the whole line is gone takes 23.6 seconds, more than 20.",
        ),
        (
            ", but never put consumer details in regular email.\n  busy",
            ".\n  busy",
            (
                "D-23 does not hold when the whole line is gone: the words do not say "
                '"never put consumer details in regular email".'
            ),
        ),
        (
            ", but never put consumer details in regular email.\n  busy",
            ".\n  busy",
            (
                'P-20 does not hold when the whole line is gone: the words say "brokers at M N sure dot org" without '
                '"never put consumer details in regular email" or "request secure email".'
            ),
        ),
        (
            OWN,
            f"{OWN} Assisters too.",
            'P-02 does not hold when the whole line is gone: the words say "assisters".',
        ),
        (
            "Please call later, or write to {{ contacts.email.address }}, but",
            "Please call later, but",
            'D-23 does not hold when the whole line is gone: the words do not say "brokers at M N sure dot org".',
        ),
    ],
)
def test_words_that_break_a_rule_are_told_at_their_line(project: Path, before: str, after: str, wrong: str) -> None:
    edit(project, "config/line.yaml", before, after)
    assert f"config/line.yaml:{line_of_words(project)} {wrong}" in faults(project)


def line_of_words(project: Path) -> int:
    """The line where the words of the fallback stand."""
    lines = (project / "config/line.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith("  fallback:"))


def test_check_refuses_a_fallback_that_breaks_a_rule(project: Path, ivr: Ivr) -> None:
    edit(project, "config/line.yaml", OWN, f"{OWN} Assisters too.")
    for file in (project / "flows/calls").glob("*.yaml"):
        file.unlink()
    ran = ivr("check", "--json", project=project)
    found = [one for one in ran.json["findings"] if one["kind"] == "fallback"]
    assert (ran.code, len(found), found[0]["level"]) == (1, 1, "error")


def test_words_of_the_moment_cannot_stand_in_it(project: Path, ivr: Ivr) -> None:
    edit(project, "config/line.yaml", "Please call later, or", "Call {{ hours.next_opening }}, or")
    ran = ivr("fallback", "--files", project=project)
    assert ran.code == 1
    assert "differs from call to call, and these words are the same on every call" in ran.words


def test_the_words_are_compared_not_how_the_document_is_written() -> None:
    release = loaded().release
    document = shipped_document()
    spaced = document.replace("<Say", "\n  <Say").replace("<Hangup />", "\n  <Hangup></Hangup>\n") + "\n"
    assert compared(spaced.encode(), release).state == "same"


@pytest.mark.parametrize(
    ("before", "after", "state", "told"),
    [
        (
            "eight to four",
            "eight to five",
            "older",
            "It says: MNsure Broker Line. Sorry, our phones are down. We're op",
        ),
        ("Polly.Joanna-Neural", "Polly.Matthew-Neural", "older", "It says the same words in another voice"),
        ('<break time="150ms" />', "", "older", "It says: MNsure Broker Line."),
        ("<Hangup />", "<Dial>+16515550100</Dial>", "not_ours", "It has <Dial>, and nobody is there to answer"),
        ("<Hangup />", "<Redirect>https://line.example.gov/voice</Redirect>", "not_ours", "It has <Redirect>"),
        ("</Response>", "", "not_ours", "It is no document that the provider takes: error 12100"),
        ("<?xml", "\n<?xml", "not_ours", "It is no document that the provider takes: error 12100"),
    ],
)
def test_a_document_of_elsewhere_is_the_same_older_or_none(before: str, after: str, state: str, told: str) -> None:
    document = shipped_document()
    assert before in document
    comparison = compared(document.replace(before, after).encode(), loaded().release)
    assert comparison.state == state
    assert comparison.told.startswith(told)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html><body>404</body></html>", b"x" * 70000])
def test_whatever_stands_there_is_judged(body: bytes) -> None:
    assert compared(body, loaded().release).state == "not_ours"


@pytest.mark.parametrize(
    "body",
    [
        f"<Response><Say>{'a ' * 30_000}</Say></Response>",
        f"<Response><{'A' * 60_000}/></Response>",
        f'<Response><Say voice="{"v" * 60_000}">x</Say></Response>',
        f"<Response>{'<Say/>' * 9_000}</Response>",
        "<Response>" + "<Say x='1'>&#x202e;</Say>" * 2_000 + "</Response>",
        f"<{'r' * 60_000}/>",
    ],
)
def test_of_what_stands_there_only_the_beginning_is_told(body: str) -> None:
    began = time.process_time()
    assert len(compared(body.encode(), loaded().release).told) < 1500
    assert time.process_time() - began < 2


def test_the_command_prints_the_words_on_the_air(project: Path, ivr: Ivr) -> None:
    ran = ivr("fallback", project=project)
    assert ran.out == shipped_document() + "\n"
    assert ran.err == "Nothing is on the air yet: these are the words of the files here.\n"


def test_the_command_writes_a_file_and_tells_later_whether_it_is_older(project: Path, ivr: Ivr, tmp_path: Path) -> None:
    tiny = tiny_project(tmp_path / "tiny")
    assert ivr("publish", project=tiny).code == 0
    file = tmp_path / "fallback.xml"
    ran = ivr("fallback", "-o", str(file), project=tiny)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{file}: the words of release 1, ")
    assert check(file.read_bytes()) == []
    edit(tiny, "config/line.yaml", "We have a technical problem.", "We have a problem.")
    assert ivr("fallback", "--compare", str(file), project=tiny).code == 0
    ran = ivr("fallback", "--files", "--compare", str(file), project=tiny)
    assert (ran.code, ran.out.startswith(f"{file}: It says: We have a technical problem.")) == (3, True)
    assert ivr("publish", project=tiny).code == 0
    assert ivr("fallback", "--compare", str(file), project=tiny).code == 3


def test_a_diff_tells_what_is_heard_otherwise_when_the_whole_line_is_gone(ivr: Ivr, tmp_path: Path) -> None:
    old, new = tiny_project(tmp_path / "old"), tiny_project(tmp_path / "new")
    edit(new, "config/line.yaml", "words:\n", "words:\n  fallback: Our phones are down.\n")
    ran = ivr("diff", str(old), str(new), project=new)
    assert (
        "When the whole line is gone, callers hear: Our phones are down. "
        "Before: We have a technical problem. Please write to brokers at M N sure dot org."
    ) in ran.words


def test_a_file_that_cannot_be_written_is_told(project: Path, ivr: Ivr) -> None:
    ran = ivr("fallback", "-o", "/nowhere/fallback.xml", project=project)
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1,
        "/nowhere/fallback.xml cannot be written: No such file or directory.",
    )
