"""Which column of a strange file may hold what: near names are proposed, and a row of a pupil is never shown."""

import pytest

from connectors.likely_columns import WORDS, likeliest_header, nearest
from tests.builders import CANARY

FIELDS = tuple(WORDS)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        pytest.param(("Marks",), {"code": "Marks"}, id="a plural"),
        pytest.param(("Attendance Codes", "Mark Date"), {"code": "Attendance Codes", "date": "Mark Date"}, id="longer"),
        pytest.param(("Learner  Reference",), {"platform_id": "Learner  Reference"}, id="spaces do not matter"),
        pytest.param(("Mark", "Marks"), {"code": "Mark"}, id="the nearest of two"),
        pytest.param(("Forename", "Tutor group", "Reason for absence"), {}, id="nothing is like them"),
        pytest.param(("DoB", "Date"), {"date_of_birth": "DoB", "date": "Date"}, id="two dates are told apart"),
        pytest.param((), {}, id="no column"),
    ],
)
def test_a_field_gets_the_column_that_is_called_most_like_it(columns, found):
    assert nearest(columns, FIELDS) == found


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        pytest.param([["Register of 2 November"], ["", "UPN", "Marks"], ["x", "y", "z"]], ("UPN", "Marks"), id="title"),
        pytest.param([[*CANARY, "12/03/2026", "AM", "/"]], (), id="no header at all: a pupil's row is shown to nobody"),
        pytest.param([], (), id="an empty file"),
    ],
)
def test_the_header_is_the_row_that_holds_header_words(rows, header):
    assert likeliest_header(rows) == header
