"""A file that comes after a newer one: it is read where nobody has spoken for its days, and takes nothing back."""

import pytest

from connectors.base import Malformed
from tests.connectors.drop_rigs import HEADER, FolderRig, line
from tests.connectors.rigs import PROFILES

TUESDAY, WEDNESDAY, THURSDAY = "10/03/2026", "11/03/2026", "12/03/2026"


@pytest.fixture
def drop(tmp_path):
    return FolderRig(tmp_path / "drop")


def test_a_late_file_of_days_nobody_spoke_for_is_read(drop):
    drop.put("marks-2026-03-12.csv", HEADER + line(day=THURSDAY))
    drop.pull_and_store()
    drop.put("marks-2026-03-11.csv", HEADER + line(day=WEDNESDAY, mark="N"))

    assert [mark.code for mark in drop.pull_and_store().marks] == ["N"]


def test_a_late_file_that_overlaps_a_newer_one_is_put_aside_for_a_person(drop):
    drop.put("marks-2026-03-12.csv", HEADER + line(day=THURSDAY) + line(day=WEDNESDAY, mark="I"))
    drop.pull_and_store()
    drop.put("marks-2026-03-11.csv", HEADER + line(day=WEDNESDAY, mark="O") + line(day=TUESDAY, mark="O"))

    with pytest.raises(
        Malformed, match="it came late: a newer file has spoken for 2026-03-11; have a file of today sent"
    ):
        drop.pull()
    assert drop.names("rejected") == ["marks-2026-03-11.csv", "marks-2026-03-11.csv.reason.txt"]


def test_a_late_snapshot_whose_days_a_newer_one_answered_for_is_put_away_and_said(tmp_path):
    snapshot = PROFILES["clm-long"] | {"content": "snapshot"}
    drop = FolderRig(tmp_path / "drop", profiles={"clm-long": snapshot})
    drop.put("marks-2026-03-12.csv", HEADER + line(day=THURSDAY) + line(day=WEDNESDAY, mark="I"))
    drop.pull_and_store()
    drop.put("marks-2026-03-11.csv", HEADER + line(day=WEDNESDAY, mark="O"))

    pulled = drop.pull_and_store()

    assert (pulled.marks, pulled.unreadable) == ((), ())
    assert [row.reason for row in pulled.remarks] == [
        "it came late: a newer file had answered for its days; it is put away unused"
    ]
    assert drop.names("processed") == ["marks-2026-03-11.csv", "marks-2026-03-12.csv"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("site-a-2026-03-12.csv", "site-b-2026-03-11.csv"),
        ("marks.csv", "marks-2026-03-11.csv"),
        ("marks-2026-03-12 (1).csv", "marks-2026-03-12 (2).csv"),
        ("marks-2026-03-11.csv", "marks-2026-03-12.csv"),
        ("12.csv", "11.csv"),
    ],
)
def test_files_of_another_series_of_no_date_or_of_the_same_date_are_not_late(drop, first, second):
    drop.put(first, HEADER + line(day=WEDNESDAY, mark="I"))
    drop.pull_and_store()
    drop.put(second, HEADER + line(day=WEDNESDAY, mark="O"))

    assert [mark.code for mark in drop.pull_and_store().marks] == ["O"]


def test_a_newer_file_that_was_not_stored_makes_nobody_late(drop):
    drop.put("marks-2026-03-12.csv", HEADER + line(day=WEDNESDAY, mark="I"))
    drop.pull()
    (drop.folder / "marks-2026-03-12.csv").unlink()
    drop.put("marks-2026-03-11.csv", HEADER + line(day=WEDNESDAY, mark="O"))

    assert [mark.code for mark in drop.pull_and_store().marks] == ["O"]


def test_what_is_remembered_of_files_ends_after_a_year(drop):
    drop.put("marks-2025-03-20.csv", HEADER + line(day="20/03/2025"))
    drop.pull_and_store()
    drop.now = drop.now.replace(year=2027)
    drop.put("marks-2026-03-13.csv", HEADER + line(day="13/03/2026"))
    drop.pull_and_store()

    assert "2025-03-20" not in drop.kept["files_spoke"]
