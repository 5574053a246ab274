"""Settings: read once, all faults at once, no secret shown, secrets at hand in development and never in production."""

from __future__ import annotations

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from ivr.errors import SetupError
from ivr.settings import NAMES, Settings, load_settings

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER_KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
TOKEN = "fedcba9876543210fedcba9876543210"
SID = "AC0123456789abcdef0123456789abcdef"
PRODUCTION = {
    "IVR_ENV": "production",
    "IVR_PUBLIC_URL": "https://line.example.gov",
    "IVR_SECRET_KEYS": KEY,
    "IVR_DATABASE_URL": "postgresql+psycopg://line:hidden-word@db/line",
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": TOKEN,
}


def fault_of(environ: dict[str, str], project: Path) -> str:
    with pytest.raises(SetupError) as refused:
        load_settings(environ, project)
    return str(refused.value)


def test_production_takes_what_is_set_and_makes_nothing(tmp_path: Path) -> None:
    settings = load_settings(PRODUCTION, tmp_path)
    assert settings.is_production
    assert settings.public_url == "https://line.example.gov"
    assert [key.get_secret_value() for key in settings.secret_keys] == [KEY]
    assert [token.get_secret_value() for token in settings.auth_tokens] == [TOKEN]
    assert settings.account_sid == SID
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://line:hidden-word@db/line"
    assert list(tmp_path.iterdir()) == []


def test_the_outbox_is_a_folder_of_the_project_or_where_it_is_set(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path).outbox == tmp_path / "var" / "outbox"
    assert load_settings({"IVR_OUTBOX": "/srv/outbox"}, tmp_path).outbox == Path("/srv/outbox")
    assert load_settings({"IVR_OUTBOX": "elsewhere"}, tmp_path).outbox == tmp_path / "elsewhere"
    assert not (tmp_path / "var" / "outbox").exists()


def test_an_empty_environment_is_development_with_sqlite_and_secrets_at_hand(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert not settings.is_production
    assert settings.project == tmp_path
    assert settings.public_url is None
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/var/ivr.db"
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["auth_token", "secret_keys"]
    for path in (tmp_path / "var").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Fernet(settings.secret_keys[0].get_secret_value())
    assert len(settings.auth_tokens[0].get_secret_value()) == 32


def test_secrets_made_once_are_used_again_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = load_settings({}, tmp_path)
    assert [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)] == [
        "made IVR_SECRET_KEYS for development",
        "made TWILIO_AUTH_TOKEN for development",
    ]
    caplog.clear()
    assert load_settings({}, tmp_path) == first
    assert caplog.records == []


def test_many_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: load_settings({}, tmp_path), range(32)))
    assert len({settings.secret_keys[0].get_secret_value() for settings in made}) == 1
    assert len({settings.auth_tokens[0].get_secret_value() for settings in made}) == 1
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["auth_token", "secret_keys"]


def test_production_does_not_use_what_development_has_made(tmp_path: Path) -> None:
    load_settings({}, tmp_path)
    assert "TWILIO_AUTH_TOKEN: is missing" in fault_of({"IVR_ENV": "production"}, tmp_path)


def test_production_names_everything_that_is_missing_at_once_with_the_remedy(tmp_path: Path) -> None:
    address, keys, token = fault_of({"IVR_ENV": "production"}, tmp_path).splitlines()
    assert address == "IVR_PUBLIC_URL: is missing. Set the address that the provider's console has, without /voice."
    assert keys == (
        'IVR_SECRET_KEYS: is missing. Make one with: python -c "from cryptography.fernet import Fernet; '
        'print(Fernet.generate_key().decode())", or name a file that holds it in IVR_SECRET_KEYS_FILE.'
    )
    assert token == (
        "TWILIO_AUTH_TOKEN: is missing. It stands on the first page of the provider's console, "
        "or name a file that holds it in TWILIO_AUTH_TOKEN_FILE."
    )


def test_an_empty_value_is_a_missing_one(tmp_path: Path) -> None:
    assert fault_of({**PRODUCTION, "TWILIO_AUTH_TOKEN": "  "}, tmp_path).startswith("TWILIO_AUTH_TOKEN: is missing.")


def test_several_keys_and_tokens_stand_between_commas_while_one_is_being_replaced(tmp_path: Path) -> None:
    settings = load_settings(
        {**PRODUCTION, "IVR_SECRET_KEYS": f"{OTHER_KEY}, {KEY}", "TWILIO_AUTH_TOKEN": f"{TOKEN},second"}, tmp_path
    )
    assert [key.get_secret_value() for key in settings.secret_keys] == [OTHER_KEY, KEY]
    assert [token.get_secret_value() for token in settings.auth_tokens] == [TOKEN, "second"]


def test_every_secret_can_come_from_a_file(tmp_path: Path) -> None:
    contents = {
        "IVR_DATABASE_URL": "postgresql+psycopg://db/line\n",
        "IVR_SECRET_KEYS": f"{OTHER_KEY}\n{KEY}\n",
        "TWILIO_AUTH_TOKEN": f"{TOKEN}\n",
        "IVR_DIRECTORY_TOKEN": "directory-word\n",
    }
    environ = {"IVR_ENV": "production", "IVR_PUBLIC_URL": "https://line.example.gov"}
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        environ[f"{name}_FILE"] = str(tmp_path / name)
    settings = load_settings(environ, tmp_path)
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://db/line"
    assert [key.get_secret_value() for key in settings.secret_keys] == [OTHER_KEY, KEY]
    assert [token.get_secret_value() for token in settings.auth_tokens] == [TOKEN]
    assert settings.directory_token is not None
    assert settings.directory_token.get_secret_value() == "directory-word"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"IVR_ENV": "prod"}, "IVR_ENV: is neither development nor production. Set one of them."),
        ({"IVR_DURABILITY": "some"}, "IVR_DURABILITY: is neither normal nor full. Set one of them."),
        (
            {"IVR_PUBLIC_URL": "line.example.gov"},
            "IVR_PUBLIC_URL: is not an absolute address. Write it like https://line.example.gov.",
        ),
        (
            {"IVR_PUBLIC_URL": "https://line.example.gov/?a=b"},
            "IVR_PUBLIC_URL: has more than host and path. Leave out user, query and fragment.",
        ),
        (
            {"IVR_PUBLIC_URL": "https://line.example.gov/#"},
            "IVR_PUBLIC_URL: has more than host and path. Leave out user, query and fragment.",
        ),
        (
            {"IVR_PUBLIC_URL": "https://line.example.gov/ivr/voice/"},
            "IVR_PUBLIC_URL: ends with /voice, which the line adds by itself. Set it to https://line.example.gov/ivr.",
        ),
        (
            {"IVR_PUBLIC_URL": "https://line.example.gov/voice/status"},
            "IVR_PUBLIC_URL: ends with /voice/status, which the line adds by itself. Set it to https://line.example.gov.",
        ),
        (
            {"IVR_PUBLIC_URL": "http://line.example.gov"},
            "IVR_PUBLIC_URL: must begin with https:// in production. Put TLS in front of the line.",
        ),
        (
            {"TWILIO_ACCOUNT_SID": "AC123"},
            (
                "TWILIO_ACCOUNT_SID: is not an account SID. "
                "It is AC and 32 hexadecimal digits, as on the console's first page."
            ),
        ),
        (
            {"TWILIO_AUTH_TOKEN": ","},
            "TWILIO_AUTH_TOKEN: holds no token. Take it from the first page of the provider's console.",
        ),
        (
            {"TWILIO_AUTH_TOKEN_FILE": "/nowhere"},
            "TWILIO_AUTH_TOKEN: is set twice, by itself and by TWILIO_AUTH_TOKEN_FILE. Unset one of them.",
        ),
        (
            {"IVR_DIRECTORY_TOKEN_FILE": "/none"},
            (
                "IVR_DIRECTORY_TOKEN: /none, named by IVR_DIRECTORY_TOKEN_FILE, cannot be read: "
                "No such file or directory. Name a readable file."
            ),
        ),
    ],
    ids=lambda value: next(iter(value.items()))[1] if isinstance(value, dict) else "",
)
def test_what_cannot_work_is_said_by_name_with_its_remedy(change: dict[str, str], fault: str, tmp_path: Path) -> None:
    assert fault_of({**PRODUCTION, **change}, tmp_path) == fault


def test_a_key_that_is_none_is_told_by_its_place_and_never_shown(tmp_path: Path) -> None:
    fault = fault_of({**PRODUCTION, "IVR_SECRET_KEYS": f"{KEY},not-a-key-but-secret"}, tmp_path)
    assert fault.startswith("IVR_SECRET_KEYS: key 2 of 2 is not a Fernet key. Make one with: python -c ")
    assert "secret" not in fault.replace("SECRET", "")


def test_an_unreadable_file_in_development_makes_no_secret_in_its_place(tmp_path: Path) -> None:
    fault = fault_of({"TWILIO_AUTH_TOKEN_FILE": str(tmp_path)}, tmp_path)
    assert fault == (
        f"TWILIO_AUTH_TOKEN: {tmp_path}, named by TWILIO_AUTH_TOKEN_FILE, cannot be read: Is a directory. "
        "Name a readable file."
    )
    assert not (tmp_path / "var" / "auth_token").exists()


def test_a_spoilt_key_in_var_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_keys").write_text("spoilt")
    assert fault_of({}, tmp_path).startswith("IVR_SECRET_KEYS: key 1 of 1 is not a Fernet key.")
    assert (tmp_path / "var" / "secret_keys").read_text() == "spoilt"


def test_a_project_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert fault_of({"IVR_PROJECT": str(missing), **PRODUCTION}, missing) == (
        f"IVR_PROJECT: {missing} is not a folder. Name the one that holds flows/ and config/."
    )


def test_a_var_that_cannot_be_used_is_named_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    assert fault_of({}, tmp_path).splitlines() == [
        f"{name}: is not set, and {tmp_path}/var cannot be used (File exists). Set it, or mend the folder."
        for name in ("IVR_DATABASE_URL", "IVR_SECRET_KEYS", "TWILIO_AUTH_TOKEN")
    ]


def test_the_project_is_the_one_given_then_the_one_set_then_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_settings({"IVR_PROJECT": str(other)}, one).project == one
    assert load_settings({"IVR_PROJECT": "other"}).project == other
    assert load_settings({}).project == tmp_path


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://line.example.gov/", "https://line.example.gov"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("https://example.gov:8443/line/", "https://example.gov:8443/line"),
        ("https://LINE.example.gov:443", "https://line.example.gov"),
        ("https://line.example.gov:443/Line", "https://line.example.gov/Line"),
    ],
)
def test_the_public_address_is_kept_as_ivr_twilio_connect_writes_it(url: str, kept: str, tmp_path: Path) -> None:
    assert load_settings({"IVR_PUBLIC_URL": url}, tmp_path).public_url == kept


@pytest.mark.parametrize("url", ["ftp://x", "https://", "https:// x", "https://x:99999", "https://me:word@x"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    assert fault_of({"IVR_PUBLIC_URL": url}, tmp_path).startswith("IVR_PUBLIC_URL: ")


def test_no_secret_shows_in_any_form_of_the_settings(tmp_path: Path) -> None:
    settings = load_settings({**PRODUCTION, "IVR_DIRECTORY_TOKEN": "directory-word"}, tmp_path)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        for secret in (KEY, TOKEN, "hidden-word", "directory-word"):
            assert secret not in shown


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        settings.env = "production"  # type: ignore[misc]


def test_the_environment_of_the_process_is_not_read_behind_our_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_PUBLIC_URL", "https://elsewhere.example.gov")
    assert "IVR_PUBLIC_URL" in os.environ
    assert load_settings({}, tmp_path).public_url is None


def test_a_name_that_is_no_setting_is_told_with_the_nearest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    load_settings({"IVR_PUBLIC_ULR": "https://x", "IVR_ZZZ": "1", "TWILIO_OTHER": "1", "HOME": "/"}, tmp_path)
    told = [r.msg["event"] for r in caplog.records if r.levelname == "WARNING" and isinstance(r.msg, dict)]
    assert told == [
        "IVR_PUBLIC_ULR is not a setting of ours; was IVR_PUBLIC_URL meant?",
        "IVR_ZZZ is not a setting of ours",
    ]


def test_production_without_an_account_starts_and_says_what_that_means(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    load_settings({**PRODUCTION, "TWILIO_ACCOUNT_SID": ""}, tmp_path)
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_production_without_the_public_address_does_not_start(tmp_path: Path) -> None:
    assert fault_of({**PRODUCTION, "IVR_PUBLIC_URL": ""}, tmp_path) == (
        "IVR_PUBLIC_URL: is missing. Set the address that the provider's console has, without /voice."
    )


def test_the_names_are_these() -> None:
    assert NAMES == (
        "IVR_ENV",
        "IVR_PROJECT",
        "IVR_DATABASE_URL",
        "IVR_OUTBOX",
        "IVR_DURABILITY",
        "IVR_PUBLIC_URL",
        "IVR_SECRET_KEYS",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "IVR_DIRECTORY_URL",
        "IVR_DIRECTORY_TOKEN",
        "IVR_METRICS_TOKEN",
        "IVR_TRACES_URL",
    )
    assert set(Settings.model_fields) == {
        "env",
        "project",
        "database_url",
        "outbox",
        "durability",
        "public_url",
        "secret_keys",
        "account_sid",
        "auth_tokens",
        "directory_url",
        "directory_token",
        "metrics_token",
        "traces_url",
    }
