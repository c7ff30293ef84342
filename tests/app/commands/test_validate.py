"""validate as a receiver types it: what it says, its exit codes, and that no pupil's name is printed."""

import shutil

import pytest

from tests.app.test_cli import answer, relay, stand  # noqa: F401 - a fixture
from tests.outbox.builders import GOLDEN

FEED = "attendance-daily.identity.csv"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(GOLDEN, tmp_path / "received")


def test_the_published_examples_are_all_in_order(folder):
    code, out, err = relay("validate", folder)

    assert (code, err) == (0, "")
    assert f"ok      {folder / FEED}: feed attendance-daily/1.0, 4 rows" in out.splitlines()
    assert f"ok      {folder}/attendance-concern.referral.json: notice attendance-concern/1.0" in out.splitlines()


def test_what_is_wrong_is_one_line_each_on_standard_error(folder):
    (folder / FEED).write_bytes((folder / FEED).read_bytes().replace(b",absent,", b",away,"))

    code, out, err = relay("validate", folder / FEED)

    words = "present, late, absent, left_early, not_expected, not_recorded"
    assert code == 1
    assert err.splitlines()[0] == f"{folder / FEED}: row 4: attended: is 'away': the format has {words}"
    assert len(err.splitlines()) == 3
    assert out.startswith("FAILED ")
    assert [name for name in ("Canary", "Robin", "2012-03-14") if name in out + err] == []


def test_a_missing_number_of_a_folder_is_named(folder):
    for path in folder.glob("*correction*"):
        path.unlink()

    code, _, err = relay("validate", folder)

    missing = "thornbury-lane to warwickshire: sequence 42 is missing between 41 and 43: ask for it\n"
    assert (code, err) == (1, missing)


def test_as_json_every_file_is_told_with_its_problems(folder):
    (folder / FEED).write_bytes(b"")

    code, told = answer("validate", folder / FEED, folder / "attendance-daily.nil.csv")

    assert code == 1
    assert [(each["file"], each["valid"], each["rows"]) for each in told["files"]] == [
        (FEED, False, 0),
        ("attendance-daily.nil.csv", True, 0),
    ]
    assert told["files"][0]["problems"][0] == {
        "row": 0,
        "column": "",
        "what": "is empty: even a day without sessions has a header",
    }


@pytest.mark.parametrize("name", ["nowhere.csv", "empty"])
def test_what_cannot_be_read_exits_with_2(tmp_path, name):
    (tmp_path / "empty").mkdir()

    code, out, err = relay("validate", tmp_path / name)

    assert (code, out) == (2, "")
    assert str(tmp_path / name) in err


def test_no_network_no_settings_and_no_database_are_needed(folder, monkeypatch):
    monkeypatch.setenv("ATTENDANCE_RELAY_CONFIG", "/nowhere")

    assert relay("validate", folder / FEED)[0] == 0


def test_check_shows_a_made_up_row_as_a_layout_writes_it(stand):  # noqa: F811
    stand.toml = stand.toml.replace('organisation = "331"', 'organisation = "331"\nlayout = "example-wide-am-pm"')
    stand.write()

    _, out, _ = relay("check", "--config", stand.operator)

    text = " ".join(out.split())
    assert "destination coventry: layout example-wide-am-pm: writes attendance_sender_2026-09-02_00001.csv" in text
    assert "with rows as: A820432112345,PL-1,AP,02/09/2026,L,L,A,N" in text
