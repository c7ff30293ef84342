from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from outbox.document_records import PupilLine
from outbox.workbooks import tracking_spreadsheet
from tests.outbox.document_builders import EMPTY_LIST, FULL_LIST, LINES, list_of


def opened(facts=FULL_LIST):
    return load_workbook(BytesIO(tracking_spreadsheet(facts)))


def column(sheet, name):
    at = [cell.value for cell in sheet[1]].index(name)
    return [row[at] for row in sheet.iter_rows(min_row=2)]


def values(sheet, name):
    return [cell.value for cell in column(sheet, name)]


def test_pupils_stand_on_the_first_sheet_and_actions_on_the_second():
    assert opened().sheetnames == ["Pupils", "Actions"]


def test_each_pupil_has_attendance_stage_contact_and_tasks():
    pupils = opened()["Pupils"]

    assert values(pupils, "Pupil number") == ["10293", "10311", "10407"]
    assert values(pupils, "Attendance") == pytest.approx([0.86420, 0.95062, 0.75], abs=0.00001)
    assert values(pupils, "Stage") == ["Stage 2: ongoing concern", None, "Stage 1: concern"]
    assert values(pupils, "Last contact")[0].date() == date(2026, 11, 3)
    assert values(pupils, "Next due")[0].date() == date(2026, 11, 5)
    assert values(pupils, "Open tasks") == [2, 0, 0]


def test_actions_stand_by_due_day_with_their_state():
    actions = opened()["Actions"]

    assert values(actions, "State") == ["done", "overdue", "open"]
    assert values(actions, "Who") == ["attendance team", "key worker", "designated safeguarding lead"]
    assert values(actions, "Outcome") == ["no answer", None, None]


def test_the_header_is_frozen_and_filtered_and_dates_and_per_cent_are_written_as_such():
    pupils = opened()["Pupils"]

    assert pupils.freeze_panes == "B2"
    assert pupils.auto_filter.ref == "A1:O4"
    assert pupils.column_dimensions["I"].width == 48
    assert column(pupils, "Attendance")[0].number_format == "0.0%"
    assert column(pupils, "Next due")[0].number_format == "ddd d mmm yyyy"


def test_what_is_late_is_coloured():
    book = opened()

    assert [cell.fill.fgColor.rgb for cell in column(book["Actions"], "State")] == ["00000000", "00FBE3D6", "00000000"]
    assert [cell.fill.fill_type for cell in column(book["Pupils"], "Overdue tasks")] == ["solid", None, None]


def test_no_name_is_in_the_workbook():
    cells = [str(cell.value) for sheet in opened() for row in sheet.iter_rows() for cell in row]

    assert [cell for cell in cells if "Canary" in cell or "Wren" in cell or "Amara" in cell] == []


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("bell\x07", "bell"),
        ("1=1", "1=1"),
    ],
)
def test_a_text_never_becomes_a_formula(text, stored):
    cell = column(opened(list_of(lines=(replace(LINES[0], concern=text),)))["Pupils"], "Why")[0]

    assert (cell.value, cell.data_type) == (stored, "s")


def test_an_unknown_attendance_is_an_empty_cell_and_no_nought():
    pupils = opened(list_of(lines=(PupilLine(pupil_id="1"),)))["Pupils"]

    assert values(pupils, "Attendance") == [None]


def test_a_school_without_pupils_gets_its_headers():
    book = opened(EMPTY_LIST)

    assert [book["Pupils"].max_row, book["Actions"].max_row] == [1, 1]
