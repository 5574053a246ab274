"""No secret is printed: not by any command, not by the server, not in a log at its most talkative, not in an error."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from projects import edit, tiny_project
from servers import free_port, serving
from webhooks import CALL

from ivr.answering import app_for
from ivr.cli import COMMANDS, main
from ivr.log import set_up_logging
from ivr.settings import load_settings
from ivr.softphone.signing import signature
from ivr.wiring import line_for

KEYS = ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")
TOKENS = ("feedfacefeedfacefeedfacefeedface", "cafebabecafebabecafebabecafebabe")
SECRETS = (*KEYS, *TOKENS, "qDz7Wd2Lr5Tk", "wFx9Kd3Mr6Vn", "zBy4Hc8Ps1Jg")
ENVIRON = {
    "IVR_SECRET_KEYS": ",".join(KEYS),
    "TWILIO_AUTH_TOKEN": ",".join(TOKENS),
    "IVR_DIRECTORY_TOKEN": "qDz7Wd2Lr5Tk",
    "IVR_METRICS_TOKEN": "wFx9Kd3Mr6Vn",
    "IVR_PUBLIC_URL": "https://line.example.gov",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
NO_DATABASES = (
    "postgresql+psycopg://line:zBy4Hc8Ps1Jg@127.0.0.1:1/line",
    "nonsense://line:zBy4Hc8Ps1Jg@x/y",
    "sqlite:////nowhere/zBy4Hc8Ps1Jg/x.db",
)
TALKATIVE = ("ivr", "sqlalchemy", "urllib3", "werkzeug", "gunicorn", "twilio", "alembic")

WORDS: dict[str, list[list[str]]] = {
    "call": [["--keys", "1 99900001#"], ["--json", "--keys", "1"], ["--url", "http://127.0.0.1:1"]],
    "check": [[], ["--json"], ["--suggest"]],
    "report": [["{folder}/site"]],
    "publish": [["-m", "why"], ["--json"]],
    "releases": [[], ["--json"], ["--files", "1", "{folder}/was"]],
    "rollback": [["1"], ["99"]],
    "diff": [[], ["1"], ["nowhere"]],
    "hours": [[], ["--json"], ["--year", "2027"], ["never"]],
    "close": [["--until", "tomorrow 09:00", "--reason", "We test."], []],
    "brokers": [["import", "{project}/config/brokers.csv"], ["show", "99900001"], ["import", "nowhere"]],
    "doctor": [["--url", "https://127.0.0.1:9"], ["--json", "--url", "https://127.0.0.1:9"]],
    "schema": [["{folder}/schemas"]],
    "watch": [["--server", "1"]],
}
"""What each command is run with; one that is not here is run alone, so that a new one is looked at too."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_project(tmp_path_factory.mktemp("line"))


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every logger says everything; the environment holds every secret; both as before afterwards."""
    root = logging.getLogger()
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in (None, *TALKATIVE)]
    handlers = list(root.handlers)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    yield
    root.handlers[:] = handlers
    for known, level in before:
        known.setLevel(level)


def shown(text: str) -> list[str]:
    """Secrets that stand in a text, or half of one."""
    return [secret for secret in SECRETS if secret in text or secret[: len(secret) // 2] in text]


def run(project: Path, *words: str) -> None:
    """A command in this process, however it ends; only as an accident it may not."""
    try:
        main(["--project", str(project), *words])
    except SystemExit as end:
        if end.code not in (0, 1, 2):
            raise


@pytest.mark.usefixtures("talkative")
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "serve"])
def test_no_command_prints_a_secret(
    command: str, project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for words in WORDS.get(command, [[]]):
        run(project, command, *(word.format(folder=tmp_path, project=project) for word in words))
        printed = capfd.readouterr()
        assert shown(printed.out + printed.err) == []


@pytest.mark.usefixtures("talkative")
@pytest.mark.parametrize("words", [["releases"], ["publish"], ["hours"], ["brokers", "show", "1"], ["check"]])
@pytest.mark.parametrize("url", NO_DATABASES)
def test_a_database_that_cannot_be_had_is_told_without_its_password(
    words: list[str], url: str, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    run(project, *words)
    printed = capfd.readouterr()
    assert shown(printed.out + printed.err) == []


@pytest.mark.usefixtures("talkative")
@pytest.mark.parametrize("url", ["", *NO_DATABASES])
def test_a_server_that_does_not_start_prints_no_secret(
    url: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    command = [sys.executable, "-X", "dev", "-m", "ivr", "--project", str(project), "serve", "--at", "never"]
    ended = subprocess.run([*command, "--port", str(free_port())], capture_output=True, text=True, check=False)
    assert ended.returncode
    assert shown(ended.stdout + ended.stderr) == []


@pytest.mark.parametrize("name", ["IVR_SECRET_KEYS", "TWILIO_AUTH_TOKEN", "IVR_DIRECTORY_TOKEN", "IVR_METRICS_TOKEN"])
def test_a_secret_comes_from_a_file_as_docker_and_systemd_give_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / "credential"
    file.write_text(ENVIRON[name] + "\n", encoding="utf-8")
    file.chmod(0o400)
    environ = {other: value for other, value in ENVIRON.items() if other != name}
    given = load_settings({**environ, f"{name}_FILE": str(file), "IVR_DATABASE_URL": "sqlite://"}, tmp_path)
    plain = load_settings({**ENVIRON, "IVR_DATABASE_URL": "sqlite://"}, tmp_path)
    assert given == plain
    assert shown(repr(given)) == []


def test_errors_inside_turns_and_pages_show_no_secret_in_answer_or_log(tmp_path: Path) -> None:
    project = tiny_project(tmp_path)
    log = StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    set_up_logging(production=True, stream=log, level=logging.DEBUG)
    try:
        settings = load_settings({**ENVIRON, "IVR_DATABASE_URL": f"sqlite:///{tmp_path}/line.db"}, project)
        line = line_for(settings)
        client = app_for(line).test_client()
        pages = [client.get(path).text for path in ("/", "/voice", "/readyz", "/metrics", "/phone", "/console", "/x")]
        fields = {"CallSid": CALL, "AccountSid": "", "From": "+16125550199", "To": "+18445208695"}
        for target in ("/voice", "/voice/turn?s=x", "/voice/fallback", "/voice/status", "/voice/whisper?s="):
            given = signature(ENVIRON["IVR_PUBLIC_URL"] + target, list(fields.items()), TOKENS[1])
            for sent in (given, "x", TOKENS[0]):
                answer = client.post(target, data=fields, headers={"X-Twilio-Signature": sent})
                pages += [answer.text, str(answer.headers)]
        line.store.close()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert '"exception"' in log.getvalue()  # nothing is on the air here, so a turn ends in an error with its traceback
    assert shown("".join(pages) + log.getvalue().replace(TOKENS[0] + "x", "")) == []


def test_the_server_prints_no_secret_from_its_start_to_its_end(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in ENVIRON.items():
        if name == "TWILIO_AUTH_TOKEN":
            (tmp_path / "token").write_text(value, encoding="utf-8")
            monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", str(tmp_path / "token"))
        else:
            monkeypatch.setenv(name, value)
    with serving(project, "--watch", "--workers", "1", "--at", "2026-11-24 10:00") as server:
        pages = [
            server.get(path)[1] for path in ("/voice", "/readyz", "/metrics", "/phone", "/nowhere", "/voice/turn?s=x")
        ]
        edit(project, "flows/tiny.yaml", "Tiny Line.", "Tiny {{ line. }}")
        edit(project, "flows/tiny.yaml", "Tiny {{ line. }}", "Tiny Line.")
        server.replaces(server.workers[0])
    assert shown(server.said + "".join(pages)) == []
    assert "Broker Line, release" in server.said
