"""Every command of the documents is run, in a fresh folder, or its text says what it needs that a test has not."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Ivr
from documents import DOCUMENTS, HERE, KNOWN_NEEDS, Block, blocks_in, blocks_of, command_named
from projects import tiny_project
from servers import Server

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.flow.release import release_name
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, rehearsal_line, sample_brokers
from ivr.softphone import InProcess, Number, Softphone
from ivr.store import Store

OPEN = datetime(2026, 11, 24, 16, tzinfo=UTC)
CALL = "CA12ab34" + "0" * 26
"""The call that the documents show."""

TYPED = {"ivr call": "1\n!\n"}
"""What somebody types at a command; at every other one, that it is meant so."""

MAY_FIND_FAULT = {"ivr doctor"}
"""Commands whose work it is to say that something is wrong."""

BLOCKS = [block for document in DOCUMENTS for block in blocks_of(document)]
INLINE = sorted(
    {
        (document.relative_to(HERE).as_posix(), " ".join(found.split()))
        for document in DOCUMENTS
        for found in re.findall(r"`(ivr [^`]+)`", document.read_text(encoding="utf-8"))
    }
)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as it is after some days: four releases, a call, a list, and files that were sent.

    The smallest line, which is checked in no time; that the shipped one passes its check is another test's.
    """
    project = tiny_project(tmp_path_factory.mktemp("documents") / "line")
    (project / "var").mkdir(mode=0o700)
    database = project / "var/ivr.db"
    store = Store(f"sqlite:///{database}")
    store.create_tables()
    files = read_files(project)
    for number in (1, 2, 3, 4):
        path = "config/hours.yaml"
        this = files if number == 4 else {**files, path: files[path] + f"# release {number}\n".encode()}
        store.make_live(store.add_release(release_name(this), this, f"number {number}", OPEN), OPEN)
    line = rehearsal_line(load_release(files), sample_brokers(project), database=f"sqlite:///{database}")
    phone = Softphone(
        InProcess(app_for(line), BASE_URL), Number.at(BASE_URL, ACCOUNT_SID, AUTH_TOKEN), OPEN, call_sid=CALL
    )
    phone.dial()
    phone.press("1")
    phone.hang_up()
    line.store.close()
    store.close()
    shutil.copy(project / "config/brokers.csv", project / "FILE.csv")
    shutil.copy(database, project / "FROM")
    return project


@pytest.fixture
def terminal(lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ivr: Ivr) -> Iterator[Terminal]:
    """A terminal in a copy of that project; what was started there ends with it."""
    folder = shutil.copytree(lived_in, tmp_path / "line")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # no way to the provider, for those that look for one
    with ExitStack() as running:
        yield Terminal(folder, monkeypatch, ivr, running)


class Terminal:
    """Runs commands as they are written."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, ivr: Ivr, running: ExitStack) -> None:
        self._folder, self._patch, self._ivr, self._running = folder, patch, ivr, running

    def run(self, command: str) -> None:
        """Run one; it must do what it is for."""
        words = shlex.split(command.removeprefix(".venv/bin/"))
        if words[0] == "make":
            # It sets up a folder of its own; what it would do is looked at, and CI does it.
            done = subprocess.run(["make", "-n", *words[1:]], cwd=HERE, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        elif words[:2] == ["ivr", "serve"]:
            server = Server(self._folder, *words[2:])
            self._running.callback(lambda: server.end(signal.SIGQUIT))
            server.ready()
        elif words[0] == "ivr":
            self._patch.setattr(sys, "stdin", io.StringIO(TYPED.get(command, "y\n")))
            ran = self._ivr(*words[1:])
            assert ran.code == 0 or (ran.code == 1 and command in MAY_FIND_FAULT), f"{command}: {ran.out}{ran.err}"
        else:
            pytest.fail(f"{command}: nobody has said how this is run. Mark it, or teach the terminal of this test.")


@pytest.mark.parametrize("document", DOCUMENTS, ids=[document.name for document in DOCUMENTS])
def test_every_command_of_a_document_runs_in_a_fresh_folder(document: Path, terminal: Terminal) -> None:
    for block in blocks_of(document):
        if not block.needs:
            for command in block.commands:
                terminal.run(command)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{block.document.name}:{block.line}" for block in BLOCKS])
def test_what_is_not_run_says_what_it_needs(block: Block) -> None:
    assert block.needs in ("", *KNOWN_NEEDS)
    for command in block.commands:
        words = shlex.split(command.removeprefix(".venv/bin/"))
        if words[0] == "ivr":
            assert_known(words[1:])


@pytest.mark.parametrize(("document", "command"), INLINE, ids=[f"{where} {what}" for where, what in INLINE])
def test_a_command_in_the_text_exists_with_its_options(document: str, command: str) -> None:
    assert_known(shlex.split(command.split("; ")[0])[1:])


def assert_known(words: list[str]) -> None:
    """Whether there is such a command, with such options."""
    if words[0] == "--project":
        words = words[2:]
    command, rest = command_named(words)
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert [word for word in rest if word.startswith("--") and word not in known] == []


def test_a_block_that_is_neither_run_nor_marked_is_found() -> None:
    text = "Ask *(needs a Twilio account)*:\n\n```\nivr x\n```\n\nThen:\n\n```\n$ ivr y\nsays\n$ ivr z  # so\n```\n"
    found = [(block.needs, block.commands) for block in blocks_in(HERE, f"{text}\n```ini\n[no]\n```\n")]
    assert found == [("a Twilio account", ("ivr x",)), ("", ("ivr y", "ivr z"))]


def test_a_page_may_be_marked_as_a_whole() -> None:
    text = "# Title\n\n*(all of it needs a server of your own)*\n\n```\n# apt-get install x\n$ ivr check\n```\n"
    [block] = blocks_in(HERE, text)
    assert (block.needs, block.commands) == ("a server of your own", ("apt-get install x", "ivr check"))


LINKS = sorted(
    {
        (document, link)
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
        if "://" not in link
    }
)


@pytest.mark.parametrize(("document", "link"), LINKS, ids=[f"{one.name} {link}" for one, link in LINKS])
def test_a_link_leads_to_a_page_and_to_a_heading_of_it(document: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    page = document.parent / path if path else document
    assert page.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
