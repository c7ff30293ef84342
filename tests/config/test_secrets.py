"""Secrets: named in relay.toml, kept in files or in the environment, never shown."""

from pathlib import Path

import pytest

from config.loading import load
from config.problems import ConfigErrors
from config.settings import SecretPlaces, is_secret_name

from .conftest import REGISTRIES


@pytest.fixture
def places(tmp_path: Path) -> SecretPlaces:
    (tmp_path / "secrets").mkdir()
    return SecretPlaces(tmp_path / "secrets")


def put(places: SecretPlaces, name: str, value: str) -> None:
    (places.directory / name).write_text(value)


def test_a_secret_is_the_content_of_the_file_of_its_name_without_the_line_end(
    places: SecretPlaces, folder: Path, shipped: Path
) -> None:
    put(places, "arbor_password", "hunter2\n")
    put(places, "coventry_key", "whsec_x")

    operator = load(folder, registries=REGISTRIES, shipped=shipped, secrets=places)

    assert operator.handed_over(operator.school("north-site").connector) == {
        "address": "https://north.uk.arbor.sc",
        "username": "relay",
        "password": "hunter2",
    }
    assert operator.handed_over(operator.destination("coventry-feed").settings)["signing_key"] == "whsec_x"
    assert "hunter2" not in repr(operator)


def test_the_environment_goes_before_the_file(places: SecretPlaces, monkeypatch: pytest.MonkeyPatch) -> None:
    put(places, "arbor_password", "old")
    monkeypatch.setenv("ATTENDANCE_RELAY_SECRET_ARBOR_PASSWORD", "new")

    found, _ = places.read(["arbor_password"])

    assert found["arbor_password"].get_secret_value() == "new"


def test_other_variables_of_the_same_name_are_no_secrets(places: SecretPlaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBOR_PASSWORD", "not ours")

    assert places.read(["arbor_password"]) == ({}, {})


def test_the_environment_serves_where_there_is_no_folder_of_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTENDANCE_RELAY_SECRET_ARBOR_PASSWORD", "hunter2")

    found, _ = SecretPlaces(tmp_path / "nowhere").read(["arbor_password"])

    assert found["arbor_password"].get_secret_value() == "hunter2"


def test_missing_and_unreadable_secrets_are_listed_with_the_places_looked_in(
    places: SecretPlaces, folder: Path, shipped: Path
) -> None:
    (places.directory / "coventry_key").write_bytes(b"\xff\xfehunter2")

    with pytest.raises(ConfigErrors) as raised:
        load(folder, registries=REGISTRIES, shipped=shipped, secrets=places)

    at = places.directory
    both = f"the file {at}/arbor_password or the environment variable ATTENDANCE_RELAY_SECRET_ARBOR_PASSWORD"
    unreadable = f"the file {at}/coventry_key cannot be read as text: check it and its permissions"
    assert [str(problem) for problem in raised.value.problems] == [
        f"relay.toml: school[1].connector.password_secret: the secret arbor_password is missing: put it in {both}",
        f"relay.toml: destination[2].settings.signing_key_secret: {unreadable}",
    ]


@pytest.mark.parametrize("empty", ["", "\n"])
def test_an_empty_secret_is_a_missing_one(places: SecretPlaces, monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    put(places, "arbor_password", empty)
    monkeypatch.setenv("ATTENDANCE_RELAY_SECRET_ARBOR_PASSWORD", "")

    assert places.read(["arbor_password"]) == ({}, {})


def test_without_places_nothing_is_looked_for_and_nothing_can_be_handed_over(folder: Path, shipped: Path) -> None:
    operator = load(folder, registries=REGISTRIES, shipped=shipped)

    assert operator.secret_names == {"arbor_password", "coventry_key"}
    with pytest.raises(KeyError):
        operator.handed_over(operator.school("north-site").connector)


def test_secrets_inside_inner_tables_are_handed_over_too(folder: Path, shipped: Path, places: SecretPlaces) -> None:
    file = folder / "relay.toml"
    file.write_text(file.read_text().replace("[destination.settings]", "[destination.settings.tls]"))
    put(places, "arbor_password", "a")
    put(places, "coventry_key", "b")

    operator = load(folder, registries=REGISTRIES, shipped=shipped, secrets=places)

    assert operator.handed_over(operator.destination("coventry-feed").settings)["tls"]["signing_key"] == "b"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("arbor_password", True),
        ("key2", True),
        ("Arbor", False),
        ("arbor-password", False),
        ("../etc/passwd", False),
        ("_x", False),
        ("", False),
        ("copy", False),  # a method of the model that reads secrets
    ],
)
def test_a_secrets_name_is_a_file_name_and_a_variable(name: str, *, is_one: bool) -> None:
    assert is_secret_name(name) is is_one
