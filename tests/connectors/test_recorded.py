"""What each connector makes of answers and files in the shapes that platforms send, compared word by word.

``tests/connectors/recorded/replay.py`` says what a recording is and how the expected files are written anew.
"""

import pytest

from tests.builders import CANARY
from tests.connectors.recorded.replay import FOLDER, as_csv, every_recording, recordings


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_recording_becomes_the_marks_that_stand_beside_it(recording, tmp_path):
    assert as_csv(recording.pull(tmp_path)) == recording.expected.read_text("utf-8")


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_name_in_a_recording_comes_nowhere(recording):
    said = recording.expected.read_text("utf-8")

    assert [name for name in CANARY if name in said] == []


def test_every_file_belongs_to_a_recording():
    used = {name for each in every_recording() for name in (each.path.name, each.expected.name, *files_of(each))}

    assert {path.name for path in FOLDER.glob("*/*") if path.is_file()} == used


def files_of(recording):
    told = recording.told
    return [*told.get("dropped", ()), *(each["file"] for each in told.get("exchange", ()) if "file" in each)]
