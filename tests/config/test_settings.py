"""Where an installation keeps its things."""

from pathlib import Path

import pytest

from config.problems import ConfigErrors
from config.settings import read_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATABASE", "SECRETS_DIR", "LOG_FORMAT", "HEARTBEAT"):
        monkeypatch.delenv(f"ATTENDANCE_RELAY_{name}", raising=False)


def test_the_database_lies_beside_the_operators_folder_and_the_heartbeat_beside_the_database() -> None:
    settings = read_settings(config=Path("/srv/relay/operator"))

    assert settings.database == Path("/srv/relay/data/relay.db")
    assert settings.heartbeat == Path("/srv/relay/data/heartbeat")
    assert settings.secrets_dir == Path("/run/secrets")
    assert settings.log_format == "auto"


def test_a_command_line_option_goes_before_the_environment_and_none_means_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATTENDANCE_RELAY_CONFIG", "/from/environment")
    monkeypatch.setenv("ATTENDANCE_RELAY_DATABASE", "/var/lib/relay.db")

    settings = read_settings(config=Path("/from/option"), database=None)

    assert settings.config == Path("/from/option")
    assert settings.database == Path("/var/lib/relay.db")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDANCE_RELAY_CONFIG", "")

    assert read_settings().config == Path("operator")


def test_a_wrong_setting_is_named_as_the_variable_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDANCE_RELAY_LOG_FORMAT", "xml")

    with pytest.raises(ConfigErrors) as raised:
        read_settings()

    assert str(raised.value) == "environment: ATTENDANCE_RELAY_LOG_FORMAT: must be 'auto', 'json' or 'console'"
