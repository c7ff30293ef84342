"""What ``init`` writes, and that ``check`` can explain what is still missing in it."""

import tomllib
from pathlib import Path

import pytest

from config.loading import Registries, load
from config.problems import ConfigErrors
from config.scaffold import QUESTIONS, write

ANSWERS = {
    "provider.id": "swift",
    "provider.name": 'Swift "AP" \\ Ünï',
    "provider.contact_role": "Attendance lead",
    "provider.contact_email": "attendance@provider.example",
    "provider.contact_phone": "024 7555 0100",
    "school.id": "north-site",
    "school.name": "North Site",
    "school.platform": "clm",
    "school.policy": "swift-learning",
}


def problems(folder: Path, shipped: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as raised:
        load(folder, registries=Registries(platforms={"clm": "clm"}, channels={"smtp"}), shipped=shipped)
    return [str(problem) for problem in raised.value.problems]


def test_a_new_folder_gets_everything_the_design_names(tmp_path: Path) -> None:
    written = write(tmp_path / "operator", {})

    assert sorted(str(path.relative_to(tmp_path / "operator")) for path in written) == [
        "README.md",
        "calendars/example.toml",
        "contacts.csv",
        "events.csv",
        "holds.csv",
        "placements.csv",
        "relay.toml",
    ]


def test_what_is_still_missing_is_explained_line_by_line(tmp_path: Path, shipped: Path) -> None:
    write(tmp_path / "operator", {})

    lines = problems(tmp_path / "operator", shipped)

    assert lines[1] == "relay.toml: provider.name: still CHANGE-ME: give the provider's name"
    assert [line for line in lines if "still CHANGE-ME" not in line] == []


def test_answers_are_filled_in_whatever_they_hold(tmp_path: Path) -> None:
    write(tmp_path / "operator", ANSWERS)

    relay = tomllib.loads((tmp_path / "operator" / "relay.toml").read_text("utf-8"))
    assert relay["provider"]["name"] == 'Swift "AP" \\ Ünï'
    assert relay["school"][0]["platform"] == "clm"


def test_after_every_question_only_what_was_not_asked_is_left(tmp_path: Path, shipped: Path) -> None:
    write(tmp_path / "operator", ANSWERS)

    lines = problems(tmp_path / "operator", shipped)

    assert [line.split(": ")[1] for line in lines if line.startswith("relay.toml")] == [
        "school[1].calendar",
        "destination[1].organisation",
        "destination[1].agreement",
        "destination[1].legal_basis",
    ]


def test_with_every_mark_replaced_the_folder_is_in_order(tmp_path: Path, shipped: Path) -> None:
    folder = tmp_path / "operator"
    write(folder, ANSWERS)
    relay = (folder / "relay.toml").read_text("utf-8")
    relay = relay.replace('calendar = "CHANGE-ME"', 'calendar = "example"')
    (folder / "relay.toml").write_text(relay.replace("CHANGE-ME", "swift"), "utf-8")
    contacts = (folder / "contacts.csv").read_text()
    contacts = contacts.replace("mail,CHANGE-ME", "mail,x@provider.example").replace("CHANGE-ME,\n", "2026-09-01,\n")
    (folder / "contacts.csv").write_text(contacts.replace("CHANGE-ME", "swift"))

    operator = load(folder, registries=Registries(platforms={"clm": "clm"}, channels={"smtp"}), shipped=shipped)

    assert [str(warning) for warning in operator.warnings] == [
        "placements.csv: holds no pupil yet: add a row for each, unless the platform sends them"
    ]


def test_every_question_has_its_place_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "operator", {question.key: "answered" for question in QUESTIONS})

    text = (tmp_path / "operator" / "relay.toml").read_text()
    assert text.count('"answered"') == len(QUESTIONS)


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(ConfigErrors) as raised:
        write(tmp_path, {})

    assert str(raised.value) == f"{tmp_path}: is not empty, and nothing is written over: name a new folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert (tmp_path / "relay.toml") in write(tmp_path, {})


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "operator").write_text("mine")

    with pytest.raises(ConfigErrors, match="operator: is a file: name a new folder"):
        write(tmp_path / "operator", {})


def test_an_answer_to_no_question_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no question provider\.colour"):
        write(tmp_path / "operator", {"provider.colour": "red"})

    assert not (tmp_path / "operator").exists()
