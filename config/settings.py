"""Where things are, from the environment (ATTENDANCE_RELAY_...), and the secrets, from files or the environment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, EnvSettingsSource, SecretsSettingsSource, SettingsConfigDict

from config.problems import ConfigErrors, Problem

PREFIX = "ATTENDANCE_RELAY_"
SECRET_PREFIX = f"{PREFIX}SECRET_"
_SECRET_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Settings(BaseSettings):
    """Where this installation keeps its things; each is ``ATTENDANCE_RELAY_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    config: Path = Field(Path("operator"), description="the operator's folder")
    database: Path = Field(
        default_factory=lambda known: known.get("config", Path()).parent / "data" / "relay.db",
        description="the one database file; beside the operator's folder, in data/relay.db",
    )
    secrets_dir: Path = Field(Path("/run/secrets"), description="the folder of secret files, one secret a file")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="json lines, console lines, or auto: console on a terminal, else json"
    )
    sent_log: Path = Field(
        default_factory=lambda known: known.get("database", Path()).parent / "sent.log",
        description="the log of what was sent, which outlives a restored backup; beside the database",
    )
    heartbeat: Path = Field(
        default_factory=lambda known: known.get("database", Path()).parent / "heartbeat",
        description="a file touched at each turn of `run`; beside the database",
    )


def read_settings(**given: Any) -> Settings:
    """Return the settings; what is ``given`` and not ``None`` (a command line option) goes before the environment.

    Raises ``ConfigErrors`` that name the variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as invalid:
        raise ConfigErrors(
            Problem(file="environment", key=f"{PREFIX}{error['loc'][0]}".upper(), message=_advice(error["msg"]))
            for error in invalid.errors(include_input=False, include_url=False)
            if error["type"] != "default_factory_not_called"
        ) from None


def _advice(message: str) -> str:
    return message.replace("Input should be", "must be")


def is_secret_name(name: str) -> bool:
    """Whether a secret may have this name: it becomes a file name, an environment variable and a model's field."""
    return bool(_SECRET_NAME.fullmatch(name)) and not hasattr(BaseSettings, name)


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """The two places a secret can be: a file of its name in ``directory``, or an environment variable."""

    directory: Path = Path("/run/secrets")

    def describe(self, name: str) -> str:
        """Return both places in words."""
        return f"the file {self.directory / name} or the environment variable {SECRET_PREFIX}{name.upper()}"

    def read(self, names: Iterable[str]) -> tuple[dict[str, SecretStr], dict[str, str]]:
        """Return the secrets that were found, and for those that cannot be read a message; never raises."""
        found, unreadable = {}, {}
        for name in sorted(names):
            try:
                value = self._one(name)
            except (OSError, ValueError):
                unreadable[name] = (
                    f"the file {self.directory / name} cannot be read as text: check it and its permissions"
                )
                continue
            if value is not None:
                found[name] = value
        return found, unreadable

    def _one(self, name: str) -> SecretStr | None:
        fields: dict[str, Any] = {name: (str | None, None)}
        model = create_model("Secrets", __base__=BaseSettings, **fields)
        sources = [EnvSettingsSource(model, env_prefix=SECRET_PREFIX, env_ignore_empty=True)()]
        # pydantic-settings warns about a folder that is not there; an installation may use the environment alone.
        if self.directory.is_dir():
            sources.append(SecretsSettingsSource(model, secrets_dir=self.directory)())
        value = next((source[name] for source in sources if source.get(name)), None)
        return SecretStr(value) if value else None
