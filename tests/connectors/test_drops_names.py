"""Which files of a listing are meant, complete and unspoilt, by what their names and companions say."""

import hashlib

import pytest

from connectors.base import Malformed
from connectors.drops.names import Entry, complete, free_name, is_meant, said
from tests.connectors.drop_rigs import HEADER, FolderRig, line

CONTENT = HEADER + line()
DIGEST = hashlib.sha256(CONTENT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("week12.csv", True),
        ("WEEK12.CSV", True),
        ("week12.xlsx", False),
        ("week12.csv.part", False),
        (".week12.csv", False),
        ("~$week12.csv", False),
        ("folder/week12.csv", False),
    ],
)
def test_which_names_are_meant(name, meant):
    assert is_meant(name, "*.csv") is meant


@pytest.mark.parametrize("ending", [".tmp", ".part", ".filepart", ".PARTIAL", ".crdownload"])
def test_a_temporary_ending_is_no_file_even_where_every_file_is_meant(ending):
    assert not is_meant(f"week12{ending}", "*")


@pytest.mark.parametrize(
    ("first", "second", "wants_done", "found"),
    [
        ({"a.csv": Entry(5, 1)}, {"a.csv": Entry(5, 1)}, False, {"a.csv"}),
        ({"a.csv": Entry(5, 1)}, {"a.csv": Entry(6, 1)}, False, set()),
        ({"a.csv": Entry(5, 1)}, {"a.csv": Entry(5, 2)}, False, set()),
        ({"a.csv": Entry(5, 1)}, {}, False, set()),
        ({"a.csv": Entry(5, 1), "a.csv.done": Entry(0, 1)}, None, False, {"a.csv"}),
        ({"a.csv": Entry(5, 1), "a.csv.done": Entry(0, 1)}, None, True, {"a.csv"}),
        ({"a.csv": Entry(5, 1), "a.csv.sha256": Entry(64, 1)}, None, True, {"a.csv"}),
        ({"a.csv": Entry(5, 1)}, None, True, set()),
        ({"a.csv": Entry(5, 1), "a.csv.sha256": Entry(64, 1)}, {"a.csv": Entry(6, 1)}, False, set()),
        ({}, None, False, set()),
    ],
)
def test_which_files_nobody_is_still_writing(first, second, wants_done, found):
    looks = iter([first] if second is None else [first, second])

    names = complete(lambda: next(looks), "*", settle=lambda: None, wants_done=wants_done)

    assert set(names) == found


@pytest.mark.parametrize(
    ("companion", "digest"),
    [
        (DIGEST, DIGEST),
        (f"{DIGEST.upper()}\r\n", DIGEST),
        (f"{DIGEST}  week12.csv\n", DIGEST),
        (f"{DIGEST} *week12.csv\n", DIGEST),
        (DIGEST[:-1], None),
        ("", None),
        ("\N{BULLET}", None),
    ],
)
def test_what_a_checksum_companion_says(companion, digest):
    found, trouble = said("week12.csv", companion.encode())

    assert found == digest
    assert (trouble is None) == (digest is not None)


def test_a_taken_name_gets_the_next_free_number():
    assert free_name("a.csv", {"a.csv", "a.2.csv"}.__contains__) == "a.3.csv"


@pytest.fixture
def drop(tmp_path):
    return FolderRig(tmp_path / "drop")


def test_a_file_that_is_what_its_checksum_says_is_read_and_both_are_put_away(drop):
    drop.put("a.csv", CONTENT)
    drop.put("a.csv.sha256", f"{DIGEST}  a.csv\n")

    assert len(drop.pull_and_store().marks) == 1
    assert (drop.names(), drop.names("processed")) == ([], ["a.csv"])


@pytest.mark.parametrize("companion", ["0" * 64, "a checksum"])
def test_a_file_that_is_not_what_its_checksum_says_is_put_aside(drop, companion):
    drop.put("a.csv", CONTENT)
    drop.put("a.csv.sha256", companion)

    with pytest.raises(Malformed, match=r"a\.csv\.sha256 beside it"):
        drop.pull()
    assert "have both sent again" in drop.reason("a.csv")


def test_a_bad_file_somebody_is_still_writing_to_is_left_alone(drop):
    class WritesWhenAsked(set):
        def __contains__(self, sha256):
            drop.put("a.csv", CONTENT, minute=1)
            return False

    drop.seen = WritesWhenAsked()
    drop.connector = drop.connect()
    drop.put("a.csv", HEADER)

    assert drop.pull().marks == ()
    assert drop.names() == ["a.csv"]
