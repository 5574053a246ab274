"""Files with one mistake each: the message names file, line, what is wrong and what to do, word for word.

Each file of tests/broken/ stands for one file of the tiny line, has one fault, and says in its first lines what an
operator reads. `python tests/test_broken_files.py` writes what is said now into the files; read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_line import CONTACTS, DESK, FLOW, HOURS, LINE, SUB_FLOW, tiny_files

from ivr.errors import FileFaults
from ivr.flow.load import load, load_release, read_files

BROKEN = Path(__file__).parent / "broken"
PROJECT = Path(__file__).parents[1]

STANDS_FOR, SAYS, INDENT = "# stands for: ", "# says:", "#   "


def stands_for(content: bytes) -> str:
    """The path of the tiny line's file that a broken file takes the place of."""
    return content.splitlines()[0].decode().removeprefix(STANDS_FOR)


def expected(content: bytes) -> str:
    """The message that a broken file has in its first lines."""
    lines = content.decode("utf-8", "surrogateescape").splitlines()[2:]
    said = []
    for line in lines:
        if not line.startswith("#"):
            break
        said.append(line[len(INDENT) :])
    return "\n".join(said)


def said(content: bytes) -> tuple[str, int]:
    """What loading says with this file in its place, and how many faults that is."""
    files = tiny_files() | {stands_for(content): content}
    try:
        load_release(files)
    except FileFaults as found:
        return str(found), len(found.faults)
    return "nothing: it loads", 0


NAMES = sorted(path.stem for path in BROKEN.glob("*.yaml"))


def test_there_are_at_least_forty() -> None:
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_told_with_its_place_and_a_remedy(name: str) -> None:
    content = (BROKEN / f"{name}.yaml").read_bytes()
    message, count = said(content)
    assert message == expected(content)
    assert count == 1
    assert message.startswith(f"{stands_for(content)}:")


def test_all_mistakes_of_all_files_are_told_at_once() -> None:
    files = tiny_files(
        flow=FLOW.replace("next: first_menu", "next: frist_menu").replace("kind: check", "kind: chek"),
        sub_flow=SUB_FLOW.replace("digits: 1-10", "digits: many"),
        line=LINE.replace("ring_time: 20s", "ring_time: 20"),
        hours=HOURS.replace("America/Chicago", "America/Chicgo"),
        contacts=None,
    )
    with pytest.raises(FileFaults) as found:
        load_release(files)
    told = [(fault.file, fault.line) for fault in found.value.faults]
    assert told == [
        ("config/contacts.yaml", 0),
        ("config/hours.yaml", 1),
        ("config/line.yaml", 27),
        ("flows/number.yaml", 9),
        ("flows/tiny.yaml", 19),
        ("flows/tiny.yaml", 39),
    ]


REFERS = """\
rules:
  P-01:
    says: The line gives its address.
    shown_by: calls
    holds:
      - said: {at: address, say: "{{ contacts.email.address }}"}
      - said: {at: address, say: "in {{ desk.reply_days | count }} days"}
      - made_of: {rings: team, never_rings: [dhs]}
"""


@pytest.mark.parametrize(
    ("slip", "place"),
    [
        ({"contacts": CONTACTS.replace("+16514312670", "651 431 2670")}, ("config/contacts.yaml", 10)),
        ({"contacts": CONTACTS.replace("  dhs:", "   dhs:")}, ("config/contacts.yaml", 7)),
        ({"desk": DESK.replace("desk:", "desks:")}, ("config/desk.yaml", 1)),
        ({"desk": DESK + 'more: "\n'}, ("config/desk.yaml", 3)),
    ],
)
def test_a_slip_in_what_words_refer_to_does_not_accuse_the_words(
    slip: dict[str, str | None], place: tuple[str, int]
) -> None:
    refers = "Write to {{ contacts.email.address }} in {{ desk.reply_days | count }} days."
    files: dict[str, str | None] = {
        "flow": FLOW.replace("Write to {{ contacts.email.address }}.", refers),
        "line": LINE.replace("That key isn't used here.", '"{{ desk.reply_days | count }}"'),
        "rules": REFERS,
    }
    load_release(tiny_files(**files))
    with pytest.raises(FileFaults) as found:
        load_release(tiny_files(**files, **slip))
    assert [(fault.file, fault.line) for fault in found.value.faults] == [place]


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("Thanksgiving", "Thanksgiving Day"),
        ("Martin Luther King Day", "Martin Luther King Jr. Day"),
        ("President's Day", "Presidents Day"),
        ("Presidents\u2019 Day", "Presidents Day"),
        ("New Years Day", "New Year's Day"),
        ("labor day", "Labor Day"),
    ],
)
def test_a_holiday_that_is_nearly_written_right_is_told_at_its_line_with_the_right_name(
    written: str, whole: str
) -> None:
    hours = HOURS.replace("[Thanksgiving Day, Christmas Day]", f'\n    - Christmas Day\n    - "{written}"')
    told = [fault for fault in load(tiny_files(hours=hours)).warnings if fault.file == "config/hours.yaml"]
    remedy = f"Write {whole}: callers hear the name as it stands here, and scripted calls wait for it."
    assert [(fault.text.strip(), fault.remedy) for fault in told] == [(f'- "{written}"', remedy)]


@pytest.mark.parametrize("name", ["Washington's and Lincoln's Birthday", "Presidents Day", "Juneteenth"])
def test_each_whole_name_of_a_holiday_is_right(name: str) -> None:
    loaded = load(tiny_files(hours=HOURS.replace("[Thanksgiving Day, ", f'["{name}", ')))
    assert not any(fault.file == "config/hours.yaml" for fault in loaded.warnings)


def test_a_missing_file_says_what_it_holds() -> None:
    with pytest.raises(FileFaults) as found:
        load_release(tiny_files(hours=None))
    assert str(found.value) == (
        "config/hours.yaml\n"
        "  This file is missing; it holds when the line is open.\n"
        "  Restore it from an earlier release: ivr releases --files NUMBER FOLDER."
    )


def test_a_file_that_nothing_reads_is_told() -> None:
    files = tiny_files() | {"config/hour.yaml": b"zone: America/Chicago\n", "flows/more.yml": b"flow: more\n"}
    with pytest.raises(FileFaults) as found:
        load_release(files)
    assert str(found.value) == (
        "config/hour.yaml\n"
        "  Nothing reads this file.\n"
        "  If it is a copy of config/hours.yaml, delete it: every release keeps its files.\n"
        "\n"
        "flows/more.yml\n"
        "  This file is not read: its name ends in .yml.\n"
        "  Rename it so that it ends in .yaml."
    )


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFaults) as found:
        read_files(tmp_path)
    assert str(found.value) == (
        "config\n"
        f"  There is no folder config in {tmp_path}.\n"
        "  Start the command in the project's folder, or name it: --project DIR.\n"
        "\n"
        "flows\n"
        f"  There is no folder flows in {tmp_path}.\n"
        "  Start the command in the project's folder, or name it: --project DIR."
    )


@pytest.mark.parametrize("target", ["nowhere.yaml", "/etc/passwd", "/dev/zero", "."])
def test_what_leads_somewhere_else_is_not_read(tmp_path: Path, target: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "flows").mkdir()
    os.symlink(target, tmp_path / "flows/tiny.yaml")
    with pytest.raises(FileFaults) as found:
        read_files(tmp_path)
    assert str(found.value) == (
        "flows/tiny.yaml\n  This is no file of its own: it leads to, or is, something else.\n  Put a plain file there."
    )


def test_two_flows_of_one_name_are_told() -> None:
    with pytest.raises(FileFaults) as found:
        load_release(tiny_files() | {"flows/second.yaml": SUB_FLOW.encode()})
    assert str(found.value).splitlines()[3:] == [
        '  A flow called "number" stands in flows/number.yaml too.',
        "  Give one of them another name.",
    ]


MORE_OPTIONS = """\
      3: {offer: "For MinnesotaCare, Medical Assistance, paper applications, appeals or counties", go: address}
      4: {offer: "For certification, recertification or training of brokers and their staff", go: address}
      5: {offer: "For hours, forms, email, the steps of secure email, or what we cannot share", go: address}
"""

WARNED: dict[str, tuple[dict[str, str | None], str]] = {
    "a fact that nothing looks at": (
        {"flow": FLOW.replace("facts:\n", "facts:\n  topic: [none, status]\n")},
        'No step looks at the fact "topic", and no words speak it.',
    ),
    "short words that leave an option out": (
        {"flow": FLOW.replace("again: {1: Representative, 2: Address}", "again: {1: Representative}")},
        "Key 2 is offered the first time but not in again, so the second time nobody hears it.",
    ),
    "a menu that takes too long": (
        {
            "flow": FLOW.replace("go: address}\n", "go: address}\n" + MORE_OPTIONS, 1).replace(
                "again: {1", "# again: {1"
            )
        },
        "The first menu takes 21.6 seconds (49 words); callers follow 18 seconds and 40 words at most (U-06).",
    ),
    "a long way to the first key": (
        {
            "flow": FLOW.replace(
                "say: Tiny Line.", "say: Tiny Line, for brokers and for all of their staff, good day to you."
            )
        },
        (
            "What is said until the first key is offered takes 7.2 seconds (18 words); callers follow 7 seconds and 17"
            " words at most (U-01)."
        ),
    ),
    "an instruction that takes too long": (
        {"sub_flow": SUB_FLOW.replace("say: Please enter", f"say: {'Take your time, please. ' * 4} Please enter")},
        "What to enter takes 9.6 seconds (24 words); callers follow 8 seconds and 20 words at most (U-07).",
    ),
    "a message that takes too long": (
        {"flow": FLOW.replace("say: Write to", f"say: {'We never read what is sent by regular mail. ' * 6} Write to")},
        (
            "A message with its choices takes 29.4 seconds (71 words); callers follow 25 seconds and 55 words at most"
            " (U-07)."
        ),
    ),
    **{
        f"a holiday called {name}": (
            {"hours": HOURS.replace("[Thanksgiving Day, ", f'["{name}", ')},
            f'"{name}" is not how this holiday is written here.',
        )
        for name in ("Thanksgiving", "thanksgiving day", "New Year\u2019s Day", "President's Day", "Veteran's Day")
    },
    "a voice that nobody here knows": (
        {"line": LINE.replace("Polly.Joanna-Neural", "Polly.Xanthippe-Neural")},
        '"Polly.Xanthippe-Neural" is not among the voices that are known here.',
    ),
    "a flow without rules": (
        {"rules": None},
        "There is no file flows/tiny.rules.yaml, so nothing says what the policy demands of this flow.",
    ),
}


@pytest.mark.parametrize("what", WARNED)
def test_what_works_but_is_not_meant_is_a_warning(what: str) -> None:
    changed, wrong = WARNED[what]
    assert [fault.wrong for fault in load(tiny_files(**changed)).warnings] == [wrong]


def test_a_flow_that_nobody_comes_to_is_a_warning() -> None:
    other = SUB_FLOW.replace("flow: number", "flow: other")
    warnings = load(tiny_files() | {"flows/other.yaml": other.encode()}).warnings
    assert [fault.wrong for fault in warnings] == ['No number leads to the flow "other", and no flow uses it.']


@st.composite
def mangled(draw: st.DrawFn, content: bytes) -> bytes:
    """A file with some lines dropped, repeated, moved, or given another's value."""
    lines = content.decode().splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        at, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("drop", "repeat", "swap", "graft", "replace"))):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "repeat":
                lines.insert(other, lines[at])
            case "swap":
                lines[at], lines[other] = lines[other], lines[at]
            case "graft":
                lines[at] = lines[at].partition(":")[0] + ":" + (lines[other].partition(":")[2] or "\n")
            case "replace":
                lines[at] = draw(st.text(max_size=30)) + "\n"
    return "".join(lines).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("path", tiny_files())
def test_a_mangled_file_makes_a_release_or_faults_and_nothing_else(path: str) -> None:
    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(mangled(tiny_files()[path]))
    def holds(content: bytes) -> None:
        _loads_or_tells(tiny_files() | {path: content})

    holds()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.data())
def test_a_mangled_shipped_flow_makes_a_release_or_faults_and_nothing_else(data: st.DataObject) -> None:
    files = read_files(PROJECT)
    path = data.draw(st.sampled_from(sorted(name for name in files if not name.startswith("flows/calls/"))))
    _loads_or_tells(files | {path: data.draw(mangled(files[path]))})


def _loads_or_tells(files: dict[str, bytes]) -> None:
    """Nothing but a release with flows, or faults that each say what is wrong and what to do."""
    try:
        flows, faults = load_release(files).flows, []
    except FileFaults as found:
        flows, faults = {}, list(found.faults)
    assert bool(flows) != bool(faults)
    assert [fault for fault in faults if not (fault.wrong and fault.remedy)] == []


def _rewrite() -> None:
    """Write what is said now into every broken file, until it stays: the message moves the lines it speaks of."""
    for path in sorted(BROKEN.glob("*.yaml")):
        for _ in range(5):
            first, *rest = path.read_bytes().splitlines(keepends=True)
            while rest and rest[0].startswith(b"#"):
                del rest[0]
            message = said(path.read_bytes())[0]
            lines = [f"{INDENT}{line}".rstrip() if line else INDENT.rstrip() for line in message.splitlines()]
            header = "\n".join([SAYS, *lines]).encode("utf-8", "replace")
            path.write_bytes(first + header + b"\n" + b"".join(rest))


if __name__ == "__main__":
    _rewrite()
