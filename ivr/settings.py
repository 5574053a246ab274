"""What a deployment sets: the environment, read once, every fault named at once, no secret ever shown."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ivr.errors import SetupError
from ivr.log import logger

log = logger(__name__)


def _absolute_url(text: str) -> str:
    """An address with scheme and host and nothing after the path; the trailing slash goes."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValueError("is not an absolute address. Write it like https://line.example.gov")
    if "?" in text or "#" in text or "@" in parts.netloc:
        raise ValueError("has more than host and path. Leave out user, query and fragment")
    parts.port  # noqa: B018  raises ValueError for a port that is none
    return text.rstrip("/")


def _reached_at(url: str) -> str:
    """Our own address as the provider writes it: without what the line adds to it, and without the port of https."""
    if found := re.search(r"/+voice(?:/[a-z]+)?$", url, re.IGNORECASE):
        raise ValueError(f"ends with {found[0]}, which the line adds by itself. Set it to {url[: found.start()]}")
    parts = urlsplit(url)
    host = parts.netloc.lower()
    return parts._replace(netloc=host.removesuffix(":443") if parts.scheme == "https" else host).geturl()


def _one_or_more(value: object) -> object:
    """Comma-separated text, or lines of a file, to a tuple."""
    return tuple(re.findall(r"[^,\s]+", value)) if isinstance(value, str) else value


def _fernet_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key.get_secret_value())
        except ValueError:
            raise ValueError(f"key {place} of {len(keys)} is not a Fernet key. {_MAKE_A_KEY}") from None
    return keys


_MAKE_A_KEY = 'Make one with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
Url = Annotated[str, AfterValidator(_absolute_url)]
PublicUrl = Annotated[Url, AfterValidator(_reached_at)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class Settings(BaseSettings):
    """The settings of one process; made by `load_settings`.

    The first of `secret_keys` encrypts, all decrypt. Any of `auth_tokens` may have signed a request; we sign with the
    first. `public_url` is None when nothing is set: then a request's own address is what was signed. `outbox` is a
    folder on this machine's own disk, made when it is first needed.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, case_sensitive=True)

    env: Literal["development", "production"] = Field("development", alias="IVR_ENV")
    project: Path = Field(alias="IVR_PROJECT")
    database_url: SecretStr = Field(alias="IVR_DATABASE_URL")
    outbox: Path = Field(alias="IVR_OUTBOX")
    durability: Literal["normal", "full"] = Field("normal", alias="IVR_DURABILITY")
    public_url: PublicUrl | None = Field(None, alias="IVR_PUBLIC_URL")
    secret_keys: Annotated[Secrets, AfterValidator(_fernet_keys)] = Field(alias="IVR_SECRET_KEYS")
    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")] | None = Field(
        None, alias="TWILIO_ACCOUNT_SID"
    )
    auth_tokens: Secrets = Field(alias="TWILIO_AUTH_TOKEN")
    directory_url: Url | None = Field(None, alias="IVR_DIRECTORY_URL")
    directory_token: SecretStr | None = Field(None, alias="IVR_DIRECTORY_TOKEN")
    metrics_token: SecretStr | None = Field(None, alias="IVR_METRICS_TOKEN")
    traces_url: Url | None = Field(None, alias="IVR_TRACES_URL")

    @property
    def is_production(self) -> bool:
        """Whether real callers are served: nothing is generated, pretended or left unsaid."""
        return self.env == "production"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` was handed: never the process's own environment behind a caller's back."""
        return (init_settings,)


NAMES = tuple(str(field.alias) for field in Settings.model_fields.values())
"""Every setting, by its name in the environment."""

SECRETS = ("IVR_DATABASE_URL", "IVR_SECRET_KEYS", "TWILIO_AUTH_TOKEN", "IVR_DIRECTORY_TOKEN", "IVR_METRICS_TOKEN")
"""Settings that may also be kept in a file, named by the setting with _FILE."""

GENERATED: Mapping[str, tuple[str, Callable[[], str]]] = {
    "IVR_SECRET_KEYS": ("secret_keys", lambda: Fernet.generate_key().decode()),
    "TWILIO_AUTH_TOKEN": ("auth_token", lambda: secrets.token_hex(16)),
}
"""What development makes for itself: setting to its file in `var/` and its maker."""

_REMEDIES = {
    "IVR_SECRET_KEYS": _MAKE_A_KEY,
    "IVR_PUBLIC_URL": "Set the address that the provider's console has, without /voice",
    "TWILIO_AUTH_TOKEN": "It stands on the first page of the provider's console",
}
_WORDS = {
    "IVR_ENV": "is neither development nor production. Set one of them",
    "IVR_DURABILITY": "is neither normal nor full. Set one of them",
    "TWILIO_AUTH_TOKEN": "holds no token. Take it from the first page of the provider's console",
    "TWILIO_ACCOUNT_SID": "is not an account SID. It is AC and 32 hexadecimal digits, as on the console's first page",
}


def load_settings(environ: Mapping[str, str], project: Path | None = None) -> Settings:
    """The settings of an environment.

    Args:
        environ: names to values; an empty value counts as not set.
        project: the folder with `flows/` and `config/`; None for `IVR_PROJECT`, or else the current folder.

    In development a missing key or token is made, once, in the project's `var/`. Raises SetupError with every fault:
    what is missing, unreadable or cannot work, each by name and with its remedy.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    _warn_of_unknown(given)
    home = (project or Path(given.get("IVR_PROJECT", "."))).absolute()
    values: dict[str, Any] = {name: given[name] for name in NAMES if name in given}
    values["IVR_PROJECT"] = home
    values["IVR_OUTBOX"] = home / given.get("IVR_OUTBOX", "var/outbox")
    faults: dict[str, str] = {}
    for name in SECRETS:
        if f"{name}_FILE" in given:
            _take_from_file(name, Path(given[f"{name}_FILE"]), values, faults)
    if values.get("IVR_ENV") == "production" and "IVR_PUBLIC_URL" not in values:
        # An address taken from the request would let in a webhook that was signed for another host of the account.
        faults["IVR_PUBLIC_URL"] = _missing("IVR_PUBLIC_URL")
    if home.is_dir():
        _complete(values, home / "var", faults)
    else:
        faults["IVR_PROJECT"] = f"{home} is not a folder. Name the one that holds flows/ and config/"
    try:
        settings = Settings(**values)
    except ValidationError as invalid:
        for error in invalid.errors(include_input=False):
            name = str(error["loc"][0])
            faults.setdefault(name, _wrong(name, error["msg"]) if name in values else _missing(name))
    else:
        faults |= _unfit_for_production(settings)
    if faults:
        raise SetupError("\n".join(f"{name}: {faults[name]}." for name in sorted(faults)))
    return settings


def _take_from_file(name: str, path: Path, values: dict[str, Any], faults: dict[str, str]) -> None:
    if name in values:
        faults[name] = f"is set twice, by itself and by {name}_FILE. Unset one of them"
        return
    try:
        values[name] = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "not UTF-8"
        faults[name] = f"{path}, named by {name}_FILE, cannot be read: {why}. Name a readable file"


def _complete(values: dict[str, Any], var: Path, faults: dict[str, str]) -> None:
    """Fill in the default database and, in development, the secrets at hand."""
    try:
        if "IVR_DATABASE_URL" not in values | faults:
            var.mkdir(mode=0o700, exist_ok=True)
            values["IVR_DATABASE_URL"] = f"sqlite:///{var / 'ivr.db'}"
        if values.get("IVR_ENV", "development") == "development":
            for name, (file, make) in GENERATED.items():
                if name not in values | faults:
                    values[name] = _kept(var / file, name, make)
    except OSError as cause:
        for name in {"IVR_DATABASE_URL", *GENERATED} - values.keys():
            faults.setdefault(
                name, f"is not set, and {var} cannot be used ({cause.strerror}). Set it, or mend the folder"
            )


def _kept(path: Path, name: str, make: Callable[[], str]) -> str:
    """Content of a secret's file, made first if it is not there.

    The file appears whole or not at all, and only once: of two processes that start together, the second takes what
    the first has made.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(make() + "\n")
            os.link(draft, path)
            log.info(f"made {name} for development", file=str(path))
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text(encoding="utf-8").strip()


def made_here(settings: Settings) -> bool:
    """Whether the token is the one that development made for itself, and so surely not the account's."""
    try:
        made = (settings.project / "var" / GENERATED["TWILIO_AUTH_TOKEN"][0]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return made == settings.auth_tokens[0].get_secret_value()


def _missing(name: str) -> str:
    by_file = f", or name a file that holds it in {name}_FILE" if name in SECRETS else ""
    return f"is missing. {_REMEDIES.get(name, 'Set it')}{by_file}"


def _wrong(name: str, message: str) -> str:
    return _WORDS.get(name, message.removeprefix("Value error, "))


def _unfit_for_production(settings: Settings) -> dict[str, str]:
    if not settings.is_production:
        return {}
    if settings.account_sid is None:
        log.warning("TWILIO_ACCOUNT_SID is not set: requests of any account that has our token are answered")
    if settings.public_url and not settings.public_url.startswith("https://"):
        return {"IVR_PUBLIC_URL": "must begin with https:// in production. Put TLS in front of the line"}
    return {}


def unknown_names(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names of an environment that look like settings of ours and are none, each with the one meant, or nothing."""
    known = {*NAMES, *(f"{name}_FILE" for name in SECRETS)}
    unknown = sorted(name for name in environ if name.startswith("IVR_") and name not in known)
    return [(name, next(iter(difflib.get_close_matches(name, known, n=1)), "")) for name in unknown]


def _warn_of_unknown(given: Mapping[str, str]) -> None:
    for name, near in unknown_names(given):
        log.warning(f"{name} is not a setting of ours{f'; was {near} meant?' if near else ''}")
