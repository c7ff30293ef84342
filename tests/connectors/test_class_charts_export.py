"""What a school's settings do to a Class Charts export: lessons, local codes, copied marks, registers nobody has taken."""

import io
from datetime import date

import pytest

from connectors.base import Malformed, Window
from connectors.exports import read_export
from connectors.profiles import read_profile
from connectors.tables import look
from mapping.normalise import Normaliser, SourceCodes
from tests.builders import NATIONAL, upn
from tests.connectors.rigs import PROFILES

WEEK = Window(first=date(2026, 3, 9), last=date(2026, 3, 13))
HEADER = "Pupil ID,UPN,Surname,Forename,Date,Session,Code,Minutes Late,Marked By\n"


def line(session="AM", code="/", late="", by="S04"):
    return f"7,{upn(7)},Not,Read,12/03/2026,{session},{code},{late},{by}\n"


def read(content, **columns):
    raw = PROFILES["class-charts-export"]
    given = read_profile("test", {"test": raw | {"columns": raw["columns"] | columns}})
    file = io.BytesIO(content.encode())
    return read_export(file, look(file), given, name="export", window=WEEK, seen=lambda _: None)


def test_periods_are_no_sessions_and_are_counted():
    export = read(HEADER + line() + line("Period 1", "L", "12") + line("Period 4", "") + line("Tut"))

    assert [(mark.session.half, mark.code) for mark in export.marks] == [("AM", "/")]
    assert [row.reason for row in export.remarks] == [
        "rows of lessons: 2, left out as the profile says (Period 1 1, Tut 1)"
    ]
    assert export.whole_days == {date(2026, 3, 12)}


def test_a_session_nobody_has_heard_of_is_told_and_then_the_export_answers_for_nothing_in_full():
    export = read(HEADER + line() + line("Twilight") * 4)

    assert [row.where for row in export.unreadable] == ["export row 3"]
    assert export.unreadable[0].reason.endswith("add the word there; 4 rows have it")
    assert export.whole_days == frozenset()


def test_a_period_copied_to_the_session_and_a_mark_made_directly_both_go_on_and_are_not_chosen_between():
    export = read(HEADER + line("AM", "/") + line("AM", "O"))

    assert [(str(mark.session), mark.code) for mark in export.marks] == [
        ("Thu 12 Mar 2026 AM", "/"),
        ("Thu 12 Mar 2026 AM", "O"),
    ]


def test_a_local_code_is_what_the_schools_own_table_says_and_held_back_without_one():
    [source] = read(HEADER + line(code="TR")).marks
    theirs = Normaliser(national=NATIONAL, codes=SourceCodes(table={"TR": "V"}), resolve=lambda *_: "pupil")
    ours = Normaliser(national=NATIONAL, codes=SourceCodes(table={}), resolve=lambda *_: "pupil")

    assert theirs(source).byte == NATIONAL["V"].byte
    assert "code 'TR' is not in this school's code table" in ours(source).reason


@pytest.mark.parametrize(("late", "minutes"), [("", None), (" ", None), ("0", 0), ("12", 12)])
def test_minutes_late_may_be_empty_text(late, minutes):
    assert [mark.minutes_late for mark in read(HEADER + line(code="L", late=late)).marks] == [minutes]


def test_pupils_shown_as_present_in_a_register_that_nobody_has_marked_have_no_mark():
    export = read(HEADER + line("AM", by="S04") + line("PM", by=""), taken_by="Marked By")

    assert [mark.session.half for mark in export.marks] == ["AM"]
    assert [row.reason for row in export.remarks] == [
        "rows of registers that nobody has taken: 1, left out as the profile says"
    ]


def test_a_day_filled_in_the_morning_and_corrected_at_one_is_the_same_session_with_another_code():
    morning, noon = (read(HEADER + line("AM", "I") + line("PM", pm)).marks for pm in ("I", "/"))

    assert [(mark.platform_id, mark.session) for mark in morning] == [(mark.platform_id, mark.session) for mark in noon]
    assert [mark.code for mark in noon] == ["I", "/"]


def test_an_export_of_lessons_alone_is_refused():
    with pytest.raises(Malformed, match="have AM and PM exported as well"):
        read(HEADER + line("Period 1") + line("Period 2"))
